//! Configs.

use super::errors;
use crate::diag::Sink;
use crate::model::Fleet;
use crate::model::secret::ConfigContent;
use crate::source::{Disk, Entry};

/// The most bytes that Swarm takes for a config.
const MOST: u64 = 1000 * 1024 - 1;

/// A config that a service mounts has content, and Swarm takes it.
pub(super) fn every_used_config_has_content(fleet: &Fleet, disk: &dyn Disk, sink: &mut Sink) {
    for config in &fleet.configs {
        let mounts = fleet.services.iter().flat_map(|it| &it.configs);
        let Some((_, mount)) = mounts.into_iter().find(|(name, _)| *name == config.name) else {
            continue;
        };
        let Some(content) = &config.content else {
            let it = errors::config_without_content(config.span, &config.name, mount.span);
            sink.push(it);
            continue;
        };
        let bytes = match &content.value {
            ConfigContent::File { path, .. } if disk.entry(path) != Some(Entry::File) => {
                sink.push(errors::missing_file(content.span, path));
                continue;
            }
            ConfigContent::File { bytes, .. } => *bytes,
            ConfigContent::Inline(text) => text.len() as u64,
        };
        if bytes == 0 || bytes > MOST {
            sink.push(errors::config_size(content.span, &config.name, bytes, MOST));
        }
    }
}
