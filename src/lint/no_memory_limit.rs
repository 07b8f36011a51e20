//! `no-memory-limit`: a service on a Swarm that may take all memory of its node, and everything else down with it.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::Engine;

pub(super) static LINT: Lint = Lint::warn(
    "no-memory-limit",
    "A service or job on a Swarm that may take all memory of its node.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        if fleet.environment.engine.value != Engine::Swarm {
            continue;
        }
        for service in fleet.services.iter().filter(|it| it.memory.is_none()) {
            let kind = if service.job.is_some() {
                "job"
            } else {
                "service"
            };
            let said = Diagnostic::new(
                &LINT.code,
                service.span,
                format!("{kind} `{}` has no memory limit", service.name),
            )
            .label("may take all memory of its node")
            .help("add `memory = 256MiB`, or set it for all in the project's `services { }`");
            found.push(Finding::new(said).within(&fleet.environment.name));
        }
    }
}
