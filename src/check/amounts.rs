//! Amounts that Docker or Swarm refuses, or takes for something else.

use super::{errors, grammar};
use crate::diag::Sink;
use crate::model::service::Rollout;
use crate::model::{Service, Slot};
use crate::value::{Duration, Size};

/// The least memory of a container.
const LEAST_MEMORY: Size = Size { bytes: 6 << 20 };
/// The least share of a processor that Swarm counts.
const LEAST_CPUS: f64 = 0.001;

/// Amounts are at least what the engine takes; where zero means "the engine's own", it must not be said.
pub(super) fn no_amount_is_too_small(service: &Service, sink: &mut Sink) {
    memory("memory", &service.memory, sink);
    memory("reserve memory", &service.reserve_memory, sink);
    cpus("cpus", &service.cpus, sink);
    cpus("reserve cpus", &service.reserve_cpus, sink);
    let numbers = [
        ("pids", &service.pids, "no limit at all"),
        ("max_per_node", &service.max_per_node, "no limit at all"),
    ];
    for (word, given, meant) in numbers {
        if let Some(it) = given.as_ref().filter(|it| it.value == 0) {
            sink.push(errors::words::zero_means_default(it.span, word, meant));
        }
    }
    health(service, sink);
    rollout("update", &service.update, sink);
    rollout("rollback", &service.rollback, sink);
}

fn memory(word: &str, given: &Slot<Size>, sink: &mut Sink) {
    if let Some(it) = given.as_ref().filter(|it| it.value < LEAST_MEMORY) {
        let (least, said) = (LEAST_MEMORY.to_string(), it.value.to_string());
        sink.push(errors::words::too_small(it.span, word, &said, &least));
    }
}

fn cpus(word: &str, given: &Slot<f64>, sink: &mut Sink) {
    let is_enough = |it: f64| it >= LEAST_CPUS;
    if let Some(it) = given.as_ref().filter(|it| !is_enough(it.value)) {
        let (least, said) = (LEAST_CPUS.to_string(), it.value.to_string());
        sink.push(errors::words::too_small(it.span, word, &said, &least));
    }
}

/// Docker reads a zero in a health check as its own value.
fn health(service: &Service, sink: &mut Sink) {
    let Some(health) = &service.health else {
        return;
    };
    let is_zero = |it: Option<Duration>| it.is_some_and(|it| it.millis == 0);
    let zeros = [
        ("interval", is_zero(health.value.interval), "30s"),
        ("timeout", is_zero(health.value.timeout), "30s"),
        ("retries", health.value.retries == Some(0), "3"),
    ];
    for (word, zero, meant) in zeros {
        if zero {
            sink.push(errors::words::zero_means_default(health.span, word, meant));
        }
    }
}

fn rollout(word: &str, it: &Rollout, sink: &mut Sink) {
    let zero = it.monitor.as_ref().filter(|it| it.value.millis == 0);
    if let Some(it) = zero {
        let word = format!("monitor` of `{word}");
        sink.push(errors::words::zero_means_default(it.span, &word, "5s"));
    }
    let share = it.max_failure_ratio.as_ref();
    if let Some(it) = share.filter(|it| it.value.basis_points > 10_000) {
        sink.push(errors::words::too_large_share(
            it.span,
            &it.value.to_string(),
        ));
    }
}

/// The kernel takes a soft limit up to the hard one, and knows some names only.
pub(super) fn every_ulimit_is_one(service: &Service, sink: &mut Sink) {
    for (name, given) in &service.ulimits {
        let (soft, hard) = given.value;
        let problem = if !grammar::is_ulimit(name) {
            Some("is none that Docker knows".to_owned())
        } else if soft > hard {
            Some(format!(
                "has a soft limit of {soft} above its hard limit of {hard}"
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            sink.push(errors::words::wrong_ulimit(given.span, name, &problem));
        }
    }
}

/// Docker refuses a reservation above the limit.
pub(super) fn no_reserve_is_above_its_limit(service: &Service, sink: &mut Sink) {
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
