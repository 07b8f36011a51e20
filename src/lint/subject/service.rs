//! A service or job as a value, and where each of its properties was given.

use ecow::EcoString;

use super::{duration, entries, int, list, map, option, option_or_empty, text, word};
use crate::model::image::{Health, Probe};
use crate::model::service::{
    Failure, Merged, Mode, Mount, Order, Protocol, RestartCondition, Rollout, Service, ServiceImage,
};
use crate::model::{Fleet, Slot};
use crate::source::{Span, Spanned};
use crate::value::{Duration, Size, Text, Value};

/// What `it` is for a service or job.
pub(super) fn value(it: &Service, fleet: &Fleet) -> Value {
    let texts = |it: &Vec<Text>| list(it.iter().map(|it| Value::Text(it.clone())));
    let strings = |it: &Vec<EcoString>| list(it.iter().map(text));
    let names = |it: &Vec<Spanned<EcoString>>| list(it.iter().map(|it| text(&it.value)));
    let flag = |it: &bool| Value::Bool(*it);
    let whole = |it: &u32| int(*it);
    let size = |it: &Size| Value::Size(*it);
    let float = |it: &f64| Value::Float(*it);
    let tests = it.tests.iter().map(|it| text(&it.name.value));
    let job = it.job.as_ref();
    map([
        ("name", text(&it.name)),
        ("doc", text(&it.doc)),
        ("folder", text(&it.folder)),
        ("environment", text(&fleet.environment.name)),
        (
            "image",
            match &it.image {
                ServiceImage::Built(name) => text(name),
                ServiceImage::Ready(name) => text(name),
            },
        ),
        (
            "built",
            Value::Bool(matches!(it.image, ServiceImage::Built(_))),
        ),
        (
            "before",
            list(
                job.iter()
                    .flat_map(|it| &it.before)
                    .map(|it| text(&it.value)),
            ),
        ),
        (
            "schedule",
            job.map_or(Value::None, |it| option(&it.schedule, text)),
        ),
        ("command", option(&it.command, texts)),
        ("entrypoint", option(&it.entrypoint, texts)),
        ("workdir", option(&it.workdir, text)),
        ("user", option(&it.user, text)),
        (
            "hostname",
            option(&it.hostname, |it| Value::Text(it.clone())),
        ),
        ("ports", entries(&it.ports, |it| Value::Int((*it).into()))),
        (
            "publish",
            entries(&it.publish, |it| {
                map([
                    ("port", Value::Int(it.port.into())),
                    ("host", Value::Bool(it.host)),
                    (
                        "protocol",
                        word(match it.protocol {
                            Protocol::Tcp => "tcp",
                            Protocol::Udp => "udp",
                        }),
                    ),
                    ("address", it.address.as_ref().map_or(Value::None, text)),
                ])
            }),
        ),
        ("env", entries(&it.env, |it| Value::Text(it.clone()))),
        ("secrets", list(it.secrets.iter().map(|(it, _)| text(it)))),
        ("configs", list(it.configs.iter().map(|(it, _)| text(it)))),
        (
            "mounts",
            entries(&it.mounts, |it| match it {
                Mount::Volume { name, read_only } => mount("volume", text(name), *read_only),
                Mount::Bind { source, read_only } => mount("bind", text(source), *read_only),
                Mount::Tmpfs { size: _ } => mount("tmpfs", Value::None, false),
            }),
        ),
        (
            "networks",
            it.networks
                .as_ref()
                .map_or_else(|| list([Value::text("default")]), |it| names(it)),
        ),
        ("health", option(&it.health, health)),
        (
            "replicas",
            int(it.replicas.as_ref().map_or(1, |it| it.value)),
        ),
        (
            "mode",
            word(match it.mode.as_ref().map(|it| it.value) {
                Some(Mode::Global) => "global",
                Some(Mode::Replicated) | None => "replicated",
            }),
        ),
        ("cpus", option(&it.cpus, float)),
        ("memory", option(&it.memory, size)),
        ("pids", option(&it.pids, whole)),
        (
            "reserve",
            map([
                ("cpus", option(&it.reserve_cpus, float)),
                ("memory", option(&it.reserve_memory, size)),
            ]),
        ),
        ("placement", option_or_empty(&it.placement, names)),
        ("spread", option_or_empty(&it.spread, names)),
        ("max_per_node", option(&it.max_per_node, whole)),
        ("update", rollout(&it.update)),
        ("rollback", rollout(&it.rollback)),
        (
            "restart",
            map([
                (
                    "condition",
                    option(&it.restart.condition, |it| {
                        word(match it {
                            RestartCondition::None => "none",
                            RestartCondition::OnFailure => "on-failure",
                            RestartCondition::Any => "any",
                        })
                    }),
                ),
                ("delay", option(&it.restart.delay, duration)),
                ("max_attempts", option(&it.restart.max_attempts, whole)),
                ("window", option(&it.restart.window, duration)),
            ]),
        ),
        ("labels", entries(&it.labels, |it| Value::Text(it.clone()))),
        (
            "deploy_labels",
            entries(&it.deploy_labels, |it| Value::Text(it.clone())),
        ),
        ("stop_grace", option(&it.stop_grace, duration)),
        ("stop_signal", option(&it.stop_signal, text)),
        ("init", option(&it.init, flag)),
        ("read_only", option(&it.read_only, flag)),
        (
            "capabilities",
            map([
                ("add", option_or_empty(&it.capabilities_add, strings)),
                ("drop", option_or_empty(&it.capabilities_drop, strings)),
            ]),
        ),
        ("sysctls", entries(&it.sysctls, text)),
        ("dns", option_or_empty(&it.dns, strings)),
        ("extra_hosts", entries(&it.extra_hosts, text)),
        (
            "logging",
            map([
                ("driver", option(&it.logging_driver, text)),
                ("options", entries(&it.logging_options, text)),
            ]),
        ),
        ("tests", list(tests)),
        (
            "refers_to",
            list(it.refers_to.iter().map(|it| text(&it.value))),
        ),
    ])
}

fn health(it: &Health) -> Value {
    let (kind, path, port) = match &it.probe {
        Probe::Http { path, port } => ("http", text(path), Value::Int((*port).into())),
        Probe::Tcp { port } => ("tcp", Value::None, Value::Int((*port).into())),
        Probe::Command(_) => ("command", Value::None, Value::None),
        Probe::Off => return Value::None,
    };
    let time = |it: &Option<Duration>| it.as_ref().map_or(Value::None, duration);
    map([
        ("kind", word(kind)),
        ("path", path),
        ("port", port),
        ("interval", time(&it.interval)),
        ("timeout", time(&it.timeout)),
        ("start", time(&it.start)),
        ("retries", it.retries.map_or(Value::None, int)),
    ])
}

fn rollout(it: &Rollout) -> Value {
    map([
        ("parallelism", option(&it.parallelism, |it| int(*it))),
        ("delay", option(&it.delay, duration)),
        (
            "order",
            option(&it.order, |it| {
                word(match it {
                    Order::StartFirst => "start-first",
                    Order::StopFirst => "stop-first",
                })
            }),
        ),
        (
            "failure",
            option(&it.failure, |it| {
                word(match it {
                    Failure::Pause => "pause",
                    Failure::Continue => "continue",
                    Failure::Rollback => "rollback",
                })
            }),
        ),
        ("monitor", option(&it.monitor, duration)),
        (
            "max_failure_ratio",
            option(&it.max_failure_ratio, |it| Value::Share(*it)),
        ),
    ])
}

fn mount(kind: &'static str, source: Value, read_only: bool) -> Value {
    map([
        ("kind", word(kind)),
        ("source", source),
        ("read_only", Value::Bool(read_only)),
    ])
}

/// Where a property was given, or the entry of it that is named `key`.
pub(super) fn origin(it: &Service, property: &str, key: Option<&str>) -> Option<Span> {
    fn of<T>(it: &Slot<T>) -> Option<Span> {
        it.as_ref()?.span
    }
    fn entry<T>(entries: &Merged<T>, key: Option<&str>) -> Option<Span> {
        let key = key?;
        let (_, given) = entries.iter().find(|(name, _)| name == key)?;
        given.span
    }
    fn in_rollout(it: &Rollout, key: Option<&str>) -> Option<Span> {
        match key? {
            "parallelism" => of(&it.parallelism),
            "delay" => of(&it.delay),
            "order" => of(&it.order),
            "failure" => of(&it.failure),
            "monitor" => of(&it.monitor),
            "max_failure_ratio" => of(&it.max_failure_ratio),
            _ => None,
        }
    }
    match property {
        "image" => match &it.image {
            ServiceImage::Built(_) => None,
            ServiceImage::Ready(image) => image.span,
        },
        "schedule" => of(&it.job.as_ref()?.schedule),
        "command" => of(&it.command),
        "entrypoint" => of(&it.entrypoint),
        "workdir" => of(&it.workdir),
        "user" => of(&it.user),
        "hostname" => of(&it.hostname),
        "ports" => entry(&it.ports, key),
        "publish" => entry(&it.publish, key),
        "env" => entry(&it.env, key),
        "labels" => entry(&it.labels, key),
        "deploy_labels" => entry(&it.deploy_labels, key),
        "sysctls" => entry(&it.sysctls, key),
        "extra_hosts" => entry(&it.extra_hosts, key),
        "networks" => of(&it.networks),
        "health" => of(&it.health),
        "replicas" => of(&it.replicas),
        "mode" => of(&it.mode),
        "cpus" => of(&it.cpus),
        "memory" => of(&it.memory),
        "pids" => of(&it.pids),
        "reserve" => match key? {
            "cpus" => of(&it.reserve_cpus),
            "memory" => of(&it.reserve_memory),
            _ => None,
        },
        "placement" => of(&it.placement),
        "spread" => of(&it.spread),
        "max_per_node" => of(&it.max_per_node),
        "update" => in_rollout(&it.update, key),
        "rollback" => in_rollout(&it.rollback, key),
        "restart" => match key? {
            "condition" => of(&it.restart.condition),
            "delay" => of(&it.restart.delay),
            "max_attempts" => of(&it.restart.max_attempts),
            "window" => of(&it.restart.window),
            _ => None,
        },
        "stop_grace" => of(&it.stop_grace),
        "stop_signal" => of(&it.stop_signal),
        "init" => of(&it.init),
        "read_only" => of(&it.read_only),
        "capabilities" => match key? {
            "add" => of(&it.capabilities_add),
            "drop" => of(&it.capabilities_drop),
            _ => None,
        },
        "dns" => of(&it.dns),
        "logging" => match key? {
            "driver" => of(&it.logging_driver),
            _ => None,
        },
        _ => None,
    }
}
