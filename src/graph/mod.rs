//! Pictures of a fleet and of its pipeline: nodes and arrows, and how they are written. Knows no file of a target.

mod html;
mod layout;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::image::From;
use crate::model::service::{Mount, ServiceImage};
use crate::model::{DeployMode, Fleet, Model, Service};
use crate::plan::{JobKind, Plan};

pub use html::page;
pub use text::{dot, mermaid};

/// A picture.
#[derive(Debug, Serialize)]
pub struct Graph {
    /// What is shown: `shop: prod`.
    pub title: String,
    /// The names of the columns, where the nodes have an order: the stages of a pipeline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// The nodes, in order.
    pub nodes: Vec<Node>,
    /// The arrows, each from one node to another by their ids.
    pub edges: Vec<Edge>,
    #[serde(skip)]
    ids: BTreeSet<String>,
    #[serde(skip)]
    arrows: BTreeSet<(String, String, How)>,
}

/// Something in a picture.
#[derive(Debug, Serialize)]
pub struct Node {
    /// Unique in the picture: `service:catalog`.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What else is to know: `6 replicas, 1GiB`.
    pub note: String,
    /// The number of its stage, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<usize>,
}

/// An arrow.
#[derive(Debug, Serialize)]
pub struct Edge {
    /// The id of the node that it leaves.
    pub from: String,
    /// The id of the node that it leads to.
    pub to: String,
    /// What it means: `refers to`.
    pub how: How,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A service.
    Service,
    /// A job of the fleet, which runs to its end.
    Job,
    /// A base.
    Base,
    /// An image from outside.
    Image,
    /// A secret.
    Secret,
    /// A config.
    Config,
    /// A volume.
    Volume,
    /// A network that is declared.
    Network,
    /// A job of the pipeline that checks.
    Check,
    /// One that builds.
    Build,
    /// One that tests.
    Test,
    /// One that deploys.
    Deploy,
}

/// What an arrow means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A service is wired to another.
    RefersTo,
    /// A service waits for a job.
    WaitsFor,
    /// An image is made from another, or takes files of it.
    StandsOn,
    /// A service runs a ready image.
    Runs,
    /// A service reads a secret or a config.
    Reads,
    /// A service keeps files in a volume.
    Keeps,
    /// A service is on a network.
    IsOn,
    /// A job of the pipeline comes before another.
    Before,
}

impl Kind {
    /// All kinds, in the order of a legend.
    pub const ALL: [Kind; 12] = [
        Kind::Service,
        Kind::Job,
        Kind::Base,
        Kind::Image,
        Kind::Secret,
        Kind::Config,
        Kind::Volume,
        Kind::Network,
        Kind::Check,
        Kind::Build,
        Kind::Test,
        Kind::Deploy,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Service => "service",
            Kind::Job => "job",
            Kind::Base => "base",
            Kind::Image => "image",
            Kind::Secret => "secret",
            Kind::Config => "config",
            Kind::Volume => "volume",
            Kind::Network => "network",
            Kind::Check => "check",
            Kind::Build => "build",
            Kind::Test => "test",
            Kind::Deploy => "deploy",
        }
    }
}

impl How {
    /// Its words.
    pub fn words(self) -> &'static str {
        match self {
            How::RefersTo => "refers to",
            How::WaitsFor => "waits for",
            How::StandsOn => "stands on",
            How::Runs => "runs",
            How::Reads => "reads",
            How::Keeps => "keeps",
            How::IsOn => "is on",
            How::Before => "before",
        }
    }
}

impl Graph {
    fn new(title: String) -> Graph {
        Graph {
            title,
            stages: Vec::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            ids: BTreeSet::new(),
            arrows: BTreeSet::new(),
        }
    }

    fn node(&mut self, kind: Kind, name: &str, note: String, stage: Option<usize>) -> String {
        let id = format!("{}:{name}", kind.word());
        if self.ids.insert(id.clone()) {
            self.nodes.push(Node {
                id: id.clone(),
                kind,
                name: name.to_owned(),
                note,
                stage,
            });
        }
        id
    }

    fn edge(&mut self, from: &str, to: &str, how: How) {
        let arrow = (from.to_owned(), to.to_owned(), how);
        if from != to && self.arrows.insert(arrow) {
            self.edges.push(Edge {
                from: from.to_owned(),
                to: to.to_owned(),
                how,
            });
        }
    }
}

/// What an environment is made of: services with what they refer to, their images, secrets, configs, volumes and networks.
pub fn fleet(model: &Model, fleet: &Fleet, plan: &Plan) -> Graph {
    let environment = &fleet.environment;
    let title = format!("{}: {}", model.project.name, environment.name);
    let mut graph = Graph::new(title);
    let kind = |it: &Service| match it.job {
        Some(_) => Kind::Job,
        None => Kind::Service,
    };
    let ids: BTreeMap<&str, String> = fleet
        .services
        .iter()
        .map(|it| {
            let id = graph.node(kind(it), &it.name, note(it), None);
            (it.name.as_str(), id)
        })
        .collect();
    for service in &fleet.services {
        let own = &ids[service.name.as_str()];
        for other in &service.refers_to {
            if let Some(other) = ids.get(other.value.as_str()) {
                graph.edge(own, other, How::RefersTo);
            }
        }
        for waiting in service.job.iter().flat_map(|it| &it.before) {
            if let Some(waiting) = ids.get(waiting.value.as_str()) {
                graph.edge(waiting, own, How::WaitsFor);
            }
        }
        match &service.image {
            ServiceImage::Ready(image) => {
                let image = graph.node(Kind::Image, &image.value, String::new(), None);
                graph.edge(own, &image, How::Runs);
            }
            ServiceImage::Built(name) => stands(&mut graph, own, name, plan),
        }
        for (name, _) in &service.secrets {
            let source = fleet.secret(name).and_then(|it| it.source.as_ref());
            let note = source.map(|it| it.value.to_string());
            let secret = graph.node(Kind::Secret, name, note.unwrap_or_default(), None);
            graph.edge(own, &secret, How::Reads);
        }
        for (name, _) in &service.configs {
            let config = graph.node(Kind::Config, name, String::new(), None);
            graph.edge(own, &config, How::Reads);
        }
        for (_, mount) in &service.mounts {
            if let Mount::Volume { name, .. } = &mount.value {
                let volume = graph.node(Kind::Volume, name, String::new(), None);
                graph.edge(own, &volume, How::Keeps);
            }
        }
        for network in service.networks.iter().flat_map(|it| &it.value) {
            let network = graph.node(Kind::Network, &network.value, String::new(), None);
            graph.edge(own, &network, How::IsOn);
        }
    }
    graph
}

/// What an image stands on, down to the images from outside. `own` is the node that stands for the image.
fn stands(graph: &mut Graph, own: &str, name: &str, plan: &Plan) {
    let Some(image) = plan.image(name) else {
        return;
    };
    for base in &image.bases {
        let base_id = graph.node(Kind::Base, base, String::new(), None);
        graph.edge(own, &base_id, How::StandsOn);
        stands(graph, &base_id, base, plan);
    }
    let stages = image.image.stages.iter().map(|it| &it.from);
    for from in stages.chain([&image.image.from]) {
        let outside = match &from.value {
            From::External(outside) => Some(outside),
            From::Base(name) => plan.image(name).and_then(|it| it.image.published.as_ref()),
            From::Stage(_) => None,
        };
        if let Some(outside) = outside {
            let outside = graph.node(Kind::Image, outside, String::new(), None);
            graph.edge(own, &outside, How::StandsOn);
        }
    }
}

fn note(it: &Service) -> String {
    let mut notes = Vec::new();
    if let Some(job) = &it.job {
        match &job.schedule {
            Some(schedule) => notes.push(schedule.value.to_string()),
            None => notes.push("once before a deploy".to_owned()),
        }
    } else if let Some(replicas) = it.replicas.as_ref().filter(|it| it.value != 1) {
        notes.push(format!("{} replicas", replicas.value));
    }
    if let Some(memory) = &it.memory {
        notes.push(memory.value.to_string());
    }
    notes.extend(
        it.publish
            .iter()
            .map(|(_, it)| format!(":{}", it.value.port)),
    );
    notes.join(", ")
}

/// The jobs of the pipeline, in their order.
pub fn pipeline(model: &Model, plan: &Plan) -> Graph {
    let mut graph = Graph::new(format!("{}: pipeline", model.project.name));
    let mut done: Vec<(&str, String)> = Vec::new();
    for (at, stage) in plan.stages.iter().enumerate() {
        graph.stages.push(stage.name.clone());
        let before = done.len();
        for job in &stage.jobs {
            let (kind, note) = match &job.kind {
                JobKind::Check => (Kind::Check, "of generated files".to_owned()),
                JobKind::Build { .. } => (Kind::Build, String::new()),
                JobKind::Test { .. } => (Kind::Test, String::new()),
                JobKind::Deploy { environment, .. } => {
                    let mut fleets = model.fleets.iter();
                    let fleet = fleets.find(|it| it.environment.name == *environment);
                    let note = match fleet.map(|it| it.environment.deploy.value) {
                        Some(DeployMode::Manual) => "a person decides",
                        Some(DeployMode::Automatic) | None => "by itself",
                    };
                    (Kind::Deploy, note.to_owned())
                }
            };
            let own = graph.node(kind, &job.name, note, Some(at));
            // A first deploy waits for all that came before; what others waited for need not be drawn again.
            let waits = matches!(&job.kind, JobKind::Deploy { after: None, .. });
            let earlier: Vec<String> = done[..before]
                .iter()
                .filter(|(name, id)| {
                    let is_last = || graph.edges.iter().all(|it| it.from != *id);
                    job.needs.iter().any(|it| it == name) || (waits && is_last())
                })
                .map(|(_, id)| id.clone())
                .collect();
            for id in earlier {
                graph.edge(&id, &own, How::Before);
            }
            done.push((&job.name, own));
        }
    }
    graph
}
