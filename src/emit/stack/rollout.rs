//! How a new version comes and an old one comes back: always written out, and sound where nothing is said.

use super::model::Rollout;
use crate::model::image::Probe;
use crate::model::service::{self, Failure, Order, Service};
use crate::value::Duration;

/// How long a new container is watched where no health check says more.
const MONITOR: Duration = Duration::seconds(10);

/// `update_config`: starts the new before it stops the old where a health check can tell that the new one works and both can
/// run at once; goes back when it fails.
pub(super) fn update(it: &Service) -> Rollout {
    rollout(it, &it.update, it.natural_order(), Failure::Rollback)
}

/// `rollback_config`: as the update came, one at a time; a rollback that fails stands still.
pub(super) fn rollback(it: &Service) -> Rollout {
    rollout(it, &it.rollback, it.natural_order(), Failure::Pause)
}

/// Whether a new container is up before an old one stops.
pub fn starts_first(it: &Service) -> bool {
    let order = it
        .update
        .order
        .as_ref()
        .map_or_else(|| it.natural_order(), |it| it.value);
    order == Order::StartFirst
}

fn rollout(it: &Service, said: &service::Rollout, order: Order, failure: Failure) -> Rollout {
    let failure = said.failure.as_ref().map_or(failure, |it| it.value);
    let order = said.order.as_ref().map_or(order, |it| it.value);
    let ratio = said
        .max_failure_ratio
        .as_ref()
        .map_or(0.0, |it| it.value.fraction());
    Rollout {
        parallelism: said.parallelism.as_ref().map_or(1, |it| it.value),
        delay: said
            .delay
            .as_ref()
            .map_or_else(|| "0s".to_owned(), |it| it.value.to_string()),
        failure_action: match failure {
            Failure::Pause => "pause",
            Failure::Continue => "continue",
            Failure::Rollback => "rollback",
        },
        monitor: said
            .monitor
            .as_ref()
            .map_or_else(|| monitor(it), |it| it.value)
            .to_string(),
        max_failure_ratio: ratio,
        order: match order {
            Order::StartFirst => "start-first",
            Order::StopFirst => "stop-first",
        },
    }
}

/// Long enough for the health check to fail once after it began to count.
fn monitor(it: &Service) -> Duration {
    let Some(health) = it.health.as_ref().map(|it| &it.value) else {
        return MONITOR;
    };
    if health.probe == Probe::Off {
        return MONITOR;
    }
    health.until_unhealthy().max(MONITOR)
}
