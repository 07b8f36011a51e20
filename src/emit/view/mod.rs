//! The published shape of the model: what `svcc model` prints and templates are given. `docs/model.schema.json` is its schema.
//!
//! The model itself may change from day to day; this may only grow. A change that breaks a reader raises [`VERSION`].

mod image;
mod service;

use serde::Serialize;

use crate::encode::Entries;
use crate::model::secret::{ConfigContent, SecretSource};
use crate::model::service::Merged;
use crate::model::{self, DeployMode, Engine, Fleet, Model};

/// The version of the shape.
pub const VERSION: u32 = 1;

/// Everything that a project says.
#[derive(Debug, Serialize)]
pub struct View {
    version: u32,
    project: Project,
    images: Vec<image::Image>,
    environments: Vec<Environment>,
    pipelines: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Project {
    name: String,
    edition: i64,
    registry: Option<String>,
    output: String,
    source: Option<String>,
}

#[derive(Debug, Serialize)]
struct Reference {
    kind: &'static str,
    name: String,
}

/// One environment with its fleet.
#[derive(Debug, Serialize)]
struct Environment {
    name: String,
    engine: &'static str,
    host: Option<String>,
    context: Option<String>,
    regions: Vec<String>,
    deploy: &'static str,
    after: Option<String>,
    stack: String,
    services: Vec<service::Service>,
    secrets: Vec<Secret>,
    configs: Vec<Config>,
    volumes: Vec<String>,
    networks: Vec<String>,
    nodes: Vec<Node>,
}

#[derive(Debug, Serialize)]
struct Node {
    count: u32,
    cpus: f64,
    memory: u64,
    labels: Entries<String>,
    manager: bool,
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
            source: project.source.as_ref().map(|it| it.value.to_string()),
        },
        images: model.images.iter().map(|it| image::image(it)).collect(),
        environments: wanted.map(fleet).collect(),
        pipelines: model.pipelines.iter().map(|it| it.system.word()).collect(),
    }
}

/// One environment with its fleet.
fn fleet(fleet: &Fleet) -> Environment {
    let it = &fleet.environment;
    Environment {
        name: it.name.to_string(),
        engine: match it.engine.value {
            Engine::Compose => "compose",
            Engine::Swarm => "swarm",
        },
        host: it.host.as_ref().map(|it| it.value.to_string()),
        context: it.context.as_ref().map(|it| it.value.to_string()),
        regions: strings(it.regions.iter().flat_map(|it| &it.value)),
        deploy: match it.deploy.value {
            DeployMode::Automatic => "automatic",
            DeployMode::Manual => "manual",
        },
        after: it.after.as_ref().map(|it| it.value.to_string()),
        stack: it.stack.value.to_string(),
        services: fleet
            .services
            .iter()
            .map(|it| service::service(it))
            .collect(),
        secrets: fleet.secrets.iter().map(secret).collect(),
        configs: fleet.configs.iter().map(config).collect(),
        volumes: strings(fleet.volumes.iter().map(|it| &it.name)),
        networks: strings(fleet.networks.iter().map(|it| &it.name)),
        nodes: it.nodes.iter().map(|it| node(&it.value)).collect(),
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

fn node(it: &model::Node) -> Node {
    let labels = it.labels.iter();
    Node {
        count: it.count,
        cpus: it.cpus,
        memory: it.memory.bytes,
        labels: labels
            .map(|(key, it)| (key.to_string(), it.to_string()))
            .collect(),
        manager: it.manager,
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
