//! What is said of a service, and by whom: layers, project, declaration, environment, `in ENV`; and what it comes to.

use ecow::EcoString;

use super::body::Seen;
use super::doc_of;
use super::each::InEach;
use super::fleet::Images;
use super::images::{Built, from_argument, ready};
use super::service::blank;
use super::wire::wire;
use super::world::{Declared, Evaluator, Front};
use crate::model::origin::Giver;
use crate::model::service::{Service, ServiceImage};
use crate::syntax::tree::{Expr, ExprKind, Statement};
use crate::value::Kind;

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
    pub(super) fn fronts(
        &mut self,
        declared: &Declared<'p>,
        images: &Images<'p>,
    ) -> Vec<Option<Front>> {
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
    pub(super) fn services(
        &mut self,
        declared: &Declared<'p>,
        images: &Images<'p>,
    ) -> Vec<Option<Service>> {
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
            InEach::Same(said) => said,
            InEach::Different(_) => {
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
        ExprKind::List(list) => list.items.iter().any(|it| named(&it.value)),
        _ => named(it),
    })
}
