//! `tests/run.sh`: each test of a service in the service's own image, with what it needs up beside it.
//!
//! The service itself is up too (but for a job), and the test shares its network, so that `127.0.0.1` is the service.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{fill, quote, root};
use crate::emit::{Context, probe};
use crate::model::secret::ConfigContent;
use crate::model::service::{ServiceImage, Test};
use crate::model::{Fleet, Service};
use crate::plan::{objects, pipeline};
use crate::value::{Runtime, Text};

/// The script; `None` where no service has a test.
pub(super) fn run(context: &Context<'_>) -> Option<String> {
    let fleet = pipeline::test_fleet(context.model)?;
    let mut cases = String::new();
    for service in &fleet.services {
        for test in &service.tests {
            case(fleet, service, test, &mut cases);
        }
    }
    if cases.is_empty() {
        return None;
    }
    let notice = context.notice(context.model.project.span.file);
    let values = [
        ("NOTICE", notice.as_str()),
        ("ROOT", &root(context)),
        ("CASES", &cases),
    ];
    Some(fill(include_str!("run.sh"), &values))
}

fn case(fleet: &Fleet, service: &Service, test: &Test, out: &mut String) {
    let _ = writeln!(
        out,
        "{})",
        quote(&format!("{} {}", service.name, test.name.value))
    );
    let beside = test.with.iter().filter_map(|it| fleet.service(&it.value));
    let own = service.job.is_none().then_some(service);
    let up: Vec<&Service> = beside
        .filter(|it| it.name != service.name)
        .chain(own)
        .collect();
    // Assigned, not filled in where they are used: a shell ends only where an assignment fails.
    let built: BTreeSet<String> = up
        .iter()
        .chain([&service])
        .filter_map(|it| variable(it))
        .collect();
    for variable in built {
        let _ = writeln!(out, "    {variable}=$(released {variable})");
    }
    for it in &up {
        container(fleet, it, out);
    }
    let network = match own {
        Some(_) => format!("\"container:$run-{}\"", service.name),
        None => "\"$run\"".to_owned(),
    };
    let _ = write!(out, "    create test --network {network}");
    environment(service, out);
    for (key, value) in &test.env {
        let _ = write!(
            out,
            " \\\n        --env {}",
            quote(&format!("{key}={}", text(value)))
        );
    }
    let tested = image(service);
    let image = match &test.image {
        Some(image) => quote(&image.value),
        None => tested.clone(),
    };
    // The first word takes the entrypoint's place: a test is no argument of the service's program.
    let mut words = test.run.iter();
    if let Some(first) = words.next() {
        let _ = write!(out, " \\\n        --entrypoint {}", quote(first));
    }
    let _ = write!(out, " \\\n        {image}");
    words.for_each(|it| {
        let _ = write!(out, " {}", quote(it));
    });
    out.push('\n');
    files(fleet, service, "test", out);
    for (source, target) in &test.mounts {
        let _ = writeln!(
            out,
            "    put test {} {}",
            quote(&source.value),
            quote(target)
        );
    }
    let limit = test.timeout.map_or(600, |it| it.whole_seconds().max(1));
    let _ = writeln!(
        out,
        "    say {} {tested}\n    attach {limit}",
        quote(&format!("{} {}: testing", service.name, test.name.value))
    );
    if let Some(report) = &test.report {
        let folder = format!(".report/{}-{}", service.name, test.name.value);
        let _ = writeln!(
            out,
            "    mkdir -p .report\n    docker cp --quiet \"$run-test\":{} {folder} || :",
            quote(report)
        );
    }
    out.push_str("    verdict\n    ;;\n");
}

fn container(fleet: &Fleet, service: &Service, out: &mut String) {
    let name = &service.name;
    let _ = write!(
        out,
        "    create {name} --network \"$run\" --network-alias {name}"
    );
    environment(service, out);
    if let Some(health) = &service.health {
        match probe::command(&health.value.probe).as_slice() {
            [] => out.push_str(" \\\n        --no-healthcheck"),
            [_, words @ ..] => {
                // The command line knows the shell form only.
                let shell = match words {
                    [script] => script.clone(),
                    words => words
                        .iter()
                        .map(|it| quote(it))
                        .collect::<Vec<_>>()
                        .join(" "),
                };
                let _ = write!(
                    out,
                    " \\\n        --health-cmd {} --health-interval 2s",
                    quote(&shell)
                );
            }
        }
    }
    let mut words: Vec<String> = Vec::new();
    if let Some(entrypoint) = &service.entrypoint {
        let mut all = entrypoint.value.iter();
        if let Some(first) = all.next() {
            let _ = write!(out, " \\\n        --entrypoint {}", quote(&text(first)));
        }
        words.extend(all.map(text));
    }
    if let Some(command) = &service.command {
        words.extend(command.value.iter().map(text));
    }
    let _ = write!(out, " \\\n        {}", image(service));
    for word in &words {
        let _ = write!(out, " {}", quote(word));
    }
    out.push('\n');
    files(fleet, service, name, out);
    let _ = writeln!(out, "    start {name}\n    await {name}");
}

/// The variable that holds the reference of a built service's image.
fn variable(service: &Service) -> Option<String> {
    match &service.image {
        ServiceImage::Built(name) => Some(objects::image_variable(name)),
        ServiceImage::Ready(_) => None,
    }
}

fn image(service: &Service) -> String {
    match &service.image {
        ServiceImage::Built(name) => format!("\"${}\"", objects::image_variable(name)),
        ServiceImage::Ready(image) => quote(&image.value),
    }
}

fn environment(service: &Service, out: &mut String) {
    for (key, value) in &service.env {
        let _ = write!(
            out,
            " \\\n        --env {}",
            quote(&format!("{key}={}", text(&value.value)))
        );
    }
}

/// Puts secrets and configs where the service looks for them.
fn files(fleet: &Fleet, service: &Service, container: &str, out: &mut String) {
    for (name, mount) in &service.secrets {
        let _ = writeln!(
            out,
            "    put {container} \"$(secret {name})\" {}",
            quote(&mount.value.target)
        );
    }
    for (name, mount) in &service.configs {
        let content = fleet.config(name).and_then(|it| it.content.as_ref());
        let target = quote(&mount.value.target);
        match content.map(|it| &it.value) {
            Some(ConfigContent::File { path, .. }) => {
                let _ = writeln!(out, "    put {container} {} {target}", quote(path));
            }
            Some(ConfigContent::Inline(text)) => {
                let _ = writeln!(
                    out,
                    "    printf '%s' {} >\"$work/config-{name}\"\n    put {container} \"$work/config-{name}\" {target}",
                    quote(text)
                );
            }
            None => {}
        }
    }
}

/// What a text is outside a Swarm: each placeholder stands for a single task on one machine.
fn text(text: &Text) -> String {
    let runtime = |it: Runtime| match it {
        Runtime::TaskSlot => "1".to_owned(),
        Runtime::NodeHostname | Runtime::NodeId | Runtime::TaskId | Runtime::ServiceName => {
            "test".to_owned()
        }
    };
    text.render(runtime, str::to_owned).into_owned()
}
