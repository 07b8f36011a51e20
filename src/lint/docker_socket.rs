//! `docker-socket`: who can talk to the engine's socket is root on the node, also through a read-only mount.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::service::Mount;

pub(super) static LINT: Lint = Lint::warn(
    "docker-socket",
    "A service that mounts the container engine's socket.",
    check,
);

const SOCKETS: &[&str] = &["containerd.sock", "crio.sock", "docker.sock", "podman.sock"];

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        for service in &fleet.services {
            for (_, mount) in &service.mounts {
                let Mount::Bind { source, .. } = &mount.value else {
                    continue;
                };
                let name = source.rsplit('/').next().unwrap_or_default();
                if !SOCKETS.contains(&name) {
                    continue;
                }
                let said = Diagnostic::new(
                    &LINT.code,
                    mount.span.unwrap_or(service.span),
                    format!("service `{}` mounts the socket `{source}`", service.name),
                )
                .label("makes it root on its node; reading only does not help")
                .help("put a proxy between that allows the few calls it needs, or waive it with the reason");
                let finding = Finding::new(said).about(service.span);
                found.push(finding.within(&fleet.environment.name));
            }
        }
    }
}
