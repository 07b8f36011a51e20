//! One line for each diagnostic: `fleet.svc:3:5: error[unknown-word]: …`.

use std::fmt::Write;

use super::Place;
use crate::diag::Diagnostic;
use crate::source::Sources;

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for it in diagnostics {
        if let Some(span) = it.span {
            let place = Place::of(sources, span);
            let (line, column) = (place.start.line, place.start.column);
            let _ = write!(out, "{}:{line}:{column}: ", place.path);
        }
        let _ = writeln!(out, "{}[{}]: {}", it.level, it.code.name, it.message);
    }
    out
}
