//! Fewer diagnostics: where lines on end cannot be read, they are most likely a text whose beginning is missing.

use super::errors;
use crate::diag::Diagnostic;
use crate::source::LineIndex;

/// From how many lines on they are told as one.
const FEWEST: usize = 5;

/// How many lines may stand between two such lines, comments and blank lines aside: they may happen to look like statements.
const BETWEEN: usize = 1;

/// `said`, in order of place, with each run of unreadable lines told once.
pub(super) fn tidy(text: &str, said: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if said.len() < FEWEST {
        return said;
    }
    let lines = LineIndex::new(text);
    let mut tidied: Vec<Diagnostic> = Vec::new();
    let mut run: Vec<Diagnostic> = Vec::new();
    for diagnostic in said {
        if !is_unreadable(&diagnostic) {
            tidied.push(diagnostic);
            continue;
        }
        if run
            .last()
            .is_some_and(|it| !are_near(text, &lines, it, &diagnostic))
        {
            end_run(&mut tidied, std::mem::take(&mut run));
        }
        run.push(diagnostic);
    }
    end_run(&mut tidied, run);
    tidied
}

fn are_near(text: &str, lines: &LineIndex, one: &Diagnostic, other: &Diagnostic) -> bool {
    let line = |it: &Diagnostic| it.span.map_or(0, |it| lines.line(it.start));
    let says_something = |it: &usize| {
        let line = lines.text(text, *it).trim_start();
        !line.is_empty() && !line.starts_with('#')
    };
    let between = (line(one) + 1..line(other)).filter(says_something);
    between.take(BETWEEN + 1).count() <= BETWEEN
}

fn end_run(tidied: &mut Vec<Diagnostic>, run: Vec<Diagnostic>) {
    let count = run.len();
    // A `:` for a `=` is a mistake of its own, on however many lines.
    let is_text = run.iter().any(|it| it.code != &errors::WRONG_EQUALS);
    let mut run = run.into_iter();
    if count < FEWEST || !is_text {
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
        &errors::WRONG_EQUALS,
        &errors::MISPLACED_PARAMETER,
    ]
    .contains(&diagnostic.code)
}
