//! What Swarm would refuse, or take for something else.

use super::errors;
use crate::diag::Sink;
use crate::model::{Engine, Fleet, Service};

/// The most characters of a Swarm service's name.
const LONGEST_NAME: usize = 63;

/// The names of services fit, with the stack's in front.
pub(super) fn every_service_name_fits(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    if fleet.environment.engine.value != Engine::Swarm {
        return;
    }
    let stack = fleet.environment.stack.value.as_str();
    if stack.len() + 1 + service.name.len() > LONGEST_NAME {
        sink.push(errors::service_name_length(
            service.span,
            stack,
            &service.name,
            LONGEST_NAME,
        ));
    }
}

/// `docker stack deploy` gives an empty variable the value that it has where the deploy runs.
pub(super) fn no_variable_is_empty(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    if fleet.environment.engine.value != Engine::Swarm {
        return;
    }
    for (name, value) in &service.env {
        if value.value.is_empty() {
            sink.push(errors::empty_variable(value.span, name));
        }
    }
}
