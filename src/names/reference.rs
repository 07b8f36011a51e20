//! Where the names in an expression lead.

use std::collections::BTreeSet;

use super::errors;
use super::link::Walk;
use super::scope::value_words;
use crate::packages;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, Name, TemplatePart};
use crate::value::Kind;
use crate::vocab::Ty;

/// What a dotted reference may begin with, beside names of values.
pub const HEADS: [&str; 8] = [
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
                [head, member, ..] => self.dotted(names, head, member, ty),
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
        if self.in_scope(text) {
            return;
        }
        if self.names.has(Kind::Let, &self.full(Kind::Let, text)) {
            let full = self.full(Kind::Let, text);
            return self.lead(std::slice::from_ref(name), Kind::Let, &full);
        }
        if let Ty::Words(words) = ty
            && words.contains(&text)
        {
            return;
        }
        let kinds = ty.kinds();
        for kind in &kinds {
            if *kind == Kind::Stage && self.stages.contains(&text) {
                return;
            }
            let full = self.full(*kind, text);
            if self.names.has(*kind, &full) {
                return self.lead(std::slice::from_ref(name), *kind, &full);
            }
        }
        // Which environments there are, a package cannot know; nor a project that only others use.
        if kinds == [Kind::Environment] && (!self.prefix.is_empty() || self.names.runs_nothing()) {
            return;
        }
        let mut words = BTreeSet::new();
        ty.words(&mut words);
        if words.contains(text) {
            return;
        }
        if kinds.is_empty() && !self.prefix.is_empty() && !value_words().contains(text) {
            let full = self.full(Kind::Base, text);
            if let Some(kind) = self.names.kind_of(&full) {
                return self.lead(std::slice::from_ref(name), kind, &full);
            }
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
                .flat_map(|it| self.names.of(*it, self.prefix))
                .chain(words)
                .chain(stages)
                .collect();
            let other = self.names.kind_of(&self.full(Kind::Base, text));
            errors::unknown_name(name.span, text, &kinds, other, known)
        } else if words.is_empty() && takes_any_word(ty) {
            let lets = self.names.of(Kind::Let, self.prefix);
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

    /// `service.db.host`, `environment.name`, `platform.jvm`, or a value's member.
    fn dotted(&mut self, names: &'t [Name], head: &'t Name, member: &'t Name, ty: &Ty) {
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
                let full = self.full(Kind::Let, text);
                if self.names.has(Kind::Let, &full) {
                    return self.lead(std::slice::from_ref(head), Kind::Let, &full);
                }
                if let Some((full, count)) = self.in_package(names) {
                    return self.of_package(&names[..count], &full, &ty.kinds());
                }
                if self.is_unread(names) {
                    return;
                }
                let lets = self.names.of(Kind::Let, self.prefix);
                let packages = self.names.of(Kind::Package, self.prefix);
                let known = self.scope.iter().copied().chain(lets).chain(packages);
                let known = known.chain(HEADS);
                let mut found = errors::unknown_name(head.span, text, &[], None, known);
                let other = self.names.kind_of(&self.full(Kind::Base, text));
                if found.edit.is_none()
                    && let Some(kind) = other
                {
                    found = found.help(format!("write `{kind}.{text}.{}`", member.text));
                }
                self.sink.push(found);
                return;
            }
        };
        let name = member.text.as_str();
        if name.is_empty() || (kind == Kind::Service && name == "self") {
            return;
        }
        if kind != Kind::Service
            && let Some((full, count)) = self.in_package(&names[1..])
        {
            return self.of_package(&names[1..=count], &full, &[kind]);
        }
        if self.is_unread(&names[1..]) {
            return;
        }
        let full = self.full(kind, name);
        if self.names.has(kind, &full) {
            return self.lead(std::slice::from_ref(member), kind, &full);
        }
        let found = errors::unknown_name(
            member.span,
            name,
            &[kind],
            self.names.kind_of(&full),
            self.names.of(kind, self.prefix),
        );
        self.sink.push(found);
    }

    /// The full name of something in a package that names begin with, and how many of them say it; `None` where they
    /// begin with no package.
    fn in_package(&self, names: &[Name]) -> Option<(String, usize)> {
        let texts = names.iter().map(|it| it.text.as_str());
        let (prefix, count) = self.names.packages.leading(self.file, texts);
        let member = names.get(count).filter(|_| count > 0)?;
        let full = format!("{prefix}{}", member.text);
        let is_unread = names.len() > count + 1 && self.names.has(Kind::Package, &full);
        (!is_unread).then_some((full, count + 1))
    }

    /// Whether names lead into a package that could not be read, which is reported where it is used.
    pub(super) fn is_unread(&self, names: &[Name]) -> bool {
        let texts = names.iter().map(|it| it.text.as_str());
        let (prefix, count) = self.names.packages.leading(self.file, texts);
        names.get(count).is_some_and(|it| {
            let full = format!("{prefix}{}", it.text);
            names.len() > count + 1 && self.names.has(Kind::Package, &full)
        })
    }

    /// Follows names that begin with a package.
    fn of_package(&mut self, names: &'t [Name], full: &str, kinds: &[Kind]) {
        let any = self.names.kind_of(full);
        let found = kinds.iter().copied().find(|it| self.names.has(*it, full));
        let found = found
            .or(any.filter(|it| *it == Kind::Let || kinds.is_empty()))
            .filter(|it| packages::gives(*it));
        if let Some(kind) = found {
            return self.lead(names, kind, full);
        }
        let (Some(first), Some(last)) = (names.first(), names.last()) else {
            return;
        };
        let said = full.strip_prefix(self.prefix).unwrap_or(full);
        let package = &said[..said.len() - last.text.len()];
        let given: Vec<&str> = match kinds {
            [] => self.names.of(Kind::Let, self.prefix).into_iter().collect(),
            kinds => {
                let of = |it: &Kind| self.names.of(*it, self.prefix);
                kinds.iter().flat_map(of).collect()
            }
        };
        let given = given.into_iter().filter(|it| it.starts_with(package));
        let given: Vec<&str> = given.collect();
        let span = first.span.to(last.span);
        self.sink
            .push(errors::not_in_package(span, said, kinds, any, &given));
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
