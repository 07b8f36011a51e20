//! What secrets an environment needs: where each comes from, what it is named in the Swarm, who mounts it.

use crate::model::{Fleet, SecretSource};
use crate::plan::objects;

/// A secret that services of an environment mount.
#[derive(Debug)]
pub struct Need<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its value comes from.
    pub source: &'a SecretSource,
    /// Its version.
    pub version: u32,
    /// The Swarm object that holds it.
    pub object: String,
    /// The services and jobs that mount it.
    pub services: Vec<&'a str>,
}

/// The secrets that something in the fleet mounts, by name.
pub fn needs(fleet: &Fleet) -> Vec<Need<'_>> {
    let all = fleet.secrets.iter().filter_map(|secret| {
        let source = &secret.source.as_ref()?.value;
        let mounts = |it: &&std::sync::Arc<crate::model::Service>| {
            it.secrets.iter().any(|(name, _)| *name == secret.name)
        };
        let services: Vec<&str> = fleet
            .services
            .iter()
            .filter(mounts)
            .map(|it| it.name.as_str())
            .collect();
        let version = secret.version.value;
        (!services.is_empty()).then(|| Need {
            name: &secret.name,
            source,
            version,
            object: match source {
                SecretSource::Swarm(name) => name.to_string(),
                _ => objects::secret_object(&fleet.environment.stack.value, &secret.name, version),
            },
            services,
        })
    });
    all.collect()
}

/// Where `docker compose` reads a secret that is no file of its own: among the ignored ones.
pub fn local_file(name: &str) -> String {
    format!(".secrets/{name}")
}
