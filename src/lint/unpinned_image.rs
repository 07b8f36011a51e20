//! `unpinned-image`: an image from outside without a tag or digest. Docker takes `latest`, whatever that is on the day.

use super::image_name::{ImageName, all_outside};
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;

pub(super) static LINT: Lint = Lint::warn(
    "unpinned-image",
    "An image from outside without a tag or digest.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for outside in all_outside(context) {
        let name = ImageName::parse(&outside.name);
        if name.tag.is_some() || name.is_pinned {
            continue;
        }
        let said = Diagnostic::new(
            &LINT.code,
            outside.span,
            format!("the image `{}` has no tag", outside.name),
        )
        .label("means whatever `latest` is on the day of the build")
        .help(format!(
            "say which one: `\"{}:VERSION\"`, or its digest: `\"{}@sha256:…\"`",
            name.path, name.path
        ));
        found.push(outside.finding(said));
    }
}
