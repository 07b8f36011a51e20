//! `single-replica`: an update that is meant not to be noticed, of a service that one lost node takes down.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::Engine;
use crate::model::service::{Mode, Order};

pub(super) static LINT: Lint = Lint::warn(
    "single-replica",
    "A service that asks for updates without a gap, with one replica.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        if fleet.environment.engine.value != Engine::Swarm {
            continue;
        }
        for service in fleet.services.iter().filter(|it| it.job.is_none()) {
            let Some(order) = &service.update.order else {
                continue;
            };
            let replicas = service.replicas.as_ref();
            let is_global = service.mode.as_ref().map(|it| it.value) == Some(Mode::Global);
            if order.value != Order::StartFirst
                || is_global
                || replicas.is_some_and(|it| it.value != 1)
            {
                continue;
            }
            let said = Diagnostic::new(
                &LINT.code,
                order.span.unwrap_or(service.span),
                format!(
                    "service `{}` starts the new one first, and has one replica",
                    service.name
                ),
            )
            .label("no gap at an update, and a long one when its node is lost")
            .related(
                replicas.and_then(|it| it.span).unwrap_or(service.span),
                "one replica",
            )
            .help("add `replicas = 2`, or `order = stop-first` where two must not run at once");
            let finding = Finding::new(said).about(service.span);
            found.push(finding.within(&fleet.environment.name));
        }
    }
}
