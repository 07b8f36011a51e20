//! Environments beside each other, and the project that they are of.

use std::collections::BTreeMap;

use super::{errors, grammar};
use crate::diag::Sink;
use crate::model::{Engine, Fleet, Model};

/// The most characters of the name of a secret or config in a Swarm.
const LONGEST_OBJECT: usize = 64;
/// The most characters of the name of a network or volume in a Swarm.
const LONGEST_NETWORK: usize = 63;
/// How many digits of a config's hash stand in its name.
const HASH: usize = 12;

/// Two environments on one machine have stacks of different names: the second deploy would replace the first.
pub(super) fn no_stack_is_shared(model: &Model, sink: &mut Sink) {
    let mut seen = BTreeMap::new();
    for it in model.fleets.iter().map(|it| &it.environment) {
        let context = it.context.iter().map(|it| it.value.as_str());
        for place in it.hosts().chain(context) {
            let span = it.stack.span.unwrap_or(it.span);
            match seen.get(&(place, it.stack.value.as_str())) {
                // A way that is said twice is another mistake.
                Some(&(first, _)) if first == it.name => {}
                Some(&(first, first_span)) => {
                    sink.push(errors::shared_stack(
                        span,
                        &it.stack.value,
                        first,
                        first_span,
                    ));
                    break;
                }
                None => {
                    seen.insert((place, it.stack.value.as_str()), (it.name.as_str(), span));
                }
            }
        }
    }
}

/// An environment is reached by a host, a context or its regions.
pub(super) fn every_environment_is_reached_one_way(fleet: &Fleet, sink: &mut Sink) {
    let it = &fleet.environment;
    let ways = [
        ("host", it.host.as_ref().and_then(|it| it.span)),
        ("context", it.context.as_ref().and_then(|it| it.span)),
        ("regions", it.regions.as_ref().and_then(|it| it.span)),
    ];
    let mut said = ways
        .iter()
        .filter_map(|(word, span)| Some((*word, (*span)?)));
    if let (Some(first), Some(second)) = (said.next(), said.next()) {
        sink.push(errors::reached_twice(&it.name, second, first));
    }
}

/// The stack's name is one.
pub(super) fn every_stack_has_a_name(fleet: &Fleet, sink: &mut Sink) {
    let stack = &fleet.environment.stack;
    if let Some(span) = stack.span
        && !grammar::is_stack(&stack.value)
    {
        sink.push(errors::words::wrong_stack(span, &stack.value));
    }
}

/// The registry is a host and a path, without a scheme.
pub(super) fn the_registry_is_one(model: &Model, sink: &mut Sink) {
    let Some(registry) = &model.project.registry else {
        return;
    };
    let longest = model
        .images
        .iter()
        .map(|it| it.name.as_str())
        .max_by_key(|it| it.len());
    let name = format!("{}/{}", registry.value, longest.unwrap_or("x"));
    if let Some(problem) = grammar::repository_problem(&name) {
        sink.push(errors::words::wrong_registry(
            registry.span,
            &registry.value,
            problem,
        ));
    }
}

/// The names of a stack's secrets, configs and networks fit, with the stack's in front.
pub(super) fn every_object_name_fits(fleet: &Fleet, sink: &mut Sink) {
    if fleet.environment.engine.value != Engine::Swarm {
        return;
    }
    let stack = fleet.environment.stack.value.len() + 1;
    for it in &fleet.secrets {
        let version = it.version.value.checked_ilog10().unwrap_or(0) as usize + 1;
        let length = stack + it.name.len() + 2 + version;
        if length > LONGEST_OBJECT {
            sink.push(errors::object_name_length(
                it.span,
                "secret",
                length,
                LONGEST_OBJECT,
            ));
        }
    }
    for it in &fleet.configs {
        let length = stack + it.name.len() + 1 + HASH;
        if length > LONGEST_OBJECT {
            sink.push(errors::object_name_length(
                it.span,
                "config",
                length,
                LONGEST_OBJECT,
            ));
        }
    }
    for it in fleet.networks.iter().filter(|it| it.external.is_none()) {
        let length = stack + it.name.len();
        if length > LONGEST_NETWORK {
            sink.push(errors::object_name_length(
                it.span,
                "network",
                length,
                LONGEST_NETWORK,
            ));
        }
    }
}
