//! What stands in calls, headers of layers and maps: arguments, parameters with their types, and entries.

use super::errors;
use super::expr::{at_end, missing};
use super::grammar::Rule;
use super::pairs::Pair;
use super::statement::Builder;
use super::stream::Stream;
use super::tree::{Argument, Call, Expr, ExprKind, Item, MapLiteral, Name, Type, TypeKind, Word};
use crate::source::Span;

impl<'t> Builder<'t> {
    /// A call, from its `(`.
    pub(super) fn call(&mut self, pair: Pair<'t>, callee: Vec<Name>, callee_span: Span) -> Call {
        let span = self.span(&pair);
        let mut stream = Stream::new(self.file, self.text, pair, 1);
        let mut arguments = Vec::new();
        let mut height = 0;
        while !at_end(&stream) {
            let before = stream.lines_above();
            let start = self.here(&stream);
            let value = self.argument(&mut stream);
            height = height.max(self.height);
            let whole = Span::new(self.file, start.start, stream.end);
            self.expect_separator(&mut stream, whole);
            arguments.push(Item {
                value,
                trivia: stream.end_item(before),
            });
        }
        arguments.shrink_to_fit();
        let end = stream.trivia_at_end();
        self.close_bracket(&mut stream, span);
        self.height = height;
        Call {
            callee,
            callee_span,
            arguments,
            end,
        }
    }

    fn argument(&mut self, stream: &mut Stream<'t>) -> Argument {
        let value = self.item_expression(stream);
        match stream.joined() {
            Some(Rule::equals) => {
                let name = self.argument_name(&value);
                Argument::Named(name, self.item_value(stream))
            }
            Some(Rule::colon) => {
                let name = self.argument_name(&value);
                let colon = self.here(stream);
                stream.take();
                let ty = self.type_of(stream, colon);
                let has_default = stream.joined() == Some(Rule::equals);
                let default = has_default.then(|| self.item_value(stream));
                Argument::Parameter(name, ty, default)
            }
            _ => Argument::Positional(value),
        }
    }

    fn argument_name(&mut self, value: &Expr) -> Name {
        match value.as_name() {
            Some(name) => name.clone(),
            None => {
                if !Self::is_missing(value) {
                    self.fail(errors::bad_name(value.span, self.slice(value.span)));
                }
                Name {
                    text: self.slice(value.span).into(),
                    span: value.span,
                }
            }
        }
    }

    /// The value after an `=` that comes next.
    fn item_value(&mut self, stream: &mut Stream<'t>) -> Expr {
        let equals = self.here(stream);
        stream.take();
        let separated = stream.peek().is_some_and(|it| it.gap.separates());
        if at_end(stream) || separated {
            self.fail(errors::missing_value(equals.at_end(), "="));
            return missing(equals.at_end());
        }
        self.expression(stream)
    }

    /// `int`, `list[int]`, `"a" | "b"`
    fn type_of(&mut self, stream: &mut Stream<'t>, colon: Span) -> Type {
        if at_end(stream) || stream.peek().is_some_and(|it| it.gap.separates()) {
            self.fail(errors::missing_type(colon.at_end()));
            return Type {
                span: colon.at_end(),
                kind: TypeKind::Missing,
            };
        }
        let first = self.item_expression(stream);
        let mut span = first.span;
        if let ExprKind::Text(word, _) = &first.kind {
            let mut words = vec![word.clone()];
            while stream.joined() == Some(Rule::pipe) {
                stream.take();
                if stream.joined().is_none() {
                    self.fail(errors::missing_type(Span::new(
                        self.file, stream.end, stream.end,
                    )));
                    break;
                }
                let next = self.item_expression(stream);
                span = span.to(next.span);
                match next.as_text() {
                    Some(word) => words.push(word.clone()),
                    None => self.fail(errors::missing_type(next.span)),
                }
            }
            return Type {
                span,
                kind: TypeKind::Words(words),
            };
        }
        self.type_from(&first)
    }

    /// The type that an expression's shape says.
    fn type_from(&mut self, expr: &Expr) -> Type {
        let span = expr.span;
        if let Some(name) = expr.as_name() {
            return Type {
                span,
                kind: TypeKind::Name(name.text.clone()),
            };
        }
        if let ExprKind::Index(it) = &expr.kind
            && let Some(name) = it.base.as_name()
        {
            let inner = self.type_from(&it.index);
            return Type {
                span,
                kind: TypeKind::Of(name.text.clone(), Box::new(inner)),
            };
        }
        if !Self::is_missing(expr) {
            self.fail(errors::missing_type(span));
        }
        Type {
            span,
            kind: TypeKind::Missing,
        }
    }

    /// `{ key = value }`
    pub(super) fn map(&mut self, pair: Pair<'t>) -> Expr {
        let span = self.span(&pair);
        let mut stream = Stream::new(self.file, self.text, pair, 1);
        let mut entries = Vec::new();
        let mut height = 0;
        while !at_end(&stream) {
            let before = stream.lines_above();
            let start = self.here(&stream);
            let entry = self.entry(&mut stream);
            height = height.max(self.height);
            let whole = Span::new(self.file, start.start, stream.end);
            self.expect_separator(&mut stream, whole);
            entries.push(Item {
                value: entry,
                trivia: stream.end_item(before),
            });
        }
        entries.shrink_to_fit();
        let end = stream.trivia_at_end();
        self.close_bracket(&mut stream, span);
        self.higher(
            height,
            span,
            ExprKind::Map(Box::new(MapLiteral { entries, end })),
        )
    }

    fn entry(&mut self, stream: &mut Stream<'t>) -> (Word, Expr) {
        let word = match stream.rule() {
            Some(Rule::path | Rule::keyword | Rule::text | Rule::raw | Rule::template) => {
                self.word(stream)
            }
            _ => {
                let span = self.here(stream);
                if let Some(token) = stream.take() {
                    self.unexpected(&token, span);
                }
                Word {
                    text: Default::default(),
                    span,
                    string: None,
                }
            }
        };
        self.height = 0;
        match stream.joined() {
            Some(Rule::equals) => (word, self.item_value(stream)),
            Some(Rule::colon) => {
                let colon = self.here(stream);
                self.fail(errors::wrong_equals(colon, ":"));
                (word, self.item_value(stream))
            }
            _ => {
                self.fail(errors::missing_entry_value(
                    word.span,
                    self.slice(word.span),
                ));
                let at = word.span.at_end();
                (word, missing(at))
            }
        }
    }
}
