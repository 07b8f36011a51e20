//! The scripts that pipelines and people call: `images/build.sh`, and `ENV/deploy.sh` for every Swarm, and every machine that a
//! release is brought to. POSIX sh; each is a
//! frame with the project's names filled in.

mod build;
mod deploy;
pub mod source;
mod tests;

use super::{Context, Output, Target};
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
        let fleets = context.model.fleets.iter();
        for fleet in fleets.filter(|it| it.environment.is_deployed()) {
            files.push(Output {
                path: context.path(format_args!("{}/deploy.sh", fleet.environment.name)),
                text: deploy::deploy(context, fleet),
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
pub fn quote(text: &str) -> String {
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
