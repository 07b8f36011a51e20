//! Braces to blocks: the flat list of pieces becomes a tree, without recursion. Where the braces do not balance, the
//! indentation says which one is missing.

use super::errors;
use super::grammar::Rule;
use super::pieces::{Piece, Pieces};
use super::statement::Builder;
use super::stream::{comment, comment_span};
use super::tree::{Around, Before, Block, Statement, Trivia};
use crate::diag::{Diagnostic, Sink};
use crate::source::Span;

/// How deep blocks may nest: later stages walk them by recursion.
const DEEPEST: usize = 64;

/// How many blocks are reported that the end of the file finds open.
const MOST_UNCLOSED: usize = 5;

/// A block that is open.
struct Frame {
    /// Where its statement stands among the statements; none for a `{` without a word.
    statement: Option<usize>,
    open: Span,
    column: u32,
    /// Where its own statements begin.
    children: usize,
}

/// What came last, for the comment at the end of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Statement,
    Open,
    Close,
    Other,
}

struct Matcher<'s, 't> {
    builder: &'s mut Builder<'t>,
    sink: &'s mut Sink,
    frames: Vec<Frame>,
    /// The statements read so far: those outside all blocks, and of each open block its own and those in it. When a block
    /// is closed, those in it go into its statement.
    statements: Vec<Statement>,
    pending: Vec<Before>,
    last: Last,
    /// Whether the last statement was a parameter outside of brackets, and nothing was read since but a bracket.
    in_parameters: bool,
    /// The column of the last statement, if it is the first on its line.
    header_column: Option<u32>,
    /// Where the piece that came last ends.
    end: u32,
    /// How many blocks are open beyond the deepest.
    beyond: usize,
    too_deep_told: bool,
    /// Whether something on this line was reported: what else is odd on it follows from that.
    told_on_line: bool,
    balanced: bool,
    indented: bool,
    /// Closing braces that nothing was opened for, still to be found.
    extra_closes: usize,
    /// Whether one of git's conflict markers was met that another follows.
    in_conflict: bool,
}

/// Nests the pieces of a file. Gives the statements, and the comments after the last one.
pub(super) fn nest<'t>(
    pieces: Pieces<'t>,
    builder: &mut Builder<'t>,
    sink: &mut Sink,
) -> (Vec<Statement>, Trivia) {
    let (balanced, extra_closes) = pieces.balance();
    let mut matcher = Matcher {
        builder,
        sink,
        frames: Vec::new(),
        statements: Vec::new(),
        pending: Vec::new(),
        last: Last::Nothing,
        in_parameters: false,
        header_column: None,
        end: 0,
        beyond: 0,
        too_deep_told: false,
        told_on_line: false,
        balanced,
        indented: balanced || is_indented(pieces.clone()),
        extra_closes,
        in_conflict: false,
    };
    for piece in pieces {
        matcher.piece(piece);
    }
    matcher.finish()
}

/// Whether most blocks' first statements stand further right than their headers.
fn is_indented(pieces: Pieces<'_>) -> bool {
    let mut right = 0;
    let mut not = 0;
    let mut header: Option<u32> = None;
    for piece in pieces {
        if let (Some(above), Some(column)) = (header, piece.column)
            && piece.rule != Rule::close
        {
            if column > above { right += 1 } else { not += 1 }
        }
        header = piece.column.filter(|_| opens(&piece));
    }
    right >= not
}

/// Whether a piece is a statement with a `{`.
fn opens(piece: &Piece<'_>) -> bool {
    piece.rule == Rule::statement && piece.pair.ends_with(Rule::open)
}

impl<'t> Matcher<'_, 't> {
    fn piece(&mut self, piece: Piece<'t>) {
        self.told_on_line &= piece.lines == 0;
        let is_first = matches!(self.last, Last::Nothing | Last::Open);
        if piece.lines > 1
            && !(is_first && self.pending.is_empty())
            && self.pending.last() != Some(&Before::Blank)
        {
            self.pending.push(Before::Blank);
        }
        if !self.balanced && self.indented {
            self.close_what_indentation_ends(&piece);
            self.open_what_indentation_begins(&piece);
        }
        let apart = piece.lines > 0 || piece.comma;
        match piece.rule {
            Rule::statement => self.statement(&piece, apart),
            Rule::comment => self.comment(piece.span, piece.lines),
            Rule::close => self.close(piece.span, piece.column),
            Rule::e_open => self.stray_open(piece.span, apart),
            rule => {
                let text = self.builder.slice(piece.span);
                if self.in_conflict && rule == Rule::conflict {
                    self.in_conflict = !text.starts_with('>');
                } else {
                    self.in_conflict = rule == Rule::conflict;
                    // The bracket that closes what was skipped, or told of, is no mistake of its own.
                    let follows = piece.ends_skipped || self.in_parameters;
                    if !(follows && text.starts_with([')', ']'])) {
                        self.sink.push(junk(rule, piece.span, text));
                    }
                }
                self.last = Last::Other;
                self.told_on_line = true;
            }
        }
        self.end = piece.span.end;
    }

    fn statement(&mut self, piece: &Piece<'t>, apart: bool) {
        let mut header = self.builder.header(piece.pair);
        let failure = header.failure.take();
        let was_in_parameters = std::mem::take(&mut self.in_parameters);
        if let Some((_, told)) = failure.map(|it| *it) {
            let is_parameter = told.code == &errors::MISPLACED_PARAMETER;
            if is_parameter || was_in_parameters && told.code == &errors::WRONG_EQUALS {
                self.parameter(told, was_in_parameters);
                if let Some(open) = header.open.filter(|it| self.opens(*it)) {
                    self.open(false, open, self.column());
                }
                return;
            }
            self.tell(told);
        } else if !apart && matches!(self.last, Last::Statement | Last::Close) {
            let word = header.statement.word.span;
            let before = Span {
                start: self.end,
                end: self.end,
                ..word
            };
            self.tell(errors::missing_separator(word, before));
        }
        header.statement.trivia = with_before(std::mem::take(&mut self.pending));
        self.last = Last::Statement;
        self.header_column = piece.column;
        let Some(open) = header.open else {
            if self.beyond == 0 {
                self.statements.push(header.statement);
            }
            return;
        };
        let column = piece.column.unwrap_or_else(|| self.column());
        if self.opens(open) {
            self.statements.push(header.statement);
            self.open(true, open, column);
        }
    }

    /// A parameter outside of brackets, most likely of the statement before. Each of several would be a mistake; one is told.
    fn parameter(&mut self, told: Diagnostic, follows_another: bool) {
        if !follows_another {
            self.tell(told);
            if let Some(layer) = self.previous() {
                layer.broken = true;
            }
        }
        self.in_parameters = true;
        self.pending.clear();
        self.last = Last::Other;
    }

    /// Whether one more block can be opened.
    fn opens(&mut self, open: Span) -> bool {
        self.last = Last::Open;
        if self.frames.len() < DEEPEST {
            return true;
        }
        self.beyond += 1;
        if !self.too_deep_told {
            self.sink.push(errors::nested_too_deeply(open));
            self.too_deep_told = true;
        }
        false
    }

    /// Opens a block, of the last statement if it `has_word`.
    fn open(&mut self, has_word: bool, open: Span, column: u32) {
        let children = self.statements.len();
        self.frames.push(Frame {
            statement: children.checked_sub(1).filter(|_| has_word),
            open,
            column,
            children,
        });
    }

    fn comment(&mut self, span: Span, lines: u32) {
        let span = comment_span(self.builder.text, span);
        if lines > 0 || self.beyond > 0 || !self.comment_at_line_end(span) {
            self.pending.push(comment(self.builder.text, span));
            if matches!(self.last, Last::Nothing | Last::Open) {
                self.last = Last::Other;
            }
        }
    }

    /// Gives a comment to what stands before it on its line.
    fn comment_at_line_end(&mut self, span: Span) -> bool {
        let last = self.last;
        let owner = match last {
            Last::Open => self.opened(),
            Last::Statement | Last::Close => self.previous(),
            Last::Nothing | Last::Other => None,
        };
        let Some(owner) = owner else { return false };
        let around = owner.trivia.0.get_or_insert_default();
        let place = if last == Last::Close {
            &mut around.after_block
        } else {
            &mut around.after
        };
        if place.is_some() {
            return false;
        }
        *place = Some(span);
        true
    }

    fn stray_open(&mut self, span: Span, apart: bool) {
        let ends_parameters = std::mem::take(&mut self.in_parameters);
        let takes_block = (self.last == Last::Statement || ends_parameters) && self.beyond == 0;
        if let Some(statement) = self.previous().filter(|_| takes_block)
            && statement.block.is_none()
        {
            let header = statement.header();
            statement.broken = true;
            let told = errors::misplaced_brace(span, &statement.word.text, header);
            if !ends_parameters {
                self.sink.push(told);
            }
            let column = self.column();
            if self.opens(span) {
                self.open(true, span, column);
            }
            return;
        }
        // Directly after something that could not be read it is that thing's.
        if apart || self.last != Last::Other {
            self.tell(errors::stray_brace(span, "{"));
        }
        let column = self.column();
        if self.opens(span) {
            self.open(false, span, column);
        }
    }

    fn close(&mut self, span: Span, column: Option<u32>) {
        self.last = Last::Close;
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let further_right = column.is_some_and(|it| it > self.column());
        let is_extra = self.extra_closes > 0 && further_right && self.indented && column != Some(0);
        if is_extra || self.frames.is_empty() {
            self.extra_closes = self.extra_closes.saturating_sub(1);
            self.tell(errors::stray_brace(span, "}"));
            self.last = Last::Other;
            return;
        }
        self.pop(span.end);
    }

    /// Closes the innermost block at `end`.
    fn pop(&mut self, end: u32) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let end_trivia = self.trivia_at_end();
        let span = Span {
            end: end.max(frame.open.end),
            ..frame.open
        };
        // What stands in a `{` without a word belongs to the block around it.
        let Some(at) = frame.statement else { return };
        let statements = self.statements.split_off(frame.children);
        if let Some(statement) = self.statements.get_mut(at) {
            statement.span = statement.span.to(span);
            statement.block = Some(Box::new(Block {
                span,
                statements,
                end: end_trivia,
            }));
        }
    }

    fn close_what_indentation_ends(&mut self, piece: &Piece<'t>) {
        let Some(column) = piece.column else { return };
        match piece.rule {
            Rule::statement => {
                while self.frames.last().is_some_and(|it| column <= it.column) && self.beyond == 0 {
                    self.pop_unclosed(piece.span);
                }
            }
            Rule::close => {
                while self.frames.last().is_some_and(|it| column < it.column)
                    && self.beyond == 0
                    && self.frames.iter().any(|it| it.column == column)
                {
                    self.pop_unclosed(piece.span);
                }
            }
            _ => {}
        }
    }

    /// Where a `}` is too many, a statement that stands further right than the one before shows which `{` is missing.
    fn open_what_indentation_begins(&mut self, piece: &Piece<'t>) {
        let header = self.header_column;
        let is_further_right = piece
            .column
            .zip(header)
            .is_some_and(|(it, above)| it > above);
        let is_statement = piece.rule == Rule::statement && self.last == Last::Statement;
        if self.extra_closes == 0 || !is_further_right || !is_statement || self.beyond > 0 {
            return;
        }
        let Some(statement) = self.previous() else {
            return;
        };
        if statement.value.is_some() || statement.block.is_some() || statement.broken {
            return;
        }
        statement.broken = true;
        let whole = statement.header();
        let word = statement.word.text.clone();
        self.sink.push(errors::missing_brace(
            whole.at_end(),
            &word,
            piece.span.at_start(),
        ));
        self.extra_closes -= 1;
        if self.opens(whole.at_end()) {
            self.open(true, whole.at_end(), header.unwrap_or(0));
        }
    }

    fn pop_unclosed(&mut self, before: Span) {
        let text = self.builder.text;
        if let Some(statement) = self.opened() {
            statement.broken = true;
            let header = statement.header();
            let named = header_text(text, header);
            self.sink
                .push(errors::unclosed_block(header, named, before.at_start()));
        }
        // The lines above what comes next are not the end of this block.
        let pending = std::mem::take(&mut self.pending);
        let end = self.previous().map_or(0, |it| it.span.end);
        self.pop(end);
        self.pending = pending;
        self.last = Last::Other;
    }

    fn finish(mut self) -> (Vec<Statement>, Trivia) {
        let length = self.builder.text.trim_end().len() as u32;
        let mut told = 0;
        while !self.frames.is_empty() {
            if told < MOST_UNCLOSED && self.beyond == 0 {
                self.pop_unclosed(Span::new(self.builder.file, length, length));
            } else {
                self.pop(length);
            }
            told += 1;
        }
        let end = self.trivia_at_end();
        (self.statements, end)
    }

    fn trivia_at_end(&mut self) -> Trivia {
        let mut before = std::mem::take(&mut self.pending);
        while before.last() == Some(&Before::Blank) {
            before.pop();
        }
        with_before(before)
    }

    /// The statement whose block is the innermost one.
    fn opened(&mut self) -> Option<&mut Statement> {
        let at = self.frames.last()?.statement?;
        self.statements.get_mut(at)
    }

    /// The last statement of the innermost block.
    fn previous(&mut self) -> Option<&mut Statement> {
        let first = self.frames.last().map_or(0, |it| it.children);
        self.statements.get_mut(first..)?.last_mut()
    }

    /// Reports, unless something on the line was reported.
    fn tell(&mut self, diagnostic: Diagnostic) {
        if !self.told_on_line {
            self.sink.push(diagnostic);
        }
        self.told_on_line = true;
    }

    /// The column of the innermost block's header.
    fn column(&self) -> u32 {
        self.frames.last().map_or(0, |it| it.column)
    }
}

fn with_before(before: Vec<Before>) -> Trivia {
    if before.is_empty() {
        return Trivia(None);
    }
    Trivia(Some(Box::new(Around {
        before,
        after: None,
        after_block: None,
    })))
}

/// A header, as far as a message has room for it.
fn header_text(text: &str, header: Span) -> &str {
    let line = text
        .get(header.start as usize..header.end as usize)
        .unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    match line.char_indices().nth(48) {
        Some((at, _)) => &line[..at],
        None => line,
    }
}

/// What to say about a line that is no statement.
fn junk(rule: Rule, span: Span, text: &str) -> Diagnostic {
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
