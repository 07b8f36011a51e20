//! Text to tree. Never fails: what cannot be read is reported and costs its own statement.

mod block;
mod decode;
pub mod errors;
mod expr;
mod grammar;
mod items;
mod pairs;
mod statement;
mod stream;
mod string;
mod tidy;
pub mod tree;

use crate::diag::Sink;
use crate::source::{FileId, Span};
use block::{Piece, PieceKind};
pub use decode::decode;
use grammar::Rule;
use pairs::Pairs;
use statement::Builder;
use stream::Gap;
use tree::Tree;

/// The tree of a file's text.
pub fn parse(file: FileId, text: &str, sink: &mut Sink) -> Tree {
    let mut said = Sink::new();
    let pairs = Pairs::of(text);
    let mut builder = Builder::new(file, text);
    let pieces = pieces(&pairs, &mut builder, &mut said);
    let (statements, end) = block::nest(file, text, pieces, &mut said);
    let broken = !said.is_empty();
    for diagnostic in tidy::tidy(text, said.finish()) {
        sink.push(diagnostic);
    }
    Tree {
        file,
        statements,
        end,
        count: builder.count(),
        broken,
    }
}

/// The flat list of what stands in a file.
fn pieces<'t>(pairs: &'t Pairs, builder: &mut Builder<'t>, sink: &mut Sink) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut end = 0;
    // While a long string is not closed, what stands further right than its statement is its text.
    let mut skip_right_of = None;
    let mut skipping = false;
    let mut in_conflict = false;
    for pair in pairs.file() {
        let rule = pair.rule();
        if rule == Rule::EOI {
            break;
        }
        let span = builder.span(&pair);
        let between = builder.slice(Span::new(builder.file, end, span.start));
        let gap = Gap::of(between);
        let column = match between.rfind('\n') {
            Some(at) => Some((between.len() - at - 1) as u32),
            None => (end == 0).then_some(between.len() as u32),
        };
        if let (Some(limit), Some(column)) = (skip_right_of, column) {
            skipping = column > limit;
            if !skipping {
                skip_right_of = None;
            }
        }
        end = span.end;
        if skipping {
            continue;
        }
        let kind = match rule {
            Rule::statement => {
                let header = builder.header(pair);
                if header.endless {
                    skip_right_of = Some(column.unwrap_or(0));
                }
                PieceKind::Statement(Box::new(header))
            }
            Rule::comment => PieceKind::Comment,
            Rule::close => PieceKind::Close,
            Rule::e_open => PieceKind::Open,
            Rule::conflict if in_conflict => {
                in_conflict = !builder.slice(span).starts_with('>');
                PieceKind::Junk
            }
            _ => {
                in_conflict = rule == Rule::conflict;
                let text = builder.slice(span);
                sink.push(junk(rule, span, text));
                // What a bracket at its end would hold was not meant as statements.
                if text.trim_end().ends_with(['(', '[']) {
                    skip_right_of = Some(column.unwrap_or(0));
                }
                PieceKind::Junk
            }
        };
        pieces.push(Piece {
            kind,
            span,
            lines: gap.lines,
            comma: gap.comma,
            column,
        });
    }
    pieces
}

/// What to say about a line that is no statement.
fn junk(rule: Rule, span: Span, text: &str) -> crate::diag::Diagnostic {
    let text = text.trim_end();
    let span = Span {
        end: span.start + text.len() as u32,
        ..span
    };
    match rule {
        Rule::conflict => errors::conflict_marker(span),
        Rule::e_slash => errors::wrong_comment(span, &text[..2]),
        _ if text.starts_with(|it: char| it.is_ascii_digit()) => {
            let word = text.split_whitespace().next().unwrap_or_default();
            errors::bad_name(
                Span {
                    end: span.start + word.len() as u32,
                    ..span
                },
                word,
            )
        }
        _ => errors::unexpected_text(span, text),
    }
}
