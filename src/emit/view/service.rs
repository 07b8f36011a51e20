//! Services and jobs in the published shape, with everything merged.

use serde::Serialize;

use super::{Reference, entries, image, reference, strings};
use crate::encode::Entries;
use crate::model::service::{
    self, Failure, Mode, Mount, Order, Protocol, RestartCondition, ServiceImage,
};
use crate::model::{Giver, Slot};
use crate::value::Text;

/// A service or job in one environment.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    name: String,
    doc: String,
    folder: String,
    image: Reference,
    job: Option<Job>,
    entrypoint: Option<Vec<String>>,
    command: Option<Vec<String>>,
    workdir: Option<String>,
    user: Option<String>,
    hostname: Option<String>,
    ports: Entries<u16>,
    publish: Entries<Publish>,
    env: Entries<Variable>,
    labels: Entries<String>,
    deploy_labels: Entries<String>,
    secrets: Entries<String>,
    configs: Entries<String>,
    mounts: Vec<MountView>,
    networks: Vec<String>,
    health: Option<image::Health>,
    mode: &'static str,
    replicas: u32,
    cpus: Option<f64>,
    memory: Option<u64>,
    pids: Option<u32>,
    reserve_cpus: Option<f64>,
    reserve_memory: Option<u64>,
    placement: Vec<String>,
    spread: Vec<String>,
    max_per_node: Option<u32>,
    update: Rollout,
    rollback: Rollout,
    restart: Restart,
    stop_grace: Option<String>,
    stop_signal: Option<String>,
    init: Option<bool>,
    read_only: Option<bool>,
    capabilities_add: Vec<String>,
    capabilities_drop: Vec<String>,
    ulimits: Entries<Ulimit>,
    sysctls: Entries<String>,
    dns: Vec<String>,
    extra_hosts: Entries<String>,
    logging: Logging,
    watch: Vec<Pair>,
    tests: Vec<Test>,
    refers_to: Vec<String>,
}

/// What is set; what is not is left to the engine.
#[derive(Debug, Serialize)]
struct Rollout {
    parallelism: Option<u32>,
    delay: Option<String>,
    order: Option<&'static str>,
    failure: Option<&'static str>,
    monitor: Option<String>,
    max_failure_ratio: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Restart {
    condition: Option<&'static str>,
    delay: Option<String>,
    max_attempts: Option<u32>,
    window: Option<String>,
}

#[derive(Debug, Serialize)]
struct Ulimit {
    soft: u64,
    hard: u64,
}

#[derive(Debug, Serialize)]
struct Logging {
    driver: Option<String>,
    options: Entries<String>,
}

/// Something of the machine and where it is seen in the container.
#[derive(Debug, Serialize)]
struct Pair {
    source: String,
    target: String,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    run: Vec<String>,
    image: Option<String>,
    with: Vec<String>,
    mounts: Vec<Pair>,
    env: Entries<String>,
    timeout: Option<String>,
    report: Option<String>,
}

#[derive(Debug, Serialize)]
struct Job {
    before: Vec<String>,
    schedule: Option<String>,
}

#[derive(Debug, Serialize)]
struct Publish {
    port: u16,
    mode: &'static str,
    protocol: &'static str,
    address: Option<String>,
}

#[derive(Debug, Serialize)]
struct Variable {
    value: String,
    given_by: &'static str,
}

#[derive(Debug, Serialize)]
struct MountView {
    kind: &'static str,
    source: Option<String>,
    target: String,
    read_only: bool,
    size: Option<u64>,
}

pub(super) fn service(it: &service::Service) -> Service {
    let texts = |it: &Vec<Text>| it.iter().map(|it| it.preview().into_owned()).collect();
    Service {
        name: it.name.to_string(),
        doc: it.doc.to_string(),
        folder: it.folder.to_string(),
        image: match &it.image {
            ServiceImage::Built(name) => reference("built", name),
            ServiceImage::Ready(name) => reference("ready", &name.value),
        },
        job: it.job.as_ref().map(|it| Job {
            before: strings(it.before.iter().map(|it| &it.value)),
            schedule: it.schedule.as_ref().map(|it| it.value.to_string()),
        }),
        entrypoint: it.entrypoint.as_ref().map(|it| texts(&it.value)),
        command: it.command.as_ref().map(|it| texts(&it.value)),
        workdir: it.workdir.as_ref().map(|it| it.value.to_string()),
        user: it.user.as_ref().map(|it| it.value.to_string()),
        hostname: it
            .hostname
            .as_ref()
            .map(|it| it.value.preview().into_owned()),
        ports: entries(&it.ports, |it| *it),
        publish: entries(&it.publish, publish),
        env: it
            .env
            .iter()
            .map(|(name, it)| {
                let value = it.value.preview().into_owned();
                let given_by = giver(&it.giver);
                (name.to_string(), Variable { value, given_by })
            })
            .collect(),
        labels: entries(&it.labels, |it| it.preview().into_owned()),
        deploy_labels: entries(&it.deploy_labels, |it| it.preview().into_owned()),
        secrets: entries(&it.secrets, |it| it.target.to_string()),
        configs: entries(&it.configs, |it| it.target.to_string()),
        mounts: it
            .mounts
            .iter()
            .map(|(target, it)| mount(target, &it.value))
            .collect(),
        networks: match &it.networks {
            Some(it) => strings(it.value.iter().map(|it| &it.value)),
            None => vec!["default".to_owned()],
        },
        health: it.health.as_ref().map(|it| image::health(&it.value)),
        mode: match it.mode.as_ref().map(|it| it.value) {
            Some(Mode::Global) => "global",
            Some(Mode::Replicated) | None => "replicated",
        },
        replicas: it.replicas.as_ref().map_or(1, |it| it.value),
        cpus: it.cpus.as_ref().map(|it| it.value),
        memory: it.memory.as_ref().map(|it| it.value.bytes),
        pids: it.pids.as_ref().map(|it| it.value),
        reserve_cpus: it.reserve_cpus.as_ref().map(|it| it.value),
        reserve_memory: it.reserve_memory.as_ref().map(|it| it.value.bytes),
        placement: strings(
            it.placement
                .iter()
                .flat_map(|it| it.value.iter().map(|it| &it.value)),
        ),
        spread: strings(
            it.spread
                .iter()
                .flat_map(|it| it.value.iter().map(|it| &it.value)),
        ),
        max_per_node: it.max_per_node.as_ref().map(|it| it.value),
        update: rollout(&it.update),
        rollback: rollout(&it.rollback),
        restart: restart(&it.restart),
        stop_grace: text(&it.stop_grace),
        stop_signal: text(&it.stop_signal),
        init: it.init.as_ref().map(|it| it.value),
        read_only: it.read_only.as_ref().map(|it| it.value),
        capabilities_add: strings(it.capabilities_add.iter().flat_map(|it| &it.value)),
        capabilities_drop: strings(it.capabilities_drop.iter().flat_map(|it| &it.value)),
        ulimits: entries(&it.ulimits, |(soft, hard)| Ulimit {
            soft: *soft,
            hard: *hard,
        }),
        sysctls: entries(&it.sysctls, ToString::to_string),
        dns: strings(it.dns.iter().flat_map(|it| &it.value)),
        extra_hosts: entries(&it.extra_hosts, ToString::to_string),
        logging: Logging {
            driver: text(&it.logging_driver),
            options: entries(&it.logging_options, ToString::to_string),
        },
        watch: it
            .watch
            .iter()
            .map(|it| pair(&it.value.source, &it.value.target))
            .collect(),
        tests: it.tests.iter().map(test).collect(),
        refers_to: strings(it.refers_to.iter().map(|it| &it.value)),
    }
}

fn publish(it: &service::Publish) -> Publish {
    Publish {
        port: it.port,
        mode: if it.host { "host" } else { "ingress" },
        protocol: match it.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        },
        address: it.address.as_ref().map(ToString::to_string),
    }
}

fn mount(target: &str, it: &Mount) -> MountView {
    let (kind, source, read_only, size) = match it {
        Mount::Volume { name, read_only } => ("volume", Some(name), *read_only, None),
        Mount::Bind { source, read_only } => ("bind", Some(source), *read_only, None),
        Mount::Tmpfs { size } => ("tmpfs", None, false, *size),
    };
    MountView {
        kind,
        source: source.map(ToString::to_string),
        target: target.to_owned(),
        read_only,
        size: size.map(|it| it.bytes),
    }
}

fn giver(it: &Giver) -> &'static str {
    match it {
        Giver::Default => "default",
        Giver::Layer(_) => "layer",
        Giver::Project => "project",
        Giver::Own => "declaration",
        Giver::Environment(_) => "environment",
        Giver::In(_) => "in",
    }
}

fn rollout(it: &service::Rollout) -> Rollout {
    Rollout {
        parallelism: it.parallelism.as_ref().map(|it| it.value),
        delay: text(&it.delay),
        order: it.order.as_ref().map(|it| match it.value {
            Order::StartFirst => "start-first",
            Order::StopFirst => "stop-first",
        }),
        failure: it.failure.as_ref().map(|it| match it.value {
            Failure::Pause => "pause",
            Failure::Continue => "continue",
            Failure::Rollback => "rollback",
        }),
        monitor: text(&it.monitor),
        max_failure_ratio: it.max_failure_ratio.as_ref().map(|it| it.value.fraction()),
    }
}

fn restart(it: &service::Restart) -> Restart {
    Restart {
        condition: it.condition.as_ref().map(|it| match it.value {
            RestartCondition::None => "none",
            RestartCondition::OnFailure => "on-failure",
            RestartCondition::Any => "any",
        }),
        delay: text(&it.delay),
        max_attempts: it.max_attempts.as_ref().map(|it| it.value),
        window: text(&it.window),
    }
}

fn test(it: &service::Test) -> Test {
    let mounts = it.mounts.iter();
    let env = it.env.iter();
    Test {
        name: it.name.value.to_string(),
        run: strings(&it.run),
        image: it.image.as_ref().map(|it| it.value.to_string()),
        with: strings(it.with.iter().map(|it| &it.value)),
        mounts: mounts
            .map(|(source, target)| pair(source, target))
            .collect(),
        env: env
            .map(|(key, it)| (key.to_string(), it.preview().into_owned()))
            .collect(),
        timeout: it.timeout.map(|it| it.to_string()),
        report: it.report.as_ref().map(ToString::to_string),
    }
}

fn pair(source: &str, target: &str) -> Pair {
    Pair {
        source: source.to_owned(),
        target: target.to_owned(),
    }
}

/// What is set, as the language writes it.
fn text<T: ToString>(it: &Slot<T>) -> Option<String> {
    it.as_ref().map(|it| it.value.to_string())
}
