//! What refers to what: hosts that must be reachable, starts that must have an order.

use std::collections::BTreeSet;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::errors;
use crate::diag::Sink;
use crate::model::{Fleet, Model, Service};
use crate::source::Span;

/// A service that mentions another's host shares a network with it.
pub(super) fn every_mentioned_service_is_reachable(
    fleet: &Fleet,
    service: &Service,
    sink: &mut Sink,
) {
    for reference in &service.refers_to {
        let Some(other) = fleet.service(&reference.value) else {
            continue;
        };
        if share_a_network(service, other) {
            continue;
        }
        let networks = other.networks.as_ref().and_then(|it| it.span);
        let own = service.networks.as_ref().and_then(|it| it.span);
        sink.push(errors::unreachable_service(
            reference.span,
            (&service.name, &networks_of(service)),
            (&other.name, &networks_of(other)),
            [own, networks.or(Some(other.span))],
        ));
    }
}

fn share_a_network(a: &Service, b: &Service) -> bool {
    match (&a.networks, &b.networks) {
        (None, None) => true,
        _ => networks_of(a).iter().any(|it| networks_of(b).contains(it)),
    }
}

fn networks_of(service: &Service) -> Vec<&str> {
    match &service.networks {
        Some(given) if !given.value.is_empty() => {
            given.value.iter().map(|it| it.value.as_str()).collect()
        }
        _ => vec!["default"],
    }
}

/// Locally a service starts after those that it mentions, and after the jobs that are `before` it: that needs an order.
pub(super) fn every_start_has_an_order(fleet: &Fleet, sink: &mut Sink) {
    if fleet.environment.is_deployed() {
        return;
    }
    let mut waits: FxHashMap<&str, Vec<(&str, Span)>> = FxHashMap::default();
    for service in &fleet.services {
        for reference in &service.refers_to {
            let Some(other) = fleet.service(&reference.value) else {
                continue;
            };
            // Of two that mention each other, only one waits.
            let mutual = other.refers_to.iter().any(|it| it.value == service.name);
            if !(mutual && service.name < other.name) {
                let waiting = waits.entry(&service.name).or_default();
                waiting.push((&other.name, reference.span));
            }
        }
        for before in service.job.iter().flat_map(|it| &it.before) {
            let waiting = waits.entry(before.value.as_str()).or_default();
            waiting.push((&service.name, before.span));
        }
    }
    for cycle in cycles(fleet.services.iter().map(|it| it.name.as_str()), &waits) {
        sink.push(errors::start_cycle(&cycle));
    }
}

/// No environment waits for itself, straight or around.
pub(super) fn every_environment_can_be_reached(model: &Model, sink: &mut Sink) {
    let environments = || model.fleets.iter().map(|it| &it.environment);
    let after: FxHashMap<&str, Vec<(&str, Span)>> = environments()
        .filter_map(|it| {
            let after = it.after.as_ref()?;
            Some((it.name.as_str(), vec![(after.value.as_str(), after.span)]))
        })
        .collect();
    for cycle in cycles(environments().map(|it| it.name.as_str()), &after) {
        sink.push(errors::environment_cycle(&cycle));
    }
}

/// What a test needs beside it stays up, and is there in some environment.
pub(super) fn every_companion_of_a_test_stays_up(model: &Model, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    let services = model.fleets.iter().flat_map(|it| &it.services);
    for service in services {
        for (test, with) in service
            .tests
            .iter()
            .flat_map(|test| test.with.iter().map(move |with| (test, with)))
        {
            if !seen.insert(with.span) {
                continue;
            }
            let mut found = model.fleets.iter().filter_map(|it| it.service(&with.value));
            let problem = match found.next() {
                None => Some("is not there in any environment"),
                Some(it) if it.job.is_some() => Some("is a job, which does not stay up"),
                Some(_) => None,
            };
            if let Some(problem) = problem {
                sink.push(errors::test_companion(
                    with.span,
                    &test.name.value,
                    &with.value,
                    problem,
                ));
            }
        }
    }
}

/// A job comes before something else than itself or another job.
pub(super) fn every_job_comes_before_services(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    for before in service.job.iter().flat_map(|it| &it.before) {
        if fleet
            .service(&before.value)
            .is_some_and(|it| it.job.is_some())
        {
            sink.push(errors::before_a_job(before.span, &before.value));
        }
    }
}

/// The cycles of a graph, each once, as steps with the place that says so; each begins at its smallest name.
fn cycles<'a>(
    names: impl Iterator<Item = &'a str>,
    edges: &FxHashMap<&'a str, Vec<(&'a str, Span)>>,
) -> Vec<Vec<(EcoString, Span)>> {
    let mut done: FxHashMap<&str, bool> = FxHashMap::default();
    let mut found = Vec::new();
    for start in names {
        if done.contains_key(start) {
            continue;
        }
        // An explicit stack: of the path so far, each with the edges that are left.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        done.insert(start, false);
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let edge = edges.get(node).and_then(|it| it.get(*next));
            *next += 1;
            let Some((to, _)) = edge else {
                done.insert(node, true);
                path.pop();
                continue;
            };
            match done.get(to) {
                Some(true) => {}
                None => {
                    done.insert(to, false);
                    path.push((to, 0));
                }
                Some(false) => {
                    let from = path.iter().position(|(it, _)| it == to).unwrap_or(0);
                    let mut steps: Vec<(EcoString, Span)> = path[from..]
                        .iter()
                        .filter_map(|(it, next)| {
                            let (_, span) = edges.get(it)?.get(next.checked_sub(1)?)?;
                            Some((EcoString::from(*it), *span))
                        })
                        .collect();
                    let least = steps.iter().enumerate().min_by(|a, b| a.1.0.cmp(&b.1.0));
                    let least = least.map_or(0, |(at, _)| at);
                    steps.rotate_left(least);
                    found.push(steps);
                }
            }
        }
    }
    found
}
