//! The tokens of one statement or bracket, side by side, and what stands in the gaps between them.

use super::grammar::Rule;
use super::pairs::{Inner, Pair};
use super::tree::{Around, Before, Trivia};
use crate::source::{FileId, Span};

/// The tokens of one pair, read from the left.
pub(super) struct Stream<'t> {
    file: FileId,
    text: &'t str,
    pairs: Inner<'t>,
    next: Option<Token<'t>>,
    /// Where the last token that was taken ends.
    pub(super) end: u32,
    /// Comments and blank lines met since they were last taken, and whether they stand on the line of a token.
    seen: Vec<(Before, bool)>,
    has_items: bool,
}

/// One token, and the gap before it.
#[derive(Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) rule: Rule,
    pub(super) span: Span,
    pub(super) pair: Pair<'t>,
    pub(super) gap: Gap,
}

/// What separates a token from the one before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gap {
    pub(super) comma: bool,
    /// Whether an `=` stands in it: what most statements have before their value is no token.
    pub(super) equals: bool,
    pub(super) lines: u32,
    /// Whether there is anything at all.
    pub(super) any: bool,
}

impl Gap {
    /// Goes on with `text`.
    fn add(&mut self, text: &[u8]) {
        self.any |= !text.is_empty();
        for byte in text {
            self.comma |= *byte == b',';
            self.equals |= *byte == b'=';
            self.lines += u32::from(*byte == b'\n');
        }
    }

    /// Whether two items are apart.
    pub(super) fn separates(self) -> bool {
        self.comma || self.lines > 0
    }
}

impl<'t> Stream<'t> {
    /// The tokens inside `pair`, whose opener (if it has one) has `opener` bytes.
    pub(super) fn new(file: FileId, text: &'t str, pair: Pair<'t>, opener: u32) -> Stream<'t> {
        let end = pair.start() + opener;
        let mut stream = Stream {
            file,
            text,
            pairs: pair.inner(),
            next: None,
            end,
            seen: Vec::new(),
            has_items: false,
        };
        stream.advance();
        stream
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<Token<'t>> {
        self.next
    }

    /// The rule of the next token.
    pub(super) fn rule(&self) -> Option<Rule> {
        self.next.as_ref().map(|it| it.rule)
    }

    /// The rule of the next token, unless a comma stands before it: then it belongs to another item.
    pub(super) fn joined(&self) -> Option<Rule> {
        self.next
            .as_ref()
            .filter(|it| !it.gap.comma)
            .map(|it| it.rule)
    }

    /// The text of the next token; empty at the end.
    pub(super) fn text(&self) -> &'t str {
        self.next.as_ref().map_or("", |it| {
            &self.text[it.span.start as usize..it.span.end as usize]
        })
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Option<Token<'t>> {
        let token = self.next.take()?;
        self.end = token.span.end;
        self.advance();
        Some(token)
    }

    /// Goes to the next token that is no comment.
    fn advance(&mut self) {
        let mut at = self.end;
        let mut gap = Gap::default();
        while let Some(pair) = self.pairs.next() {
            let (start, end) = (pair.start(), pair.end());
            let bytes = self.text.as_bytes();
            let lines_before = gap.lines;
            gap.add(bytes.get(at as usize..start as usize).unwrap_or_default());
            if gap.lines > lines_before + 1 {
                self.seen.push((Before::Blank, false));
            }
            let span = Span::new(self.file, start, end);
            if pair.rule() == Rule::comment {
                let span = comment_span(self.text, span);
                self.seen.push((comment(self.text, span), gap.lines == 0));
                at = end;
                continue;
            }
            self.next = Some(Token {
                rule: self.rule_of(&pair, span),
                span,
                pair,
                gap,
            });
            return;
        }
    }

    /// The rule of a token; a word that is part of an expression's shape is no path.
    fn rule_of(&self, pair: &Pair<'t>, span: Span) -> Rule {
        let rule = pair.rule();
        if rule != Rule::path || span.end - span.start > 4 {
            return rule;
        }
        let (start, end) = (span.start as usize, span.end as usize);
        let bytes = self.text.as_bytes();
        let is_keyword = matches!(
            bytes.get(start..end),
            Some(b"in" | b"if" | b"then" | b"else" | b"and" | b"or" | b"not" | b"for")
        );
        let is_called = bytes.get(end) == Some(&b'(');
        if is_keyword && !is_called {
            Rule::keyword
        } else {
            rule
        }
    }

    /// The lines above the item that begins here.
    pub(super) fn lines_above(&mut self) -> Vec<Before> {
        let mut lines: Vec<Before> = self.seen.drain(..).map(|(line, _)| line).collect();
        if !self.has_items && lines.first() == Some(&Before::Blank) {
            lines.remove(0);
        }
        lines
    }

    /// Says that an item ends with the token that was taken last; the comment that follows on its line belongs to it.
    pub(super) fn end_item(&mut self, before: Vec<Before>) -> Trivia {
        self.has_items = true;
        let after = match self.seen.first() {
            Some((Before::Comment(span) | Before::Doc(span), true)) => Some(*span),
            Some((Before::Comment(_) | Before::Doc(_) | Before::Blank, _)) | None => None,
        };
        if after.is_some() {
            self.seen.remove(0);
        }
        trivia(before, after)
    }

    /// What stands before the closing bracket.
    pub(super) fn trivia_at_end(&mut self) -> Trivia {
        let mut before = self.lines_above();
        while before.last() == Some(&Before::Blank) {
            before.pop();
        }
        trivia(before, None)
    }
}

/// Trivia, which is nothing where nothing is in it.
pub(super) fn trivia(before: Vec<Before>, after: Option<Span>) -> Trivia {
    if before.is_empty() && after.is_none() {
        return Trivia(None);
    }
    Trivia(Some(Box::new(Around {
        before,
        after,
        after_block: None,
    })))
}

/// A comment's span without the blanks and the carriage return at its end.
pub(super) fn comment_span(text: &str, span: Span) -> Span {
    let comment = &text[span.start as usize..span.end as usize];
    Span {
        end: span.start + comment.trim_end().len() as u32,
        ..span
    }
}

/// A comment on a line of its own.
pub(super) fn comment(text: &str, span: Span) -> Before {
    if text[span.start as usize..].starts_with("##") {
        Before::Doc(span)
    } else {
        Before::Comment(span)
    }
}

/// Whether a comma stands in a gap in which there may be comments.
pub(super) fn has_comma(gap: &str) -> bool {
    gap.lines()
        .any(|line| line.split('#').next().is_some_and(|it| it.contains(',')))
}
