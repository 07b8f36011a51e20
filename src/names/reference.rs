//! Where the names in an expression lead.

use std::collections::BTreeSet;

use super::errors;
use super::link::Walk;
use super::scope::value_words;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, Name, TemplatePart};
use crate::value::Kind;
use crate::vocab::Ty;

/// What a dotted reference may begin with, beside names of values.
const HEADS: [&str; 8] = [
    "config",
    "environment",
    "node",
    "project",
    "secret",
    "service",
    "task",
    "volume",
];

impl<'t> Walk<'t> {
    /// Follows the names of an expression that should have this type.
    pub(super) fn expr(&mut self, expr: &'t Expr, ty: &Ty) {
        match &expr.kind {
            ExprKind::Path(names) => match names.as_slice() {
                [] => {}
                [name] => self.bare(name, ty),
                [head, member, ..] => self.dotted(head, member),
            },
            ExprKind::Template(template) => {
                for part in &template.parts {
                    if let TemplatePart::Expr(inner) = part {
                        self.expr(inner, &Ty::Any);
                    }
                }
            }
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::List(list) => {
                for item in &list.items {
                    self.expr(&item.value, ty.item());
                }
            }
            ExprKind::Comprehension(it) => {
                self.expr(&it.list, &Ty::Any);
                self.scope.push(&it.name.text);
                if let Some(condition) = &it.condition {
                    self.expr(condition, &Ty::Bool);
                }
                self.expr(&it.value, ty.item());
                self.scope.pop();
            }
            ExprKind::Map(map) => {
                for entry in &map.entries {
                    let (key, value) = &entry.value;
                    if let Some(string) = &key.string {
                        self.expr(string, &Ty::Any);
                    }
                    self.expr(value, &Ty::Any);
                }
            }
            ExprKind::Unary(_, inner) => self.expr(inner, &Ty::Any),
            ExprKind::Group(inner) => self.expr(inner, ty),
            ExprKind::Binary(it) => {
                let same = matches!(it.op, BinaryOp::Coalesce | BinaryOp::Add);
                let inner = if same { ty } else { &Ty::Any };
                self.expr(&it.left, inner);
                self.expr(&it.right, inner);
            }
            ExprKind::If(it) => {
                self.expr(&it.condition, &Ty::Bool);
                self.expr(&it.then, ty);
                self.expr(&it.otherwise, ty);
            }
            ExprKind::Index(it) => {
                self.expr(&it.base, &Ty::Any);
                self.expr(&it.index, &Ty::Any);
            }
            ExprKind::Member(it) => self.expr(&it.base, &Ty::Any),
            ExprKind::Missing
            | ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Duration(_)
            | ExprKind::Size(_)
            | ExprKind::Share(_)
            | ExprKind::Text(..) => {}
        }
    }

    /// Whether a value in scope has this name.
    pub(super) fn in_scope(&self, name: &str) -> bool {
        self.scope.contains(&name)
    }

    /// A name alone: a value, a declared thing, or a word.
    fn bare(&mut self, name: &'t Name, ty: &Ty) {
        let text = name.text.as_str();
        if self.in_scope(text) || self.names.has(Kind::Let, text) {
            return;
        }
        if let Ty::Words(words) = ty
            && words.contains(&text)
        {
            return;
        }
        let kinds = ty.kinds();
        if kinds.iter().any(|kind| {
            self.names.has(*kind, text) || (*kind == Kind::Stage && self.stages.contains(&text))
        }) {
            return;
        }
        let mut words = BTreeSet::new();
        ty.words(&mut words);
        if words.contains(text) {
            return;
        }
        if kinds.is_empty()
            && (self.names.has_any(text)
                || value_words().contains(text)
                || self.names.is_doubtful(text))
        {
            return;
        }
        let found = if !kinds.is_empty() {
            let stages = self
                .stages
                .iter()
                .copied()
                .filter(|_| kinds.contains(&Kind::Stage));
            let known: Vec<&str> = kinds
                .iter()
                .flat_map(|it| self.names.of(*it))
                .chain(words)
                .chain(stages)
                .collect();
            errors::unknown_name(name.span, text, &kinds, self.names.kind_of(text), known)
        } else if words.is_empty() && takes_any_word(ty) {
            let lets = self.names.of(Kind::Let);
            let known = self
                .scope
                .iter()
                .copied()
                .chain(lets)
                .chain(value_words().iter().copied());
            errors::unknown_name(name.span, text, &[], None, known)
        } else {
            // Evaluation says which words or values there are.
            return;
        };
        self.sink.push(found);
    }

    /// `service.db.host`, `environment.name`, or a value's member.
    fn dotted(&mut self, head: &'t Name, member: &'t Name) {
        let text = head.text.as_str();
        if self.in_scope(text) {
            return;
        }
        let kind = match text {
            "service" => Kind::Service,
            "secret" => Kind::Secret,
            "config" => Kind::Config,
            "volume" => Kind::Volume,
            // What these have depends on the environment, and is for evaluation.
            "environment" | "project" | "node" | "task" => return,
            _ => {
                if !self.names.has(Kind::Let, text) {
                    let lets = self.names.of(Kind::Let);
                    let known = self.scope.iter().copied().chain(lets).chain(HEADS);
                    let mut found = errors::unknown_name(head.span, text, &[], None, known);
                    if found.edit.is_none()
                        && let Some(kind) = self.names.kind_of(text)
                    {
                        found = found.help(format!("write `{kind}.{text}.{}`", member.text));
                    }
                    self.sink.push(found);
                }
                return;
            }
        };
        let name = member.text.as_str();
        if name.is_empty()
            || (kind == Kind::Service && name == "self")
            || self.names.has(kind, name)
        {
            return;
        }
        let found = errors::unknown_name(
            member.span,
            name,
            &[kind],
            self.names.kind_of(name),
            self.names.of(kind),
        );
        self.sink.push(found);
    }
}

/// Whether evaluation takes a word for a value of this type, so that nobody else would report an unknown name.
fn takes_any_word(ty: &Ty) -> bool {
    match ty {
        Ty::Any | Ty::String | Ty::Path | Ty::Scalar | Ty::Ref(_) => true,
        Ty::List(inner) | Ty::Map(inner) => takes_any_word(inner),
        Ty::OneOf(types) => types.iter().any(takes_any_word),
        Ty::Int
        | Ty::Float
        | Ty::Bool
        | Ty::Duration
        | Ty::Size
        | Ty::Share
        | Ty::Port
        | Ty::Words(_)
        | Ty::Made(_) => false,
    }
}
