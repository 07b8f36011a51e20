//! `no-stop-grace`: what needs time to stop is killed after Docker's ten seconds.

use super::image_name::{chain, data_keeper};
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::Engine;
use crate::model::service::{Service, ServiceImage};

pub(super) static LINT: Lint = Lint::warn(
    "no-stop-grace",
    "A database, queue or Java program that is killed after Docker's ten seconds.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        if fleet.environment.engine.value != Engine::Swarm {
            continue;
        }
        let services = fleet.services.iter().filter(|it| it.job.is_none());
        for service in services.filter(|it| it.stop_grace.is_none()) {
            let Some(what) = data_keeper(service).or_else(|| java(context, service)) else {
                continue;
            };
            let said = Diagnostic::new(
                &LINT.code,
                service.span,
                format!(
                    "service `{}` is a {what} and has no `stop_grace`",
                    service.name
                ),
            )
            .label("killed ten seconds after it is asked to stop")
            .help("give it time to finish: `stop_grace = 1m`");
            found.push(Finding::new(said).within(&fleet.environment.name));
        }
    }
}

fn java(context: &Context<'_>, service: &Service) -> Option<&'static str> {
    let ServiceImage::Built(name) = &service.image else {
        return None;
    };
    let (chain, _) = chain(context.model, name);
    let provides = chain.iter().flat_map(|it| &it.provides);
    provides
        .into_iter()
        .any(|it| it == "java")
        .then_some("Java program")
}
