//! What runs, in one environment, with everything merged.

use std::sync::Arc;

use ecow::EcoString;

use super::image::{Health, Probe};
use super::{Given, Slot};
use crate::source::{Span, Spanned};
use crate::value::{Duration, Share, Size, Text};

/// Named values that merge by key: each key once, in the order in which keys were first given.
pub type Merged<T> = Vec<(EcoString, Arc<Given<T>>)>;

/// `service NAME` or `job NAME` in one environment. A field that is `None` was set nowhere.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name, which is also its host name on its networks.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// The `##` lines above it.
    pub doc: EcoString,
    /// The folder of the file that declares it, relative to the root.
    pub folder: EcoString,
    /// What it runs.
    pub image: ServiceImage,
    /// What makes it a job; `None` for a service that is to stay up.
    pub job: Option<Job>,
    /// Replaces the image's command.
    pub command: Slot<Vec<Text>>,
    /// Replaces the image's entrypoint.
    pub entrypoint: Slot<Vec<Text>>,
    /// The folder that it starts in.
    pub workdir: Slot<EcoString>,
    /// `1000:1000`
    pub user: Slot<EcoString>,
    /// The host name inside the container.
    pub hostname: Slot<Text>,
    /// Ports in the container, by name.
    pub ports: Merged<u16>,
    /// Ports that are opened to the outside, by the name of the port in the container.
    pub publish: Merged<Publish>,
    /// Environment of the container.
    pub env: Merged<Text>,
    /// Secrets that are mounted: those of `secrets = […]` and those that are mentioned.
    pub secrets: Merged<SecretMount>,
    /// Configs that are mounted: `config NAME at "/path"` and those that are mentioned.
    pub configs: Merged<ConfigMount>,
    /// Mounts, by target.
    pub mounts: Merged<Mount>,
    /// The networks that it is on; `None` for `default` alone.
    pub networks: Slot<Vec<Spanned<EcoString>>>,
    /// How it is asked whether it works.
    pub health: Slot<Health>,
    /// How many run; 1 where not set.
    pub replicas: Slot<u32>,
    /// One per node, or as many as asked for.
    pub mode: Slot<Mode>,
    /// The most processors that it gets.
    pub cpus: Slot<f64>,
    /// The most memory that it gets.
    pub memory: Slot<Size>,
    /// The most processes that it gets.
    pub pids: Slot<u32>,
    /// Processors that a node must have free.
    pub reserve_cpus: Slot<f64>,
    /// Memory that a node must have free.
    pub reserve_memory: Slot<Size>,
    /// Constraints: `node.labels.db == true`.
    pub placement: Slot<Vec<Spanned<EcoString>>>,
    /// Spread over the values of these: `node.labels.zone`.
    pub spread: Slot<Vec<Spanned<EcoString>>>,
    /// The most that run on one node.
    pub max_per_node: Slot<u32>,
    /// How a new version comes.
    pub update: Rollout,
    /// How an old version comes back.
    pub rollback: Rollout,
    /// What happens when it ends.
    pub restart: Restart,
    /// Labels of the containers.
    pub labels: Merged<Text>,
    /// Labels of the service.
    pub deploy_labels: Merged<Text>,
    /// How long it may take to stop.
    pub stop_grace: Slot<Duration>,
    /// The signal that asks it to stop.
    pub stop_signal: Slot<EcoString>,
    /// A small init as process 1.
    pub init: Slot<bool>,
    /// The root file system cannot be written.
    pub read_only: Slot<bool>,
    /// Capabilities that it gets beyond Docker's own.
    pub capabilities_add: Slot<Vec<EcoString>>,
    /// Capabilities that it loses.
    pub capabilities_drop: Slot<Vec<EcoString>>,
    /// Limits of the kernel: soft and hard.
    pub ulimits: Merged<(u64, u64)>,
    /// Kernel parameters.
    pub sysctls: Merged<EcoString>,
    /// Name servers.
    pub dns: Slot<Vec<EcoString>>,
    /// Lines of `/etc/hosts`: host to address.
    pub extra_hosts: Merged<EcoString>,
    /// The log driver.
    pub logging_driver: Slot<EcoString>,
    /// The log driver's options.
    pub logging_options: Merged<EcoString>,
    /// Folders that are synchronised into the container while one works.
    pub watch: Vec<Given<Watch>>,
    /// Tests that run in its image; the same in every environment.
    pub tests: Vec<Test>,
    /// The services that it refers to, each once, by name, with the first place that says so: wiring.
    pub refers_to: Vec<Spanned<EcoString>>,
}

/// What a service runs.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceImage {
    /// The image of this name in [`Model::images`](super::Model::images): the service's own.
    Built(EcoString),
    /// A ready image: `postgres:16.4-bookworm`.
    Ready(Arc<Given<EcoString>>),
}

/// What makes a service a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The services that wait for its success at a deploy.
    pub before: Vec<Spanned<EcoString>>,
    /// When it runs by itself: `0 3 * * *`.
    pub schedule: Slot<EcoString>,
}

/// `publish { http = 80 }`, `publish { http = host(80) }`
#[derive(Debug, Clone, PartialEq)]
pub struct Publish {
    /// The port outside.
    pub port: u16,
    /// On the node of each replica only (`host(80)`), not through the ingress mesh.
    pub host: bool,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The address that is listened on, locally: `127.0.0.1` where not set.
    pub address: Option<EcoString>,
}

/// The protocol of a published port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A secret in a service, under the secret's name.
#[derive(Debug, Clone, PartialEq)]
pub struct SecretMount {
    /// The path in the container: `/run/secrets/NAME`.
    pub target: EcoString,
    /// Whether it is only mentioned, not listed.
    pub mentioned: bool,
}

/// A config in a service, under the config's name.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigMount {
    /// The path in the container: `/NAME` where only mentioned.
    pub target: EcoString,
    /// Whether it is only mentioned.
    pub mentioned: bool,
}

/// Something mounted in a service, under its target path.
#[derive(Debug, Clone, PartialEq)]
pub enum Mount {
    /// A declared volume.
    Volume {
        /// Its name.
        name: EcoString,
        /// Only to read.
        read_only: bool,
    },
    /// A folder or file of the machine.
    Bind {
        /// Relative to the root, or absolute.
        source: EcoString,
        /// Only to read.
        read_only: bool,
    },
    /// Memory.
    Tmpfs {
        /// The most that fits.
        size: Option<Size>,
    },
}

/// How many of a service run where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As many as `replicas` says.
    Replicated,
    /// One on every node that fits.
    Global,
}

/// `update { … }` or `rollback { … }`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rollout {
    /// How many at once; 0 for all.
    pub parallelism: Slot<u32>,
    /// The pause between them.
    pub delay: Slot<Duration>,
    /// Which comes first.
    pub order: Slot<Order>,
    /// What happens when new ones fail.
    pub failure: Slot<Failure>,
    /// How long a new one is watched.
    pub monitor: Slot<Duration>,
    /// How many may fail.
    pub max_failure_ratio: Slot<Share>,
}

/// Whether the new or the old goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The new one starts, then the old one stops.
    StartFirst,
    /// The old one stops, then the new one starts.
    StopFirst,
}

/// What happens when an update fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// It stands still.
    Pause,
    /// It goes on.
    Continue,
    /// It goes back.
    Rollback,
}

/// `restart { … }`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restart {
    /// When.
    pub condition: Slot<RestartCondition>,
    /// How long to wait.
    pub delay: Slot<Duration>,
    /// How often at most.
    pub max_attempts: Slot<u32>,
    /// How long it must have run to count as started.
    pub window: Slot<Duration>,
}

/// When an ended container is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RestartCondition {
    /// Never.
    None,
    /// When it failed.
    OnFailure,
    /// Always.
    Any,
}

/// `watch "./src" to "/app"`
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// Relative to the root.
    pub source: EcoString,
    /// In the container.
    pub target: EcoString,
}

/// `test NAME { … }`
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name, unique in its service.
    pub name: Spanned<EcoString>,
    /// The command.
    pub run: Vec<EcoString>,
    /// Another image to run it in, beside the service: a test tool's.
    pub image: Option<Spanned<EcoString>>,
    /// The services that are up and healthy beside it.
    pub with: Vec<Spanned<EcoString>>,
    /// What it sees of the repository: source (relative to the root) and target.
    pub mounts: Vec<(Spanned<EcoString>, EcoString)>,
    /// Its environment, beside the service's own.
    pub env: Vec<(EcoString, Text)>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// A folder in the container whose JUnit files are kept.
    pub report: Option<EcoString>,
}

impl Service {
    /// Which comes first at an update where nothing is said: the new one, unless nothing tells when it works, or old and
    /// new cannot run at once. Where `max_per_node` fills every node, a new one beside the old would wait for ever.
    pub fn natural_order(&self) -> Order {
        let health = self.health.as_ref();
        let healthy = health.is_some_and(|it| it.value.probe != Probe::Off);
        let host_port = self.publish.iter().any(|(_, it)| it.value.host);
        let keeps_data = self.mounts.iter().any(|(_, it)| match &it.value {
            Mount::Volume { read_only, .. } | Mount::Bind { read_only, .. } => !read_only,
            Mount::Tmpfs { .. } => false,
        });
        let full = self.max_per_node.is_some();
        if healthy && !host_port && !keeps_data && !full {
            Order::StartFirst
        } else {
            Order::StopFirst
        }
    }
}
