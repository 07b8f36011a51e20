//! What is declared outside all images, and whether each name is good and declared once.

use std::borrow::Cow;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::errors;
use super::reference::HEADS;
use crate::diag::Sink;
use crate::packages::{self, Packages};
use crate::source::{Sources, Span};
use crate::syntax::tree::{Expr, ExprKind, Statement, TemplatePart, Tree};
use crate::value::Kind;
use crate::vocab::{self, Arg, Place};

/// Something that a project or the standard library declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What kind of thing it is; a job is a service.
    pub kind: Kind,
    /// Its name; in a package with that of the package before it: `platform.jvm`.
    pub name: DeclaredName,
    /// Where the name stands.
    pub span: Span,
    /// The way to its statement: positions in the file's statements, then in those of each block.
    pub path: Vec<u32>,
}

/// The name of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredName {
    /// `catalog`, `java.jre`
    Plain(EcoString),
    /// `"worker-{{ q }}"`: the texts around the interpolations.
    Pattern(Vec<EcoString>),
}

/// The longest name.
const LONGEST: usize = 63;

/// Everything that is declared, in order.
pub fn collect(trees: &[Tree], packages: &Packages) -> Vec<Declared> {
    let mut found = Vec::new();
    for tree in trees {
        let start = found.len();
        collect_in(&tree.statements, &mut Vec::new(), &mut found);
        let prefix = packages.prefix(tree.file);
        let of_package = found[start..].iter_mut().filter(|_| !prefix.is_empty());
        for it in of_package.filter(|it| packages::gives(it.kind)) {
            let name = match &mut it.name {
                DeclaredName::Plain(name) => Some(name),
                DeclaredName::Pattern(texts) => texts.first_mut(),
            };
            if let Some(name) = name {
                *name = format!("{prefix}{name}").into();
            }
        }
    }
    found
}

fn collect_in(statements: &[Statement], path: &mut Vec<u32>, found: &mut Vec<Declared>) {
    for (at, statement) in (0..).zip(statements) {
        path.push(at);
        let word = statement.word.text.as_str();
        if matches!(word, "for" | "when") {
            collect_in(statement.body(), path, found);
        } else if let Some((kind, name, span)) = declared(statement)
            && (kind != Kind::Let || path.len() == 1)
        {
            found.push(Declared {
                kind,
                name,
                span,
                path: path.clone(),
            });
        }
        path.pop();
    }
}

/// What a statement outside all blocks declares.
fn declared(statement: &Statement) -> Option<(Kind, DeclaredName, Span)> {
    let argument = statement.arguments.first()?;
    let word = vocab::lookup(Place::File, &statement.word.text)?;
    match word.header.first()? {
        Arg::Declares(kind) => Some((*kind, name_of(argument)?, argument.span)),
        Arg::DeclaresLayer => {
            let (name, span) = layer_name(argument)?;
            Some((Kind::Layer, DeclaredName::Plain(name), span))
        }
        Arg::DeclaresTest
        | Arg::Keyword(_)
        | Arg::Value(..)
        | Arg::Layer
        | Arg::Lint
        | Arg::Turn
        | Arg::User
        | Arg::Optional(_)
        | Arg::OneOf(_) => None,
    }
}

/// The name that an expression declares.
fn name_of(expr: &Expr) -> Option<DeclaredName> {
    if let Some(name) = expr.as_name() {
        return Some(DeclaredName::Plain(name.text.clone()));
    }
    if let Some(text) = expr.as_text() {
        return Some(DeclaredName::Plain(text.clone()));
    }
    let ExprKind::Template(template) = &expr.kind else {
        return None;
    };
    let mut texts = vec![EcoString::new()];
    for part in &template.parts {
        match part {
            TemplatePart::Text(text, _) => {
                if let Some(last) = texts.last_mut() {
                    last.push_str(text);
                }
            }
            TemplatePart::Expr(_) => texts.push(EcoString::new()),
        }
    }
    Some(DeclaredName::Pattern(texts))
}

/// The dotted name of a layer, in its declaration or where it is applied, and where the name stands.
pub(super) fn layer_name(expr: &Expr) -> Option<(EcoString, Span)> {
    let (names, span) = match &expr.kind {
        ExprKind::Path(names) => (names, expr.span),
        ExprKind::Call(call) => (&call.callee, call.callee_span),
        _ => return None,
    };
    let [first, rest @ ..] = names.as_slice() else {
        return None;
    };
    let mut name = first.text.clone();
    for segment in rest {
        name.push('.');
        name.push_str(&segment.text);
    }
    Some((name, span))
}

/// Whether each name is good and declared once, and whether there is one project.
pub fn check(
    sources: &Sources,
    trees: &[Tree],
    declarations: &[Declared],
    packages: &Packages,
    sink: &mut Sink,
) {
    let mut first: FxHashMap<(Kind, Cow<'_, str>), &Declared> = FxHashMap::default();
    let mut project: Option<&Declared> = None;
    for it in declarations {
        let DeclaredName::Plain(name) = &it.name else {
            continue;
        };
        let prefix = packages.prefix(it.span.file);
        if it.kind != Kind::Rule {
            let own = name.strip_prefix(prefix).unwrap_or(name);
            check_name(it.kind, own, it.span, sink);
        }
        if it.kind == Kind::Package && is_taken(name, sources, declarations) {
            sink.push(errors::taken_package_name(name, it.span));
        }
        if it.kind == Kind::Project {
            match project {
                Some(first) => sink.push(errors::second_project(it.span, first.span)),
                None => project = Some(it),
            }
            continue;
        }
        // Bases and services become images, so they share one name space.
        let space = if it.kind == Kind::Base {
            Kind::Service
        } else {
            it.kind
        };
        let key = match it.kind {
            Kind::Layer | Kind::Let | Kind::Package => Cow::Borrowed(name.as_str()),
            // A package's rules hold beside the project's, whatever they are called.
            Kind::Rule => Cow::Owned(format!("{prefix}{name}")),
            _ => packages::plain(name),
        };
        match first.get(&(space, key.clone())) {
            Some(first) => {
                // The project can mend its own.
                let own = packages.of(first.span.file).is_none();
                let (again, first) = if own && !prefix.is_empty() {
                    (*first, it)
                } else {
                    (it, *first)
                };
                if let DeclaredName::Plain(name) = &again.name {
                    sink.push(errors::duplicate_name(again.kind, name, again.span, first));
                }
            }
            None => {
                first.insert((space, key), it);
            }
        }
    }
    let broken = trees.iter().any(|it| it.broken);
    if project.is_none() && !broken && !maybe_project(trees) {
        let own = trees
            .iter()
            .find(|it| !sources.get(it.file).path.starts_with("<std>/"));
        sink.push(errors::no_project(own.map(|it| Span::new(it.file, 0, 0))));
    }
}

/// Whether a package's name would make its own unclear: a reference begins with it, or the library's layers do.
fn is_taken(name: &str, sources: &Sources, declarations: &[Declared]) -> bool {
    HEADS.contains(&name)
        || declarations.iter().any(|it| {
            let DeclaredName::Plain(layer) = &it.name else {
                return false;
            };
            it.kind == Kind::Layer
                && layer.split('.').next() == Some(name)
                && sources.get(it.span.file).path.starts_with("<std>/")
        })
}

/// Whether a statement was perhaps meant to be the project: it is reported for itself.
fn maybe_project(trees: &[Tree]) -> bool {
    let statements = trees.iter().flat_map(|it| &it.statements);
    statements.map(|it| it.word.text.as_str()).any(|it| {
        it == "project"
            || (vocab::lookup(Place::File, it).is_none()
                && crate::diag::suggest::near(it, ["project"]).is_some())
    })
}

/// Reports a name that no declaration may have. Layers may be dotted.
pub(super) fn check_name(kind: Kind, name: &str, span: Span, sink: &mut Sink) {
    let good = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_lowercase())
            && it
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"_-".contains(&it))
    };
    let good = match kind {
        Kind::Layer => name.split('.').all(good),
        _ => good(name),
    };
    if !good {
        sink.push(errors::invalid_name(kind, name, span));
    } else if name.len() > LONGEST {
        sink.push(errors::long_name(kind, name, span, LONGEST));
    }
}

/// The statement at the end of a path.
pub(super) fn at<'t>(statements: &'t [Statement], path: &[u32]) -> Option<&'t Statement> {
    let (first, rest) = path.split_first()?;
    let statement = statements.get(*first as usize)?;
    if rest.is_empty() {
        Some(statement)
    } else {
        at(statement.body(), rest)
    }
}
