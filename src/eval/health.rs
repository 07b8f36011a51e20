//! How a service is kept running: its health check, how it is rolled out and restarted.

use super::convert::Asked;
use super::merge::put;
use super::scope::Scope;
use super::world::Evaluator;
use super::{errors, operators};
use crate::model::image::{Health, Probe};
use crate::model::origin::Giver;
use crate::model::service::{RestartCondition, Rollout, Service};
use crate::syntax::tree::Statement;
use crate::value::Value;

/// A port that a health check leaves to be found out.
const PORT_TO_FIND: u16 = 0;
const HEALTH: &str = "`http(…)`, `tcp(…)`, `command(…)` or `none`";

impl<'p> Evaluator<'_, 'p> {
    pub(super) fn health(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
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

    pub(super) fn rollout(
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

    pub(super) fn restart(
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
}
