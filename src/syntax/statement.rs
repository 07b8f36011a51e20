//! The tokens of one statement to its tree, without its block.

use ecow::EcoString;

use super::errors;
use super::expr::missing;
use super::grammar::Rule;
use super::pairs::Pair;
use super::stream::Stream;
use super::tree::{Expr, ExprKind, Statement, Trivia, Word};
use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

/// Makes the tree of a file, a statement at a time.
pub(super) struct Builder<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    /// How high the expression is that was built last.
    pub(super) height: u32,
    /// How many operands are being read, one inside the other.
    pub(super) nesting: u32,
    /// What is wrong with the statement: one thing only, as a second is most often its consequence.
    failure: Option<Box<(Rank, Diagnostic)>>,
    /// The arguments of the statement, until it is known how many there are.
    arguments: Vec<Expr>,
    next_id: u32,
}

/// Which of several failures of a statement is told: the one that likely caused the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Token,
    Bracket,
    String,
    Interpolation,
}

/// A statement as it stands in the flat list.
pub(super) struct Header {
    pub(super) statement: Statement,
    /// Its `{`.
    pub(super) open: Option<Span>,
    /// What is wrong with it.
    pub(super) failure: Option<Box<(Rank, Diagnostic)>>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(file: FileId, text: &'t str) -> Builder<'t> {
        Builder {
            file,
            text,
            height: 0,
            nesting: 0,
            failure: None,
            arguments: Vec::new(),
            next_id: 0,
        }
    }

    /// How many statements were made.
    pub(super) fn count(&self) -> u32 {
        self.next_id
    }

    /// `word argument* [ "=" expression ] [ "{" ]`
    pub(super) fn header(&mut self, pair: Pair<'t>) -> Header {
        let id = self.next_id;
        self.next_id += 1;
        let mut stream = Stream::new(self.file, self.text, pair, 0);
        let word = self.word(&mut stream);
        let others = self.arguments.len();
        let mut value = None;
        let mut open = None;
        let mut span = word.span;
        while let Some(token) = stream.peek() {
            match token.rule {
                _ if token.gap.equals && value.is_none() => {
                    value = Some(self.expression(&mut stream));
                }
                Rule::open => {
                    open = Some(token.span);
                    stream.take();
                    continue;
                }
                Rule::equals | Rule::e_equals if value.is_none() => {
                    stream.take();
                    if token.rule == Rule::e_equals {
                        self.fail(errors::wrong_equals(token.span, self.slice(token.span)));
                    }
                    value = Some(self.value(&mut stream, token.span));
                }
                Rule::e_extra => {
                    stream.take();
                    self.extra(token.span, span);
                }
                Rule::e_slash => {
                    stream.take();
                    self.unexpected(&token, span);
                }
                _ if value.is_some() => {
                    self.unexpected(&token, span);
                    stream.take();
                }
                _ => {
                    if token.rule == Rule::group
                        && !token.gap.any
                        && token.pair.inner().has(|it| it == Rule::e_unclosed)
                    {
                        let name = self.slice(word.span);
                        self.fail_as(Rank::Interpolation, errors::called_word(word.span, name));
                    }
                    let argument = self.item_expression(&mut stream);
                    self.arguments.push(argument);
                }
            }
            span = span.to(Span::new(self.file, span.start, stream.end));
        }
        let failure = self.failure.take();
        let broken = failure.is_some();
        let arguments = self.arguments.split_off(others);
        let trivia = Trivia::default();
        let statement = Statement {
            id,
            span,
            word,
            arguments,
            value,
            block: None,
            trivia,
            broken,
        };
        Header {
            statement,
            open,
            failure,
        }
    }

    fn value(&mut self, stream: &mut Stream<'t>, equals: Span) -> Expr {
        match stream.peek() {
            Some(token) if token.rule != Rule::open && token.rule != Rule::e_extra => {
                self.expression(stream)
            }
            _ => {
                let here = equals.at_end();
                self.fail(errors::missing_value(here, self.slice(equals)));
                missing(here)
            }
        }
    }

    /// The word that a statement or a map's entry begins with.
    pub(super) fn word(&mut self, stream: &mut Stream<'t>) -> Word {
        let Some(token) = stream.take() else {
            let span = self.here(stream);
            return Word {
                text: EcoString::new(),
                span,
                string: None,
            };
        };
        let span = token.span;
        if matches!(token.rule, Rule::path | Rule::keyword) {
            let name = self.checked_name(span);
            return Word {
                text: name.text,
                span,
                string: None,
            };
        }
        let string = self.string(token.pair);
        let text = string.as_text().cloned().unwrap_or_default();
        Word {
            text,
            span,
            string: Some(Box::new(string)),
        }
    }

    /// What stands after a statement and is not part of it.
    fn extra(&mut self, span: Span, statement: Span) {
        let text = self.slice(span).trim_end();
        let span = Span {
            end: span.start + text.len() as u32,
            ..span
        };
        let whole = self.whole_text(span);
        let is_wrong_equals = |it: &(Rank, Diagnostic)| it.1.code == &errors::WRONG_EQUALS;
        if text.starts_with("//") {
            self.fail(errors::wrong_comment(span, "//"));
        } else if text.starts_with('=') && self.failure.as_deref().is_some_and(is_wrong_equals) {
            self.failure = None;
            self.fail(errors::misplaced_parameter(
                statement,
                self.slice(statement),
            ));
        } else {
            // Text without quotes, such as a path, explains better than the value that it leaves missing.
            self.failure = self
                .failure
                .take()
                .filter(|it| it.1.code != &errors::MISSING_VALUE);
            self.fail(errors::unexpected_text(whole, self.slice(whole)));
        }
    }

    /// Notes what is wrong with the statement, unless something is noted already.
    pub(super) fn fail(&mut self, diagnostic: Diagnostic) {
        self.fail_as(Rank::Token, diagnostic);
    }

    /// Notes what is wrong with the statement, unless something that likely caused it is noted already.
    pub(super) fn fail_as(&mut self, rank: Rank, diagnostic: Diagnostic) {
        if self.failure.as_ref().is_none_or(|it| it.0 < rank) {
            self.failure = Some(Box::new((rank, diagnostic)));
        }
    }

    /// `span` with what touches it on both sides: of `image = postgres:16` not only the `:16`. Blanks at its end go.
    pub(super) fn whole_text(&self, span: Span) -> Span {
        let text = self.slice(span).trim_end();
        let span = Span {
            end: span.start + text.len() as u32,
            ..span
        };
        let ends = |it: char| {
            it.is_whitespace()
                || matches!(
                    it,
                    ',' | '[' | ']' | '(' | ')' | '{' | '}' | '"' | '\'' | '=' | '#'
                )
        };
        if self.slice(span).starts_with(ends) {
            return span;
        }
        let before = self.text.get(..span.start as usize).unwrap_or_default();
        let touching = before.len() - before.trim_end_matches(|it| !ends(it)).len();
        let after = self.text.get(span.end as usize..).unwrap_or_default();
        let rest = after.find(ends).unwrap_or(after.len());
        let start = span.start - touching as u32;
        Span {
            start,
            end: span.end + rest as u32,
            ..span
        }
    }

    pub(super) fn span(&self, pair: &Pair<'t>) -> Span {
        Span::new(self.file, pair.start(), pair.end())
    }

    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The last word before `end`, for messages.
    pub(super) fn last_word(&self, end: u32) -> &'t str {
        let before = self.text.get(..end as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.split_whitespace()
            .next_back()
            .filter(|it| it.len() < 32)
            .unwrap_or("this")
    }

    /// Whether an expression could not be read.
    pub(super) fn is_missing(expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Missing)
    }
}
