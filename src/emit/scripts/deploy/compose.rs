//! What only the script for compose says.

use std::fmt::Write;

use super::quote;
use crate::model::secret::ConfigContent;
use crate::model::{Fleet, Service};
use crate::plan::objects;

/// `ensure_config OBJECT FILE` for each config that something mounts.
pub(super) fn configs(fleet: &Fleet) -> String {
    let mut lines = String::new();
    for (name, object) in objects::configs(fleet) {
        let content = fleet.config(name).and_then(|it| it.content.as_ref());
        let file = match content.map(|it| &it.value) {
            Some(ConfigContent::File { path, .. }) => quote(path),
            Some(ConfigContent::Inline(_)) => format!("\"$here/configs/{name}\""),
            None => continue,
        };
        let _ = writeln!(lines, "ensure_config {} {file}", quote(&object));
    }
    lines.trim_end().to_owned()
}

/// How many containers compose makes of a service: one that publishes a port can be there only once.
pub(super) fn containers(service: &Service) -> u32 {
    let replicas = service.replicas.as_ref().map(|it| it.value);
    replicas.filter(|_| service.publish.is_empty()).unwrap_or(1)
}
