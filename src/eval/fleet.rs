//! The environments: their settings, what their services refer to, and their services with everything merged.

use std::sync::{Arc, Mutex};

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::body::Seen;
use super::doc_of;
use super::each::Each;
use super::images::{Built, from_argument, ready};
use super::service::blank;
use super::world::{Declared, Evaluator, Front, Phase, Surroundings, World};
use crate::diag::Sink;
use crate::model::origin::{Given, Giver};
use crate::model::service::{ConfigMount, SecretMount, Service, ServiceImage};
use crate::model::{ByName, Fleet};
use crate::source::Spanned;
use crate::syntax::tree::{Expr, Statement};
use crate::value::Kind;

/// Built images by the name of their service.
pub(super) type Images<'p> = FxHashMap<EcoString, Built<'p>>;

/// How many services one thread takes at a time.
const CHUNK: usize = 32;

/// Makes the fleet of each environment.
pub(super) fn fleets<'p>(world: &World<'p>, images: &Images<'p>, sink: &mut Sink) -> Vec<Fleet> {
    let lets_elsewhere = lets_of_all(world);
    let mut environments = Vec::new();
    let mut surroundings = Vec::new();
    for (at, declared) in world.all(Kind::Environment).iter().enumerate() {
        let around = Surroundings {
            at,
            name: declared.name.clone(),
            ..Surroundings::default()
        };
        let alone = [around];
        let mut evaluator = Evaluator::new(world, Phase::Run(&alone));
        let environment = evaluator.environment(declared);
        sink.append(evaluator.sink);
        let [mut around] = alone;
        let lets = environment.lets.iter();
        around.lets = lets
            .map(|(it, given)| (it.clone(), given.value.clone()))
            .collect();
        around.lets_elsewhere.clone_from(&lets_elsewhere);
        environments.push(environment);
        surroundings.push(around);
    }
    if environments.is_empty() {
        return Vec::new();
    }
    let mut by_name: Vec<&Declared<'p>> = world.all(Kind::Service).iter().collect();
    by_name.sort_by(|a, b| a.name.cmp(&b.name));
    let shown = each(&by_name, world, &surroundings, sink, |evaluator, it| {
        let fronts = evaluator.fronts(it, images).into_iter();
        let named = |front| (it.name.clone(), front);
        fronts.map(|front| front.map(named)).collect()
    });
    for (around, shown) in surroundings.iter_mut().zip(shown) {
        around.services = Some(shown.into_iter().collect());
    }
    let services = each(&by_name, world, &surroundings, sink, |evaluator, it| {
        let services = evaluator.services(it, images);
        // To collect them would keep the room of the services, which is a hundred times what is left.
        let mut shared = Vec::with_capacity(services.len());
        shared.extend(services.into_iter().map(|it| it.map(Arc::new)));
        shared
    });
    let made: Vec<(Fleet, Sink)> = surroundings
        .par_iter()
        .zip(environments)
        .zip(services)
        .map(|((around, environment), services)| {
            let mut evaluator = Evaluator::new(world, Phase::Run(std::slice::from_ref(around)));
            let fleet = Fleet {
                services: ByName::new(services),
                secrets: evaluator.all(Kind::Secret, &environment.name, Evaluator::secret),
                configs: evaluator.all(Kind::Config, &environment.name, Evaluator::config),
                volumes: evaluator.all(Kind::Volume, &environment.name, Evaluator::volume),
                networks: evaluator.all(Kind::Network, &environment.name, Evaluator::network),
                environment,
            };
            (fleet, evaluator.sink)
        })
        .collect();
    let mut fleets = Vec::with_capacity(made.len());
    for (fleet, said) in made {
        fleets.push(fleet);
        sink.append(said);
    }
    fleets
}

/// What `make` makes of each service in each environment: a list for each environment, in the order of the services.
fn each<'p, T: Send>(
    services: &[&Declared<'p>],
    world: &World<'p>,
    surroundings: &[Surroundings],
    sink: &mut Sink,
    make: impl Fn(&mut Evaluator<'_, 'p>, &Declared<'p>) -> Vec<Option<T>> + Sync,
) -> Vec<Vec<T>> {
    let said = Mutex::new(Sink::new());
    let made: Vec<Vec<Option<T>>> = services
        .par_iter()
        .with_min_len(CHUNK)
        .map_init(
            || Evaluator::new(world, Phase::Run(surroundings)),
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
    let list = |_| Vec::with_capacity(services.len());
    let mut lists: Vec<Vec<T>> = surroundings.iter().map(list).collect();
    for service in made {
        for (list, it) in lists.iter_mut().zip(service) {
            list.extend(it);
        }
    }
    lists
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

/// Statements, and who says them.
type Block<'p> = (Vec<Seen<'p>>, Giver);

/// What is said of a service in every environment, and its `in ENV` blocks.
struct Said<'p> {
    blocks: Vec<Block<'p>>,
    ins: Vec<Seen<'p>>,
}

/// A service while it is made, and which of its statements count.
#[derive(Clone, Copy)]
struct Subject<'a, 'p> {
    declared: &'a Declared<'p>,
    built: Option<&'a Built<'p>>,
    counts: fn(&Statement) -> bool,
}

impl<'p> Evaluator<'_, 'p> {
    /// What a service shows of itself to others, in each environment of the phase; `None` where it is not enabled.
    fn fronts(&mut self, declared: &Declared<'p>, images: &Images<'p>) -> Vec<Option<Front>> {
        let subject = Subject {
            declared,
            built: images.get(&declared.name),
            counts: is_shown,
        };
        self.merged(subject, &Front::default(), &|this, all, blocks| {
            for (seen, giver) in blocks {
                this.front(all, seen, giver);
            }
        })
    }

    /// A service with everything merged, in each environment of the phase; `None` where it is not enabled.
    fn services(&mut self, declared: &Declared<'p>, images: &Images<'p>) -> Vec<Option<Service>> {
        let subject = Subject {
            declared,
            built: images.get(&declared.name),
            counts: |_| true,
        };
        let mut blank = blank(declared);
        if subject.built.is_some() {
            blank.image = ServiceImage::Built(declared.name.clone());
        }
        blank.doc = doc_of(self.world.sources, declared.statement);
        blank.folder = self.world.folder(declared.span.file).into();
        let mut services = self.merged(subject, &blank, &|this, all, blocks| {
            for (seen, giver) in blocks {
                this.properties(all, seen, giver);
                if *giver == Giver::Own {
                    this.tests(all, seen);
                }
            }
        });
        self.find_health_ports(services.iter_mut().flatten());
        services.iter_mut().flatten().for_each(wire);
        services
    }

    /// Merges what is said of a subject: `give` puts blocks into what is made of `blank` for each environment of the phase.
    fn merged<S: Clone>(
        &mut self,
        subject: Subject<'_, 'p>,
        blank: &S,
        give: &impl Fn(&mut Self, &mut [S], &[Block<'p>]),
    ) -> Vec<Option<S>> {
        self.own_name = subject.declared.name.clone();
        let environments = self.environments().len();
        let said = match self.in_each(|this| this.said(subject)) {
            Each::Same(said) => said,
            Each::Different(_) => {
                let alone = |at| self.only(at, |this| this.merged(subject, blank, give));
                return (0..environments).flat_map(alone).collect();
            }
        };
        let mut blocks_in = Vec::with_capacity(environments);
        let mut enabled = Vec::with_capacity(environments);
        for at in 0..environments {
            let blocks = self.only(at, |this| this.said_in(&said, subject));
            let all = said.blocks.iter().chain(&blocks);
            enabled.push(self.only(at, |this| this.is_enabled(all)));
            blocks_in.push(blocks);
        }
        let mut made = vec![blank.clone(); environments];
        let together = enabled.iter().all(|it| *it);
        if together {
            give(self, &mut made, &said.blocks);
        }
        for at in (0..environments).filter(|at| enabled[*at]) {
            self.only(at, |this| {
                let made = &mut made[at..=at];
                if !together {
                    give(this, made, &said.blocks);
                }
                give(this, made, &blocks_in[at]);
            });
        }
        let made = made.into_iter().zip(enabled);
        made.map(|(it, enabled)| enabled.then_some(it)).collect()
    }

    fn said(&mut self, subject: Subject<'_, 'p>) -> Said<'p> {
        let Subject {
            declared,
            built,
            counts,
        } = subject;
        let system = built.map(|it| it.image.system);
        let body = declared.statement.body();
        let (mut own, ins) = split(self.chosen(body, &declared.scope, system, counts));
        let parts = match built {
            Some(built) => {
                own.retain(|(it, _)| !is_step(it));
                built.parts.clone()
            }
            None if from_argument(declared.statement).is_none() => ready(self, declared),
            None => Vec::new(),
        };
        let mut blocks = Vec::new();
        for part in parts {
            let seen = self.chosen(part.body, &part.scope, system, counts);
            blocks.push((seen, Giver::Layer(part.layer)));
        }
        for project in self.world.all(Kind::Project) {
            blocks.push((self.services_block(project, counts), Giver::Project));
        }
        blocks.push((own, Giver::Own));
        Said { blocks, ins }
    }

    /// What the environment of the phase says of a service: its `services { }`, then the service's `in ENV`.
    fn said_in(&mut self, said: &Said<'p>, subject: Subject<'_, 'p>) -> Vec<Block<'p>> {
        let Some(around) = self.environments().first() else {
            return Vec::new();
        };
        let environment = &self.world.all(Kind::Environment)[around.at];
        let seen = self.services_block(environment, subject.counts);
        let mut blocks = vec![(seen, Giver::Environment(around.name.clone()))];
        let system = subject.built.map(|it| it.image.system);
        for (statement, scope) in &said.ins {
            if names_environment(statement, &around.name) {
                let seen = self.chosen(statement.body(), scope, system, subject.counts);
                blocks.push((seen, Giver::In(around.name.clone())));
            }
        }
        blocks
    }

    /// Whether it is there at all: the last that says so.
    fn is_enabled<'s>(&mut self, blocks: impl Iterator<Item = &'s Block<'p>>) -> bool
    where
        'p: 's,
    {
        let mut enabled = true;
        for (statement, scope) in blocks.flat_map(|(seen, _)| seen) {
            if let ("enabled", Some(value)) = (statement.word.text.as_str(), &statement.value) {
                enabled = self.ask(value, scope).given().unwrap_or(enabled);
            }
        }
        enabled
    }

    /// Applies what a service shows.
    fn front(&mut self, all: &mut [Front], seen: &[Seen<'p>], giver: &Giver) {
        for (statement, scope) in seen {
            let at = (giver, scope);
            match statement.word.text.as_str() {
                "ports" => self.entries(all, |it| &mut it.ports, statement, at),
                "replicas" => self.scalar(all, |it| &mut it.replicas, statement, at),
                _ => {}
            }
        }
    }

    fn tests(&mut self, all: &mut [Service], seen: &[Seen<'p>]) {
        for (statement, scope) in seen.iter().filter(|(it, _)| it.word.text == "test") {
            let test = self.in_each(|this| this.test(statement, scope));
            for (it, test) in all.iter_mut().zip(test.iter()) {
                it.tests.extend(test.clone());
            }
        }
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
                    Arc::new(Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    }),
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
                    Arc::new(Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    }),
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
