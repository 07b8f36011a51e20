//! Statements of a service to properties, one line per word.

use ecow::EcoString;

use super::body::Seen;
use super::convert::{Asked, FromValue};
use super::merge::{put, put_key};
use super::scope::Scope;
use super::steps::parts;
use super::world::Evaluator;
use super::{errors, operators};
use crate::model::image::{Health, Probe};
use crate::model::origin::{Given, Giver};
use crate::model::service::{
    ConfigMount, Job, Merged, Mount, Protocol, Publish, RestartCondition, Rollout, SecretMount,
    Service, ServiceImage, Test, Waiver, Watch,
};
use crate::source::{Span, Spanned};
use crate::syntax::tree::Statement;
use crate::value::{Made, Text, Value};

/// A port that a health check leaves to be found out.
const PORT_TO_FIND: u16 = 0;

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
            "allow" => self.waiver(it, statement, scope),
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

    fn scalar<T: FromValue>(
        &mut self,
        slot: &mut Option<Given<T>>,
        statement: &Statement,
        (giver, scope): (&Giver, &Scope),
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let asked = self.ask(value, scope);
        put(slot, asked, value.span, giver);
    }

    fn names<T: FromValue>(
        &mut self,
        slot: &mut Option<Given<Vec<Spanned<T>>>>,
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
    fn inside(
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
    fn entries<T: FromValue>(
        &mut self,
        map: &mut Merged<T>,
        statement: &'p Statement,
        (giver, scope): (&Giver, &Scope),
    ) {
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
            ServiceImage::Ready(old) if !old.value.is_empty() => Some(old.clone()),
            ServiceImage::Ready(_) | ServiceImage::Built(_) => None,
        };
        put(&mut slot, Asked::Given(reference), value.span, giver);
        if let Some(image) = slot {
            it.image = ServiceImage::Ready(image);
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

    fn publish(
        &mut self,
        it: &mut Service,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let map = &mut it.publish;
        self.inside(statement, scope, |this, inner, scope| {
            let (Some(key), Some(expr)) = (this.word(&inner.word, scope), &inner.value) else {
                return;
            };
            let value = this.value(expr, scope);
            let asked = match &value {
                Value::Made(made) if matches!(made.function, "host" | "port") => {
                    this.published(made, expr.span)
                }
                other => match this.convert::<u16>(other, expr.span) {
                    Asked::Given(port) => Asked::Given(Publish {
                        port,
                        host: false,
                        protocol: Protocol::Tcp,
                        address: None,
                    }),
                    Asked::Removed => Asked::Removed,
                    Asked::Bad => Asked::Bad,
                },
            };
            put_key(map, key, asked, expr.span, giver);
        });
    }

    fn published(&mut self, made: &Made, span: Span) -> Asked<Publish> {
        let Some(port) = made
            .get("port")
            .and_then(|it| self.convert::<u16>(it, span).given())
        else {
            return Asked::Bad;
        };
        let protocol = made
            .get("protocol")
            .map(|it| self.convert(it, span).given());
        let mode = made.get("mode").and_then(operators::string);
        Asked::Given(Publish {
            port,
            host: made.function == "host" || mode.is_some_and(|it| it == "host"),
            protocol: protocol.flatten().unwrap_or(Protocol::Tcp),
            address: made.get("address").and_then(operators::string),
        })
    }

    fn ulimits(
        &mut self,
        it: &mut Service,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let map = &mut it.ulimits;
        self.inside(statement, scope, |this, inner, scope| {
            let (Some(key), Some(expr)) = (this.word(&inner.word, scope), &inner.value) else {
                return;
            };
            let value = this.value(expr, scope);
            let asked = match &value {
                Value::Made(made) if made.function == "ulimit" => {
                    let mut side = |name| {
                        made.get(name)
                            .and_then(|it| this.convert::<u64>(it, expr.span).given())
                    };
                    match (side("soft"), side("hard")) {
                        (Some(soft), hard) => Asked::Given((soft, hard.unwrap_or(soft))),
                        (None, _) => Asked::Bad,
                    }
                }
                other => match this.convert::<u64>(other, expr.span) {
                    Asked::Given(both) => Asked::Given((both, both)),
                    Asked::Removed => Asked::Removed,
                    Asked::Bad => Asked::Bad,
                },
            };
            put_key(map, key, asked, expr.span, giver);
        });
    }

    fn secrets(&mut self, it: &mut Service, statement: &Statement, scope: &Scope, giver: &Giver) {
        let Some(value) = &statement.value else {
            return;
        };
        it.secrets.clear();
        for name in self.each::<EcoString>(value, scope) {
            let target = ecow::eco_format!("/run/secrets/{}", name.value);
            let mount = SecretMount {
                target,
                mentioned: false,
            };
            put_key(
                &mut it.secrets,
                name.value,
                Asked::Given(mount),
                name.span,
                giver,
            );
        }
    }

    fn config_mount(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let Some(parts) = parts(statement, &["at"]) else {
            return;
        };
        let [Some(name), Some(target)] = parts.as_slice() else {
            return;
        };
        let span = name.span;
        let (Some(name), Some(target)) = (self.need(name, scope), self.need(target, scope)) else {
            return;
        };
        let mount = ConfigMount {
            target,
            mentioned: false,
        };
        put_key(&mut it.configs, name, Asked::Given(mount), span, giver);
    }

    fn mount(&mut self, it: &mut Service, statement: &'p Statement, scope: &Scope, giver: &Giver) {
        let Some(parts) = parts(statement, &["at"]) else {
            return;
        };
        let [Some(source), Some(target)] = parts.as_slice() else {
            return;
        };
        let (mut read_only, mut size) = (false, None);
        self.inside(statement, scope, |this, inner, scope| {
            let Some(value) = &inner.value else { return };
            match inner.word.text.as_str() {
                "read_only" => read_only = this.ask(value, scope).given().unwrap_or(false),
                "size" => size = this.ask(value, scope).given(),
                _ => {}
            }
        });
        let Some(target) = self.need::<EcoString>(target, scope) else {
            return;
        };
        let mount = match self.value(source, scope) {
            Value::Word(name) if name == "tmpfs" => Mount::Tmpfs { size },
            Value::Word(name) | Value::Ref(_, name) => Mount::Volume { name, read_only },
            Value::Text(text) => {
                let path = text.preview();
                let path = if path.starts_with('/') {
                    Some(EcoString::from(path.as_ref()))
                } else {
                    self.path_from_root(&path, source.span)
                };
                let Some(source) = path else { return };
                Mount::Bind { source, read_only }
            }
            Value::Unknown => return,
            other => {
                let expected = "a volume, a path or `tmpfs`";
                self.sink
                    .push(errors::wrong_type(source.span, expected, &other));
                return;
            }
        };
        put_key(
            &mut it.mounts,
            target,
            Asked::Given(mount),
            statement.header(),
            giver,
        );
    }

    fn health(&mut self, it: &mut Service, statement: &Statement, scope: &Scope, giver: &Giver) {
        let Some(expr) = &statement.value else { return };
        let off = Health {
            probe: Probe::Off,
            interval: None,
            timeout: None,
            start: None,
            retries: None,
        };
        let value = self.value(expr, scope);
        let asked = match &value {
            Value::Unknown => Asked::Bad,
            Value::None => Asked::Given(off),
            Value::Made(made) => {
                let port = match made.get("port") {
                    Some(port) => match self.convert::<u16>(port, expr.span).given() {
                        Some(port) => port,
                        None => return,
                    },
                    None => PORT_TO_FIND,
                };
                let probe = match made.function {
                    "http" => {
                        let path = made.get("path").and_then(operators::string);
                        Probe::Http {
                            path: path.unwrap_or_else(|| "/".into()),
                            port,
                        }
                    }
                    "tcp" => Probe::Tcp { port },
                    "command" => {
                        Probe::Command(made.rest.iter().filter_map(operators::string).collect())
                    }
                    _ => {
                        self.sink
                            .push(errors::wrong_type(expr.span, HEALTH, &value));
                        return;
                    }
                };
                let mut time = |name| {
                    made.get(name)
                        .and_then(|it| self.convert(it, expr.span).given())
                };
                let (interval, timeout, start) = (time("interval"), time("timeout"), time("start"));
                let retries = made
                    .get("retries")
                    .and_then(|it| self.convert(it, expr.span).given());
                Asked::Given(Health {
                    probe,
                    interval,
                    timeout,
                    start,
                    retries,
                })
            }
            other => {
                self.sink.push(errors::wrong_type(expr.span, HEALTH, other));
                Asked::Bad
            }
        };
        put(&mut it.health, asked, expr.span, giver);
    }

    /// Fills in the port of a health check that names none: the port called `http`, else the only one.
    pub(super) fn find_health_port(&mut self, service: &mut Service) {
        let ports = &service.ports;
        let called = ports.iter().find(|(name, _)| name == "http");
        let found = called
            .or_else(|| ports.first().filter(|_| ports.len() == 1))
            .map(|(_, it)| it.value);
        let Some(health) = &mut service.health else {
            return;
        };
        let span = health.span;
        match &mut health.value.probe {
            Probe::Http { port, .. } | Probe::Tcp { port } if *port == PORT_TO_FIND => {
                match found {
                    Some(found) => *port = found,
                    None => self
                        .sink
                        .push(errors::no_port_to_probe(span, &service.name)),
                }
            }
            Probe::Http { .. } | Probe::Tcp { .. } | Probe::Command(_) | Probe::Off => {}
        }
    }

    fn rollout(
        &mut self,
        it: &mut Rollout,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        self.inside(statement, scope, |this, inner, scope| {
            let at = (giver, scope);
            match inner.word.text.as_str() {
                "parallelism" => this.scalar(&mut it.parallelism, inner, at),
                "delay" => this.scalar(&mut it.delay, inner, at),
                "order" => this.scalar(&mut it.order, inner, at),
                "failure" => this.scalar(&mut it.failure, inner, at),
                "monitor" => this.scalar(&mut it.monitor, inner, at),
                "max_failure_ratio" => this.scalar(&mut it.max_failure_ratio, inner, at),
                _ => {}
            }
        });
    }

    fn restart(
        &mut self,
        it: &mut Service,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        let restart = &mut it.restart;
        self.inside(statement, scope, |this, inner, scope| {
            let at = (giver, scope);
            match inner.word.text.as_str() {
                "condition" => {
                    let Some(expr) = &inner.value else { return };
                    let asked = match this.ask(expr, scope) {
                        Asked::Removed => Asked::Given(RestartCondition::None),
                        asked => asked,
                    };
                    put(&mut restart.condition, asked, expr.span, giver);
                }
                "delay" => this.scalar(&mut restart.delay, inner, at),
                "max_attempts" => this.scalar(&mut restart.max_attempts, inner, at),
                "window" => this.scalar(&mut restart.window, inner, at),
                _ => {}
            }
        });
    }

    fn watch(&mut self, it: &mut Service, statement: &Statement, scope: &Scope, giver: &Giver) {
        let Some(parts) = parts(statement, &["to"]) else {
            return;
        };
        let [Some(source), Some(target)] = parts.as_slice() else {
            return;
        };
        let Some(path) = self.need::<EcoString>(source, scope) else {
            return;
        };
        let Some(target) = self.need(target, scope) else {
            return;
        };
        let Some(source) = self.path_from_root(&path, source.span) else {
            return;
        };
        let span = Some(statement.header());
        let value = Watch { source, target };
        it.watch.push(Given {
            value,
            span,
            giver: giver.clone(),
            overrode: None,
        });
    }

    fn waiver(&mut self, it: &mut Service, statement: &Statement, scope: &Scope) {
        let Some(parts) = parts(statement, &["because"]) else {
            return;
        };
        let [Some(lint), reason] = parts.as_slice() else {
            return;
        };
        let Some(name) = lint.as_name() else { return };
        let reason = reason
            .and_then(|it| self.need(it, scope))
            .unwrap_or_default();
        it.waivers.push(Waiver {
            lint: Spanned::new(name.text.clone(), name.span),
            reason,
        });
    }

    /// `test NAME { … }`
    pub(super) fn test(&mut self, statement: &'p Statement, scope: &Scope) -> Option<Test> {
        let argument = statement.arguments.first()?;
        let mut test = Test {
            name: Spanned::new(self.need(argument, scope)?, argument.span),
            run: Vec::new(),
            image: None,
            with: Vec::new(),
            mounts: Vec::new(),
            env: Vec::new(),
            timeout: None,
            report: None,
        };
        self.inside(statement, scope, |this, inner, scope| {
            match (inner.word.text.as_str(), &inner.value) {
                ("run", Some(value)) => test.run = this.need(value, scope).unwrap_or_default(),
                ("with", Some(value)) => test.with = this.each(value, scope),
                ("timeout", Some(value)) => test.timeout = this.ask(value, scope).given(),
                ("report", Some(value)) => test.report = this.ask(value, scope).given(),
                ("image", Some(value)) => {
                    let image = this.ask(value, scope).given();
                    test.image = image.map(|it| Spanned::new(it, value.span));
                }
                ("env", None) => {
                    let mut env = Merged::new();
                    this.entries(&mut env, inner, (&Giver::Own, scope));
                    test.env
                        .extend(env.into_iter().map(|(key, it)| (key, it.value)));
                }
                ("mount", None) => {
                    let Some(parts) = parts(inner, &["at"]) else {
                        return;
                    };
                    let [Some(source), Some(target)] = parts.as_slice() else {
                        return;
                    };
                    let Some(path) = this.need::<EcoString>(source, scope) else {
                        return;
                    };
                    let Some(target) = this.need(target, scope) else {
                        return;
                    };
                    let Some(path) = this.path_from_root(&path, source.span) else {
                        return;
                    };
                    test.mounts.push((Spanned::new(path, source.span), target));
                }
                _ => {}
            }
        });
        Some(test)
    }
}

const HEALTH: &str = "`http(…)`, `tcp(…)`, `command(…)` or `none`";

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
        waivers: Vec::new(),
    }
}
