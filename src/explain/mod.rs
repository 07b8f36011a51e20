//! Pages of codes: what each means, with an example that is wrong and one that is right.

pub mod lints;
pub mod reference;

use std::fmt::Write as _;

use include_dir::{Dir, include_dir};

use crate::diag::Code;
use crate::{check, emit, eval, lint, names, packages, pins, syntax};

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/explain/pages");

/// The page of a code.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES
        .get_file(format!("{code}.md"))
        .and_then(|it| it.contents_utf8())
}

/// The names of all pages, sorted.
pub fn pages() -> Vec<&'static str> {
    let mut names: Vec<_> = PAGES
        .files()
        .filter_map(|it| it.path().file_stem().and_then(|it| it.to_str()))
        .collect();
    names.sort_unstable();
    names
}

/// Every code of every stage, sorted by name. Two stages may find the same mistake.
pub fn codes() -> Vec<&'static Code> {
    let stages = [
        syntax::errors::CODES,
        packages::errors::CODES,
        names::errors::CODES,
        eval::errors::CODES,
        check::errors::CODES,
        lint::errors::CODES,
        emit::errors::CODES,
        pins::errors::CODES,
    ];
    let lints = lint::LINTS.iter().map(|it| &it.code);
    let mut codes: Vec<_> = stages.into_iter().flatten().copied().chain(lints).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Every code on a line of its own: first the errors, then the lints with their default levels and what they find.
pub fn list() -> String {
    let lint = |code: &Code| lint::LINTS.iter().find(|it| it.code.name == code.name);
    let mut out = String::from("Mistakes:\n");
    for code in codes().into_iter().filter(|it| lint(it).is_none()) {
        let _ = writeln!(out, "  {}", code.name);
    }
    out.push_str("\nLints:\n");
    for lint in lint::LINTS {
        let (name, level) = (lint.code.name, lint.default.word());
        let _ = writeln!(out, "  {name:<20}{level:<6}{}", lint.doc);
    }
    out
}
