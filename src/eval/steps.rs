//! Statements of an image to steps.

use ecow::EcoString;

use super::body::Seen;
use super::errors;
use super::images::Making;
use super::raw;
use super::scope::Scope;
use super::world::Evaluator;
use crate::model::image::{BindMount, Copy, Fetch, File, Run, Step, StepKind, User};
use crate::source::Spanned;
use crate::syntax::tree::{Argument, Expr, ExprKind, Statement};
use crate::value::Value;

impl<'p> Evaluator<'_, 'p> {
    /// The steps that these statements say, in order; stages and layers' gifts go to `making`.
    pub(super) fn steps(
        &mut self,
        seen: &[Seen<'p>],
        making: &mut Making<'p, '_>,
        layers: &[EcoString],
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        for (statement, scope) in seen {
            match statement.word.text.as_str() {
                "layer" => {
                    if let Some(argument) = statement.arguments.first() {
                        steps.extend(self.layer(argument, scope, making, layers));
                    }
                }
                "stage" => self.stage(&(*statement, scope.clone()), making),
                _ => {
                    let kind = self.step(statement, scope, making);
                    let span = statement.header();
                    let is_own = !self.world.is_foreign(span.file);
                    steps.extend(kind.map(|kind| Step {
                        kind,
                        span,
                        layers: layers.to_vec(),
                        applied: making.applied_at.filter(|_| !is_own),
                    }));
                }
            }
        }
        steps
    }

    /// The step that one statement says; `None` for a property, or where something is wrong.
    fn step(
        &mut self,
        statement: &'p Statement,
        scope: &Scope,
        making: &Making<'p, '_>,
    ) -> Option<StepKind> {
        let first = statement.arguments.first();
        let in_service = making.in_service;
        let step = match statement.word.text.as_str() {
            "install" => {
                let packages = self.each::<EcoString>(first?, scope);
                StepKind::Install(packages.into_iter().map(|it| it.value).collect())
            }
            "run" => StepKind::Run(self.run(statement, scope, making)?),
            "copy" => StepKind::Copy(self.copy(statement, scope, making)?),
            "file" => {
                let [target, content] = statement.arguments.as_slice() else {
                    return None;
                };
                let place = target.span;
                let target: EcoString = self.need(target, scope)?;
                if target.contains(char::is_whitespace) {
                    self.sink.push(errors::blank_in_target(place, &target));
                    return None;
                }
                let content = self.need(content, scope)?;
                let options = self.options(statement, scope);
                StepKind::File(File {
                    target,
                    content,
                    owner: options.owner,
                    mode: options.mode,
                })
            }
            "fetch" => StepKind::Fetch(self.fetch(statement, scope)?),
            "dockerfile" => {
                let first = first?;
                let lines: EcoString = self.need(first, scope)?;
                if let Err(problem) = raw::judge(&lines) {
                    self.sink
                        .push(errors::raw_instruction(first.span, &problem));
                    return None;
                }
                StepKind::Raw(lines)
            }
            "env" if !in_service => StepKind::Env(self.pairs(statement, scope)),
            "labels" if !in_service => StepKind::Labels(self.pairs(statement, scope)),
            "workdir" if statement.value.is_none() => StepKind::Workdir(self.need(first?, scope)?),
            "user" if statement.value.is_none() => StepKind::User(self.user(first?, scope)?),
            "expose" => {
                let ports = self.each::<u16>(first?, scope);
                StepKind::Expose(ports.into_iter().map(|it| it.value).collect())
            }
            "stop_signal" if !in_service => {
                StepKind::StopSignal(self.need(statement.value.as_ref()?, scope)?)
            }
            "entrypoint" if !in_service => {
                StepKind::Entrypoint(self.need(statement.value.as_ref()?, scope)?)
            }
            "command" if !in_service => {
                StepKind::Command(self.need(statement.value.as_ref()?, scope)?)
            }
            _ => return None,
        };
        Some(step)
    }

    fn run(
        &mut self,
        statement: &'p Statement,
        scope: &Scope,
        making: &Making<'p, '_>,
    ) -> Option<Run> {
        let mut run = Run {
            script: self.need(statement.arguments.first()?, scope)?,
            caches: Vec::new(),
            secrets: Vec::new(),
            mounts: Vec::new(),
            offline: false,
        };
        for (inner, scope) in self.body(statement.body(), scope, Some(making.system)) {
            match (inner.word.text.as_str(), &inner.value) {
                ("cache", Some(value)) => {
                    run.caches
                        .extend(self.each(value, &scope).into_iter().map(|it| it.value));
                }
                ("secrets", Some(value)) => run.secrets.extend(self.each(value, &scope)),
                ("network", Some(value)) => run.offline = self.value(value, &scope) == Value::None,
                ("mount", None) => {
                    let parts = parts(inner, &["from", "at"])?;
                    let [Some(source), from, Some(target)] = parts.as_slice() else {
                        continue;
                    };
                    let (source, target) = (
                        self.need::<EcoString>(source, &scope),
                        self.need(target, &scope),
                    );
                    let from = match from {
                        Some(it) => Some(self.from(it, &scope, &making.visible, making.bases)?),
                        None => None,
                    };
                    if let (Some(path), Some(target)) = (source, target) {
                        let span = inner.arguments.first()?.span;
                        let source = Spanned::new(clean(&path), span);
                        run.mounts.push(BindMount {
                            source,
                            target,
                            from,
                        });
                    }
                }
                _ => {}
            }
        }
        Some(run)
    }

    fn copy(
        &mut self,
        statement: &'p Statement,
        scope: &Scope,
        making: &Making<'p, '_>,
    ) -> Option<Copy> {
        let parts = parts(statement, &["from", "to"])?;
        let [Some(source), from, Some(target)] = parts.as_slice() else {
            return None;
        };
        let sources = self.each::<EcoString>(source, scope);
        let from = match from {
            Some(from) => Some(self.from(from, scope, &making.visible, making.bases)?),
            None => None,
        };
        let inside = from.is_none();
        let sources = sources.into_iter().map(|it| {
            let path = if inside { clean(&it.value) } else { it.value };
            Spanned::new(path, it.span)
        });
        let sources = sources.collect();
        let target = self.need(target, scope)?;
        let options = self.options(statement, scope);
        Some(Copy {
            sources,
            from,
            target,
            owner: options.owner,
            mode: options.mode,
            exclude: options.exclude,
        })
    }

    fn fetch(&mut self, statement: &'p Statement, scope: &Scope) -> Option<Fetch> {
        let parts = parts(statement, &["to"])?;
        let [Some(url), Some(target)] = parts.as_slice() else {
            return None;
        };
        let (url, target) = (self.need(url, scope)?, self.need(target, scope)?);
        let options = self.options(statement, scope);
        Some(Fetch {
            url,
            target,
            sha256: options.sha256,
            owner: options.owner,
            mode: options.mode,
            unpack: options.unpack,
        })
    }

    fn options(&mut self, statement: &'p Statement, scope: &Scope) -> Options {
        let mut options = Options::default();
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let Some(value) = &inner.value else { continue };
            match inner.word.text.as_str() {
                "owner" => options.owner = self.ask(value, &scope).given(),
                "mode" => options.mode = self.ask(value, &scope).given(),
                "sha256" => options.sha256 = self.hash(value, &scope),
                "unpack" => options.unpack = self.ask(value, &scope).given(),
                "exclude" => {
                    options.exclude = self
                        .each(value, &scope)
                        .into_iter()
                        .map(|it| it.value)
                        .collect();
                }
                _ => {}
            }
        }
        options
    }

    /// What `sha256 = …` says; nothing where it is `none`.
    fn hash(&mut self, value: &Expr, scope: &Scope) -> Option<EcoString> {
        let hash: EcoString = self.ask(value, scope).given()?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
        if !is_hash {
            self.sink.push(errors::wrong_hash(value.span, &hash));
        }
        Some(hash.to_ascii_lowercase())
    }

    /// The entries of `env { }` or `labels { }` in an image.
    fn pairs(&mut self, statement: &'p Statement, scope: &Scope) -> Vec<(EcoString, EcoString)> {
        let mut pairs: Vec<(EcoString, EcoString)> = Vec::new();
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let (Some(key), Some(expr)) = (self.word(&inner.word, &scope), &inner.value) else {
                continue;
            };
            let Some(value) = self.need::<crate::value::Text>(expr, &scope) else {
                continue;
            };
            let value = EcoString::from(value.preview().as_ref());
            match pairs.iter_mut().find(|(it, _)| *it == key) {
                Some((_, old)) => *old = value,
                None => pairs.push((key, value)),
            }
        }
        pairs
    }

    /// `user app(uid = 10001)`, `user "1000:1000"`, `user 1000`
    fn user(&mut self, argument: &Expr, scope: &Scope) -> Option<User> {
        let mut user = User {
            name: None,
            uid: 10_001,
            gid: 10_001,
            home: None,
        };
        match &argument.kind {
            ExprKind::Path(_) => user.name = Some(self.need(argument, scope)?),
            ExprKind::Call(call) => {
                user.name = Some(call.callee.first()?.text.clone());
                let mut gid = None;
                for argument in &call.arguments {
                    match &argument.value {
                        Argument::Positional(expr) => user.uid = self.need(expr, scope)?,
                        Argument::Named(name, expr) => match name.text.as_str() {
                            "uid" => user.uid = self.need(expr, scope)?,
                            "gid" => gid = self.need(expr, scope),
                            "home" => user.home = self.ask(expr, scope).given(),
                            _ => {}
                        },
                        Argument::Parameter(..) => {}
                    }
                }
                user.gid = gid.unwrap_or(user.uid);
            }
            _ => {
                let value = self.value(argument, scope);
                let numbers = match &value {
                    Value::Unknown => return None,
                    Value::Int(it) => u32::try_from(*it).ok().map(|it| (it, it)),
                    Value::Text(it) => numeric_user(&it.preview()),
                    _ => None,
                };
                let Some((uid, gid)) = numbers else {
                    let expected =
                        "a new user such as `app(uid = 10001)` or numbers such as \"1000:1000\"";
                    self.sink
                        .push(errors::wrong_type(argument.span, expected, &value));
                    return None;
                };
                (user.uid, user.gid) = (uid, gid);
            }
        }
        Some(user)
    }
}

#[derive(Default)]
struct Options {
    owner: Option<EcoString>,
    mode: Option<EcoString>,
    sha256: Option<EcoString>,
    exclude: Vec<EcoString>,
    unpack: Option<u32>,
}

fn numeric_user(text: &str) -> Option<(u32, u32)> {
    match text.split_once(':') {
        Some((uid, gid)) => Some((uid.parse().ok()?, gid.parse().ok()?)),
        None => text.parse().ok().map(|it| (it, it)),
    }
}

/// A header's first argument, then the argument after each of `keywords`, in order, where it is there.
pub(super) fn parts<'s>(
    statement: &'s Statement,
    keywords: &[&str],
) -> Option<Vec<Option<&'s Expr>>> {
    let mut rest = statement.arguments.iter();
    let mut parts = vec![Some(rest.next()?)];
    let mut rest = rest.peekable();
    for keyword in keywords {
        let found = rest
            .peek()
            .and_then(|it| it.as_name())
            .is_some_and(|it| it.text == *keyword);
        parts.push(if found {
            rest.next();
            rest.next()
        } else {
            None
        });
    }
    Some(parts)
}

/// A path without `./` in front and `/` behind; `.` for the folder itself.
fn clean(path: &str) -> EcoString {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    match path.trim_end_matches('/') {
        "" => ".".into(),
        path => path.into(),
    }
}
