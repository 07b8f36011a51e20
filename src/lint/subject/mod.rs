//! What a rule goes through, as values: every property of a service, job, environment, image or secret that a project can set.
//! What was set nowhere is `none`, but for `replicas` and `mode`, which have a value in any case.

mod service;

use ecow::EcoString;

use crate::model::image::{From, Image, StepKind};
use crate::model::secret::SecretSource;
use crate::model::service::{Merged, Service};
use crate::model::{DeployMode, Engine, Environment, Fleet, Model, Secret, Slot};
use crate::source::Span;
use crate::value::{Duration, Map, Value};

/// One thing that a rule is about.
pub(super) struct Subject<'m> {
    /// `service`
    pub(super) kind: &'static str,
    /// Its name.
    pub(super) name: EcoString,
    /// Where the name stands.
    pub(super) span: Span,
    /// The environment that it is in, where that matters.
    pub(super) environment: Option<EcoString>,
    /// What `it` is.
    pub(super) value: Value,
    source: Source<'m>,
}

enum Source<'m> {
    Service(&'m Service),
    Environment(&'m Environment),
    Secret(&'m Secret),
    Image(&'m Image),
}

/// What `each` goes through.
pub(super) fn subjects<'m>(model: &'m Model, each: &Value) -> Vec<Subject<'m>> {
    let Value::Made(made) = each else {
        return Vec::new();
    };
    let wanted = match made.get("environment") {
        Some(Value::Word(name)) => Some(name.clone()),
        Some(Value::Text(text)) => text.known().map(|it| it.as_ref().into()),
        _ => None,
    };
    let fleets = || {
        let all = model.fleets.iter();
        all.filter(|it| {
            wanted
                .as_ref()
                .is_none_or(|name| it.environment.name == *name)
        })
    };
    match made.function {
        "services" => fleets().flat_map(|it| services(it, false)).collect(),
        "jobs" => fleets().flat_map(|it| services(it, true)).collect(),
        "secrets" => fleets().flat_map(secrets).collect(),
        "environments" => fleets().map(environment).collect(),
        "images" => model.images.iter().map(|it| image(it)).collect(),
        _ => Vec::new(),
    }
}

impl Subject<'_> {
    /// Where a property was given, or the entry of it that is named `key`.
    pub(super) fn origin(&self, property: &str, key: Option<&str>) -> Option<Span> {
        match self.source {
            Source::Service(it) => service::origin(it, property, key),
            Source::Environment(it) => match property {
                "engine" => it.engine.span,
                "host" => it.host.as_ref()?.span,
                "deploy" => it.deploy.span,
                "after" => Some(it.after.as_ref()?.span),
                "stack" => it.stack.span,
                _ => None,
            },
            Source::Secret(it) => match property {
                "source" => it.source.as_ref()?.span,
                "version" => it.version.span,
                _ => None,
            },
            Source::Image(it) => match property {
                "from" => Some(it.from.span),
                _ => None,
            },
        }
    }
}

fn services<'m>(fleet: &'m Fleet, jobs: bool) -> impl Iterator<Item = Subject<'m>> {
    let all = fleet.services.iter();
    all.filter(move |it| it.job.is_some() == jobs)
        .map(move |it| Subject {
            kind: if jobs { "job" } else { "service" },
            name: it.name.clone(),
            span: it.span,
            environment: Some(fleet.environment.name.clone()),
            value: service::value(it, fleet),
            source: Source::Service(it),
        })
}

fn secrets(fleet: &Fleet) -> impl Iterator<Item = Subject<'_>> {
    fleet.secrets.iter().map(move |it| Subject {
        kind: "secret",
        name: it.name.clone(),
        span: it.span,
        environment: Some(fleet.environment.name.clone()),
        value: map([
            ("name", text(&it.name)),
            ("environment", text(&fleet.environment.name)),
            (
                "source",
                it.source
                    .as_ref()
                    .map_or(Value::None, |it| word(source_word(&it.value))),
            ),
            ("version", Value::Int(i64::from(it.version.value))),
        ]),
        source: Source::Secret(it),
    })
}

fn environment(fleet: &Fleet) -> Subject<'_> {
    let it = &fleet.environment;
    let names = |all: &mut dyn Iterator<Item = &EcoString>| list(all.map(text));
    Subject {
        kind: "environment",
        name: it.name.clone(),
        span: it.span,
        environment: None,
        value: map([
            ("name", text(&it.name)),
            (
                "engine",
                word(match it.engine.value {
                    Engine::Compose => "compose",
                    Engine::Swarm => "swarm",
                }),
            ),
            (
                "host",
                it.host.as_ref().map_or(Value::None, |it| text(&it.value)),
            ),
            (
                "deploy",
                word(match it.deploy.value {
                    DeployMode::Automatic => "automatic",
                    DeployMode::Manual => "manual",
                }),
            ),
            (
                "after",
                it.after
                    .as_ref()
                    .map_or(Value::None, |it| Value::Word(it.value.clone())),
            ),
            ("stack", text(&it.stack)),
            (
                "nodes",
                int(it.nodes.iter().map(|it| it.value.count).sum::<u32>()),
            ),
            ("lets", entries(&it.lets, Clone::clone)),
            (
                "services",
                names(&mut fleet.services.iter().map(|it| &it.name)),
            ),
        ]),
        source: Source::Environment(it),
    }
}

fn image(it: &Image) -> Subject<'_> {
    let user = it.user();
    Subject {
        kind: "image",
        name: it.name.clone(),
        span: it.span,
        environment: None,
        value: map([
            ("name", text(&it.name)),
            ("doc", text(&it.doc)),
            ("from", from(&it.from.value)),
            ("system", text(&ecow::eco_format!("{}", it.system))),
            ("context", text(&it.context)),
            ("provides", list(it.provides.iter().map(text))),
            (
                "user",
                user.map_or(Value::None, |it| match &it.name {
                    Some(name) => text(name),
                    None => Value::text(ecow::eco_format!("{}", it.uid)),
                }),
            ),
            ("uid", user.map_or(Value::None, |it| int(it.uid))),
            (
                "packages",
                list(it.steps.iter().flat_map(|it| match &it.kind {
                    StepKind::Install(packages) => packages.iter().map(text).collect(),
                    _ => Vec::new(),
                })),
            ),
        ]),
        source: Source::Image(it),
    }
}

fn from(it: &From) -> Value {
    match it {
        From::External(name) | From::Base(name) | From::Stage(name) => text(name),
    }
}

fn source_word(it: &SecretSource) -> &'static str {
    match it {
        SecretSource::File(_) => "file",
        SecretSource::Env(_) => "env",
        SecretSource::Ci(_) => "ci",
        SecretSource::Swarm(_) => "swarm",
        SecretSource::Vault { .. } => "vault",
        SecretSource::Sops { .. } => "sops",
        SecretSource::OnePassword(_) => "onepassword",
        SecretSource::Aws { .. } => "aws",
        SecretSource::Generate { .. } => "generate",
    }
}

fn map<const N: usize>(pairs: [(&'static str, Value); N]) -> Value {
    let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value));
    Value::Map(pairs.collect::<Map>().into())
}

fn entries<T>(entries: &Merged<T>, value: impl Fn(&T) -> Value) -> Value {
    let pairs = entries
        .iter()
        .map(|(key, it)| (key.clone(), value(&it.value)));
    Value::Map(pairs.collect::<Map>().into())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::list(items.into_iter().collect::<Vec<_>>())
}

fn option<T>(it: &Slot<T>, value: impl Fn(&T) -> Value) -> Value {
    it.as_ref().map_or(Value::None, |it| value(&it.value))
}

fn option_or_empty<T>(it: &Slot<T>, value: impl Fn(&T) -> Value) -> Value {
    it.as_ref().map_or_else(|| list([]), |it| value(&it.value))
}

fn text(it: &EcoString) -> Value {
    Value::text(it.clone())
}

fn word(it: &'static str) -> Value {
    Value::Word(it.into())
}

fn int(it: u32) -> Value {
    Value::Int(it.into())
}

fn duration(it: &Duration) -> Value {
    Value::Duration(*it)
}
