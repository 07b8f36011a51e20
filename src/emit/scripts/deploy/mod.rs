//! `ENV/deploy.sh`: brings a release to a Swarm, or to a machine with compose, or says why not.

mod compose;

use std::fmt::Write;

use super::source::sops_steps;
use super::{fill, quote, root};
use crate::emit::Context;
use crate::model::service::ServiceImage;
use crate::model::{Engine, Environment, Fleet, SecretSource, Service};
use crate::plan::objects;
use crate::plan::secrets::{self, Need};

/// The parts of the script for a Swarm, in their order.
const SWARM: [&str; 3] = [
    include_str!("swarm_about.sh"),
    include_str!("common.sh"),
    include_str!("swarm.sh"),
];
/// The parts of the script for compose on a machine.
const COMPOSE: [&str; 3] = [
    include_str!("compose_about.sh"),
    include_str!("common.sh"),
    include_str!("compose.sh"),
];

/// Whether an engine answers that manages a Swarm.
const CHECK_SWARM: &str = "\
control=$(clean timeout 60 docker info --format '{{.ServerVersion}} {{.Swarm.ControlAvailable}}' 2>/dev/null) || control=' '
case $control in
' '*) fail 9 \"no engine answers$at\" ;;
*' true') ;;
*) fail 10 \"the engine$at is not a manager of a Swarm\" ;;
esac";
/// Whether an engine answers that can mount one file of a volume.
const CHECK_COMPOSE: &str = "\
clean docker compose version >/dev/null 2>&1 || fail 3 'docker compose is not installed'
api=$(clean timeout 60 docker version --format '{{.Server.APIVersion}}' 2>/dev/null) || api=''
case $api in
'') fail 9 \"no engine answers$at\" ;;
1.? | 1.[1-3]? | 1.4[0-4]) fail 10 \"the engine$at is older than 26 and cannot mount one file of a volume\" ;;
esac";

/// How many releases of a job are remembered as done.
const MARKS: u32 = 20;

/// The script of one environment.
pub(super) fn deploy(context: &Context<'_>, fleet: &Fleet) -> String {
    let environment = &fleet.environment;
    let stack = &environment.stack.value;
    let (parts, check_engine) = match environment.engine.value {
        Engine::Swarm => (SWARM, CHECK_SWARM),
        Engine::Compose => (COMPOSE, CHECK_COMPOSE),
    };
    let registry = context.model.project.registry.as_ref();
    let registry = registry.and_then(|it| it.value.split('/').next());
    let (mut variables, mut checks, mut jobs) = (String::new(), String::new(), String::new());
    let mut job_services = Vec::new();
    let mut keeper = None;
    for service in &fleet.services {
        let name = &service.name;
        let wanted = match &service.image {
            ServiceImage::Built(name) => {
                let variable = objects::image_variable(name);
                let _ = write!(variables, " \\\n    {variable}");
                format!("\"${variable}\"")
            }
            ServiceImage::Ready(image) => quote(&image.value),
        };
        if service.job.as_ref().is_some_and(|it| !it.before.is_empty()) {
            let needs: Vec<&str> = service
                .refers_to
                .iter()
                .map(|it| it.value.as_str())
                .collect();
            let _ = writeln!(jobs, "    run_job {name} '{}'", needs.join(" "));
            job_services.push(format!("{stack}_{name}"));
        } else {
            let _ = write!(
                checks,
                "    check_service {name} {wanted} {}",
                kind(service)
            );
            if environment.engine.value == Engine::Compose {
                let _ = write!(checks, " {}", compose::containers(service));
            }
            checks.push('\n');
        }
        keeper.get_or_insert(wanted);
    }
    let needs = secrets::needs(fleet);
    let hidden: String = needs.iter().filter_map(hidden).collect();
    let mut objects: Vec<String> = needs.iter().map(|it| it.object.clone()).collect();
    objects.extend(
        objects::configs(fleet)
            .into_iter()
            .map(|(_, object)| object),
    );
    objects.sort_unstable();
    fill(
        &parts.concat(),
        &[
            ("CHECK_ENGINE", check_engine),
            ("MARKS", &MARKS.to_string()),
            ("NOTICE", &context.notice(environment.span.file)),
            ("ENVIRONMENT", &environment.name),
            ("ROOT", &root(context)),
            ("STACK", stack),
            ("REGISTRY", registry.unwrap_or_default()),
            ("HOST", &host(environment)),
            ("HIDDEN", &hidden),
            ("TOOLS", &tools(&needs)),
            ("VARIABLES", &variables),
            ("SECRETS", &needs.iter().map(ensure).collect::<String>()),
            ("CONFIGS", &compose::configs(fleet)),
            ("KEEPER", &keeper.unwrap_or_default()),
            ("OBJECTS", &objects.join(" ")),
            ("JOB_SERVICES", &job_services.join(" ")),
            ("JOBS", or_nothing(&jobs)),
            ("CHECKS", or_nothing(&checks)),
        ],
    )
}

/// Where Docker is asked, unless a variable says otherwise. Of several regions each gets a run of the script.
fn host(environment: &Environment) -> String {
    if let Some(context) = &environment.context {
        return format!(
            "[ -n \"${{DOCKER_HOST:-}}\" ] || DOCKER_CONTEXT=${{DOCKER_CONTEXT:-{}}}\n",
            quote(&context.value)
        );
    }
    let Some(regions) = &environment.regions else {
        let host = environment.host.as_ref();
        return host.map_or_else(String::new, |it| {
            format!("DOCKER_HOST=${{DOCKER_HOST:-{}}}\n", quote(&it.value))
        });
    };
    let regions: Vec<String> = regions.value.iter().map(|it| quote(it)).collect();
    include_str!("regions.sh")
        .replace("@WORDS@", &regions.join(" "))
        .replace("@PATTERNS@", &regions.join(" | "))
}

/// A function's body must not be empty.
fn or_nothing(lines: &str) -> &str {
    if lines.is_empty() {
        "    :"
    } else {
        lines.trim_end()
    }
}

/// What it means that a service is up: all replicas run, a job ended well, or nothing where a schedule starts it.
fn kind(service: &Service) -> &'static str {
    match &service.job {
        Some(job) if job.schedule.is_some() => "scheduled",
        Some(_) => "job",
        None => "service",
    }
}

/// The variable that holds a value: programs that the script starts must not get it.
fn hidden(need: &Need<'_>) -> Option<String> {
    match need.source {
        SecretSource::Env(name) | SecretSource::Ci(name) => Some(format!(" {name}")),
        _ => None,
    }
}

/// `ensure_secret OBJECT WHERE SOURCE ARGUMENT...`
fn ensure(need: &Need<'_>) -> String {
    let (source, arguments): (_, Vec<&str>) = match need.source {
        SecretSource::Swarm(_) => ("swarm", vec![]),
        SecretSource::File(path) => ("file", vec![path]),
        SecretSource::Env(name) => ("env", vec![name]),
        SecretSource::Ci(name) => ("ci", vec![name]),
        SecretSource::Vault { path, field } => ("vault", vec![path, field]),
        SecretSource::Sops { file, key } => {
            let steps = quote(&sops_steps(key));
            return line(need, &format!("sops {} {steps}", quote(file)));
        }
        SecretSource::OnePassword(reference) => ("onepassword", vec![reference]),
        SecretSource::Aws { secret_id, key } => {
            let key = key.as_deref().unwrap_or_default();
            ("aws", vec![secret_id, key])
        }
        SecretSource::Generate { length } => {
            return line(need, &format!("generate {length}"));
        }
    };
    let arguments: String = arguments
        .iter()
        .map(|it| format!(" {}", quote(it)))
        .collect();
    line(need, &format!("{source}{arguments}"))
}

fn line(need: &Need<'_>, source: &str) -> String {
    format!(
        "ensure_secret {} {} {source}\n",
        quote(&need.object),
        quote(&need.source.to_string())
    )
}

/// The clients that the sources need, as words after others.
fn tools(needs: &[Need<'_>]) -> String {
    let mut tools = Vec::new();
    for need in needs {
        match need.source {
            SecretSource::Vault { .. } => tools.push(" vault"),
            SecretSource::Sops { .. } => tools.push(" sops"),
            SecretSource::OnePassword(_) => tools.push(" op"),
            SecretSource::Aws { key: None, .. } => tools.push(" aws"),
            SecretSource::Aws { key: Some(_), .. } => tools.extend([" aws", " jq"]),
            SecretSource::File(_)
            | SecretSource::Env(_)
            | SecretSource::Ci(_)
            | SecretSource::Swarm(_)
            | SecretSource::Generate { .. } => {}
        }
    }
    tools.sort_unstable();
    tools.dedup();
    tools.concat()
}
