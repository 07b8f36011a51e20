//! `svcc why`: where a value was given, and what it overrode.

use std::fmt::{Debug, Write};
use std::path::Path;

use ecow::EcoString;

use super::End;
use super::disk::RealDisk;
use super::model::checked;
use super::terminal::Terminal;
use crate::compile::{self, Compilation, Options};
use crate::emit::origin::Origin;
use crate::model::image::{Health, Probe};
use crate::model::service::{Merged, Mount, ServiceImage};
use crate::model::{Given, Giver, Model, Service};
use crate::render::Format;
use crate::source::{Disk, Sources, Span, Spanned};
use crate::value::Text;

/// One value of a property, the newest first.
struct Link {
    value: String,
    span: Option<Span>,
    giver: Giver,
}

pub(super) fn run(wanted: &str, env: Option<&str>, folder: &Path, terminal: &Terminal) -> End {
    if let Some((path, line)) = wanted.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return of_line(path, line, folder, terminal);
    }
    let Some((service, property)) = wanted.split_once('.') else {
        terminal.error(
            "write SERVICE.PROPERTY or FILE:LINE: `catalog.memory`, `deploy/prod/compose.stack.yml:42`",
        );
        return End::Usage;
    };
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    of_property(&compilation, model, (service, property), env, terminal)
}

/// Where a line of an emitted file comes from.
fn of_line(path: &str, line: usize, folder: &Path, terminal: &Terminal) -> End {
    let disk = RealDisk::new(folder);
    let compilation = match compile::compile(&disk, &Options::default()) {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    let Some(model) = &compilation.model else {
        terminal.diagnostics(
            Format::Human,
            &compilation.sources,
            &compilation.diagnostics,
        );
        return End::Findings;
    };
    let path = path.strip_prefix("./").unwrap_or(path);
    let Some(output) = compilation.outputs.iter().find(|it| it.path == path) else {
        terminal.error(&format!(
            "svcc does not write `{path}`; write its path from the project's folder"
        ));
        return End::Usage;
    };
    let Some(text) = line
        .checked_sub(1)
        .and_then(|it| output.text.lines().nth(it))
    else {
        terminal.error(&format!("{path} has no line {line}"));
        return End::Usage;
    };
    let found = disk.read(path).ok();
    let found = found.as_deref().and_then(|it| std::str::from_utf8(it).ok());
    if found.and_then(|it| it.lines().nth(line - 1)) != Some(text) {
        terminal.error(&format!(
            "{path} is not what the fleet compiles to; run `svcc compile`, then ask again"
        ));
        return End::Findings;
    }
    match compile::origin(&compilation, &disk, path, line) {
        Some(Origin::Property {
            environment,
            service,
            property,
        }) => {
            terminal.print(&format!("{service}.{property} "));
            let asked = (service.as_str(), property.as_str());
            of_property(&compilation, model, asked, Some(&environment), terminal)
        }
        Some(Origin::Statement { what, span }) => {
            let place = place(&compilation.sources, Some(span));
            terminal.print(&format!("{what}{place}\n"));
            End::Fine
        }
        None => {
            terminal.print("this line comes from the fleet as a whole, not from one statement\n");
            End::Fine
        }
    }
}

fn of_property(
    compilation: &Compilation,
    model: &Model,
    (service, property): (&str, &str),
    env: Option<&str>,
    terminal: &Terminal,
) -> End {
    let mut text = String::new();
    let mut has_service = false;
    for fleet in &model.fleets {
        let name = &fleet.environment.name;
        if env.is_some_and(|it| it != name) {
            continue;
        }
        let Some(service) = fleet.service(service) else {
            continue;
        };
        has_service = true;
        let Some(links) = history(service, property) else {
            terminal.error(&format!(
                "`why` knows no property `{property}` of a service"
            ));
            return End::Usage;
        };
        let _ = writeln!(text, "in {name}");
        if links.is_empty() {
            let _ = writeln!(text, "  set nowhere");
        }
        for (at, link) in links.iter().enumerate() {
            let verb = if at == 0 { "" } else { "overrode " };
            let place = place(&compilation.sources, link.span);
            let _ = writeln!(
                text,
                "  {verb}{}  {}{place}",
                link.value,
                giver(&link.giver)
            );
        }
    }
    if !has_service {
        terminal.error(&format!("there is no service `{service}` there"));
        return End::Usage;
    }
    terminal.print(&text);
    End::Fine
}

fn giver(giver: &Giver) -> String {
    match giver {
        Giver::Default => "by default".to_owned(),
        Giver::Layer(name) => format!("by layer `{name}`"),
        Giver::Project => "by the project's `services`".to_owned(),
        Giver::Own => "by the service itself".to_owned(),
        Giver::Environment(name) => format!("by the `services` of environment `{name}`"),
        Giver::In(name) => format!("by the service `in {name}`"),
    }
}

fn place(sources: &Sources, span: Option<Span>) -> String {
    let Some(span) = span else {
        return String::new();
    };
    let path = &sources.get(span.file).path;
    format!(", {path}:{}", sources.position(span).line)
}

fn chain<T>(given: &Given<T>, show: impl Fn(&T) -> String) -> Vec<Link> {
    let mut links = Vec::new();
    let mut next = Some(given);
    while let Some(it) = next {
        links.push(Link {
            value: show(&it.value),
            span: it.span,
            giver: it.giver.clone(),
        });
        next = it.overrode.as_deref();
    }
    links
}

fn opt<T>(given: Option<&Given<T>>, show: impl Fn(&T) -> String) -> Option<Vec<Link>> {
    Some(given.map_or_else(Vec::new, |it| chain(it, show)))
}

fn entry<T>(all: &Merged<T>, key: &str, show: impl Fn(&T) -> String) -> Option<Vec<Link>> {
    opt(
        all.iter().find(|(it, _)| it == key).map(|(_, it)| &**it),
        show,
    )
}

fn shown(it: &impl ToString) -> String {
    it.to_string()
}

/// An enumeration's value as the language writes it: `StartFirst` is `start-first`.
fn word(it: &impl Debug) -> String {
    let mut text = String::new();
    for it in format!("{it:?}").chars() {
        if it.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(it.to_lowercase());
    }
    text
}

fn written(it: &Text) -> String {
    let mut text = String::new();
    let _ = crate::value::text::quote(&it.preview(), &mut text);
    text
}

fn listed<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    format!("[{}]", items.join(", "))
}

fn texts(items: &[Text]) -> String {
    let items: Vec<String> = items.iter().map(written).collect();
    listed(&items)
}

fn names(items: &[Spanned<EcoString>]) -> String {
    let items: Vec<&str> = items.iter().map(|it| it.value.as_str()).collect();
    listed(&items)
}

/// The history of a property; `None` where there is no such property.
fn history(it: &Service, property: &str) -> Option<Vec<Link>> {
    let (head, rest) = property.split_once('.').unwrap_or((property, ""));
    match head {
        "command" => opt(it.command.as_deref(), |it| texts(it)),
        "entrypoint" => opt(it.entrypoint.as_deref(), |it| texts(it)),
        "workdir" => opt(it.workdir.as_deref(), shown),
        "user" => opt(it.user.as_deref(), shown),
        "hostname" => opt(it.hostname.as_deref(), written),
        "ports" => entry(&it.ports, rest, shown),
        "publish" => entry(&it.publish, rest, |it| it.port.to_string()),
        "env" => entry(&it.env, rest, written),
        "labels" => entry(&it.labels, rest, written),
        "deploy_labels" => entry(&it.deploy_labels, rest, written),
        "secrets" => entry(&it.secrets, rest, |it| it.target.to_string()),
        "configs" => entry(&it.configs, rest, |it| it.target.to_string()),
        "sysctls" => entry(&it.sysctls, rest, shown),
        "extra_hosts" => entry(&it.extra_hosts, rest, shown),
        "ulimits" => entry(&it.ulimits, rest, |(soft, hard)| format!("{soft}:{hard}")),
        "networks" => opt(it.networks.as_deref(), |it| names(it)),
        "health" => opt(it.health.as_deref(), health),
        "image" => match &it.image {
            ServiceImage::Ready(image) => opt(Some(image), shown),
            ServiceImage::Built(name) => Some(vec![Link {
                value: format!("built as `{name}`"),
                span: Some(it.span),
                giver: Giver::Own,
            }]),
        },
        "mount" => entry(&it.mounts, rest, mount),
        "capabilities" => match rest {
            "add" => opt(it.capabilities_add.as_deref(), |it| listed(it)),
            "drop" => opt(it.capabilities_drop.as_deref(), |it| listed(it)),
            _ => None,
        },
        "replicas" => opt(it.replicas.as_deref(), shown),
        "mode" => opt(it.mode.as_deref(), word),
        "cpus" => opt(it.cpus.as_deref(), shown),
        "memory" => opt(it.memory.as_deref(), shown),
        "pids" => opt(it.pids.as_deref(), shown),
        "reserve" if rest == "cpus" => opt(it.reserve_cpus.as_deref(), shown),
        "reserve" if rest == "memory" => opt(it.reserve_memory.as_deref(), shown),
        "placement" => opt(it.placement.as_deref(), |it| names(it)),
        "spread" => opt(it.spread.as_deref(), |it| names(it)),
        "max_per_node" => opt(it.max_per_node.as_deref(), shown),
        "stop_grace" => opt(it.stop_grace.as_deref(), shown),
        "stop_signal" => opt(it.stop_signal.as_deref(), shown),
        "init" => opt(it.init.as_deref(), shown),
        "read_only" => opt(it.read_only.as_deref(), shown),
        "dns" => opt(it.dns.as_deref(), |it| listed(it)),
        "update" => rollout(&it.update, rest),
        "rollback" => rollout(&it.rollback, rest),
        "restart" => match rest {
            "condition" => opt(it.restart.condition.as_deref(), word),
            "delay" => opt(it.restart.delay.as_deref(), shown),
            "max_attempts" => opt(it.restart.max_attempts.as_deref(), shown),
            "window" => opt(it.restart.window.as_deref(), shown),
            _ => None,
        },
        "logging" => match rest.split_once('.') {
            None if rest == "driver" => opt(it.logging_driver.as_deref(), shown),
            Some(("options", key)) => entry(&it.logging_options, key, shown),
            Some(_) | None => None,
        },
        _ => None,
    }
}

/// A health check as the language writes it.
fn health(it: &Health) -> String {
    let mut text = match &it.probe {
        Probe::Http { path, port } => format!("http(\"{path}\", {port}"),
        Probe::Tcp { port } => format!("tcp({port}"),
        Probe::Command(words) => {
            let words: Vec<String> = words.iter().map(|it| format!("\"{it}\"")).collect();
            format!("command({}", words.join(", "))
        }
        Probe::Off => return "none".to_owned(),
    };
    let times = [
        ("interval", it.interval),
        ("timeout", it.timeout),
        ("start", it.start),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            let _ = write!(text, ", {name} = {time}");
        }
    }
    if let Some(retries) = it.retries {
        let _ = write!(text, ", retries = {retries}");
    }
    text + ")"
}

fn mount(it: &Mount) -> String {
    match it {
        Mount::Volume { name, .. } => name.to_string(),
        Mount::Bind { source, .. } => format!("\"{source}\""),
        Mount::Tmpfs { .. } => "tmpfs".to_owned(),
    }
}

fn rollout(it: &crate::model::service::Rollout, property: &str) -> Option<Vec<Link>> {
    match property {
        "parallelism" => opt(it.parallelism.as_deref(), shown),
        "delay" => opt(it.delay.as_deref(), shown),
        "order" => opt(it.order.as_deref(), word),
        "failure" => opt(it.failure.as_deref(), word),
        "monitor" => opt(it.monitor.as_deref(), shown),
        "max_failure_ratio" => opt(it.max_failure_ratio.as_deref(), shown),
        _ => None,
    }
}
