//! What a Swarm stack file may say: only keys that the engine uses. Names and shapes are those of the stack schema, which is
//! closed and is not that of the Compose specification.

use serde::Serialize;

use crate::emit::service_keys::{Amounts, Escaped, Healthcheck, Logging, Mount, Ulimit, Volume};
use crate::encode::Entries;
use crate::encode::yaml::Printed;

/// The whole file.
#[derive(Serialize)]
pub(super) struct File {
    pub(super) services: Entries<Printed>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) networks: Entries<Network>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) volumes: Entries<Volume>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) secrets: Entries<Secret>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) configs: Entries<Config>,
}

#[derive(Serialize)]
pub(super) struct Service {
    pub(super) image: Image,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entrypoint: Option<Vec<Escaped>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<Vec<Escaped>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) working_dir: Option<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hostname: Option<Escaped>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) environment: Entries<Escaped>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ports: Vec<Port>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) volumes: Vec<Mount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) secrets: Vec<FileMount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) configs: Vec<FileMount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) networks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) healthcheck: Option<Healthcheck>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) labels: Entries<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop_grace_period: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop_signal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) init: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cap_add: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cap_drop: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) ulimits: Entries<Ulimit>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) sysctls: Entries<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) extra_hosts: Entries<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logging: Option<Logging>,
    pub(super) deploy: Deploy,
}

#[derive(Serialize)]
pub(super) struct Port {
    pub(super) target: u16,
    pub(super) published: u16,
    pub(super) protocol: &'static str,
    pub(super) mode: &'static str,
}

#[derive(Serialize)]
pub(super) struct FileMount {
    pub(super) source: String,
    pub(super) target: Escaped,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gid: Option<String>,
    pub(super) mode: u32,
}

#[derive(Serialize)]
pub(super) struct Secret {
    pub(super) external: bool,
    pub(super) name: String,
}

#[derive(Serialize)]
pub(super) struct Config {
    pub(super) name: String,
    pub(super) file: Escaped,
}

#[derive(Serialize)]
pub(super) struct Deploy {
    pub(super) mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<u32>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) labels: Entries<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) placement: Option<Placement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resources: Option<Resources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restart_policy: Option<RestartPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_config: Option<Rollout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rollback_config: Option<Rollout>,
}

#[derive(Serialize)]
pub(super) struct Placement {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) constraints: Vec<Escaped>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) preferences: Vec<Preference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_replicas_per_node: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Preference {
    pub(super) spread: Escaped,
}

#[derive(Serialize)]
pub(super) struct Resources {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<Amounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reservations: Option<Amounts>,
}

#[derive(Serialize)]
pub(super) struct RestartPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) condition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Rollout {
    pub(super) parallelism: u32,
    pub(super) delay: String,
    pub(super) failure_action: &'static str,
    pub(super) monitor: String,
    pub(super) max_failure_ratio: f64,
    pub(super) order: &'static str,
}

#[derive(Serialize, Default)]
pub(super) struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) driver: Option<&'static str>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) driver_opts: Entries<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) internal: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ipam: Option<Ipam>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) external: bool,
}

#[derive(Serialize)]
pub(super) struct Ipam {
    pub(super) config: Vec<Subnet>,
}

#[derive(Serialize)]
pub(super) struct Subnet {
    pub(super) subnet: String,
}

/// An image's reference, or the variable that carries it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Image(String);

impl Image {
    /// A ready image.
    pub(super) fn ready(reference: &str) -> Image {
        Image(reference.replace('$', "$$"))
    }

    /// A built image, filled in from a release file; a deploy without it stops.
    pub(super) fn released(variable: &str) -> Image {
        Image(format!("${{{variable}:?not in the release file}}"))
    }
}
