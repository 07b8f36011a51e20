//! Braces to blocks: the flat list of pieces becomes a tree, without recursion. Where the braces do not balance, the
//! indentation says which one is missing.

use super::errors;
use super::statement::Header;
use super::stream::{comment, comment_span};
use super::tree::{Around, Before, Block, Statement, Trivia};
use crate::diag::{Diagnostic, Sink};
use crate::source::{FileId, Span};

/// How deep blocks may nest: later stages walk them by recursion.
const DEEPEST: usize = 64;

/// How many blocks are reported that the end of the file finds open.
const MOST_UNCLOSED: usize = 5;

/// One piece of a file.
pub(super) struct Piece {
    pub(super) kind: PieceKind,
    pub(super) span: Span,
    /// How many line ends stand between it and the piece before.
    pub(super) lines: u32,
    /// Whether a comma does.
    pub(super) comma: bool,
    /// How far from the beginning of its line it stands, if it is the first on it.
    pub(super) column: Option<u32>,
}

/// What a piece is.
pub(super) enum PieceKind {
    Statement(Box<Header>),
    /// `# …`
    Comment,
    /// `}`
    Close,
    /// A `{` without a word.
    Open,
    /// Something that was reported.
    Junk,
}

/// A block that is open.
struct Frame {
    /// Whose block it is; none for a `{` without a word.
    statement: Option<Statement>,
    open: Span,
    column: u32,
    children: Vec<Statement>,
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

pub(super) struct Matcher<'s, 't> {
    file: FileId,
    text: &'t str,
    sink: &'s mut Sink,
    frames: Vec<Frame>,
    /// The statements outside all blocks.
    top: Vec<Statement>,
    pending: Vec<Before>,
    last: Last,
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
}

/// Nests the pieces of a file. Gives the statements, and the comments after the last one.
pub(super) fn nest(
    file: FileId,
    text: &str,
    pieces: Vec<Piece>,
    sink: &mut Sink,
) -> (Vec<Statement>, Trivia) {
    let (balanced, extra_closes) = balance(&pieces);
    let mut matcher = Matcher {
        file,
        text,
        sink,
        frames: Vec::new(),
        top: Vec::new(),
        pending: Vec::new(),
        last: Last::Nothing,
        end: 0,
        beyond: 0,
        too_deep_told: false,
        told_on_line: false,
        balanced,
        indented: balanced || is_indented(&pieces),
        extra_closes,
    };
    for piece in pieces {
        matcher.piece(piece);
    }
    matcher.finish()
}

/// Whether each `{` has its `}`, and how many `}` are too many.
fn balance(pieces: &[Piece]) -> (bool, usize) {
    let mut depth = 0i64;
    let mut lowest = 0;
    for piece in pieces {
        match &piece.kind {
            PieceKind::Statement(header) => depth += i64::from(header.open.is_some()),
            PieceKind::Open => depth += 1,
            PieceKind::Close => depth -= 1,
            PieceKind::Comment | PieceKind::Junk => {}
        }
        lowest = lowest.min(depth);
    }
    (
        depth == 0 && lowest == 0,
        usize::try_from(-depth).unwrap_or(0),
    )
}

/// Whether most blocks' first statements stand further right than their headers.
fn is_indented(pieces: &[Piece]) -> bool {
    let mut right = 0;
    let mut not = 0;
    let mut header: Option<u32> = None;
    for piece in pieces {
        if let (Some(above), Some(column)) = (header, piece.column)
            && !matches!(piece.kind, PieceKind::Close)
        {
            if column > above { right += 1 } else { not += 1 }
        }
        header = match &piece.kind {
            PieceKind::Statement(it) if it.open.is_some() => piece.column,
            PieceKind::Statement(_)
            | PieceKind::Comment
            | PieceKind::Close
            | PieceKind::Open
            | PieceKind::Junk => None,
        };
    }
    right >= not
}

impl Matcher<'_, '_> {
    fn piece(&mut self, piece: Piece) {
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
        }
        let Piece {
            kind,
            span,
            lines,
            comma,
            column,
        } = piece;
        let apart = lines > 0 || comma;
        match kind {
            PieceKind::Statement(header) => self.statement(*header, column, apart),
            PieceKind::Comment => self.comment(span, lines),
            PieceKind::Close => self.close(span, column),
            PieceKind::Open => self.stray_open(span, apart),
            PieceKind::Junk => {
                self.last = Last::Other;
                self.told_on_line = true;
            }
        }
        self.end = span.end;
    }

    fn statement(&mut self, header: Header, column: Option<u32>, apart: bool) {
        let Header {
            mut statement,
            open,
            failure,
            endless: _,
        } = header;
        if let Some(failure) = failure {
            self.tell(failure.1);
        } else if !apart && matches!(self.last, Last::Statement | Last::Close) {
            let before = Span::new(self.file, self.end, self.end);
            self.tell(errors::missing_separator(statement.word.span, before));
        }
        statement.trivia = with_before(std::mem::take(&mut self.pending));
        let Some(open) = open else {
            self.last = Last::Statement;
            if self.beyond == 0 {
                self.children().push(statement);
            }
            return;
        };
        let column = column.unwrap_or_else(|| self.column());
        self.open(Some(statement), open, column);
    }

    fn open(&mut self, statement: Option<Statement>, open: Span, column: u32) {
        self.last = Last::Open;
        if self.frames.len() >= DEEPEST {
            self.beyond += 1;
            if !self.too_deep_told {
                self.sink.push(errors::nested_too_deeply(open));
                self.too_deep_told = true;
            }
            return;
        }
        self.frames.push(Frame {
            statement,
            open,
            column,
            children: Vec::new(),
        });
    }

    fn comment(&mut self, span: Span, lines: u32) {
        let span = comment_span(self.text, span);
        if lines > 0 || self.beyond > 0 || !self.comment_at_line_end(span) {
            self.pending.push(comment(self.text, span));
            if matches!(self.last, Last::Nothing | Last::Open) {
                self.last = Last::Other;
            }
        }
    }

    /// Gives a comment to what stands before it on its line.
    fn comment_at_line_end(&mut self, span: Span) -> bool {
        let last = self.last;
        let owner = match last {
            Last::Open => self.frames.last_mut().and_then(|it| it.statement.as_mut()),
            Last::Statement | Last::Close => self.children().last_mut(),
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
        let takes_block = self.last == Last::Statement && self.beyond == 0;
        if takes_block && let Some(mut statement) = self.children().pop() {
            if statement.block.is_none() {
                let header = statement.header();
                self.sink
                    .push(errors::misplaced_brace(span, &statement.word.text, header));
                statement.broken = true;
                let column = self.column();
                return self.open(Some(statement), span, column);
            }
            self.children().push(statement);
        }
        // Directly after something that could not be read it is that thing's.
        if apart || self.last != Last::Other {
            self.tell(errors::stray_brace(span, "{"));
        }
        let column = self.column();
        self.open(None, span, column);
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
        let Some(mut statement) = frame.statement else {
            self.children().extend(frame.children);
            return;
        };
        statement.span = statement.span.to(span);
        statement.block = Some(Block {
            span,
            statements: frame.children,
            end: end_trivia,
        });
        self.children().push(statement);
    }

    fn close_what_indentation_ends(&mut self, piece: &Piece) {
        let Some(column) = piece.column else { return };
        match &piece.kind {
            PieceKind::Statement(_) => {
                while self.frames.last().is_some_and(|it| column <= it.column) && self.beyond == 0 {
                    self.pop_unclosed(piece.span);
                }
            }
            PieceKind::Close => {
                while self.frames.last().is_some_and(|it| column < it.column)
                    && self.beyond == 0
                    && self.frames.iter().any(|it| it.column == column)
                {
                    self.pop_unclosed(piece.span);
                }
            }
            PieceKind::Comment | PieceKind::Open | PieceKind::Junk => {}
        }
    }

    fn pop_unclosed(&mut self, before: Span) {
        if let Some(frame) = self.frames.last_mut()
            && let Some(statement) = &mut frame.statement
        {
            let header = statement.header();
            let named = header_text(self.text, header);
            let before = before.at_start();
            self.sink
                .push(errors::unclosed_block(header, named, before));
            statement.broken = true;
        }
        // The lines above what comes next are not the end of this block.
        let pending = std::mem::take(&mut self.pending);
        let end = self
            .frames
            .last()
            .and_then(|it| it.children.last())
            .map_or(0, |it| it.span.end);
        self.pop(end);
        self.pending = pending;
        self.last = Last::Other;
    }

    fn finish(mut self) -> (Vec<Statement>, Trivia) {
        let length = self.text.trim_end().len() as u32;
        let mut told = 0;
        while !self.frames.is_empty() {
            if told < MOST_UNCLOSED && self.beyond == 0 {
                self.pop_unclosed(Span::new(self.file, length, length));
            } else {
                self.pop(length);
            }
            told += 1;
        }
        let end = self.trivia_at_end();
        (self.top, end)
    }

    fn trivia_at_end(&mut self) -> Trivia {
        let mut before = std::mem::take(&mut self.pending);
        while before.last() == Some(&Before::Blank) {
            before.pop();
        }
        with_before(before)
    }

    fn children(&mut self) -> &mut Vec<Statement> {
        self.frames
            .last_mut()
            .map_or(&mut self.top, |it| &mut it.children)
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
