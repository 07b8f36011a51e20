//! The settings of an environment and its nodes.

use std::sync::Arc;

use ecow::EcoString;

use super::scope::Scope;
use super::world::{Declared, Evaluator};
use super::{errors, operators};
use crate::model::environment::{DeployMode, Engine, Environment, Node};
use crate::model::origin::Given;
use crate::source::{Span, Spanned};
use crate::syntax::tree::Expr;
use crate::value::{Made, Size, Value};

impl<'p> Evaluator<'_, 'p> {
    pub(super) fn environment(&mut self, declared: &Declared<'p>) -> Environment {
        let mut stack = None;
        let mut it = Environment {
            name: declared.name.clone(),
            span: declared.span,
            engine: Given::default(Engine::Swarm),
            host: None,
            context: None,
            regions: None,
            deploy: Given::default(DeployMode::Manual),
            after: None,
            stack: Given::default(EcoString::new()),
            nodes: Vec::new(),
            lets: Vec::new(),
        };
        let mut engine = None;
        let mut deploy = None;
        let mut scope = declared.scope.clone();
        for statement in declared.statement.body() {
            let Some(value) = &statement.value else {
                continue;
            };
            let span = value.span;
            match statement.word.text.as_str() {
                "let" => {
                    let Some(name) = statement.name(0) else {
                        continue;
                    };
                    let value = self.value(value, &scope);
                    scope = scope.with(name.text.clone(), value.clone());
                    let given = Arc::new(Given::own(value, span));
                    it.lets.push((name.text.clone(), given));
                }
                "engine" => {
                    engine = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "deploy" => {
                    deploy = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "host" => {
                    it.host = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "context" => {
                    it.context = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "regions" => {
                    it.regions = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "stack" => {
                    stack = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Given::own(it, span));
                }
                "after" => {
                    it.after = self
                        .ask(value, &scope)
                        .given()
                        .map(|it| Spanned::new(it, span));
                }
                "nodes" => it.nodes = self.nodes(value, &scope),
                _ => {}
            }
        }
        it.engine = engine.unwrap_or(it.engine);
        it.deploy = deploy.unwrap_or(it.deploy);
        it.stack = stack.unwrap_or_else(|| {
            let project = self.world.project.iter().find(|(it, _)| it == "name");
            let name = project.and_then(|(_, it)| operators::string(it));
            Given::default(name.unwrap_or_default())
        });
        it
    }

    fn nodes(&mut self, expr: &Expr, scope: &Scope) -> Vec<Spanned<Node>> {
        let spans = match &expr.kind {
            crate::syntax::tree::ExprKind::List(list) => {
                list.items.iter().map(|it| it.value.span).collect()
            }
            _ => Vec::new(),
        };
        let value = self.value(expr, scope);
        let Value::List(items) = &value else {
            if value != Value::Unknown {
                self.sink
                    .push(errors::wrong_type(expr.span, "a list of `node(…)`", &value));
            }
            return Vec::new();
        };
        let mut nodes = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let span = spans.get(at).copied().unwrap_or(expr.span);
            match item {
                Value::Made(made) if made.function == "node" => nodes.extend(self.node(made, span)),
                Value::Unknown => {}
                other => self
                    .sink
                    .push(errors::wrong_type(span, "a `node(…)`", other)),
            }
        }
        nodes
    }

    fn node(&mut self, made: &Made, span: Span) -> Option<Spanned<Node>> {
        let mut node = Node {
            count: 1,
            cpus: 0.0,
            memory: Size::default(),
            labels: Vec::new(),
            manager: false,
        };
        for (name, value) in &made.arguments {
            match name.as_str() {
                "count" => node.count = self.convert(value, span).given()?,
                "cpus" => node.cpus = self.convert(value, span).given()?,
                "memory" => node.memory = self.convert(value, span).given()?,
                "role" => node.manager = operators::string(value)? == "manager",
                "labels" => {
                    let Value::Map(entries) = value else { continue };
                    let pair = |(key, value): &(EcoString, Value)| {
                        let text =
                            operators::string(value).unwrap_or_else(|| value.to_string().into());
                        (key.clone(), text)
                    };
                    node.labels = entries.iter().map(pair).collect();
                }
                _ => {}
            }
        }
        Some(Spanned::new(node, span))
    }
}
