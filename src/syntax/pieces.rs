//! The flat list of what stands in a file: statements, comments, braces and what cannot be read, each with the gap before
//! it; without what is most likely the text of a long string that is not closed.

use super::grammar::Rule;
use super::pairs::{Inner, Pair, Pairs};
use crate::source::{FileId, Span};

/// The pieces of a file, read from the top.
#[derive(Clone)]
pub(super) struct Pieces<'t> {
    file: FileId,
    text: &'t str,
    pairs: Inner<'t>,
    /// Where the piece before ends.
    end: u32,
    /// Whether anything was found that may be open.
    may_skip: bool,
    /// While a long string is not closed, what stands further right than its statement is its text.
    skip_right_of: Option<u32>,
    skipping: bool,
}

/// One piece of a file.
#[derive(Clone, Copy)]
pub(super) struct Piece<'t> {
    pub(super) rule: Rule,
    pub(super) pair: Pair<'t>,
    pub(super) span: Span,
    /// How many line ends stand between it and the piece before.
    pub(super) lines: u32,
    /// Whether a comma does.
    pub(super) comma: bool,
    /// How far from the beginning of its line it stands, if it is the first on it.
    pub(super) column: Option<u32>,
    /// Whether what was skipped ends before it.
    pub(super) ends_skipped: bool,
}

impl<'t> Pieces<'t> {
    /// The pieces of `text`, whose pairs are `pairs`.
    pub(super) fn new(file: FileId, text: &'t str, pairs: &'t Pairs) -> Pieces<'t> {
        let pairs = pairs.file();
        let may_be_open =
            |it| matches!(it, Rule::e_unclosed_long | Rule::e_unclosed | Rule::e_junk);
        Pieces {
            file,
            text,
            may_skip: pairs.has(may_be_open),
            pairs,
            end: 0,
            skip_right_of: None,
            skipping: false,
        }
    }

    /// Whether each `{` has its `}`, and how many `}` are too many.
    pub(super) fn balance(&self) -> (bool, usize) {
        let mut depth = 0i64;
        let mut lowest = 0;
        let mut count = |rule: Rule, pair: &Pair<'_>| {
            match rule {
                Rule::statement => depth += i64::from(pair.ends_with(Rule::open)),
                Rule::e_open => depth += 1,
                Rule::close => depth -= 1,
                _ => {}
            }
            lowest = lowest.min(depth);
        };
        if self.may_skip {
            self.clone().for_each(|it| count(it.rule, &it.pair));
        } else {
            // Nothing is skipped, so where the pieces stand need not be looked at.
            self.pairs.clone().for_each(|it| count(it.rule(), &it));
        }
        let extra = usize::try_from(-depth).unwrap_or(0);
        (depth == 0 && lowest == 0, extra)
    }

    /// The next piece, to be skipped or not.
    fn any(&mut self) -> Option<Piece<'t>> {
        let pair = self.pairs.next()?;
        let rule = pair.rule();
        let span = Span::new(self.file, pair.start(), pair.end());
        let bytes = self.text.as_bytes();
        let between = bytes
            .get(self.end as usize..span.start as usize)
            .unwrap_or_default();
        let mut lines = 0;
        let mut comma = false;
        let mut column = 0;
        for byte in between {
            column += 1;
            if *byte == b'\n' {
                lines += 1;
                column = 0;
            }
            comma |= *byte == b',';
        }
        let is_first = lines > 0 || self.end == 0;
        // A statement may have taken the end of its line.
        let last = bytes.get((span.end as usize).saturating_sub(1));
        let took_line_end = rule == Rule::statement && last == Some(&b'\n');
        self.end = span.end - u32::from(took_line_end);
        Some(Piece {
            rule,
            pair,
            span,
            lines,
            comma,
            column: is_first.then_some(column),
            ends_skipped: false,
        })
    }

    /// Whether what stands further right than `piece` in the lines below was not meant as statements: it is the text of a
    /// long string, or what a bracket holds that could not be read.
    fn is_open(&self, piece: &Piece<'t>) -> bool {
        let text = self
            .text
            .get(piece.span.start as usize..piece.span.end as usize);
        let ends_with_bracket = || text.is_some_and(|it| it.trim_end().ends_with(['(', '[']));
        match piece.rule {
            Rule::statement => {
                let inner = piece.pair.inner();
                let is_unread = || piece.pair.ends_with(Rule::e_extra) || ends_with_bracket();
                inner.has(|it| it == Rule::e_unclosed_long)
                    || inner.has(|it| it == Rule::e_unclosed) && is_unread()
            }
            Rule::e_junk => ends_with_bracket(),
            _ => false,
        }
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            let mut piece = self.any()?;
            if let (Some(limit), Some(column)) = (self.skip_right_of, piece.column) {
                piece.ends_skipped = self.skipping && column <= limit;
                self.skipping = column > limit;
                if !self.skipping {
                    self.skip_right_of = None;
                }
            }
            if self.skipping {
                continue;
            }
            if self.may_skip && self.is_open(&piece) {
                self.skip_right_of = Some(piece.column.unwrap_or(0));
            }
            return Some(piece);
        }
    }
}
