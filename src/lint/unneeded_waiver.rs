//! `unneeded-waiver`: a waiver of what is not found. It would hide the next real finding, and misleads who reads it.

use super::{Lint, Setting};
use crate::diag::Diagnostic;
use crate::source::Span;

pub(super) static LINT: Lint = Lint::new(
    "unneeded-waiver",
    Setting::Warn,
    "A waiver of a lint that finds nothing in its declaration.",
);

/// Judging itself finds it.
pub(super) fn report(span: Span, lint: &str) -> Diagnostic {
    Diagnostic::new(
        &LINT.code,
        span,
        format!("`{lint}` finds nothing here to waive"),
    )
    .label("not needed")
    .help("remove the line")
}
