//! How a service is kept running: its health check, how it is rolled out and restarted.

use std::sync::Arc;

use super::convert::Asked;
use super::merge::{Origin, put};
use super::service::At;
use super::world::Evaluator;
use super::{errors, operators};
use crate::model::image::{Health, Probe};
use crate::model::origin::Given;
use crate::model::service::{RestartCondition, Rollout, Service};
use crate::source::Span;
use crate::syntax::tree::Statement;
use crate::value::Value;

/// A port that a health check leaves to be found out.
const PORT_TO_FIND: u16 = 0;
const HEALTH: &str = "`http(…)`, `tcp(…)`, `command(…)` or `none`";

impl<'p> Evaluator<'_, 'p> {
    pub(super) fn health(
        &mut self,
        all: &mut [Service],
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(expr) = &statement.value else { return };
        let asked = self.in_each(|this| {
            let value = this.value(expr, scope);
            this.health_of(&value, expr.span)
        });
        let slots = all.iter_mut().map(|it| &mut it.health);
        put(slots, &asked, Origin::new(expr.span, giver));
    }

    fn health_of(&mut self, value: &Value, span: Span) -> Asked<Health> {
        let made = match value {
            Value::Unknown => return Asked::Bad,
            Value::None => {
                return Asked::Given(Health {
                    probe: Probe::Off,
                    interval: None,
                    timeout: None,
                    start: None,
                    retries: None,
                });
            }
            Value::Made(made) => made,
            other => {
                self.sink.push(errors::wrong_type(span, HEALTH, other));
                return Asked::Bad;
            }
        };
        let port = match made.get("port") {
            Some(port) => match self.convert::<u16>(port, span).given() {
                Some(port) => port,
                None => return Asked::Bad,
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
            "command" => Probe::Command(made.rest.iter().filter_map(operators::string).collect()),
            _ => {
                self.sink.push(errors::wrong_type(span, HEALTH, value));
                return Asked::Bad;
            }
        };
        let mut time = |name| made.get(name).and_then(|it| self.convert(it, span).given());
        let (interval, timeout, start) = (time("interval"), time("timeout"), time("start"));
        let retries = made
            .get("retries")
            .and_then(|it| self.convert(it, span).given());
        Asked::Given(Health {
            probe,
            interval,
            timeout,
            start,
            retries,
        })
    }

    /// Fills in the port of a health check that names none: the port called `http`, else the only one.
    pub(super) fn find_health_ports<'s>(&mut self, all: impl Iterator<Item = &'s mut Service>) {
        // The last check as it was written and as it became: what environments share they go on to share.
        let mut last: Option<[Arc<Given<Health>>; 2]> = None;
        for service in all {
            let found = port_to_probe(service);
            let Some(health) = &mut service.health else {
                continue;
            };
            if probed_port(health) != Some(PORT_TO_FIND) {
                continue;
            }
            let Some(found) = found else {
                let error = errors::no_port_to_probe(health.span, &service.name);
                self.sink.push(error);
                continue;
            };
            let filled = match &last {
                Some([written, filled])
                    if Arc::ptr_eq(written, health) && probed_port(filled) == Some(found) =>
                {
                    Arc::clone(filled)
                }
                _ => Arc::new(with_port(health, found)),
            };
            let written = std::mem::replace(health, Arc::clone(&filled));
            last = Some([written, filled]);
        }
    }

    pub(super) fn rollout(
        &mut self,
        all: &mut [Service],
        rollout: impl Fn(&mut Service) -> &mut Rollout,
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        let part = &rollout;
        self.inside(all, statement, scope, |this, all, inner, scope| {
            let at = (giver, scope);
            match inner.word.text.as_str() {
                "parallelism" => this.scalar(all, |it| &mut part(it).parallelism, inner, at),
                "delay" => this.scalar(all, |it| &mut part(it).delay, inner, at),
                "order" => this.scalar(all, |it| &mut part(it).order, inner, at),
                "failure" => this.scalar(all, |it| &mut part(it).failure, inner, at),
                "monitor" => this.scalar(all, |it| &mut part(it).monitor, inner, at),
                "max_failure_ratio" => {
                    this.scalar(all, |it| &mut part(it).max_failure_ratio, inner, at);
                }
                _ => {}
            }
        });
    }

    pub(super) fn restart(
        &mut self,
        all: &mut [Service],
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        self.inside(all, statement, scope, |this, all, inner, scope| {
            let at = (giver, scope);
            match inner.word.text.as_str() {
                "condition" => {
                    let Some(expr) = &inner.value else { return };
                    let asked = this.in_each(|this| match this.ask(expr, scope) {
                        Asked::Removed => Asked::Given(RestartCondition::None),
                        asked => asked,
                    });
                    let slots = all.iter_mut().map(|it| &mut it.restart.condition);
                    put(slots, &asked, Origin::new(expr.span, giver));
                }
                "delay" => this.scalar(all, |it| &mut it.restart.delay, inner, at),
                "max_attempts" => this.scalar(all, |it| &mut it.restart.max_attempts, inner, at),
                "window" => this.scalar(all, |it| &mut it.restart.window, inner, at),
                _ => {}
            }
        });
    }
}

/// The port that a health check means without naming it.
fn port_to_probe(service: &Service) -> Option<u16> {
    let ports = &service.ports;
    let called = ports.iter().find(|(name, _)| name == "http");
    called
        .or_else(|| ports.first().filter(|_| ports.len() == 1))
        .map(|(_, it)| it.value)
}

/// The port that a health check asks.
fn probed_port(health: &Health) -> Option<u16> {
    match health.probe {
        Probe::Http { port, .. } | Probe::Tcp { port } => Some(port),
        Probe::Command(_) | Probe::Off => None,
    }
}

fn with_port(health: &Given<Health>, found: u16) -> Given<Health> {
    let mut health = health.clone();
    if let Probe::Http { port, .. } | Probe::Tcp { port } = &mut health.value.probe {
        *port = found;
    }
    health
}
