//! Pages of codes: what each means, with an example that is wrong and one that is right.

pub mod reference;

use include_dir::{Dir, include_dir};

use crate::diag::Code;
use crate::{check, emit, eval, lint, names, syntax};

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
        names::errors::CODES,
        eval::errors::CODES,
        check::errors::CODES,
        lint::errors::CODES,
        emit::errors::CODES,
    ];
    let mut codes: Vec<_> = stages.into_iter().flatten().copied().collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
