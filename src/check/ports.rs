//! Published ports.

use std::collections::BTreeMap;

use super::errors;
use crate::diag::Sink;
use crate::model::service::{Protocol, Publish};
use crate::model::{Engine, Fleet, Service};
use crate::source::Span;

/// A port that is taken.
struct Taken<'a> {
    publish: &'a Publish,
    service: &'a str,
    span: Option<Span>,
}

/// On a Swarm the ingress mesh gives a port to one service on all nodes, so nothing else can have it; ports of single
/// nodes (`host(80)`) may repeat in other services, which then run on other nodes. On one machine a port is free once for
/// each address.
pub(super) fn every_port_is_published_once(fleet: &Fleet, sink: &mut Sink) {
    let swarm = fleet.environment.engine.value == Engine::Swarm;
    let mut seen: BTreeMap<(u16, Protocol), Vec<Taken<'_>>> = BTreeMap::new();
    for service in &fleet.services {
        for (_, publish) in &service.publish {
            let it = &publish.value;
            if it.port == 0 {
                continue;
            }
            let taken = seen.entry((it.port, it.protocol)).or_default();
            let collides = |first: &&Taken<'_>| {
                if swarm {
                    !(first.publish.host && it.host) || first.service == service.name
                } else {
                    share_an_address(first.publish, it)
                }
            };
            match taken.iter().find(collides) {
                Some(first) => sink.push(errors::published_twice(
                    publish.span,
                    it.port,
                    first.service,
                    first.span,
                )),
                None => taken.push(Taken {
                    publish: it,
                    service: &service.name,
                    span: publish.span,
                }),
            }
        }
    }
}

fn share_an_address(a: &Publish, b: &Publish) -> bool {
    let address = |it: &Publish| it.address.clone().unwrap_or_else(|| "127.0.0.1".into());
    let is_any = |it: &str| matches!(it, "0.0.0.0" | "::");
    let (a, b) = (address(a), address(b));
    a == b || is_any(&a) || is_any(&b)
}

/// What is published is a port that the service has.
pub(super) fn every_published_port_is_declared(service: &Service, sink: &mut Sink) {
    for (name, publish) in &service.publish {
        if !service.ports.iter().any(|(it, _)| it == name) {
            sink.push(errors::undeclared_port(publish.span, name, &service.name));
        }
    }
}
