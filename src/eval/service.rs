//! Statements of a service to properties, one line per word.

use ecow::EcoString;

use super::body::Seen;
use super::convert::{Asked, FromValue};
use super::merge::{put, put_key};
use super::scope::Scope;
use super::world::Evaluator;
use crate::model::origin::{Given, Giver, Slot};
use crate::model::service::{Job, Merged, Rollout, Service, ServiceImage};
use crate::source::{Span, Spanned};
use crate::syntax::tree::Statement;
use crate::value::Text;

impl<'p> Evaluator<'_, 'p> {
    /// Applies properties in their order.
    pub(super) fn properties(&mut self, service: &mut Service, seen: &[Seen<'p>], giver: &Giver) {
        for (statement, scope) in seen {
            self.property(service, statement, scope, giver);
        }
    }

    /// Applies one property; a step, or a word that is none, is not for here.
    fn property(
        &mut self,
        it: &mut Service,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let giver_span = (giver, scope);
        match statement.word.text.as_str() {
            "image" => self.ready_image(it, statement, scope, giver),
            "command" => self.scalar(&mut it.command, statement, giver_span),
            "entrypoint" => self.scalar(&mut it.entrypoint, statement, giver_span),
            "workdir" => self.scalar(&mut it.workdir, statement, giver_span),
            "user" => self.user_property(it, statement, scope, giver),
            "hostname" => self.scalar(&mut it.hostname, statement, giver_span),
            "ports" => self.entries(&mut it.ports, statement, giver_span),
            "publish" => self.publish(it, statement, scope, giver),
            "env" => self.entries(&mut it.env, statement, giver_span),
            "labels" => self.entries(&mut it.labels, statement, giver_span),
            "deploy_labels" => self.entries(&mut it.deploy_labels, statement, giver_span),
            "sysctls" => self.entries(&mut it.sysctls, statement, giver_span),
            "extra_hosts" => self.entries(&mut it.extra_hosts, statement, giver_span),
            "ulimits" => self.ulimits(it, statement, scope, giver),
            "secrets" => self.secrets(it, statement, scope, giver),
            "config" => self.config_mount(it, statement, scope, giver),
            "mount" => self.mount(it, statement, scope, giver),
            "networks" => self.names(&mut it.networks, statement, giver_span),
            "placement" => self.names(&mut it.placement, statement, giver_span),
            "spread" => self.names(&mut it.spread, statement, giver_span),
            "health" => self.health(it, statement, scope, giver),
            "replicas" => self.scalar(&mut it.replicas, statement, giver_span),
            "mode" => self.scalar(&mut it.mode, statement, giver_span),
            "cpus" => self.scalar(&mut it.cpus, statement, giver_span),
            "memory" => self.scalar(&mut it.memory, statement, giver_span),
            "pids" => self.scalar(&mut it.pids, statement, giver_span),
            "max_per_node" => self.scalar(&mut it.max_per_node, statement, giver_span),
            "stop_grace" => self.scalar(&mut it.stop_grace, statement, giver_span),
            "stop_signal" => self.scalar(&mut it.stop_signal, statement, giver_span),
            "init" => self.scalar(&mut it.init, statement, giver_span),
            "read_only" => self.scalar(&mut it.read_only, statement, giver_span),
            "dns" => self.scalar(&mut it.dns, statement, giver_span),
            "watch" => self.watch(it, statement, scope, giver),
            "schedule" => {
                if let Some(job) = &mut it.job {
                    self.scalar(&mut job.schedule, statement, giver_span);
                }
            }
            "before" => {
                if let (Some(job), Some(value)) = (&mut it.job, &statement.value) {
                    job.before = self.each(value, scope);
                }
            }
            "reserve" => self.inside(statement, scope, |this, inner, scope| {
                match inner.word.text.as_str() {
                    "cpus" => this.scalar(&mut it.reserve_cpus, inner, (giver, scope)),
                    "memory" => this.scalar(&mut it.reserve_memory, inner, (giver, scope)),
                    _ => {}
                }
            }),
            "capabilities" => self.inside(statement, scope, |this, inner, scope| {
                match inner.word.text.as_str() {
                    "add" => this.scalar(&mut it.capabilities_add, inner, (giver, scope)),
                    "drop" => this.scalar(&mut it.capabilities_drop, inner, (giver, scope)),
                    _ => {}
                }
            }),
            "logging" => self.inside(statement, scope, |this, inner, scope| {
                match inner.word.text.as_str() {
                    "driver" => this.scalar(&mut it.logging_driver, inner, (giver, scope)),
                    "options" => this.entries(&mut it.logging_options, inner, (giver, scope)),
                    _ => {}
                }
            }),
            "update" => self.rollout(&mut it.update, statement, scope, giver),
            "rollback" => self.rollout(&mut it.rollback, statement, scope, giver),
            "restart" => self.restart(it, statement, scope, giver),
            _ => {}
        }
    }

    pub(super) fn scalar<T: FromValue>(
        &mut self,
        slot: &mut Slot<T>,
        statement: &Statement,
        (giver, scope): (&Giver, &Scope),
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.ask(value, scope);
        put(slot, asked, value.span, giver);
    }

    pub(super) fn names<T: FromValue>(
        &mut self,
        slot: &mut Slot<Vec<Spanned<T>>>,
        statement: &Statement,
        (giver, scope): (&Giver, &Scope),
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = match &value.kind {
            crate::syntax::tree::ExprKind::None => Asked::Removed,
            _ => Asked::Given(self.each(value, scope)),
        };
        put(slot, asked, value.span, giver);
    }

    /// Runs `f` on each statement of the block.
    pub(super) fn inside(
        &mut self,
        statement: &'p Statement,
        scope: &Scope,
        mut f: impl FnMut(&mut Self, &'p Statement, &Scope),
    ) {
        for (inner, scope) in self.body(statement.body(), scope, None) {
            f(self, inner, &scope);
        }
    }

    /// `name { KEY = value }`
    pub(super) fn entries<T: FromValue>(
        &mut self,
        map: &mut Merged<T>,
        statement: &'p Statement,
        (giver, scope): (&Giver, &Scope),
    ) {
        map.reserve_exact(statement.body().len());
        self.inside(statement, scope, |this, inner, scope| {
            let (Some(key), Some(value)) = (this.word(&inner.word, scope), &inner.value) else {
                return;
            };
            let asked = this.ask(value, scope);
            put_key(map, key, asked, value.span, giver);
        });
    }

    fn ready_image(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let Some(reference) = self.need::<EcoString>(value, scope) else {
            return;
        };
        let mut slot = match &it.image {
            ServiceImage::Ready(old) if !old.value.is_empty() => Some(Box::new(old.clone())),
            ServiceImage::Ready(_) | ServiceImage::Built(_) => None,
        };
        put(&mut slot, Asked::Given(reference), value.span, giver);
        if let Some(image) = slot {
            it.image = ServiceImage::Ready(*image);
        }
    }

    /// `user = "1000:1000"`, `user = 1000`, `user = "postgres"`
    fn user_property(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = match self.ask::<Text>(value, scope) {
            Asked::Given(text) => Asked::Given(text.preview().as_ref().into()),
            Asked::Removed => Asked::Removed,
            Asked::Bad => Asked::Bad,
        };
        put(&mut it.user, asked, value.span, giver);
    }
}

/// A service of which nothing is known but its name.
pub(super) fn blank(name: EcoString, span: Span, is_job: bool) -> Service {
    let nothing = Given::default(EcoString::new());
    Service {
        name,
        span,
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
