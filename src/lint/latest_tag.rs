//! `latest-tag`: a tag that names no version. What was tested today is not what runs tomorrow, and nobody can go back to it.

use super::image_name::{ImageName, all_outside};
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;

pub(super) static LINT: Lint = Lint::warn(
    "latest-tag",
    "A tag that names no version: `latest`, `edge`, `nightly`, `main`, `master`, `dev`.",
    check,
);

const MOVING: &[&str] = &["dev", "edge", "latest", "main", "master", "nightly"];

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for outside in all_outside(context) {
        let name = ImageName::parse(&outside.name);
        let Some(tag) = name.tag else { continue };
        if name.is_pinned || !MOVING.contains(&tag) {
            continue;
        }
        let said = Diagnostic::new(
            &LINT.code,
            outside.span,
            format!("the tag `{tag}` of `{}` names no version", name.path),
        )
        .label("another image tomorrow, under the same name")
        .help(format!(
            "say which one: `\"{}:VERSION\"`, or add its digest: `\"{}:{tag}@sha256:…\"`",
            name.path, name.path
        ));
        found.push(outside.finding(said));
    }
}
