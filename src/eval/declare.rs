//! What is declared: the statements outside all blocks, with `for` and `when` around them worked out.

use rustc_hash::FxHashMap;

use super::layers::layer_name;
use super::scope::Scope;
use super::world::{Declared, Evaluator, Phase, World};
use super::{errors, operators};
use crate::diag::Sink;
use crate::names::Program;
use crate::packages;
use crate::source::{Disk, Sources};
use crate::syntax::tree::{ExprKind, Statement};
use crate::value::{Kind, Value};

/// Collects all declarations of a program.
pub(super) fn declare<'p>(
    sources: &'p Sources,
    program: &'p Program,
    disk: &'p dyn Disk,
    sink: &mut Sink,
) -> World<'p> {
    let mut world = World {
        sources,
        links: &program.links,
        packages: &program.packages,
        disk,
        declared: FxHashMap::default(),
        index: FxHashMap::default(),
        lets: FxHashMap::default(),
        project: Vec::new(),
    };
    for statement in program.trees.iter().flat_map(|it| &it.statements) {
        let prefix = program.packages.prefix(statement.span.file);
        match (statement.word.text.as_str(), statement.name(0)) {
            ("let", Some(name)) => {
                let name = match prefix {
                    "" => name.text.clone(),
                    prefix => ecow::eco_format!("{prefix}{}", name.text),
                };
                world.lets.entry(name).or_insert(statement);
            }
            ("project", Some(name)) if world.project.is_empty() => {
                world
                    .project
                    .push(("name".into(), Value::text(name.text.clone())));
                for inner in statement.body() {
                    if let Some(text) = inner.value.as_ref().and_then(|it| it.as_text()) {
                        world
                            .project
                            .push((inner.word.text.clone(), Value::text(text.clone())));
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut evaluator = Evaluator::new(&world, Phase::Declare);
    for tree in &program.trees {
        evaluator.collect(&tree.statements, &Scope::default(), &mut found);
    }
    sink.append(evaluator.sink);
    for (kind, declared) in found {
        let list = world.declared.entry(kind).or_default();
        let key = (kind, declared.name.clone());
        if let Some(first) = world.index.get(&key).and_then(|at| list.get(*at)) {
            // Two names written down are `names`' to report; two made by a `for` are seen only here.
            let name = declared.statement.arguments.first();
            let is_made = name.is_some_and(|it| matches!(it.kind, ExprKind::Template(_)));
            if first.span == declared.span || is_made {
                sink.push(errors::declared_twice(
                    kind,
                    &declared.name,
                    declared.span,
                    first.span,
                ));
            }
            // A rule of a package holds beside the project's of the same name.
            let package = |it: &Declared<'_>| program.packages.prefix(it.span.file);
            if kind == Kind::Rule && package(first) != package(&declared) {
                list.push(declared);
            }
            continue;
        }
        world.index.insert(key, list.len());
        list.push(declared);
    }
    world
}

impl<'p> Evaluator<'_, 'p> {
    fn collect(
        &mut self,
        statements: &'p [Statement],
        scope: &Scope,
        found: &mut Vec<(Kind, Declared<'p>)>,
    ) {
        let outermost = scope.is_empty();
        let mut scope = scope.clone();
        for statement in statements {
            let kind = match statement.word.text.as_str() {
                "for" => {
                    for turn in self.turns(statement, &scope) {
                        self.collect(statement.body(), &turn, found);
                    }
                    continue;
                }
                "when" => {
                    let condition = statement.arguments.first();
                    if condition.and_then(|it| self.condition(it, &scope)) == Some(true) {
                        self.collect(statement.body(), &scope, found);
                    }
                    continue;
                }
                "let" => {
                    if let (false, Some(name), Some(value)) =
                        (outermost, statement.name(0), &statement.value)
                    {
                        let value = self.value(value, &scope);
                        scope = scope.with(name.text.clone(), value);
                    }
                    continue;
                }
                word => match declaring(word) {
                    Some(kind) => kind,
                    None => continue,
                },
            };
            let Some(argument) = statement.arguments.first() else {
                continue;
            };
            let name = match (&argument.kind, kind) {
                (_, Kind::Layer) => layer_name(argument),
                (ExprKind::Path(names), _) => names.first().map(|it| it.text.clone()),
                (ExprKind::Text(..) | ExprKind::Template(_), _) => {
                    operators::string(&self.value(argument, &scope))
                }
                _ => None,
            };
            let Some(mut name) = name else { continue };
            let prefix = self.world.packages.prefix(argument.span.file);
            if !prefix.is_empty() && packages::gives(kind) {
                name = ecow::eco_format!("{prefix}{name}");
                if kind != Kind::Layer {
                    name = packages::plain(&name).as_ref().into();
                }
            }
            let scope = scope.clone();
            found.push((
                kind,
                Declared {
                    name,
                    span: argument.span,
                    statement,
                    scope,
                },
            ));
        }
    }
}

/// What a word outside all blocks declares.
fn declaring(word: &str) -> Option<Kind> {
    Some(match word {
        "base" => Kind::Base,
        "config" => Kind::Config,
        "environment" => Kind::Environment,
        "job" | "service" => Kind::Service,
        "layer" => Kind::Layer,
        "network" => Kind::Network,
        "pipeline" => Kind::Pipeline,
        "project" => Kind::Project,
        "rule" => Kind::Rule,
        "secret" => Kind::Secret,
        "target" => Kind::Target,
        "volume" => Kind::Volume,
        _ => return None,
    })
}
