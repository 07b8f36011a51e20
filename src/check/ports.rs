//! Published ports.

use std::collections::BTreeMap;

use super::errors;
use crate::diag::Sink;
use crate::model::Fleet;

/// The ingress mesh gives a port to one service; a second one is refused at the deploy. Ports of single nodes
/// (`host(80)`) and ports of single addresses can share a number, so they are left out.
pub(super) fn every_port_is_published_once(fleet: &Fleet, sink: &mut Sink) {
    let mut seen = BTreeMap::new();
    for service in &fleet.services {
        for (_, publish) in &service.publish {
            if publish.host || publish.address.is_some() || publish.port == 0 {
                continue;
            }
            match seen.get(&(publish.port, publish.protocol)) {
                Some(&(first, span)) => sink.push(errors::published_twice(
                    publish.span,
                    publish.port,
                    first,
                    span,
                )),
                None => {
                    let key = (publish.port, publish.protocol);
                    seen.insert(key, (service.name.as_str(), publish.span));
                }
            }
        }
    }
}

/// What is published is a port that the service has.
pub(super) fn every_published_port_is_declared(fleet: &Fleet, sink: &mut Sink) {
    for service in &fleet.services {
        for (name, publish) in &service.publish {
            if !service.ports.iter().any(|(it, _)| it == name) {
                sink.push(errors::undeclared_port(publish.span, name, &service.name));
            }
        }
    }
}
