//! Workflow commands, which GitHub shows at the lines of a pull request.

use std::fmt::Write;

use super::Place;
use crate::diag::{Diagnostic, Level};
use crate::source::Sources;

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for it in diagnostics {
        let command = match it.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let _ = write!(out, "::{command} ");
        if let Some(span) = it.span {
            let Place { path, start, end } = Place::of(sources, span);
            let path = property(path);
            let _ = write!(
                out,
                "file={path},line={},col={},endLine={},endColumn={},",
                start.line, start.column, end.line, end.column
            );
        }
        let mut message = it.message.clone();
        if let Some(help) = &it.help {
            let _ = write!(message, "\n{help}");
        }
        let _ = writeln!(out, "title={}::{}", it.code.name, data(&message));
    }
    out
}

/// What stands after the `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// What stands after a `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
