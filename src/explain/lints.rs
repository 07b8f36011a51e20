//! The list of lints, `docs/lints.md`, made from their table and their pages.

use std::fmt::Write as _;

use super::page;
use crate::check::errors::WARNINGS;
use crate::lint::LINTS;

/// The text of `docs/lints.md`.
pub fn lints() -> String {
    let mut out = String::from(
        "# Lints\n\n\
         What svcc finds unwise. Made from the compiler's own table and pages: do not edit.\n\n\
         A project sets levels, `lint { unpinned-image = deny, no-healthcheck = allow }`: `allow` says nothing, `warn` warns, `deny` is an\n\
         error. A declaration waives one for itself, with the reason: `allow no-healthcheck because \"it has no port\"`. What is found in several\n\
         environments is said once, and names them where it is not all. `svcc check --deny-warnings` also fails on warnings.\n\n",
    );
    let warnings: Vec<String> = WARNINGS.iter().map(|it| format!("`{}`", it.name)).collect();
    let _ = write!(
        out,
        "The warnings about updates and room on the nodes have levels and waivers too: {}.\nTheir pages are shown by `svcc explain NAME`.\n\n",
        warnings.join(", ")
    );
    out.push_str(
        "\
         | lint | default | finds |\n| --- | --- | --- |\n",
    );
    for lint in LINTS {
        let (name, level) = (lint.code.name, lint.default.word());
        let _ = writeln!(out, "| [`{name}`](#{name}) | {level} | {} |", lint.doc);
    }
    for lint in LINTS {
        let name = lint.code.name;
        let text = page(name).unwrap_or_default();
        let text = text.trim_start_matches(&format!("# {name}\n"));
        let text = text
            .replace("```svc wrong\n", "Wrong:\n\n```svc\n")
            .replace("```svc right\n", "Right:\n\n```svc\n");
        let _ = write!(
            out,
            "\n## {name}\n\nDefault: `{}`.\n{text}",
            lint.default.word()
        );
    }
    out
}
