//! Diagnostics to text: one file per format.

mod concise;
mod github;
mod gitlab;
mod json;
mod sarif;
mod terminal;

use crate::diag::Diagnostic;
use crate::source::{Position, Sources, Span};

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With the source around each place, for people.
    Human,
    /// One line each.
    Concise,
    /// An array with everything that is known.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that annotate a GitHub pull request.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

/// What a terminal can do.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Colours.
    pub color: bool,
    /// How many columns a line has.
    pub width: usize,
}

/// The diagnostics in a format, each line ended.
pub fn render(
    format: Format,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    style: Style,
) -> String {
    match format {
        Format::Human => terminal::render(sources, diagnostics, style),
        Format::Concise => concise::render(sources, diagnostics),
        Format::Json => json::render(sources, diagnostics),
        Format::Sarif => sarif::render(sources, diagnostics),
        Format::Github => github::render(sources, diagnostics),
        Format::Gitlab => gitlab::render(sources, diagnostics),
    }
}

/// A span as people and other programs count it.
struct Place<'s> {
    path: &'s str,
    start: Position,
    end: Position,
}

impl<'s> Place<'s> {
    fn of(sources: &'s Sources, span: Span) -> Place<'s> {
        Place {
            path: &sources.get(span.file).path,
            start: sources.position(span),
            end: sources.position(span.at_end()),
        }
    }
}

/// A JSON value as lines of text.
fn pretty(value: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value can be written");
    text.push('\n');
    text
}
