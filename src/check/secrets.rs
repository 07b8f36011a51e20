//! Secrets.

use super::errors;
use crate::diag::Sink;
use crate::model::{Engine, Fleet, SecretSource};
use crate::source::Disk;

/// A secret that a service mounts needs a value where the service runs.
pub(super) fn every_used_secret_has_a_source(fleet: &Fleet, sink: &mut Sink) {
    for secret in fleet.secrets.iter().filter(|it| it.source.is_none()) {
        let used = fleet
            .services
            .iter()
            .flat_map(|it| &it.secrets)
            .find(|(name, _)| *name == secret.name);
        if let Some((_, mount)) = used {
            sink.push(errors::secret_without_source(
                secret.span,
                &secret.name,
                &fleet.environment.name,
                mount.span,
            ));
        }
    }
}

/// A file with a secret's value never gets into git.
pub(super) fn every_secret_file_is_ignored(fleet: &Fleet, disk: &dyn Disk, sink: &mut Sink) {
    for source in fleet.secrets.iter().filter_map(|it| it.source.as_ref()) {
        if let SecretSource::File(path) = &source.value
            && disk.ignored(path) == Some(false)
        {
            sink.push(errors::secret_not_ignored(source.span, path));
        }
    }
}

/// A secret that is made by hand in a Swarm needs a Swarm.
pub(super) fn every_secret_of_a_swarm_has_one(fleet: &Fleet, sink: &mut Sink) {
    let environment = &fleet.environment;
    if environment.engine.value == Engine::Swarm || !environment.is_deployed() {
        return;
    }
    for source in fleet.secrets.iter().filter_map(|it| it.source.as_ref()) {
        if matches!(source.value, SecretSource::Swarm(_)) {
            let name = &environment.name;
            sink.push(errors::swarm_secret(
                source.span,
                name,
                environment.engine.span,
            ));
        }
    }
}
