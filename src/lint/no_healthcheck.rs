//! `no-healthcheck`: a service that nothing asks whether it works. A rollout takes it for good as soon as its process is there.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::image::Probe;

pub(super) static LINT: Lint = Lint::warn(
    "no-healthcheck",
    "A service that nothing asks whether it works.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        for service in fleet.services.iter().filter(|it| it.job.is_none()) {
            let health = service.health.as_ref();
            if health.is_some_and(|it| it.value.probe != Probe::Off) {
                continue;
            }
            let port = service.ports.first().map(|(_, it)| it.value);
            let example = port.map_or_else(
                || "`health = command(\"…\")`".to_owned(),
                |it| format!("`health = http(\"/\", port = {it})`, `health = tcp({it})` or `health = command(\"…\")`"),
            );
            let said = Diagnostic::new(
                &LINT.code,
                service.span,
                format!("service `{}` has no health check", service.name),
            )
            .label("counts as working as soon as its process runs")
            .related(health.and_then(|it| it.span), "turned off here")
            .help(format!("add {example}"));
            found.push(Finding::new(said).within(&fleet.environment.name));
        }
    }
}
