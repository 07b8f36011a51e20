//! The scripts that pipelines and people call: `images/build.sh`, and `ENV/deploy.sh` for every Swarm. POSIX sh; each is a
//! frame with the project's names filled in.

mod build;
mod tests;

use std::fmt::Write;

use super::{Context, Output, Target};
use crate::model::secret::SecretSource;
use crate::model::service::{Mode, ServiceImage};
use crate::model::{Engine, Fleet};
use crate::plan::objects;
use crate::vocab::Capability;

/// `--only scripts`
pub const TARGET: &dyn Target = &Scripts;

struct Scripts;

impl Target for Scripts {
    fn name(&self) -> &'static str {
        "scripts"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let mut files = Vec::new();
        if !context.plan.images.is_empty() && context.model.project.registry.is_some() {
            files.push(Output {
                path: context.path(format_args!("images/build.sh")),
                text: build::script(context),
                executable: true,
            });
        }
        if let Some(text) = tests::run(context) {
            files.push(Output {
                path: context.path(format_args!("tests/run.sh")),
                text,
                executable: true,
            });
        }
        let swarms = context.model.fleets.iter();
        for fleet in swarms.filter(|it| it.environment.engine.value == Engine::Swarm) {
            files.push(Output {
                path: context.path(format_args!("{}/deploy.sh", fleet.environment.name)),
                text: deploy(context, fleet),
                executable: true,
            });
        }
        files
    }
}

/// Fills in a frame: each `@NAME@` once or more. Values are not looked at again.
fn fill(frame: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(frame.len() + 1024);
    let mut rest = frame;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let found = values.iter().find_map(|(name, value)| {
            Some((value, from[1..].strip_prefix(name)?.strip_prefix('@')?))
        });
        match found {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('@');
                rest = &from[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// A word of a shell script, always in quotes.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The way from a folder in the output folder back to the root: `../..`.
fn root(context: &Context<'_>) -> String {
    let depth = context
        .model
        .project
        .output
        .split('/')
        .filter(|it| !it.is_empty())
        .count()
        + 1;
    vec![".."; depth].join("/")
}

fn deploy(context: &Context<'_>, fleet: &Fleet) -> String {
    let environment = &fleet.environment;
    let host = match &environment.host {
        Some(host) => format!("DOCKER_HOST=${{DOCKER_HOST:-{}}}\n", quote(&host.value)),
        None => String::new(),
    };
    let mut variables = String::new();
    let mut checks = String::new();
    let mut jobs = String::new();
    for service in &fleet.services {
        let before = service.job.as_ref().is_some_and(|it| !it.before.is_empty());
        let wanted = match &service.image {
            ServiceImage::Built(name) => {
                let variable = objects::image_variable(name);
                let _ = write!(variables, " \\\n    {variable}");
                format!("\"$(released {variable})\"")
            }
            ServiceImage::Ready(image) => quote(&image.value),
        };
        if before {
            let needs: Vec<&str> = service.refers_to.iter().map(|it| it.value.as_str()).collect();
            let _ = writeln!(jobs, "    run_job {} '{}'", service.name, needs.join(" "));
            continue;
        }
        // A job ends, and a global service has as many as there are nodes that fit.
        let global = service
            .mode
            .as_ref()
            .is_some_and(|it| it.value == Mode::Global);
        let how = if service.job.is_some() || global {
            "any"
        } else {
            "up"
        };
        let _ = writeln!(checks, "check_service {} {wanted} {how}", service.name);
    }
    let (secrets, tools) = secrets(fleet);
    fill(
        include_str!("deploy.sh"),
        &[
            ("NOTICE", &context.notice(environment.span.file)),
            ("ENVIRONMENT", &environment.name),
            ("ROOT", &root(context)),
            ("STACK", &environment.stack.value),
            ("HOST", &host),
            ("TOOLS", &tools),
            ("VARIABLES", &variables),
            ("SECRETS", &secrets),
            ("JOBS", if jobs.is_empty() { "    :" } else { jobs.trim_end() }),
            ("CHECKS", &checks),
        ],
    )
}

/// A call for every secret that a service of the fleet has mounted, and the clients that their sources need.
fn secrets(fleet: &Fleet) -> (String, String) {
    let (mut calls, mut tools) = (String::new(), Vec::new());
    for secret in &fleet.secrets {
        let used = fleet
            .services
            .iter()
            .any(|it| it.secrets.iter().any(|(name, _)| *name == secret.name));
        let Some(source) = &secret.source else {
            continue;
        };
        if !used {
            continue;
        }
        let object = objects::secret_object(
            &fleet.environment.stack.value,
            &secret.name,
            secret.version.value,
        );
        let call = match &source.value {
            SecretSource::Swarm(name) => {
                let _ = writeln!(calls, "ensure_secret {} swarm", quote(name));
                continue;
            }
            SecretSource::File(path) => format!("file {}", quote(path)),
            SecretSource::Env(name) => format!("env {name}"),
            SecretSource::Ci(name) => format!("ci {name}"),
            SecretSource::Generate { length } => format!("generate {length}"),
            SecretSource::Vault { path, field } => {
                tools.push("vault");
                format!("vault {} {}", quote(path), quote(field))
            }
            SecretSource::Sops { file, key } => {
                tools.push("sops");
                let steps: String = key.split('.').map(|it| format!("[\"{it}\"]")).collect();
                format!("sops {} {}", quote(file), quote(&steps))
            }
            SecretSource::OnePassword(reference) => {
                tools.push("op");
                format!("onepassword {}", quote(reference))
            }
            SecretSource::Aws { secret_id, key } => {
                tools.push("aws");
                if key.is_some() {
                    tools.push("jq");
                }
                format!(
                    "aws {} {}",
                    quote(secret_id),
                    quote(key.as_deref().unwrap_or_default())
                )
            }
        };
        let _ = writeln!(calls, "ensure_secret {object} {call}");
    }
    tools.sort_unstable();
    tools.dedup();
    (calls, tools.iter().map(|it| format!(" {it}")).collect())
}
