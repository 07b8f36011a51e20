//! Processors and memory.

use super::errors;
use crate::diag::Sink;
use crate::model::Fleet;

/// Docker refuses a reservation above the limit.
pub(super) fn no_reserve_is_above_its_limit(fleet: &Fleet, sink: &mut Sink) {
    for service in &fleet.services {
        if let (Some(reserve), Some(limit)) = (&service.reserve_memory, &service.memory)
            && reserve.value > limit.value
        {
            sink.push(errors::reserve_above_limit(
                reserve.span,
                "memory",
                limit.span,
            ));
        }
        if let (Some(reserve), Some(limit)) = (&service.reserve_cpus, &service.cpus)
            && reserve.value > limit.value
        {
            sink.push(errors::reserve_above_limit(
                reserve.span,
                "cpus",
                limit.span,
            ));
        }
    }
}
