//! What is different where a release is brought to a machine: images by digest, and secrets and configs from volumes, as files of
//! the machine that deploys are not there. `deploy.sh` makes the volumes, each with one file.

use super::model::Service;
use crate::emit::service_keys::{Escaped, Mount, Subpath, Volume};
use crate::model::Fleet;
use crate::model::service;
use crate::plan::{objects, secrets};

/// The file in each of the volumes.
const FILE: &str = "value";

/// The volumes of secrets and configs that something mounts. No volume of the project has a dot in its name.
pub(super) fn objects(fleet: &Fleet) -> Vec<(String, Volume)> {
    if !fleet.environment.is_deployed() {
        return Vec::new();
    }
    let needs = secrets::needs(fleet);
    let secrets = needs
        .iter()
        .map(|it| (format!("secret.{}", it.name), it.object.clone()));
    let configs = objects::configs(fleet)
        .into_iter()
        .map(|(name, object)| (format!("config.{name}"), object));
    let volume = |name| Volume {
        name: Some(name),
        external: true,
        ..Volume::default()
    };
    secrets
        .chain(configs)
        .map(|(key, name)| (key, volume(name)))
        .collect()
}

/// A service as it is deployed, from what it is where it comes from sources.
pub(super) fn service(fleet: &Fleet, it: &service::Service, local: Service) -> Service {
    let before = it.job.as_ref().is_some_and(|it| !it.before.is_empty());
    let secrets = it
        .secrets
        .iter()
        .map(|(name, it)| object(format!("secret.{name}"), &it.value.target));
    let configs = it
        .configs
        .iter()
        .filter(|(name, _)| fleet.config(name).is_some_and(|it| it.content.is_some()))
        .map(|(name, it)| object(format!("config.{name}"), &it.value.target));
    let mut volumes = local.volumes;
    volumes.extend(secrets.chain(configs));
    Service {
        profiles: if before { vec!["jobs"] } else { Vec::new() },
        volumes,
        secrets: Vec::new(),
        configs: Vec::new(),
        // As on a Swarm, services bear it that others are not up yet: one that is sick holds up no other.
        depends_on: [].into_iter().collect(),
        // A machine starts again, and so does what runs on it.
        restart: local.restart.or_else(|| Some("unless-stopped".to_owned())),
        develop: None,
        ..local
    }
}

fn object(source: String, target: &str) -> Mount {
    Mount {
        r#type: "volume",
        source: Some(Escaped::new(&source)),
        target: Escaped::new(target),
        read_only: true,
        tmpfs: None,
        volume: Some(Subpath { subpath: FILE }),
    }
}
