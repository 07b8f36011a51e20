//! One environment: its settings, what its services refer to, and its services with everything merged.

use std::collections::HashMap;

use ecow::EcoString;
use rayon::prelude::*;

use super::body::Seen;
use super::builtins::sha256;
use super::images::Built;
use super::scope::Scope;
use super::service::blank;
use super::world::{Declared, Evaluator, Phase, Shown, Surroundings, World};
use super::{doc_of, errors, operators};
use crate::diag::Sink;
use crate::model::Fleet;
use crate::model::environment::{DeployMode, Engine, Environment, Node};
use crate::model::origin::{Given, Giver};
use crate::model::secret::{Config, ConfigContent, Network, Secret, SecretSource, Volume};
use crate::model::service::{ConfigMount, Merged, SecretMount, Service, ServiceImage};
use crate::source::{Span, Spanned};
use crate::syntax::tree::{Expr, Statement};
use crate::value::{Kind, Made, Size, Value};

/// Built images by the name of their service.
pub(super) type Images<'p> = HashMap<EcoString, Built<'p>>;

/// How many services one thread takes at a time.
const CHUNK: usize = 32;

/// Makes the fleet of one environment.
pub(super) fn fleet<'p>(
    world: &World<'p>,
    declared: &Declared<'p>,
    images: &Images<'p>,
    sink: &mut Sink,
) -> Fleet {
    let mut around = Surroundings {
        name: declared.name.clone(),
        ..Surroundings::default()
    };
    let environment = {
        let mut evaluator = Evaluator::new(world, Phase::Run(&around));
        let environment = evaluator.environment(declared);
        sink.append(evaluator.sink);
        environment
    };
    around.lets = environment
        .lets
        .iter()
        .map(|(it, given)| (it.clone(), given.value.clone()))
        .collect();
    around.lets_elsewhere = lets_of_all(world);
    let chunks = |around: &Surroundings, shallow: bool| -> Vec<(Vec<Option<Service>>, Sink)> {
        world
            .all(Kind::Service)
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut evaluator = Evaluator::new(world, Phase::Run(around));
                let services = chunk
                    .iter()
                    .map(|it| evaluator.whole_service(it, declared, images, shallow))
                    .collect();
                (services, evaluator.sink)
            })
            .collect()
    };
    let mut shown = HashMap::new();
    for (services, said) in chunks(&around, true) {
        sink.append(said);
        for service in services.into_iter().flatten() {
            let replicas = service.replicas.as_ref().map_or(1, |it| it.value);
            let ports = service
                .ports
                .iter()
                .map(|(name, port)| (name.clone(), port.value))
                .collect();
            shown.insert(service.name, Shown { ports, replicas });
        }
    }
    around.services = Some(shown);
    let mut services = Vec::new();
    for (made, said) in chunks(&around, false) {
        services.extend(made.into_iter().flatten());
        sink.append(said);
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let mut evaluator = Evaluator::new(world, Phase::Run(&around));
    let fleet = Fleet {
        services,
        secrets: evaluator.all(Kind::Secret, &environment.name, Evaluator::secret),
        configs: evaluator.all(Kind::Config, &environment.name, Evaluator::config),
        volumes: evaluator.all(Kind::Volume, &environment.name, Evaluator::volume),
        networks: evaluator.all(Kind::Network, &environment.name, Evaluator::network),
        environment,
    };
    sink.append(evaluator.sink);
    fleet
}

/// The names of the `let`s of all environments.
fn lets_of_all(world: &World<'_>) -> Vec<EcoString> {
    let bodies = world
        .all(Kind::Environment)
        .iter()
        .flat_map(|it| it.statement.body());
    let lets = bodies
        .filter(|it| it.word.text == "let")
        .filter_map(|it| it.name(0));
    lets.map(|it| it.text.clone()).collect()
}

/// The statements of `in ENV` blocks for this environment, with who gives them.
fn split<'p>(seen: Vec<Seen<'p>>) -> (Vec<Seen<'p>>, Vec<Seen<'p>>) {
    seen.into_iter().partition(|(it, _)| it.word.text != "in")
}

impl<'p> Evaluator<'_, 'p> {
    /// The declarations of a kind in an environment, by name.
    fn all<T>(
        &mut self,
        kind: Kind,
        environment: &EcoString,
        make: impl Fn(&mut Self, &Declared<'p>, &[(Seen<'p>, Giver)]) -> T,
    ) -> Vec<T> {
        let mut declared: Vec<&Declared<'p>> = self.world.all(kind).iter().collect();
        declared.sort_by(|a, b| a.name.cmp(&b.name));
        declared
            .into_iter()
            .map(|it| {
                let seen = self.with_in(it.statement.body(), &it.scope, environment);
                make(self, it, &seen)
            })
            .collect()
    }

    /// A body's statements, those of its `in ENV` for this environment last.
    fn with_in(
        &mut self,
        body: &'p [Statement],
        scope: &Scope,
        environment: &EcoString,
    ) -> Vec<(Seen<'p>, Giver)> {
        let (own, ins) = split(self.body(body, scope, None));
        let mut all: Vec<_> = own.into_iter().map(|it| (it, Giver::Own)).collect();
        for (statement, scope) in ins {
            if names_environment(statement, environment) {
                let seen = self.body(statement.body(), &scope, None);
                all.extend(
                    seen.into_iter()
                        .map(|it| (it, Giver::In(environment.clone()))),
                );
            }
        }
        all
    }

    fn environment(&mut self, declared: &Declared<'p>) -> Environment {
        let mut stack = None;
        let mut it = Environment {
            name: declared.name.clone(),
            span: declared.span,
            engine: Given::default(Engine::Swarm),
            host: None,
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
                    it.lets.push((name.text.clone(), Given::own(value, span)));
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

    fn secret(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Secret {
        let (mut source, mut version) = (None, None);
        for ((statement, scope), giver) in seen {
            let Some(expr) = &statement.value else {
                continue;
            };
            let (giver, span) = (giver.clone(), Some(expr.span));
            match statement.word.text.as_str() {
                "source" => {
                    let value = self.value(expr, scope);
                    if let Some(value) = self.secret_source(&value, expr.span) {
                        source = Some(Given {
                            value,
                            span,
                            giver,
                            overrode: None,
                        });
                    }
                }
                "version" => {
                    if let Some(value) = self.ask(expr, scope).given() {
                        version = Some(Given {
                            value,
                            span,
                            giver,
                            overrode: None,
                        });
                    }
                }
                _ => {}
            }
        }
        let version = version.unwrap_or_else(|| Given::default(1));
        Secret {
            name: declared.name.clone(),
            span: declared.span,
            source,
            version,
        }
    }

    fn secret_source(&mut self, value: &Value, span: Span) -> Option<SecretSource> {
        const EXPECTED: &str =
            "a source such as `file(\"…\")`, `ci(\"…\")` or `vault(\"…\", field = \"…\")`";
        let Value::Made(made) = value else {
            if *value != Value::Unknown {
                self.sink.push(errors::secret_source(span, EXPECTED, value));
            }
            return None;
        };
        let text = |name: &str| made.get(name).and_then(operators::string);
        Some(match made.function {
            "file" => SecretSource::File(self.path_from_root(&text("path")?, span)?),
            "env" => SecretSource::Env(text("name")?),
            "ci" => SecretSource::Ci(text("name")?),
            "swarm" => SecretSource::Swarm(text("name")?),
            "vault" => SecretSource::Vault {
                path: text("path")?,
                field: text("field")?,
            },
            "sops" => SecretSource::Sops {
                file: self.path_from_root(&text("file")?, span)?,
                key: text("key")?,
            },
            "onepassword" => SecretSource::OnePassword(text("reference")?),
            "aws" => SecretSource::Aws {
                secret_id: text("secret_id")?,
                key: text("key"),
            },
            "generate" => SecretSource::Generate {
                length: match made.get("length") {
                    Some(length) => self.convert(length, span).given()?,
                    None => 32,
                },
            },
            _ => {
                self.sink.push(errors::secret_source(span, EXPECTED, value));
                return None;
            }
        })
    }

    fn config(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Config {
        let mut content: Option<Given<ConfigContent>> = None;
        for ((statement, scope), giver) in seen {
            let Some(expr) = &statement.value else {
                continue;
            };
            let value = match statement.word.text.as_str() {
                "file" => {
                    let Some(path) = self.need::<EcoString>(expr, scope) else {
                        continue;
                    };
                    let Some(path) = self.path_from_root(&path, expr.span) else {
                        continue;
                    };
                    let bytes = self.world.disk.read(&path).ok();
                    let sha256 = bytes
                        .as_ref()
                        .map(|it| sha256(it))
                        .unwrap_or_default()
                        .into();
                    ConfigContent::File {
                        path,
                        sha256,
                        bytes: bytes.map_or(0, |it| it.len() as u64),
                    }
                }
                "content" => match self.need(expr, scope) {
                    Some(text) => ConfigContent::Inline(text),
                    None => continue,
                },
                _ => continue,
            };
            let overrode = content.take().map(Box::new);
            content = Some(Given {
                value,
                span: Some(expr.span),
                giver: giver.clone(),
                overrode,
            });
        }
        Config {
            name: declared.name.clone(),
            span: declared.span,
            content,
        }
    }

    fn volume(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Volume {
        let mut it = Volume {
            name: declared.name.clone(),
            span: declared.span,
            driver: None,
            options: Vec::new(),
            external: None,
            labels: Vec::new(),
        };
        for ((statement, scope), giver) in seen {
            match (statement.word.text.as_str(), &statement.value) {
                ("driver", Some(value)) => it.driver = self.text(value, scope, giver),
                ("external", Some(value)) => it.external = self.text(value, scope, giver),
                ("options", _) => self.plain_entries(&mut it.options, statement, scope, giver),
                ("labels", _) => self.plain_entries(&mut it.labels, statement, scope, giver),
                _ => {}
            }
        }
        it
    }

    fn network(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Network {
        let mut it = Network {
            name: declared.name.clone(),
            span: declared.span,
            internal: false,
            attachable: false,
            encrypted: false,
            subnet: None,
            external: None,
        };
        for ((statement, scope), giver) in seen {
            let Some(value) = &statement.value else {
                continue;
            };
            match statement.word.text.as_str() {
                "internal" => it.internal = self.ask(value, scope).given().unwrap_or(false),
                "attachable" => it.attachable = self.ask(value, scope).given().unwrap_or(false),
                "encrypted" => it.encrypted = self.ask(value, scope).given().unwrap_or(false),
                "subnet" => it.subnet = self.text(value, scope, giver),
                "external" => it.external = self.text(value, scope, giver),
                _ => {}
            }
        }
        it
    }

    fn text(&mut self, expr: &Expr, scope: &Scope, giver: &Giver) -> Option<Given<EcoString>> {
        let value = self.ask(expr, scope).given()?;
        Some(Given {
            value,
            span: Some(expr.span),
            giver: giver.clone(),
            overrode: None,
        })
    }

    fn plain_entries(
        &mut self,
        map: &mut Merged<EcoString>,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let (Some(key), Some(value)) = (self.word(&inner.word, &scope), &inner.value) else {
                continue;
            };
            let asked = self.ask(value, &scope);
            super::merge::put_key(map, key, asked, value.span, giver);
        }
    }

    /// A service with everything merged; `None` where it is not enabled. A shallow one has only what others can see.
    fn whole_service(
        &mut self,
        declared: &Declared<'p>,
        environment: &Declared<'p>,
        images: &Images<'p>,
        shallow: bool,
    ) -> Option<Service> {
        let world = self.world;
        let is_job = declared.statement.word.text == "job";
        self.own_name = declared.name.clone();
        let mut it = blank(declared.name.clone(), declared.span, is_job);
        let system = images.get(&declared.name).map(|it| it.image.system);
        let (own, ins) = split(self.body(declared.statement.body(), &declared.scope, system));
        let mut given: Vec<(Vec<Seen<'p>>, Giver)> = Vec::new();
        if let Some(built) = images.get(&declared.name) {
            it.image = ServiceImage::Built(declared.name.clone());
            for part in &built.parts {
                let seen = self.body(part.body, &part.scope, system);
                given.push((seen, Giver::Layer(part.layer.clone())));
            }
        }
        for project in world.all(Kind::Project) {
            given.push((self.services_block(project), Giver::Project));
        }
        given.push((own, Giver::Own));
        let seen = self.services_block(environment);
        given.push((seen, Giver::Environment(environment.name.clone())));
        for (statement, scope) in &ins {
            if names_environment(statement, &environment.name) {
                let seen = self.body(statement.body(), scope, system);
                given.push((seen, Giver::In(environment.name.clone())));
            }
        }
        let mut enabled = true;
        for (statement, scope) in given.iter().flat_map(|(seen, _)| seen) {
            if let ("enabled", Some(value)) = (statement.word.text.as_str(), &statement.value) {
                enabled = self.ask(value, scope).given().unwrap_or(enabled);
            }
        }
        if !enabled {
            return None;
        }
        for (mut seen, giver) in given {
            if shallow {
                seen.retain(|(it, _)| matches!(it.word.text.as_str(), "ports" | "replicas"));
            } else if images.contains_key(&declared.name) {
                seen.retain(|(it, _)| giver != Giver::Own || !is_step(it));
            }
            self.properties(&mut it, &seen, &giver);
            if giver == Giver::Own && !shallow {
                for (statement, scope) in seen.iter().filter(|(it, _)| it.word.text == "test") {
                    it.tests.extend(self.test(statement, scope));
                }
            }
        }
        if !shallow {
            it.doc = doc_of(world.sources, declared.statement);
            it.folder = world.folder(declared.span.file).into();
            self.find_health_port(&mut it);
            wire(&mut it);
        }
        Some(it)
    }

    /// The statements of `services { }` in a project or an environment.
    fn services_block(&mut self, declared: &Declared<'p>) -> Vec<Seen<'p>> {
        let blocks = declared
            .statement
            .body()
            .iter()
            .filter(|it| it.word.text == "services");
        blocks
            .flat_map(|it| self.body(it.body(), &declared.scope, None))
            .collect()
    }
}

/// Whether a statement of a built service shapes its image.
fn is_step(statement: &Statement) -> bool {
    matches!(statement.word.text.as_str(), "workdir" | "user") && statement.value.is_none()
}

/// Whether `in ENV` or `in [A, B]` names this environment.
fn names_environment(statement: &Statement, name: &EcoString) -> bool {
    let named = |it: &Expr| it.as_name().is_some_and(|it| it.text == *name);
    statement.arguments.iter().any(|it| match &it.kind {
        crate::syntax::tree::ExprKind::List(list) => list.items.iter().any(|it| named(&it.value)),
        _ => named(it),
    })
}

/// What mentions bring: secrets and configs are mounted, services referred to.
fn wire(service: &mut Service) {
    let mut found = Vec::new();
    let lists = service.command.iter().chain(&service.entrypoint);
    let texts = lists
        .flat_map(|it| it.value.iter().map(move |text| (text, it.span, &it.giver)))
        .chain(
            service
                .hostname
                .iter()
                .map(|it| (&it.value, it.span, &it.giver)),
        )
        .chain(
            [&service.env, &service.labels, &service.deploy_labels]
                .into_iter()
                .flatten()
                .map(|(_, it)| (&it.value, it.span, &it.giver)),
        );
    for (text, span, giver) in texts {
        for mention in text.mentions() {
            found.push((mention.kind, mention.name.clone(), span, giver.clone()));
        }
    }
    for (kind, name, span, giver) in found {
        match kind {
            Kind::Secret if !service.secrets.iter().any(|(it, _)| *it == name) => {
                let target = ecow::eco_format!("/run/secrets/{name}");
                let value = SecretMount {
                    target,
                    mentioned: true,
                };
                service.secrets.push((
                    name,
                    Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    },
                ));
            }
            Kind::Config if !service.configs.iter().any(|(it, _)| *it == name) => {
                let target = ecow::eco_format!("/{name}");
                let value = ConfigMount {
                    target,
                    mentioned: true,
                };
                service.configs.push((
                    name,
                    Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    },
                ));
            }
            Kind::Service
                if name != service.name && !service.refers_to.iter().any(|it| it.value == name) =>
            {
                let at = span.unwrap_or(service.span);
                service.refers_to.push(Spanned::new(name, at));
            }
            _ => {}
        }
    }
    service.refers_to.sort_by(|a, b| a.value.cmp(&b.value));
}
