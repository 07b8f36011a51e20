//! Can a new version come, and does it come without harm?

use super::{capacity, errors};
use crate::diag::Sink;
use crate::model::image::Probe;
use crate::model::service::{Mode, Mount, Order, Rollout, Service};
use crate::model::{Engine, Fleet, Given};

/// A rollout is watched for as long as its health check needs to find out that something is wrong.
pub(super) fn every_monitor_sees_the_health_check(service: &Service, sink: &mut Sink) {
    let health = service.health.as_ref();
    let Some(health) = health.filter(|it| it.value.probe != Probe::Off) else {
        return;
    };
    let needed = health.value.until_unhealthy();
    for rollout in [&service.update, &service.rollback] {
        if let Some(it) = rollout.monitor.as_ref()
            && it.value.millis > 0
            && it.value < needed
        {
            sink.push(errors::rollout::short_monitor(
                it.span,
                it.value,
                needed,
                health.span,
            ));
        }
    }
}

/// The new one can start before the old one stops: nothing that both need is there only once.
pub(super) fn every_start_first_can_be(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    for rollout in [&service.update, &service.rollback] {
        if let Some(order) = asked_start_first(rollout) {
            start_first_can_be(fleet, service, order, sink);
        }
    }
}

fn start_first_can_be(fleet: &Fleet, service: &Service, order: &Given<Order>, sink: &mut Sink) {
    if let Some((_, port)) = service.publish.iter().find(|(_, it)| it.value.host) {
        // The new task takes the port on a node that has it free: there must be one more than there are tasks.
        let nodes = capacity::nodes_for(fleet, service);
        let never =
            is_global(service) || nodes.is_some_and(|it| it <= u64::from(replicas(service)));
        let port_number = port.value.port;
        sink.push(errors::rollout::start_first_port(
            order.span,
            port_number,
            port.span,
            never,
        ));
        return;
    }
    let volume = service
        .mounts
        .iter()
        .find(|(_, it)| is_written(fleet, &it.value));
    if let Some((target, mount)) = volume
        && replicas(service) == 1
        && !is_global(service)
    {
        sink.push(errors::rollout::start_first_volume(
            order.span, target, mount.span,
        ));
        return;
    }
    let health = service.health.as_ref();
    if health.is_none_or(|it| it.value.probe == Probe::Off) {
        sink.push(errors::rollout::blind_start_first(order.span, service.span));
    }
}

/// Some replicas go on working while others are replaced.
pub(super) fn not_all_stop_at_once(service: &Service, sink: &mut Sink) {
    let Some(parallelism) = &service.update.parallelism else {
        return;
    };
    if is_global(service) {
        return;
    }
    let replicas = replicas(service);
    let all = parallelism.value == 0 || parallelism.value >= replicas;
    if all && replicas > 1 && !starts_first(service) {
        let place = service.replicas.as_ref().and_then(|it| it.span);
        sink.push(errors::rollout::all_at_once(
            parallelism.span,
            replicas,
            place,
        ));
    }
}

/// What is kept on a node is there when the service starts again: it can start on that node only.
pub(super) fn no_service_leaves_its_volume(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    let nodes = capacity::nodes_for(fleet, service).filter(|it| *it > 1);
    let Some(nodes) = nodes.filter(|_| !is_global(service)) else {
        return;
    };
    let written = service
        .mounts
        .iter()
        .filter(|(_, it)| is_written(fleet, &it.value));
    for (_, mount) in written {
        if let Mount::Volume { name, .. } = &mount.value {
            let placement = service.placement.as_ref().and_then(|it| it.span);
            sink.push(errors::rollout::movable_volume(
                mount.span, name, nodes, placement,
            ));
        }
    }
}

/// Whether Swarm updates it: a service that stays up.
pub(super) fn is_rolled(fleet: &Fleet, service: &Service) -> bool {
    fleet.environment.engine.value == Engine::Swarm && service.job.is_none()
}

fn asked_start_first(rollout: &Rollout) -> Option<&Given<Order>> {
    let order = rollout.order.as_deref();
    order.filter(|it| it.value == Order::StartFirst)
}

/// Whether an update starts the new before it stops the old.
pub(super) fn starts_first(service: &Service) -> bool {
    let said = service.update.order.as_ref().map(|it| it.value);
    said.unwrap_or_else(|| service.natural_order()) == Order::StartFirst
}

fn replicas(service: &Service) -> u32 {
    service.replicas.as_ref().map_or(1, |it| it.value)
}

fn is_global(service: &Service) -> bool {
    service
        .mode
        .as_ref()
        .is_some_and(|it| it.value == Mode::Global)
}

/// Whether a mount is a volume of the node itself, and written to.
fn is_written(fleet: &Fleet, mount: &Mount) -> bool {
    let Mount::Volume {
        name,
        read_only: false,
    } = mount
    else {
        return false;
    };
    // The driver `local` with options mounts what is elsewhere: NFS, say.
    fleet
        .volumes
        .iter()
        .find(|it| it.name == *name)
        .is_some_and(|it| {
            let local = it.driver.as_ref().is_none_or(|it| it.value == "local");
            local && it.options.is_empty() && it.external.is_none()
        })
}
