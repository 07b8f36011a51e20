//! Fewer diagnostics: where lines on end cannot be read, they are most likely a text whose beginning is missing.

use super::errors;
use crate::diag::Diagnostic;
use crate::source::LineIndex;

/// From how many lines on they are told as one.
const FEWEST: usize = 5;

/// How far apart two such lines may be: one between them may happen to look like a statement.
const NEAR: usize = 2;

/// `said`, in order of place, with each run of unreadable lines told once.
pub(super) fn tidy(text: &str, said: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if said.len() < FEWEST {
        return said;
    }
    let lines = LineIndex::new(text);
    let line = |it: &Diagnostic| it.span.map_or(0, |it| lines.line(it.start));
    let mut tidied: Vec<Diagnostic> = Vec::new();
    let mut run: Vec<Diagnostic> = Vec::new();
    for diagnostic in said {
        if !is_unreadable(&diagnostic) {
            tidied.push(diagnostic);
            continue;
        }
        if run
            .last()
            .is_some_and(|it| line(&diagnostic) > line(it) + NEAR)
        {
            end_run(&mut tidied, std::mem::take(&mut run));
        }
        run.push(diagnostic);
    }
    end_run(&mut tidied, run);
    tidied
}

fn end_run(tidied: &mut Vec<Diagnostic>, run: Vec<Diagnostic>) {
    let count = run.len();
    let mut run = run.into_iter();
    if count < FEWEST {
        tidied.extend(run);
    } else if let Some(first) = run.next() {
        tidied.push(errors::with_lines_after(first, count - 1));
    }
}

fn is_unreadable(diagnostic: &Diagnostic) -> bool {
    [
        &errors::UNEXPECTED_TEXT,
        &errors::MISSING_SEPARATOR,
        &errors::STRAY_BRACE,
        &errors::UNCLOSED_STRING,
        &errors::UNCLOSED_BRACKET,
    ]
    .contains(&diagnostic.code)
}
