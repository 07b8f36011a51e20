//! The published shape of the model: what `svcc model` prints and templates are given. `docs/model.schema.json` is its schema.
//!
//! The model itself may change from day to day; this may only grow. A change that breaks a reader raises [`VERSION`].

use serde::Serialize;

use crate::encode::Entries;
use crate::model::image::{From, ImageKind, Probe};
use crate::model::secret::{ConfigContent, SecretSource};
use crate::model::service::{self, Merged, Mode, Mount, Protocol, ServiceImage};
use crate::model::{self, DeployMode, Engine, Fleet, Giver, Model};
use crate::value::Text;

/// The version of the shape.
pub const VERSION: u32 = 1;

/// Everything that a project says.
#[derive(Debug, Serialize)]
pub struct View {
    version: u32,
    project: Project,
    images: Vec<Image>,
    environments: Vec<Environment>,
    pipelines: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Project {
    name: String,
    edition: i64,
    registry: Option<String>,
    output: String,
}

#[derive(Debug, Serialize)]
struct Image {
    name: String,
    kind: &'static str,
    doc: String,
    from: Reference,
    system: String,
    context: String,
    provides: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Reference {
    kind: &'static str,
    name: String,
}

/// One environment with its fleet.
#[derive(Debug, Serialize)]
pub(super) struct Environment {
    pub(super) name: String,
    engine: &'static str,
    host: Option<String>,
    deploy: &'static str,
    after: Option<String>,
    stack: String,
    pub(super) services: Vec<Service>,
    secrets: Vec<Secret>,
    configs: Vec<Config>,
    volumes: Vec<String>,
    networks: Vec<String>,
}

/// A service or job in one environment.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    pub(super) name: String,
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
    health: Option<Health>,
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
    refers_to: Vec<String>,
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
}

#[derive(Debug, Serialize)]
struct Health {
    kind: &'static str,
    path: Option<String>,
    port: Option<u16>,
    command: Option<Vec<String>>,
    interval: Option<String>,
    timeout: Option<String>,
    start: Option<String>,
    retries: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Secret {
    name: String,
    version: u32,
    source: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Config {
    name: String,
    file: Option<String>,
    content: Option<String>,
}

/// The whole model, or what it says of one environment.
pub fn view(model: &Model, environment: Option<&str>) -> View {
    let project = &model.project;
    let fleets = model.fleets.iter();
    let wanted = fleets.filter(|it| environment.is_none_or(|name| it.environment.name == name));
    View {
        version: VERSION,
        project: Project {
            name: project.name.to_string(),
            edition: project.edition,
            registry: project.registry.as_ref().map(|it| it.value.to_string()),
            output: project.output.to_string(),
        },
        images: model.images.iter().map(|it| image(it)).collect(),
        environments: wanted.map(fleet).collect(),
        pipelines: model.pipelines.iter().map(|it| it.system.word()).collect(),
    }
}

fn image(it: &model::Image) -> Image {
    let (kind, name) = match &it.from.value {
        From::External(name) => ("external", name),
        From::Base(name) => ("base", name),
        From::Stage(name) => ("stage", name),
    };
    Image {
        name: it.name.to_string(),
        kind: match it.kind {
            ImageKind::Base => "base",
            ImageKind::Service => "service",
        },
        doc: it.doc.to_string(),
        from: reference(kind, name),
        system: it.system.to_string(),
        context: it.context.to_string(),
        provides: strings(&it.provides),
    }
}

/// One environment with its fleet.
pub(super) fn fleet(fleet: &Fleet) -> Environment {
    let it = &fleet.environment;
    Environment {
        name: it.name.to_string(),
        engine: match it.engine.value {
            Engine::Compose => "compose",
            Engine::Swarm => "swarm",
        },
        host: it.host.as_ref().map(|it| it.value.to_string()),
        deploy: match it.deploy.value {
            DeployMode::Automatic => "automatic",
            DeployMode::Manual => "manual",
        },
        after: it.after.as_ref().map(|it| it.value.to_string()),
        stack: it.stack.value.to_string(),
        services: fleet.services.iter().map(service).collect(),
        secrets: fleet.secrets.iter().map(secret).collect(),
        configs: fleet.configs.iter().map(config).collect(),
        volumes: strings(fleet.volumes.iter().map(|it| &it.name)),
        networks: strings(fleet.networks.iter().map(|it| &it.name)),
    }
}

fn service(it: &service::Service) -> Service {
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
        health: it.health.as_ref().map(|it| health(&it.value)),
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
    let (kind, source, read_only) = match it {
        Mount::Volume { name, read_only } => ("volume", Some(name), *read_only),
        Mount::Bind { source, read_only } => ("bind", Some(source), *read_only),
        Mount::Tmpfs { size: _ } => ("tmpfs", None, false),
    };
    MountView {
        kind,
        source: source.map(ToString::to_string),
        target: target.to_owned(),
        read_only,
    }
}

fn health(it: &model::image::Health) -> Health {
    let (kind, path, port, command) = match &it.probe {
        Probe::Http { path, port } => ("http", Some(path.to_string()), Some(*port), None),
        Probe::Tcp { port } => ("tcp", None, Some(*port), None),
        Probe::Command(words) => ("command", None, None, Some(strings(words))),
        Probe::Off => ("off", None, None, None),
    };
    Health {
        kind,
        path,
        port,
        command,
        interval: it.interval.map(|it| it.to_string()),
        timeout: it.timeout.map(|it| it.to_string()),
        start: it.start.map(|it| it.to_string()),
        retries: it.retries,
    }
}

/// Only which kind of source it has: where exactly a value lies is nobody else's business.
fn secret(it: &model::Secret) -> Secret {
    Secret {
        name: it.name.to_string(),
        version: it.version.value,
        source: it.source.as_ref().map(|it| match &it.value {
            SecretSource::File(_) => "file",
            SecretSource::Env(_) => "env",
            SecretSource::Ci(_) => "ci",
            SecretSource::Swarm(_) => "swarm",
            SecretSource::Vault { .. } => "vault",
            SecretSource::Sops { .. } => "sops",
            SecretSource::OnePassword(_) => "onepassword",
            SecretSource::Aws { .. } => "aws",
            SecretSource::Generate { .. } => "generate",
        }),
    }
}

fn config(it: &model::Config) -> Config {
    let (file, content) = match it.content.as_ref().map(|it| &it.value) {
        Some(ConfigContent::File { path, .. }) => (Some(path.to_string()), None),
        Some(ConfigContent::Inline(text)) => (None, Some(text.to_string())),
        None => (None, None),
    };
    Config {
        name: it.name.to_string(),
        file,
        content,
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

fn reference(kind: &'static str, name: &str) -> Reference {
    Reference {
        kind,
        name: name.to_owned(),
    }
}

fn strings<'a>(all: impl IntoIterator<Item = &'a ecow::EcoString>) -> Vec<String> {
    all.into_iter().map(ToString::to_string).collect()
}

fn entries<T, V>(map: &Merged<T>, value: impl Fn(&T) -> V) -> Entries<V> {
    map.iter()
        .map(|(key, it)| (key.to_string(), value(&it.value)))
        .collect()
}
