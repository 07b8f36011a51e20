//! Blocks to plain lists of statements: `let`, `for`, `when` and `on` are worked out here and nowhere else.

use ecow::EcoString;

use super::errors;
use super::operators;
use super::scope::Scope;
use super::world::Evaluator;
use crate::model::image::System;
use crate::syntax::tree::{Binary, BinaryOp, Expr, ExprKind, Statement};
use crate::value::Value;

/// A statement and the names that it sees.
pub(super) type Seen<'p> = (&'p Statement, Scope);

impl<'p> Evaluator<'_, 'p> {
    /// The statements of a body that hold, in order. `on` blocks count where `system` is theirs.
    pub(super) fn body(
        &mut self,
        body: &'p [Statement],
        scope: &Scope,
        system: Option<System>,
    ) -> Vec<Seen<'p>> {
        self.chosen(body, scope, system, |_| true)
    }

    /// As [`body`](Self::body), only those that count.
    pub(super) fn chosen(
        &mut self,
        body: &'p [Statement],
        scope: &Scope,
        system: Option<System>,
        counts: impl Fn(&Statement) -> bool + Copy,
    ) -> Vec<Seen<'p>> {
        let mut out = Vec::with_capacity(body.len());
        self.flatten(body, scope, system, counts, &mut out);
        out
    }

    fn flatten(
        &mut self,
        body: &'p [Statement],
        scope: &Scope,
        system: Option<System>,
        counts: impl Fn(&Statement) -> bool + Copy,
        out: &mut Vec<Seen<'p>>,
    ) {
        let mut scope = scope.clone();
        for statement in body {
            match statement.word.text.as_str() {
                "let" if statement.word.string.is_none() => {
                    if let (Some(name), Some(expr)) = (statement.name(0), &statement.value) {
                        let value = self.value(expr, &scope);
                        scope = scope.with(name.text.clone(), value);
                    }
                }
                "for" if statement.block.is_some() => {
                    for turn in self.turns(statement, &scope) {
                        self.flatten(statement.body(), &turn, system, counts, out);
                    }
                }
                "when" if statement.block.is_some() => {
                    let holds = match statement.arguments.first() {
                        Some(condition) => self.condition(condition, &scope),
                        None => None,
                    };
                    if holds == Some(true) {
                        self.flatten(statement.body(), &scope, system, counts, out);
                    }
                }
                "on" if statement.block.is_some() => {
                    if system.is_some_and(|it| self.is_on(statement, it)) {
                        self.flatten(statement.body(), &scope, system, counts, out);
                    }
                }
                _ => out.extend(counts(statement).then(|| (statement, scope.clone()))),
            }
        }
    }

    /// Whether an `on` names this system.
    pub(super) fn is_on(&self, statement: &Statement, system: System) -> bool {
        let Some(word) = system.word() else {
            return false;
        };
        let named = |expr: &Expr| match &expr.kind {
            ExprKind::None => word == "none",
            _ => expr.as_name().is_some_and(|it| it.text == word),
        };
        match statement.arguments.first().map(|it| (it, &it.kind)) {
            Some((_, ExprKind::List(list))) => list.items.iter().any(|it| named(&it.value)),
            Some((argument, _)) => named(argument),
            None => false,
        }
    }

    /// The scopes of a `for`'s turns.
    pub(super) fn turns(&mut self, statement: &Statement, scope: &Scope) -> Vec<Scope> {
        let Some((name, list)) = for_parts(statement) else {
            return Vec::new();
        };
        match self.value(list, scope) {
            Value::Unknown => Vec::new(),
            value => match operators::elements(&value) {
                Some(items) => items
                    .into_iter()
                    .map(|item| scope.with(name.clone(), item))
                    .collect(),
                None => {
                    self.sink
                        .push(errors::wrong_type(list.span, "a list", &value));
                    Vec::new()
                }
            },
        }
    }
}

/// The name and the list of `for NAME in LIST`.
pub(super) fn for_parts(statement: &Statement) -> Option<(EcoString, &Expr)> {
    match statement.arguments.as_slice() {
        [
            Expr {
                kind: ExprKind::Binary(it),
                ..
            },
        ] => leftmost(it),
        [name, keyword, list] if keyword.as_name().is_some_and(|it| it.text == "in") => {
            Some((name.as_name()?.text.clone(), list))
        }
        _ => None,
    }
}

fn leftmost(binary: &Binary) -> Option<(EcoString, &Expr)> {
    (binary.op == BinaryOp::In).then_some(())?;
    Some((binary.left.as_name()?.text.clone(), &binary.right))
}
