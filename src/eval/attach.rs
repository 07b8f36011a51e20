//! What a service is joined to from outside: published ports, limits, secrets, configs, mounts, watched folders.

use ecow::EcoString;

use super::convert::Asked;
use super::merge::put_key;
use super::scope::Scope;
use super::steps::parts;
use super::world::Evaluator;
use super::{errors, operators};
use crate::model::origin::{Given, Giver};
use crate::model::service::{ConfigMount, Mount, Protocol, Publish, SecretMount, Service, Watch};
use crate::source::Span;
use crate::syntax::tree::Statement;
use crate::value::{Made, Value};

impl<'p> Evaluator<'_, 'p> {
    pub(super) fn publish(
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

    pub(super) fn ulimits(
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

    pub(super) fn secrets(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
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

    pub(super) fn config_mount(
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

    pub(super) fn mount(
        &mut self,
        it: &mut Service,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
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

    pub(super) fn watch(
        &mut self,
        it: &mut Service,
        statement: &Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
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
}
