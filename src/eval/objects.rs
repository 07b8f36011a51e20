//! Secrets, configs, volumes and networks, as an environment has them.

use std::sync::Arc;

use ecow::EcoString;

use super::body::Seen;
use super::builtins::sha256;
use super::convert::FromValue;
use super::each::InEach;
use super::merge::{Origin, put_key};
use super::said::{names_environment, split};
use super::scope::Scope;
use super::world::{Declared, Evaluator};
use super::{errors, operators};
use crate::model::origin::{Given, Giver};
use crate::model::secret::{Config, ConfigContent, Network, Secret, SecretSource, Volume};
use crate::model::service::Merged;
use crate::source::Span;
use crate::syntax::tree::{Expr, Statement};
use crate::value::{Kind, Value};

impl<'p> Evaluator<'_, 'p> {
    /// The declarations of a kind in an environment, by name.
    pub(super) fn all<T>(
        &mut self,
        kind: Kind,
        environment: &EcoString,
        make: impl Fn(&mut Self, &Declared<'p>, &[(Seen<'p>, Giver)]) -> T,
    ) -> Vec<T> {
        let mut declared: Vec<&Declared<'p>> = self.world.all(kind).iter().collect();
        declared.sort_by(|a, b| a.name.cmp(&b.name));
        declared
            .into_iter()
            .map(|it| {
                let seen = self.with_in(it.statement.body(), &it.scope, environment);
                make(self, it, &seen)
            })
            .collect()
    }

    /// A body's statements, those of its `in ENV` for this environment last.
    fn with_in(
        &mut self,
        body: &'p [Statement],
        scope: &Scope,
        environment: &EcoString,
    ) -> Vec<(Seen<'p>, Giver)> {
        let (own, ins) = split(self.body(body, scope, None));
        let mut all: Vec<_> = own.into_iter().map(|it| (it, Giver::Own)).collect();
        for (statement, scope) in ins {
            if names_environment(statement, environment) {
                let seen = self.body(statement.body(), &scope, None);
                all.extend(
                    seen.into_iter()
                        .map(|it| (it, Giver::In(environment.clone()))),
                );
            }
        }
        all
    }

    pub(super) fn secret(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Secret {
        let (mut source, mut version) = (None, None);
        for ((statement, scope), giver) in seen {
            let Some(expr) = &statement.value else {
                continue;
            };
            let (giver, span) = (giver.clone(), Some(expr.span));
            match statement.word.text.as_str() {
                "source" => {
                    let value = self.value(expr, scope);
                    if let Some(value) = self.secret_source(&value, expr.span) {
                        source = Some(Given {
                            value,
                            span,
                            giver,
                            overrode: None,
                        });
                    }
                }
                "version" => {
                    if let Some(value) = self.ask(expr, scope).given() {
                        version = Some(Given {
                            value,
                            span,
                            giver,
                            overrode: None,
                        });
                    }
                }
                _ => {}
            }
        }
        let version = version.unwrap_or_else(|| Given::default(1));
        Secret {
            name: declared.name.clone(),
            span: declared.span,
            source,
            version,
        }
    }

    fn secret_source(&mut self, value: &Value, span: Span) -> Option<SecretSource> {
        const EXPECTED: &str =
            "a source such as `file(\"…\")`, `ci(\"…\")` or `vault(\"…\", field = \"…\")`";
        let Value::Made(made) = value else {
            if *value != Value::Unknown {
                self.sink.push(errors::secret_source(span, EXPECTED, value));
            }
            return None;
        };
        let text = |name: &str| made.get(name).and_then(operators::string);
        Some(match made.function {
            "file" => SecretSource::File(self.path_from_root(&text("path")?, span)?),
            "env" => SecretSource::Env(text("name")?),
            "ci" => SecretSource::Ci(text("name")?),
            "swarm" => SecretSource::Swarm(text("name")?),
            "vault" => SecretSource::Vault {
                path: text("path")?,
                field: text("field")?,
            },
            "sops" => SecretSource::Sops {
                file: self.path_from_root(&text("file")?, span)?,
                key: text("key")?,
            },
            "onepassword" => SecretSource::OnePassword(text("reference")?),
            "aws" => SecretSource::Aws {
                secret_id: text("secret_id")?,
                key: text("key"),
            },
            "generate" => SecretSource::Generate {
                length: match made.get("length") {
                    Some(length) => self.convert(length, span).given()?,
                    None => 32,
                },
            },
            _ => {
                self.sink.push(errors::secret_source(span, EXPECTED, value));
                return None;
            }
        })
    }

    pub(super) fn config(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Config {
        let mut content: Option<Given<ConfigContent>> = None;
        for ((statement, scope), giver) in seen {
            let Some(expr) = &statement.value else {
                continue;
            };
            let value = match statement.word.text.as_str() {
                "file" => {
                    let Some(path) = self.need::<EcoString>(expr, scope) else {
                        continue;
                    };
                    let Some(path) = self.path_from_root(&path, expr.span) else {
                        continue;
                    };
                    let bytes = self.world.disk.read(&path).ok();
                    let sha256 = bytes
                        .as_ref()
                        .map(|it| sha256(it))
                        .unwrap_or_default()
                        .into();
                    ConfigContent::File {
                        path,
                        sha256,
                        bytes: bytes.map_or(0, |it| it.len() as u64),
                    }
                }
                "content" => match self.need(expr, scope) {
                    Some(text) => ConfigContent::Inline(text),
                    None => continue,
                },
                _ => continue,
            };
            let overrode = content.take().map(Arc::new);
            content = Some(Given {
                value,
                span: Some(expr.span),
                giver: giver.clone(),
                overrode,
            });
        }
        Config {
            name: declared.name.clone(),
            span: declared.span,
            content,
        }
    }

    pub(super) fn volume(&mut self, declared: &Declared<'p>, seen: &[(Seen<'p>, Giver)]) -> Volume {
        let mut it = Volume {
            name: declared.name.clone(),
            span: declared.span,
            driver: None,
            options: Vec::new(),
            external: None,
            labels: Vec::new(),
        };
        for ((statement, scope), giver) in seen {
            match (statement.word.text.as_str(), &statement.value) {
                ("driver", Some(value)) => it.driver = self.text(value, scope, giver),
                ("external", Some(value)) => it.external = self.text(value, scope, giver),
                ("options", _) => self.plain_entries(&mut it.options, statement, scope, giver),
                ("labels", _) => self.plain_entries(&mut it.labels, statement, scope, giver),
                _ => {}
            }
        }
        it
    }

    pub(super) fn network(
        &mut self,
        declared: &Declared<'p>,
        seen: &[(Seen<'p>, Giver)],
    ) -> Network {
        let mut it = Network {
            name: declared.name.clone(),
            span: declared.span,
            internal: false,
            attachable: false,
            encrypted: false,
            subnet: None,
            external: None,
        };
        for ((statement, scope), giver) in seen {
            let Some(value) = &statement.value else {
                continue;
            };
            match statement.word.text.as_str() {
                "internal" => it.internal = self.ask(value, scope).given().unwrap_or(false),
                "attachable" => it.attachable = self.ask(value, scope).given().unwrap_or(false),
                "encrypted" => it.encrypted = self.ask(value, scope).given().unwrap_or(false),
                "subnet" => it.subnet = self.text(value, scope, giver),
                "external" => it.external = self.text(value, scope, giver),
                _ => {}
            }
        }
        it
    }

    fn text(&mut self, expr: &Expr, scope: &Scope, giver: &Giver) -> Option<Given<EcoString>> {
        let value = self.ask(expr, scope).given()?;
        Some(Given {
            value,
            span: Some(expr.span),
            giver: giver.clone(),
            overrode: None,
        })
    }

    pub(super) fn plain_entries<T: FromValue + Clone>(
        &mut self,
        map: &mut Merged<T>,
        statement: &'p Statement,
        scope: &Scope,
        giver: &Giver,
    ) {
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let Some(value) = &inner.value else { continue };
            let entry = InEach::Same(self.entry(inner, value, &scope));
            put_key([&mut *map], &entry, Origin::new(value.span, giver));
        }
    }
}
