//! Expressions to values. Total: every expression has a value, [`Value::Unknown`] where something was wrong.

use ecow::EcoString;

use super::reference::mention;
use super::scope::Scope;
use super::world::Evaluator;
use super::{builtins, errors, operators};
use crate::source::Span;
use crate::syntax::tree::{
    Argument, Binary, BinaryOp, Call, Comprehension, Expr, ExprKind, MapLiteral, Template,
    TemplatePart, UnaryOp, Word,
};
use crate::value::{Kind, Made, Map, Part, Text, Value};
use crate::vocab::function;

impl Evaluator<'_, '_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr, scope: &Scope) -> Value {
        match &expr.kind {
            ExprKind::Missing => Value::Unknown,
            ExprKind::None => Value::None,
            ExprKind::Bool(it) => Value::Bool(*it),
            ExprKind::Int(it) => Value::Int(*it),
            ExprKind::Float(it) => Value::Float(*it),
            ExprKind::Duration(it) => Value::Duration(*it),
            ExprKind::Size(it) => Value::Size(*it),
            ExprKind::Share(it) => Value::Share(*it),
            ExprKind::Text(it, _) => Value::Text(Text::Plain(it.clone())),
            ExprKind::Template(it) => self.template(it, scope),
            ExprKind::Path(names) => self.path(names, scope),
            ExprKind::Call(it) => self.call(it, expr.span, scope),
            ExprKind::List(it) => Value::list(
                it.items
                    .iter()
                    .map(|it| self.value(&it.value, scope))
                    .collect::<Vec<_>>(),
            ),
            ExprKind::Comprehension(it) => self.comprehension(it, scope),
            ExprKind::Map(it) => self.map(it, scope),
            ExprKind::Unary(op, operand) => {
                let value = self.value(operand, scope);
                self.unary(*op, value, operand.span)
            }
            ExprKind::Binary(it) => self.binary(it, scope),
            ExprKind::If(it) => match self.condition(&it.condition, scope) {
                Some(true) => self.value(&it.then, scope),
                Some(false) => self.value(&it.otherwise, scope),
                None => Value::Unknown,
            },
            ExprKind::Index(it) => {
                let base = self.value(&it.base, scope);
                let index = self.value(&it.index, scope);
                operators::index(&base, &index).unwrap_or_else(|problem| {
                    self.sink.push(errors::no_element(it.index.span, &problem));
                    Value::Unknown
                })
            }
            ExprKind::Member(it) => {
                let base = self.value(&it.base, scope);
                self.member(base, &it.name)
            }
            ExprKind::Group(it) => self.value(it, scope),
        }
    }

    /// The truth of a condition; `None` where it has none, which is reported.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope) -> Option<bool> {
        match self.value(expr, scope) {
            Value::Bool(it) => Some(it),
            Value::Unknown => None,
            other => {
                self.sink
                    .push(errors::wrong_type(expr.span, "a boolean", &other));
                None
            }
        }
    }

    /// The characters of a statement's word; `None` where they are not known.
    pub(super) fn word(&mut self, word: &Word, scope: &Scope) -> Option<EcoString> {
        let Some(string) = &word.string else {
            return Some(word.text.clone());
        };
        match self.value(string, scope) {
            Value::Text(text) => text.known().map(|it| it.as_ref().into()),
            _ => None,
        }
    }

    fn template(&mut self, template: &Template, scope: &Scope) -> Value {
        let mut pieces = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            match part {
                TemplatePart::Text(text, _) => pieces.push(Text::Plain(text.clone())),
                TemplatePart::Expr(expr) => {
                    let value = self.value(expr, scope);
                    match self.text_of(value, expr.span) {
                        Some(text) => pieces.push(text),
                        None => return Value::Unknown,
                    }
                }
            }
        }
        Value::Text(Text::join(&pieces))
    }

    fn map(&mut self, map: &MapLiteral, scope: &Scope) -> Value {
        let mut entries = Map::with_capacity(map.entries.len());
        for entry in &map.entries {
            let (key, expr) = &entry.value;
            let Some(name) = self.word(key, scope) else {
                continue;
            };
            let value = self.value(expr, scope);
            if entries.iter().any(|(it, _)| *it == name) {
                self.sink.push(errors::duplicate_key(key.span, &name));
                continue;
            }
            entries.push((name, value));
        }
        Value::Map(entries.into())
    }

    fn comprehension(&mut self, it: &Comprehension, scope: &Scope) -> Value {
        let list = self.value(&it.list, scope);
        let Some(items) = operators::elements(&list) else {
            if list != Value::Unknown {
                self.sink
                    .push(errors::wrong_type(it.list.span, "a list", &list));
            }
            return Value::Unknown;
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let inner = scope.with(it.name.text.clone(), item);
            let keep = match &it.condition {
                Some(condition) => self.condition(condition, &inner).unwrap_or(false),
                None => true,
            };
            if keep {
                out.push(self.value(&it.value, &inner));
            }
        }
        Value::list(out)
    }

    fn unary(&mut self, op: UnaryOp, value: Value, span: Span) -> Value {
        match (op, &value) {
            (_, Value::Unknown) => Value::Unknown,
            (UnaryOp::Minus, Value::Int(it)) => Value::Int(it.saturating_neg()),
            (UnaryOp::Minus, Value::Float(it)) => Value::Float(-it),
            (UnaryOp::Not, Value::Bool(it)) => Value::Bool(!it),
            (UnaryOp::Minus, _) => self.wrong(span, "a number", &value),
            (UnaryOp::Not, _) => self.wrong(span, "a boolean", &value),
        }
    }

    fn wrong(&mut self, span: Span, expected: &str, found: &Value) -> Value {
        self.sink.push(errors::wrong_type(span, expected, found));
        Value::Unknown
    }

    fn binary(&mut self, it: &Binary, scope: &Scope) -> Value {
        match it.op {
            BinaryOp::And | BinaryOp::Or => {
                let decided = it.op == BinaryOp::Or;
                match self.condition(&it.left, scope) {
                    Some(left) if left == decided => Value::Bool(decided),
                    Some(_) => self
                        .condition(&it.right, scope)
                        .map_or(Value::Unknown, Value::Bool),
                    None => Value::Unknown,
                }
            }
            BinaryOp::Coalesce => match self.value(&it.left, scope) {
                Value::None => self.value(&it.right, scope),
                left => left,
            },
            _ => {
                let left = self.value(&it.left, scope);
                let right = self.value(&it.right, scope);
                if left == Value::Unknown || right == Value::Unknown {
                    return Value::Unknown;
                }
                operators::apply(it.op, &left, &right).unwrap_or_else(|problem| {
                    let (left, right) = ((&it.left.span, &left), (&it.right.span, &right));
                    self.sink
                        .push(errors::operands(it.op, it.op_span, left, right, &problem));
                    Value::Unknown
                })
            }
        }
    }

    fn call(&mut self, call: &Call, span: Span, scope: &Scope) -> Value {
        let [callee] = call.callee.as_slice() else {
            return Value::Unknown;
        };
        let Some(function) = function::lookup(&callee.text) else {
            return Value::Unknown;
        };
        let mut arguments = Map::new();
        let mut spans = Vec::new();
        let mut rest = Vec::new();
        let mut position = 0;
        for argument in &call.arguments {
            match &argument.value {
                Argument::Positional(expr) => {
                    let value = self.value(expr, scope);
                    spans.push(expr.span);
                    match function.parameters.get(position) {
                        Some(parameter) if function.rest.is_none() => {
                            arguments.push((parameter.name.into(), value));
                        }
                        _ => rest.push(value),
                    }
                    position += 1;
                }
                Argument::Named(name, expr) | Argument::Parameter(name, _, Some(expr)) => {
                    spans.push(expr.span);
                    let value = self.value(expr, scope);
                    arguments.push((name.text.clone(), value));
                }
                Argument::Parameter(_, _, None) => {}
            }
        }
        if rest
            .iter()
            .chain(arguments.iter().map(|(_, it)| it))
            .any(|it| *it == Value::Unknown)
        {
            return Value::Unknown;
        }
        let made = Made {
            function: function.name,
            arguments,
            rest,
        };
        if function.result.is_none() {
            return Value::Made(made.into());
        }
        let required = function.parameters.iter().filter(|it| it.required);
        if required.into_iter().any(|it| made.get(it.name).is_none()) && function.rest.is_none() {
            return Value::Unknown;
        }
        builtins::call(function, &made).unwrap_or_else(|problem| {
            self.sink
                .push(errors::wrong_argument(span, function.name, &problem));
            Value::Unknown
        })
    }

    /// A value as characters, where it has any.
    pub(super) fn text_of(&mut self, value: Value, span: Span) -> Option<Text> {
        match value {
            Value::Text(it) => Some(it),
            Value::Ref(kind @ (Kind::Secret | Kind::Config | Kind::Volume), name) => {
                Some(Part::Mention(mention(kind, &name)).into())
            }
            Value::Unknown => None,
            Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Share(_)
            | Value::Word(_) => Some(Text::from(value.to_string())),
            Value::None | Value::List(_) | Value::Map(_) | Value::Ref(..) | Value::Made(_) => {
                self.sink.push(errors::not_text(span, &value));
                None
            }
        }
    }
}
