//! One environment: its settings, what its services refer to, and its services with everything merged.

use std::sync::Mutex;

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::body::Seen;
use super::doc_of;
use super::images::{Built, from_argument, ready};
use super::service::blank;
use super::world::{Declared, Evaluator, Phase, Shown, Surroundings, World};
use crate::diag::Sink;
use crate::model::Fleet;
use crate::model::origin::{Given, Giver};
use crate::model::service::{ConfigMount, SecretMount, Service, ServiceImage};
use crate::source::Spanned;
use crate::syntax::tree::{Expr, Statement};
use crate::value::Kind;

/// Built images by the name of their service.
pub(super) type Images<'p> = FxHashMap<EcoString, Built<'p>>;

/// How many services one thread takes at a time.
const CHUNK: usize = 32;

/// Makes the fleet of one environment, with what is wrong in it.
pub(super) fn fleet<'p>(
    world: &World<'p>,
    declared: &Declared<'p>,
    images: &Images<'p>,
) -> (Fleet, Sink) {
    let mut sink = Sink::new();
    let mut by_name: Vec<&Declared<'p>> = world.all(Kind::Service).iter().collect();
    by_name.sort_by(|a, b| a.name.cmp(&b.name));
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
    let mut shown = FxHashMap::default();
    // Of each service only what it shows is kept: a thousand whole ones would be the most that is held at once.
    shown.extend(each(
        &by_name,
        world,
        &around,
        &mut sink,
        |evaluator, it| {
            let service = evaluator.whole_service(it, declared, images, true)?;
            let ports = service.ports.iter();
            let ports = ports.map(|(name, port)| (name.clone(), port.value));
            let replicas = service.replicas.as_ref().map_or(1, |it| it.value);
            let ports = ports.collect();
            Some((service.name, Shown { ports, replicas }))
        },
    ));
    around.services = Some(shown);
    let services = each(&by_name, world, &around, &mut sink, |evaluator, it| {
        evaluator.whole_service(it, declared, images, false)
    });
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
    (fleet, sink)
}

/// What `make` makes of each service, in their order. It is made where it stays: a fleet is the most that is held at once.
fn each<'p, T: Send>(
    services: &[&Declared<'p>],
    world: &World<'p>,
    around: &Surroundings,
    sink: &mut Sink,
    make: impl Fn(&mut Evaluator<'_, 'p>, &Declared<'p>) -> Option<T> + Sync,
) -> Vec<T> {
    let said = Mutex::new(Sink::new());
    let made: Vec<Option<T>> = services
        .par_iter()
        .with_min_len(CHUNK)
        .map_init(
            || Evaluator::new(world, Phase::Run(around)),
            |evaluator, it| {
                let made = make(evaluator, it);
                if !evaluator.sink.is_empty()
                    && let Ok(mut said) = said.lock()
                {
                    said.append(std::mem::take(&mut evaluator.sink));
                }
                made
            },
        )
        .collect();
    sink.append(said.into_inner().unwrap_or_default());
    made.into_iter().flatten().collect()
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
pub(super) fn split<'p>(seen: Vec<Seen<'p>>) -> (Vec<Seen<'p>>, Vec<Seen<'p>>) {
    seen.into_iter().partition(|(it, _)| it.word.text != "in")
}

impl<'p> Evaluator<'_, 'p> {
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
        let counts = |it: &Statement| !shallow || is_shown(it);
        let body = declared.statement.body();
        let (own, ins) = split(self.chosen(body, &declared.scope, system, counts));
        let mut given: Vec<(Vec<Seen<'p>>, Giver)> = Vec::new();
        let parts = match images.get(&declared.name) {
            Some(built) => {
                it.image = ServiceImage::Built(declared.name.clone());
                built.parts.clone()
            }
            None if from_argument(declared.statement).is_none() => ready(self, declared),
            None => Vec::new(),
        };
        for part in &parts {
            let seen = self.chosen(part.body, &part.scope, system, counts);
            given.push((seen, Giver::Layer(part.layer.clone())));
        }
        for project in world.all(Kind::Project) {
            given.push((self.services_block(project, counts), Giver::Project));
        }
        given.push((own, Giver::Own));
        let seen = self.services_block(environment, counts);
        given.push((seen, Giver::Environment(environment.name.clone())));
        for (statement, scope) in &ins {
            if names_environment(statement, &environment.name) {
                let seen = self.chosen(statement.body(), scope, system, counts);
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
            if images.contains_key(&declared.name) {
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

    /// The statements of `services { }` in a project or an environment, those that count.
    fn services_block(
        &mut self,
        declared: &Declared<'p>,
        counts: impl Fn(&Statement) -> bool + Copy,
    ) -> Vec<Seen<'p>> {
        let blocks = declared
            .statement
            .body()
            .iter()
            .filter(|it| it.word.text == "services");
        blocks
            .flat_map(|it| self.chosen(it.body(), &declared.scope, None, counts))
            .collect()
    }
}

/// Whether a statement can change what a service shows of itself to others, and whether it is there.
fn is_shown(statement: &Statement) -> bool {
    let word = statement.word.text.as_str();
    matches!(word, "ports" | "replicas" | "enabled" | "in")
}

/// Whether a statement of a built service shapes its image.
fn is_step(statement: &Statement) -> bool {
    matches!(statement.word.text.as_str(), "workdir" | "user") && statement.value.is_none()
}

/// Whether `in ENV` or `in [A, B]` names this environment.
pub(super) fn names_environment(statement: &Statement, name: &EcoString) -> bool {
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
