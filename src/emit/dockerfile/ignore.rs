//! `Dockerfile.dockerignore`: everything is left out but what the steps copy or mount.

use std::fmt::Write;

use crate::emit::Context;
use crate::model::{Image, StepKind};
use crate::plan::{PlannedImage, images};

pub(super) fn dockerignore(context: &Context<'_>, image: &PlannedImage) -> String {
    let mut text = format!("# {}\n", context.notice(image.image.span.file));
    let sources = images::context_sources(&image.image);
    if sources.contains("") {
        // The whole context is asked for: only what no image wants is left out.
        text.push_str(".git\n**/.env\n**/.secrets\n**/*.svc\n");
        for source in sources.iter().filter(|it| it.ends_with(".svc")) {
            let _ = writeln!(text, "!{}", pattern(source));
        }
        for pattern in excluded(&image.image) {
            let _ = writeln!(text, "{pattern}");
        }
        if image.image.context.is_empty() {
            let _ = writeln!(text, "{}", context.model.project.output);
        }
        return text;
    }
    text.push_str("**\n");
    for source in sources {
        let _ = writeln!(text, "!{}", pattern(source));
    }
    text
}

/// `[` and `\` are characters in a path of svcc, but begin a class and an escape here.
fn pattern(source: &str) -> String {
    source.replace('\\', "\\\\").replace('[', "\\[")
}

/// What the one step that takes the whole context leaves out: nobody asks for it, so it need not be sent.
fn excluded(image: &Image) -> &[ecow::EcoString] {
    let mut sources = images::steps(image).filter_map(|it| match &it.kind {
        StepKind::Copy(copy) if copy.from.is_none() => Some(copy),
        _ => None,
    });
    let whole = |it: &str| matches!(it, "" | ".");
    let mut takes_all = sources
        .by_ref()
        .filter(|it| it.sources.iter().any(|it| whole(&it.value)));
    match (takes_all.next(), takes_all.next()) {
        (Some(copy), None) => &copy.exclude,
        _ => &[],
    }
}
