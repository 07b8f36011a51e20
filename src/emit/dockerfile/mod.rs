//! A Dockerfile for every base and every built service, and beside it the allow-list of what it takes from its context.

mod env;
mod files;
mod ignore;
mod instruction;
mod recipe;
mod system;

use std::fmt::Write;

use rayon::prelude::*;

use super::{Context, Output, Target};
use crate::model::StepKind;
use crate::plan::{PlannedImage, images};
use crate::source::Span;
use crate::vocab::Capability;

/// `--only dockerfile`
pub const TARGET: &dyn Target = &Dockerfile;

struct Dockerfile;

impl Target for Dockerfile {
    fn name(&self) -> &'static str {
        "dockerfile"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let files = context.plan.images.par_iter().flat_map_iter(|image| {
            let name = &image.image.name;
            [
                Output {
                    path: context.path(format_args!("images/{name}/Dockerfile")),
                    text: dockerfile(context, image),
                    executable: false,
                },
                Output {
                    path: context.path(format_args!("images/{name}/Dockerfile.dockerignore")),
                    text: ignore::dockerignore(context, image),
                    executable: false,
                },
            ]
        });
        files.collect()
    }
}

/// The step that a line, from 1, of an image's Dockerfile comes from, if it is of a single one.
pub(super) fn step_at(context: &Context<'_>, image: &PlannedImage, line: usize) -> Option<Span> {
    let (lines, steps) = recipe::lines(context, image);
    let whole = dockerfile(context, image).lines().count();
    let mut body = String::new();
    instruction::print(&lines, &mut body);
    let head = whole - body.lines().count();
    let mut before = 0;
    for (end, span) in steps {
        let mut text = String::new();
        instruction::print(&lines[..end], &mut text);
        let last = head + text.lines().count();
        if before < line && line <= last {
            return span;
        }
        before = last;
    }
    None
}

fn dockerfile(context: &Context<'_>, image: &PlannedImage) -> String {
    let mut text = String::with_capacity(1024);
    if let Some(syntax) = &context.model.project.syntax
        && needs_new_front_end(image)
    {
        let _ = writeln!(text, "# syntax={}", syntax.value);
    }
    let names_credentials = images::steps(&image.image).any(|it| {
        let StepKind::Env(pairs) = &it.kind else {
            return false;
        };
        pairs
            .iter()
            .any(|(key, _)| env::sounds_secret_to_build_kit(key))
    });
    if names_credentials {
        text.push_str("# check=skip=SecretsUsedInArgOrEnv\n");
    }
    let _ = writeln!(text, "# {}", context.notice(image.image.span.file));
    if names_credentials {
        text.push_str("# The check is off because a name below only sounds like a secret: svcc keeps secrets out of images.\n");
    }
    instruction::print(&recipe::lines(context, image).0, &mut text);
    text
}

/// Whether a step uses what BuildKit's front end cannot do before 1.19: `--exclude`, `--unpack`, symbolic `--chmod`.
fn needs_new_front_end(image: &PlannedImage) -> bool {
    images::steps(&image.image).any(|it| match &it.kind {
        StepKind::Copy(copy) => copy.mode.is_none() || !copy.exclude.is_empty(),
        StepKind::Fetch(fetch) => fetch.unpack.is_some(),
        StepKind::Install(_)
        | StepKind::Run(_)
        | StepKind::File(_)
        | StepKind::Raw(_)
        | StepKind::Env(_)
        | StepKind::Labels(_)
        | StepKind::Workdir(_)
        | StepKind::User(_)
        | StepKind::Expose(_)
        | StepKind::StopSignal(_)
        | StepKind::Entrypoint(_)
        | StepKind::Command(_) => false,
    })
}
