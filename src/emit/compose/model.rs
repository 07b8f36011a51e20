//! What a compose file may say, as far as svcc says it. Names and shapes are those of the Compose specification.

use serde::Serialize;

use crate::emit::service_keys::{Amounts, Escaped, Healthcheck, Logging, Mount, Ulimit, Volume};
use crate::encode::Entries;
use crate::encode::yaml::Printed;

/// The whole file.
#[derive(Serialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) services: Entries<Printed>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) networks: Entries<Network>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) volumes: Entries<Volume>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) secrets: Entries<FileSource>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) configs: Entries<FileSource>,
}

#[derive(Serialize, Default)]
pub(super) struct Service {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) build: Option<Build>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) profiles: Vec<&'static str>,
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
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) depends_on: Entries<Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) healthcheck: Option<Healthcheck>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deploy: Option<Deploy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restart: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) develop: Option<Develop>,
}

#[derive(Serialize)]
pub(super) struct Build {
    pub(super) context: String,
    pub(super) dockerfile: String,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) additional_contexts: Entries<String>,
}

#[derive(Serialize)]
pub(super) struct Port {
    pub(super) target: u16,
    pub(super) published: String,
    pub(super) protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host_ip: Option<String>,
}

#[derive(Serialize)]
pub(super) struct FileMount {
    pub(super) source: String,
    pub(super) target: Escaped,
}

#[derive(Serialize)]
pub(super) struct FileSource {
    pub(super) file: Escaped,
}

#[derive(Serialize)]
pub(super) struct Condition {
    pub(super) condition: &'static str,
}

#[derive(Serialize)]
pub(super) struct Deploy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resources: Option<Resources>,
}

#[derive(Serialize)]
pub(super) struct Resources {
    pub(super) limits: Amounts,
}

#[derive(Serialize)]
pub(super) struct Develop {
    pub(super) watch: Vec<Watch>,
}

#[derive(Serialize)]
pub(super) struct Watch {
    pub(super) action: &'static str,
    pub(super) path: Escaped,
    pub(super) target: Escaped,
}

#[derive(Serialize, Default)]
pub(super) struct Network {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) internal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) external: bool,
}
