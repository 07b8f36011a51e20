//! What a service is joined to from outside: published ports, limits, secrets, configs, mounts, watched folders.

use ecow::EcoString;

use super::convert::Asked;
use super::each::InEach;
use super::merge::{Entry, Origin, put_key};
use super::reference::mention;
use super::scope::Scope;
use super::service::At;
use super::steps::parts;
use super::world::Evaluator;
use super::{errors, operators};
use crate::model::origin::Given;
use crate::model::service::{
    ConfigMount, Merged, Mount, Protocol, Publish, SecretMount, Service, Watch,
};
use crate::source::Span;
use crate::syntax::tree::{Expr, Statement};
use crate::value::{Kind, Made, Value};

impl<'p> Evaluator<'_, 'p> {
    pub(super) fn publish(
        &mut self,
        all: &mut [Service],
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        self.inside(all, statement, scope, |this, all, inner, scope| {
            let Some(expr) = &inner.value else {
                return;
            };
            let entry = this.in_each(|this| this.published(inner, expr, scope));
            let maps = all.iter_mut().map(|it| &mut it.publish);
            put_key(maps, &entry, Origin::new(expr.span, giver));
        });
    }

    fn published(&mut self, statement: &Statement, expr: &Expr, scope: &Scope) -> Entry<Publish> {
        let key = self.word(&statement.word, scope)?;
        let asked = match self.value(expr, scope) {
            Value::Made(made) if matches!(made.function, "host" | "port") => {
                self.made_publish(&made, expr.span)
            }
            other => self.convert(&other, expr.span).map(|port| Publish {
                port,
                host: false,
                protocol: Protocol::Tcp,
                address: None,
            }),
        };
        Some((key, asked))
    }

    fn made_publish(&mut self, made: &Made, span: Span) -> Asked<Publish> {
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
        all: &mut [Service],
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        self.inside(all, statement, scope, |this, all, inner, scope| {
            let Some(expr) = &inner.value else {
                return;
            };
            let entry = this.in_each(|this| this.ulimit(inner, expr, scope));
            let maps = all.iter_mut().map(|it| &mut it.ulimits);
            put_key(maps, &entry, Origin::new(expr.span, giver));
        });
    }

    fn ulimit(&mut self, statement: &Statement, expr: &Expr, scope: &Scope) -> Entry<(u64, u64)> {
        let key = self.word(&statement.word, scope)?;
        let asked = match self.value(expr, scope) {
            Value::Made(made) if made.function == "ulimit" => {
                let mut side = |name| {
                    made.get(name)
                        .and_then(|it| self.convert::<u64>(it, expr.span).given())
                };
                match (side("soft"), side("hard")) {
                    (Some(soft), hard) => Asked::Given((soft, hard.unwrap_or(soft))),
                    (None, _) => Asked::Bad,
                }
            }
            other => self.convert(&other, expr.span).map(|both| (both, both)),
        };
        Some((key, asked))
    }

    /// `secrets = [NAME]`: a list, so it replaces what was there.
    pub(super) fn secrets(
        &mut self,
        all: &mut [Service],
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(value) = &statement.value else {
            return;
        };
        let mounts = self.in_each(|this| {
            let mut mounts = Merged::new();
            for name in this.each::<EcoString>(value, scope) {
                let mount = SecretMount {
                    target: mention(Kind::Secret, &name.value).text,
                    mentioned: false,
                };
                let entry = InEach::Same(Some((name.value, Asked::Given(mount))));
                put_key([&mut mounts], &entry, Origin::new(name.span, giver));
            }
            mounts
        });
        for (it, mounts) in all.iter_mut().zip(mounts.iter()) {
            it.secrets.clone_from(mounts);
        }
    }

    pub(super) fn config_mount(
        &mut self,
        all: &mut [Service],
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let Some(parts) = parts(statement, &["at"]) else {
            return;
        };
        let [Some(name), Some(target)] = parts.as_slice() else {
            return;
        };
        let entry = self.in_each(|this| {
            let (config, target) = (this.need(name, scope), this.need(target, scope));
            let mount = ConfigMount {
                target: target?,
                mentioned: false,
            };
            Some((config?, Asked::Given(mount)))
        });
        let maps = all.iter_mut().map(|it| &mut it.configs);
        put_key(maps, &entry, Origin::new(name.span, giver));
    }

    pub(super) fn mount(
        &mut self,
        all: &mut [Service],
        statement: &'p Statement,
        (giver, scope): At<'_>,
    ) {
        let entry = self.in_each(|this| this.mounted(statement, scope));
        let maps = all.iter_mut().map(|it| &mut it.mounts);
        put_key(maps, &entry, Origin::new(statement.header(), giver));
    }

    fn mounted(&mut self, statement: &'p Statement, scope: &Scope) -> Entry<Mount> {
        let parts = parts(statement, &["at"])?;
        let [Some(source), Some(target)] = parts.as_slice() else {
            return None;
        };
        let (mut read_only, mut size) = (false, None);
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let Some(value) = &inner.value else { continue };
            match inner.word.text.as_str() {
                "read_only" => read_only = self.ask(value, &scope).given().unwrap_or(false),
                "size" => size = self.ask(value, &scope).given(),
                _ => {}
            }
        }
        let target = self.need::<EcoString>(target, scope)?;
        let mount = match self.value(source, scope) {
            Value::Word(name) if name == "tmpfs" => Mount::Tmpfs { size },
            Value::Word(name) | Value::Ref(_, name) => Mount::Volume { name, read_only },
            Value::Text(text) => {
                let path = text.preview();
                let source = if path.starts_with('/') {
                    EcoString::from(path.as_ref())
                } else {
                    self.path_from_root(&path, source.span)?
                };
                Mount::Bind { source, read_only }
            }
            Value::Unknown => return None,
            other => {
                let expected = "a volume, a path or `tmpfs`";
                self.sink
                    .push(errors::wrong_type(source.span, expected, &other));
                return None;
            }
        };
        Some((target, Asked::Given(mount)))
    }

    pub(super) fn watch(
        &mut self,
        all: &mut [Service],
        statement: &Statement,
        (giver, scope): At<'_>,
    ) {
        let watch = self.in_each(|this| this.watched(statement, scope));
        for (it, watch) in all.iter_mut().zip(watch.iter()) {
            it.watch.extend(watch.clone().map(|value| Given {
                value,
                span: Some(statement.header()),
                giver: giver.clone(),
                overrode: None,
            }));
        }
    }

    fn watched(&mut self, statement: &Statement, scope: &Scope) -> Option<Watch> {
        let parts = parts(statement, &["to"])?;
        let [Some(source), Some(target)] = parts.as_slice() else {
            return None;
        };
        let path = self.need::<EcoString>(source, scope)?;
        let target = self.need(target, scope)?;
        let source = self.path_from_root(&path, source.span)?;
        Some(Watch { source, target })
    }
}
