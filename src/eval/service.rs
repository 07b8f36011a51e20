//! Statements of a service to properties, one line per word.

use std::sync::Arc;

use ecow::EcoString;

use super::body::Seen;
use super::convert::{Asked, FromValue};
use super::merge::{Entry, Origin, put, put_key};
use super::scope::Scope;
use super::world::{Declared, Evaluator};
use crate::model::origin::{Given, Giver, Slot};
use crate::model::service::{Job, Merged, Rollout, Service, ServiceImage};
use crate::source::Spanned;
use crate::syntax::tree::{Expr, ExprKind, Statement};
use crate::value::Text;

/// Who gives the value of a statement, and what the statement sees.
pub(super) type At<'a> = (&'a Giver, &'a Scope);

impl<'p> Evaluator<'_, 'p> {
    /// Applies properties in their order to a service, as it is in each environment of the phase.
    pub(super) fn properties(&mut self, all: &mut [Service], seen: &[Seen<'p>], giver: &Giver) {
        for (statement, scope) in seen {
            self.property(all, statement, scope, giver);
        }
    }

    /// Applies one property; a step, or a word that is none, is not for here.
    fn property(
        &mut self,
        all: &mut [Service],
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let at = (giver, scope);
        match statement.word.text.as_str() {
            "image" => self.ready_image(all, statement, at),
            "command" => self.scalar(all, |it| &mut it.command, statement, at),
            "entrypoint" => self.scalar(all, |it| &mut it.entrypoint, statement, at),
            "workdir" => self.scalar(all, |it| &mut it.workdir, statement, at),
            "user" => self.user_property(all, statement, at),
            "hostname" => self.scalar(all, |it| &mut it.hostname, statement, at),
            "ports" => self.entries(all, |it| &mut it.ports, statement, at),
            "publish" => self.publish(all, statement, at),
            "env" => self.entries(all, |it| &mut it.env, statement, at),
            "labels" => self.entries(all, |it| &mut it.labels, statement, at),
            "deploy_labels" => self.entries(all, |it| &mut it.deploy_labels, statement, at),
            "sysctls" => self.entries(all, |it| &mut it.sysctls, statement, at),
            "extra_hosts" => self.entries(all, |it| &mut it.extra_hosts, statement, at),
            "ulimits" => self.ulimits(all, statement, at),
            "secrets" => self.secrets(all, statement, at),
            "config" => self.config_mount(all, statement, at),
            "mount" => self.mount(all, statement, at),
            "networks" => self.names(all, |it| &mut it.networks, statement, at),
            "placement" => self.names(all, |it| &mut it.placement, statement, at),
            "spread" => self.names(all, |it| &mut it.spread, statement, at),
            "health" => self.health(all, statement, at),
            "replicas" => self.scalar(all, |it| &mut it.replicas, statement, at),
            "mode" => self.scalar(all, |it| &mut it.mode, statement, at),
            "cpus" => self.scalar(all, |it| &mut it.cpus, statement, at),
            "memory" => self.scalar(all, |it| &mut it.memory, statement, at),
            "pids" => self.scalar(all, |it| &mut it.pids, statement, at),
            "max_per_node" => self.scalar(all, |it| &mut it.max_per_node, statement, at),
            "stop_grace" => self.scalar(all, |it| &mut it.stop_grace, statement, at),
            "stop_signal" => self.scalar(all, |it| &mut it.stop_signal, statement, at),
            "init" => self.scalar(all, |it| &mut it.init, statement, at),
            "read_only" => self.scalar(all, |it| &mut it.read_only, statement, at),
            "dns" => self.scalar(all, |it| &mut it.dns, statement, at),
            "watch" => self.watch(all, statement, at),
            "schedule" => {
                let jobs = all.iter_mut().filter_map(|it| it.job.as_mut());
                self.put_value(jobs.map(|it| &mut it.schedule), statement, at);
            }
            "before" => self.before(all, statement, scope),
            "reserve" => self.inside(all, statement, scope, |this, all, inner, scope| {
                let at = (giver, scope);
                match inner.word.text.as_str() {
                    "cpus" => this.scalar(all, |it| &mut it.reserve_cpus, inner, at),
                    "memory" => this.scalar(all, |it| &mut it.reserve_memory, inner, at),
                    _ => {}
                }
            }),
            "capabilities" => self.inside(all, statement, scope, |this, all, inner, scope| {
                let at = (giver, scope);
                match inner.word.text.as_str() {
                    "add" => this.scalar(all, |it| &mut it.capabilities_add, inner, at),
                    "drop" => this.scalar(all, |it| &mut it.capabilities_drop, inner, at),
                    _ => {}
                }
            }),
            "logging" => self.inside(all, statement, scope, |this, all, inner, scope| {
                let at = (giver, scope);
                match inner.word.text.as_str() {
                    "driver" => this.scalar(all, |it| &mut it.logging_driver, inner, at),
                    "options" => this.entries(all, |it| &mut it.logging_options, inner, at),
                    _ => {}
                }
            }),
            "update" => self.rollout(all, |it| &mut it.update, statement, at),
            "rollback" => self.rollout(all, |it| &mut it.rollback, statement, at),
            "restart" => self.restart(all, statement, at),
            _ => {}
        }
    }

    /// `name = VALUE`
    pub(super) fn scalar<S, T: FromValue + Clone>(
        &mut self,
        all: &mut [S],
        slot: impl Fn(&mut S) -> &mut Slot<T>,
        statement: &Statement,
        at: At<'_>,
    ) {
        self.put_value(all.iter_mut().map(slot), statement, at);
    }

    fn put_value<'s, T: FromValue + Clone + 's>(
        &mut self,
        slots: impl Iterator<Item = &'s mut Slot<T>>,
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.in_each(|this| this.ask(value, scope));
        put(slots, &asked, Origin::new(value.span, giver));
    }

    fn names<T: FromValue + Clone>(
        &mut self,
        all: &mut [Service],
        slot: impl Fn(&mut Service) -> &mut Slot<Vec<Spanned<T>>>,
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.in_each(|this| match &value.kind {
            ExprKind::None => Asked::Removed,
            _ => Asked::Given(this.each(value, scope)),
        });
        put(
            all.iter_mut().map(slot),
            &asked,
            Origin::new(value.span, giver),
        );
    }

    /// `name { KEY = value }`
    pub(super) fn entries<S, T: FromValue + Clone>(
        &mut self,
        all: &mut [S],
        map: impl Fn(&mut S) -> &mut Merged<T>,
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        for it in all.iter_mut() {
            map(it).reserve_exact(statement.body().len());
        }
        self.inside(all, statement, scope, |this, all, inner, scope| {
            let Some(value) = &inner.value else {
                return;
            };
            let entry = this.in_each(|this| this.entry(inner, value, scope));
            let origin = Origin::new(value.span, giver);
            put_key(all.iter_mut().map(&map), &entry, origin);
        });
    }

    /// `KEY = value`
    pub(super) fn entry<T: FromValue>(
        &mut self,
        statement: &Statement,
        value: &Expr,
        scope: &Scope,
    ) -> Entry<T> {
        let key = self.word(&statement.word, scope)?;
        Some((key, self.ask(value, scope)))
    }

    fn ready_image(&mut self, all: &mut [Service], statement: &Statement, (giver, scope): At<'_>) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.in_each(|this| match this.need::<EcoString>(value, scope) {
            Some(reference) => Asked::Given(reference),
            None => Asked::Bad,
        });
        let mut slots: Vec<Slot<EcoString>> = all
            .iter()
            .map(|it| match &it.image {
                ServiceImage::Ready(old) if !old.value.is_empty() => Some(old.clone()),
                ServiceImage::Ready(_) | ServiceImage::Built(_) => None,
            })
            .collect();
        put(slots.iter_mut(), &asked, Origin::new(value.span, giver));
        for (it, image) in all.iter_mut().zip(slots) {
            if let Some(image) = image {
                it.image = ServiceImage::Ready(image);
            }
        }
    }

    /// `user = "1000:1000"`, `user = 1000`, `user = "postgres"`
    fn user_property(
        &mut self,
        all: &mut [Service],
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.in_each(|this| {
            let text = this.ask::<Text>(value, scope);
            text.map(|it| EcoString::from(it.preview().as_ref()))
        });
        let slots = all.iter_mut().map(|it| &mut it.user);
        put(slots, &asked, Origin::new(value.span, giver));
    }

    /// `before = [SERVICE]`
    fn before(&mut self, all: &mut [Service], statement: &Statement, scope: &Scope) {
        let Some(value) = &statement.value else {
            return;
        };
        let names = self.in_each(|this| this.each(value, scope));
        for (it, names) in all.iter_mut().zip(names.iter()) {
            if let Some(job) = &mut it.job {
                job.before.clone_from(names);
            }
        }
    }
}

/// A service of which nothing is known but its name.
pub(super) fn blank(declared: &Declared<'_>) -> Service {
    let is_job = declared.statement.word.text == "job";
    let nothing = Arc::new(Given::default(EcoString::new()));
    Service {
        name: declared.name.clone(),
        span: declared.span,
        doc: EcoString::new(),
        folder: EcoString::new(),
        image: ServiceImage::Ready(nothing),
        job: is_job.then(|| Job {
            before: Vec::new(),
            schedule: None,
        }),
        command: None,
        entrypoint: None,
        workdir: None,
        user: None,
        hostname: None,
        ports: Vec::new(),
        publish: Vec::new(),
        env: Vec::new(),
        secrets: Vec::new(),
        configs: Vec::new(),
        mounts: Vec::new(),
        networks: None,
        health: None,
        replicas: None,
        mode: None,
        cpus: None,
        memory: None,
        pids: None,
        reserve_cpus: None,
        reserve_memory: None,
        placement: None,
        spread: None,
        max_per_node: None,
        update: Rollout::default(),
        rollback: Rollout::default(),
        restart: crate::model::service::Restart::default(),
        labels: Vec::new(),
        deploy_labels: Vec::new(),
        stop_grace: None,
        stop_signal: None,
        init: None,
        read_only: None,
        capabilities_add: None,
        capabilities_drop: None,
        ulimits: Vec::new(),
        sysctls: Vec::new(),
        dns: None,
        extra_hosts: Vec::new(),
        logging_driver: None,
        logging_options: Vec::new(),
        watch: Vec::new(),
        tests: Vec::new(),
        refers_to: Vec::new(),
    }
}
