//! Tokens to expressions.

use ecow::EcoString;

use super::errors;
use super::grammar::Rule;
use super::statement::{Builder, Rank};
use super::stream::Stream;
use super::tree::{
    Binary, BinaryOp, Comprehension, Expr, ExprKind, If, Index, List, Member, Name, UnaryOp,
};
use crate::source::Span;
use crate::value::{Duration, Share, Size};

/// How high an expression's tree may be: later stages walk it by recursion.
const HIGHEST: u32 = 128;

/// Below all operators.
const LOWEST: u8 = 0;

/// `not` binds as a comparison does, `-` tighter than all.
const COMPARISON: u8 = 4;
const TIGHTEST: u8 = 7;

impl<'t> Builder<'t> {
    /// An expression of whatever precedence.
    pub(super) fn expression(&mut self, stream: &mut Stream<'t>) -> Expr {
        self.operators(stream, LOWEST)
    }

    /// Operands joined by operators that bind at least as tightly as `lowest`.
    fn operators(&mut self, stream: &mut Stream<'t>, lowest: u8) -> Expr {
        let mut left = self.operand(stream);
        while let Some(op) = next_operator(stream).filter(|it| it.precedence() >= lowest) {
            let height = self.height;
            let Some(token) = stream.take() else { break };
            let right = self.operand_after(stream, op.precedence() + 1);
            if op.precedence() == COMPARISON && is_comparison(&left) {
                self.fail(errors::chained_comparison(token.span, op.symbol()));
            }
            let span = left.span.to(right.span);
            let binary = Binary {
                op,
                op_span: token.span,
                left,
                right,
            };
            left = self.higher(height, span, ExprKind::Binary(Box::new(binary)));
        }
        left
    }

    /// What an operator or a keyword needs after it: operands joined by operators that bind at least as tightly as `lowest`.
    fn operand_after(&mut self, stream: &mut Stream<'t>, lowest: u8) -> Expr {
        if stream.rule().is_some() && stream.joined().is_none() {
            let here = Span::new(self.file, stream.end, stream.end);
            self.fail(errors::missing_value(here, self.last_word(stream.end)));
            self.height = 0;
            return missing(here);
        }
        self.operators(stream, lowest)
    }

    /// One operand, with what stands before and after it.
    fn operand(&mut self, stream: &mut Stream<'t>) -> Expr {
        self.nesting += 1;
        let res = if self.nesting > HIGHEST {
            self.too_deep(stream)
        } else {
            self.shallow_operand(stream)
        };
        self.nesting -= 1;
        res
    }

    fn too_deep(&mut self, stream: &mut Stream<'t>) -> Expr {
        let span = self.here(stream);
        self.fail(errors::nested_too_deeply(span));
        while stream.take().is_some() {}
        missing(span)
    }

    fn shallow_operand(&mut self, stream: &mut Stream<'t>) -> Expr {
        let Some(rule) = stream.rule() else {
            return self.missing_operand(stream);
        };
        match (rule, stream.text()) {
            (Rule::keyword, "not") => self.unary(stream, UnaryOp::Not, COMPARISON),
            (Rule::symbol, "-") => self.unary(stream, UnaryOp::Minus, TIGHTEST),
            (Rule::keyword, "if") => self.condition(stream),
            _ => {
                let primary = self.primary(stream);
                self.suffixes(stream, primary)
            }
        }
    }

    fn unary(&mut self, stream: &mut Stream<'t>, op: UnaryOp, precedence: u8) -> Expr {
        let start = self.here(stream);
        stream.take();
        let operand = self.operand_after(stream, precedence);
        let span = start.to(operand.span);
        self.higher(0, span, ExprKind::Unary(op, Box::new(operand)))
    }

    /// `if c then a else b`
    fn condition(&mut self, stream: &mut Stream<'t>) -> Expr {
        let start = self.here(stream);
        stream.take();
        let condition = self.operand_after(stream, LOWEST);
        let mut height = self.height;
        self.expect_keyword(stream, "then");
        let then = self.operand_after(stream, LOWEST);
        height = height.max(self.height);
        self.expect_keyword(stream, "else");
        let otherwise = self.operand_after(stream, LOWEST);
        let span = start.to(otherwise.span);
        self.higher(
            height,
            span,
            ExprKind::If(Box::new(If {
                condition,
                then,
                otherwise,
            })),
        )
    }

    fn expect_keyword(&mut self, stream: &mut Stream<'t>, word: &str) {
        if keyword(stream) == Some(word) {
            stream.take();
        } else {
            let here = self.here(stream);
            self.fail(errors::missing_word(
                here,
                word,
                "if condition then value else value",
            ));
        }
    }

    fn primary(&mut self, stream: &mut Stream<'t>) -> Expr {
        let Some(token) = stream.peek() else {
            return self.missing_operand(stream);
        };
        let span = token.span;
        self.height = 0;
        match token.rule {
            Rule::path => {
                stream.take();
                self.path(span)
            }
            Rule::number => {
                stream.take();
                self.number(span)
            }
            Rule::text
            | Rule::raw
            | Rule::template
            | Rule::long
            | Rule::long_raw
            | Rule::e_long_inline
            | Rule::e_unclosed_raw => {
                stream.take();
                self.string(token.pair)
            }
            Rule::list => {
                stream.take();
                self.list(token.pair)
            }
            Rule::map => {
                stream.take();
                self.map(token.pair)
            }
            Rule::group => {
                stream.take();
                let inner = self.inside(token.pair, 1);
                self.higher(0, span, ExprKind::Group(Box::new(inner)))
            }
            Rule::e_deep => {
                stream.take();
                self.fail(errors::nested_too_deeply(span));
                missing(span)
            }
            _ => self.missing_operand(stream),
        }
    }

    /// The one expression that a bracket holds.
    pub(super) fn inside(&mut self, pair: super::pairs::Pair<'t>, opener: u32) -> Expr {
        let open = self.span(&pair);
        let mut stream = Stream::new(self.file, self.text, pair, opener);
        let res = self.expression(&mut stream);
        self.close_bracket(&mut stream, open);
        res
    }

    /// Reports what is left in a bracket, or that it was not closed.
    pub(super) fn close_bracket(&mut self, stream: &mut Stream<'t>, open: Span) {
        let end = Span::new(self.file, stream.end, stream.end);
        let file = self.file;
        let opener = |bytes: u32| Span::new(file, open.start, open.start + bytes);
        while let Some(token) = stream.take() {
            match token.rule {
                Rule::e_unclosed => {
                    let bracket = self.slice(opener(1));
                    self.fail_as(
                        Rank::Bracket,
                        errors::unclosed_bracket(opener(1), bracket, end),
                    );
                }
                Rule::e_unclosed_interpolation => {
                    self.fail_as(
                        Rank::Interpolation,
                        errors::unclosed_interpolation(opener(2), end),
                    );
                }
                _ => self.unexpected(&token, end),
            }
        }
    }

    fn suffixes(&mut self, stream: &mut Stream<'t>, primary: Expr) -> Expr {
        let mut res = primary;
        while let Some(token) = stream.peek() {
            let height = self.height;
            let span = res.span.to(token.span);
            match token.rule {
                Rule::call => {
                    stream.take();
                    let callee = match res.kind {
                        ExprKind::Path(names) => names,
                        _ => {
                            self.fail(errors::unexpected_text(token.span, self.slice(token.span)));
                            Vec::new()
                        }
                    };
                    let call = self.call(token.pair, callee, res.span);
                    res = self.higher(height, span, ExprKind::Call(Box::new(call)));
                }
                Rule::index => {
                    stream.take();
                    let index = self.inside(token.pair, 1);
                    res = self.higher(
                        height,
                        span,
                        ExprKind::Index(Box::new(Index { base: res, index })),
                    );
                }
                Rule::member => {
                    stream.take();
                    let at = Span {
                        start: token.span.start + 1,
                        ..token.span
                    };
                    let name = self.checked_name(at);
                    res = self.higher(
                        height,
                        span,
                        ExprKind::Member(Box::new(Member { base: res, name })),
                    );
                }
                _ => break,
            }
        }
        res
    }

    fn list(&mut self, pair: super::pairs::Pair<'t>) -> Expr {
        let span = self.span(&pair);
        let mut stream = Stream::new(self.file, self.text, pair, 1);
        let mut items = Vec::new();
        let mut height = 0;
        while !at_end(&stream) {
            let before = stream.lines_above();
            let value = self.item_expression(&mut stream);
            height = height.max(self.height);
            if items.is_empty() && keyword(&stream) == Some("for") {
                return self.comprehension(stream, span, value);
            }
            self.expect_separator(&mut stream, value.span);
            items.push(super::tree::Item {
                value,
                trivia: stream.end_item(before),
            });
        }
        items.shrink_to_fit();
        let end = stream.trivia_at_end();
        let last = stream.end as usize;
        self.close_bracket(&mut stream, span);
        let rest = self.text.get(last..span.end as usize).unwrap_or_default();
        let trailing_comma = !items.is_empty() && super::stream::has_comma(rest);
        self.higher(
            height,
            span,
            ExprKind::List(Box::new(List {
                items,
                end,
                trailing_comma,
            })),
        )
    }

    /// An expression in a list, map or call: never nothing, so that a loop over items goes on.
    pub(super) fn item_expression(&mut self, stream: &mut Stream<'t>) -> Expr {
        let before = stream.end;
        let res = self.expression(stream);
        if stream.end == before {
            stream.take();
        }
        res
    }

    /// Two items need a comma or a line end between them.
    pub(super) fn expect_separator(&mut self, stream: &mut Stream<'t>, before: Span) {
        if at_end(stream) {
            return;
        }
        let Some(token) = stream.peek() else {
            return;
        };
        if !token.gap.separates() {
            match token.rule {
                Rule::e_bad
                | Rule::colon
                | Rule::pipe
                | Rule::equals
                | Rule::symbol
                | Rule::e_deep
                | Rule::e_slash => {
                    self.unexpected(&token, before);
                }
                _ => self.fail(errors::missing_separator(token.span, before)),
            }
        }
    }

    /// `[value for name in list if condition]`, from the `for`.
    fn comprehension(&mut self, mut stream: Stream<'t>, span: Span, value: Expr) -> Expr {
        let mut height = self.height;
        stream.take();
        let name = match stream.peek() {
            Some(token) if stream.joined() == Some(Rule::path) => {
                let at = token.span;
                stream.take();
                self.checked_name(at)
            }
            _ => {
                let here = self.here(&stream);
                self.fail(errors::missing_value(here, "for"));
                Name {
                    text: EcoString::new(),
                    span: here,
                }
            }
        };
        if keyword(&stream) == Some("in") {
            stream.take();
        } else {
            let here = self.here(&stream);
            self.fail(errors::missing_word(here, "in", "[value for name in list]"));
        }
        let list = self.operand_after(&mut stream, LOWEST);
        height = height.max(self.height);
        let mut condition = None;
        if keyword(&stream) == Some("if") {
            stream.take();
            condition = Some(self.operand_after(&mut stream, LOWEST));
            height = height.max(self.height);
        }
        self.close_bracket(&mut stream, span);
        let kind = Comprehension {
            value,
            name,
            list,
            condition,
        };
        self.higher(height, span, ExprKind::Comprehension(Box::new(kind)))
    }

    fn path(&mut self, span: Span) -> Expr {
        let text = self.slice(span);
        let kind = match text {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "none" => ExprKind::None,
            _ => ExprKind::Path(self.names(span)),
        };
        Expr { span, kind }
    }

    /// The segments of a dotted path.
    pub(super) fn names(&mut self, span: Span) -> Vec<Name> {
        let text = self.slice(span);
        let dots = text.bytes().filter(|it| *it == b'.').count();
        if dots == 0 {
            return vec![self.checked_name(span)];
        }
        let mut names = Vec::with_capacity(dots + 1);
        let mut at = span.start;
        for segment in text.split('.') {
            let end = at + segment.len() as u32;
            let place = Span::new(self.file, at, end);
            if segment.is_empty() {
                let before = text.get(..(at - span.start) as usize).unwrap_or_default();
                self.fail(errors::missing_name(place, before));
            } else {
                names.push(self.checked_name(place));
            }
            at = end + 1;
        }
        names
    }

    /// The name at `span`, which must have no letters but ASCII's, and no dots.
    pub(super) fn checked_name(&mut self, span: Span) -> Name {
        let text = self.slice(span);
        let mut odd = text.starts_with(|it: char| it == '-' || it.is_ascii_digit());
        for byte in text.bytes() {
            odd |= !byte.is_ascii() || byte == b'.';
        }
        if odd {
            self.fail(errors::bad_name(span, text));
        }
        Name {
            text: text.into(),
            span,
        }
    }

    fn number(&mut self, span: Span) -> Expr {
        let kind = number(self.slice(span)).unwrap_or_else(|| {
            self.fail(errors::bad_number(span, self.slice(span)));
            ExprKind::Missing
        });
        Expr { span, kind }
    }

    fn missing_operand(&mut self, stream: &Stream<'t>) -> Expr {
        let here = self.here(stream);
        match stream.peek().filter(|it| !is_mark(it.rule)) {
            Some(token) => self.unexpected(&token, here),
            None => {
                let before = self.last_word(stream.end);
                self.fail(errors::missing_value(
                    Span::new(self.file, stream.end, stream.end),
                    before,
                ));
            }
        }
        self.height = 0;
        missing(here.at_start())
    }

    /// A token that cannot stand where it does; `before` is what it stands after.
    pub(super) fn unexpected(&mut self, token: &super::stream::Token<'t>, before: Span) {
        let text = self.slice(token.span);
        match token.rule {
            Rule::e_slash => self.fail(errors::wrong_comment(token.span, &text[..2])),
            Rule::path
            | Rule::number
            | Rule::text
            | Rule::raw
            | Rule::template
            | Rule::list
            | Rule::group => {
                self.fail(errors::missing_operator(token.span, before));
            }
            Rule::e_deep => self.fail(errors::nested_too_deeply(token.span)),
            _ => {
                let span = self.whole_text(token.span);
                self.fail(errors::unexpected_text(span, self.slice(span)));
            }
        }
    }

    /// The place of the next token, or the end.
    pub(super) fn here(&self, stream: &Stream<'t>) -> Span {
        let end = Span::new(self.file, stream.end, stream.end);
        stream.peek().map_or(end, |it| it.span)
    }

    /// An expression one higher than `height` and than the one that was built last.
    pub(super) fn higher(&mut self, height: u32, span: Span, kind: ExprKind) -> Expr {
        self.height = height.max(self.height) + 1;
        if self.height > HIGHEST {
            self.fail(errors::nested_too_deeply(span.at_start()));
            self.height = 0;
            return missing(span);
        }
        Expr { span, kind }
    }
}

/// An expression that could not be read.
pub(super) fn missing(span: Span) -> Expr {
    Expr {
        span,
        kind: ExprKind::Missing,
    }
}

/// Whether nothing more stands in a bracket.
pub(super) fn at_end(stream: &Stream<'_>) -> bool {
    stream.rule().is_none_or(is_mark)
}

/// Whether a rule is only a mark that something was not closed.
fn is_mark(rule: Rule) -> bool {
    matches!(rule, Rule::e_unclosed | Rule::e_unclosed_interpolation)
}

/// The next token, if it is a keyword that goes on with what stands before it.
fn keyword<'t>(stream: &Stream<'t>) -> Option<&'t str> {
    (stream.joined() == Some(Rule::keyword)).then(|| stream.text())
}

fn next_operator(stream: &Stream<'_>) -> Option<BinaryOp> {
    let token = stream.peek().filter(|it| !it.gap.comma)?;
    if token.rule != Rule::symbol && token.rule != Rule::keyword {
        return None;
    }
    Some(match stream.text() {
        "??" => BinaryOp::Coalesce,
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        "in" => BinaryOp::In,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        _ => return None,
    })
}

fn is_comparison(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Binary(it) if it.op.precedence() == COMPARISON)
}

/// What a number says, with its unit.
fn number(text: &str) -> Option<ExprKind> {
    if text.bytes().all(|it| it.is_ascii_digit()) {
        return text.parse().ok().map(ExprKind::Int);
    }
    if text.ends_with('_') || text.contains("__") {
        return None;
    }
    if text.ends_with('%') {
        return Share::parse(text)
            .filter(|_| !text.starts_with('-'))
            .map(ExprKind::Share);
    }
    if text
        .bytes()
        .all(|it| it.is_ascii_digit() || matches!(it, b'_' | b'.' | b'-'))
    {
        let plain = text.replace('_', "");
        return match plain.contains('.') {
            true => plain.parse().ok().map(ExprKind::Float),
            false => plain.parse().ok().map(ExprKind::Int),
        };
    }
    if text.starts_with('-') {
        return None;
    }
    Size::parse(text)
        .map(ExprKind::Size)
        .or_else(|| Duration::parse(text).map(ExprKind::Duration))
}
