//! Wordings about updates, and about room on the nodes.

use super::{
    ALL_AT_ONCE, BLIND_START_FIRST, DOES_NOT_FIT, MOVABLE_VOLUME, NO_HEADROOM, NO_ROOM_AFTER_LOSS,
    SHORT_MONITOR, START_FIRST_CONFLICT, TIGHT_FIT,
};
use crate::diag::{Diagnostic, Level};
use crate::source::Span;
use crate::value::Duration;

pub(in crate::check) fn all_at_once(
    span: Option<Span>,
    replicas: u32,
    place: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &ALL_AT_ONCE,
        span,
        format!("an update stops all {replicas} replicas before a new one starts"),
    )
    .label("nobody answers meanwhile")
    .related(place, "the replicas")
    .help("update fewer at once, or write `order = start-first`")
}

pub(in crate::check) fn blind_start_first(span: Option<Span>, service: Span) -> Diagnostic {
    Diagnostic::new(
        &BLIND_START_FIRST,
        span,
        "the old one stops as soon as the new one has started, whether it works or not",
    )
    .label("nothing tells when the new one works")
    .related(service, "has no health check")
    .help("give the service a `health`")
}

pub(in crate::check) fn does_not_fit(
    span: Option<Span>,
    service: &str,
    (missing, of): (u32, u32),
    nodes: Option<Span>,
    table: &str,
) -> Diagnostic {
    Diagnostic::new(
        &DOES_NOT_FIT,
        span,
        format!("{missing} of {of} of `{service}` have no place on the nodes"),
    )
    .label("would wait for ever")
    .related(nodes, "the nodes")
    .help(format!(
        "reserve less, or add a node; this is what fits:\n\n{table}"
    ))
}

pub(in crate::check) fn movable_volume(
    span: Option<Span>,
    volume: &str,
    nodes: u64,
    placement: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &MOVABLE_VOLUME,
        span,
        format!("volume `{volume}` is kept on one node, and the service may start on any of {nodes}"),
    )
    .label("would be empty on another node")
    .related(placement, "met by more than one node")
    .help("constrain the service to one node, `placement = [\"node.labels.db == true\"]`, or give the volume a driver that is not local")
}

pub(in crate::check) fn no_headroom(
    span: Option<Span>,
    service: &str,
    nodes: Option<Span>,
    table: &str,
) -> Diagnostic {
    Diagnostic::new(
        &NO_HEADROOM,
        span,
        format!(
            "`{service}` cannot be updated: the new one starts first, and no node has room for it"
        ),
    )
    .label("one more for a while")
    .related(nodes, "the nodes")
    .help(format!(
        "write `update {{ order = stop-first }}`, reserve less, or add a node:\n\n{table}"
    ))
}

pub(in crate::check) fn no_room_after_loss(
    span: Option<Span>,
    service: &str,
    (missing, of): (u32, u32),
    node: &str,
    nodes: Option<Span>,
    table: &str,
) -> Diagnostic {
    Diagnostic::new(
        &NO_ROOM_AFTER_LOSS,
        span,
        format!("with {node} lost, {missing} of {of} of `{service}` have no place"),
    )
    .label("would wait until it is back")
    .related(nodes, "the nodes")
    .help(format!(
        "reserve less, or add a node; this is what fits then:\n\n{table}"
    ))
}

pub(in crate::check) fn short_monitor(
    span: Option<Span>,
    said: Duration,
    needed: Duration,
    health: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &SHORT_MONITOR,
        span,
        format!("a new one is watched for {said}, and its health check needs {needed} to fail"),
    )
    .label("would be taken for a success before")
    .related(health, "start + (interval + timeout) × retries")
    .help(format!(
        "write `monitor = {needed}` or more, leave it out, or let the health check fail faster"
    ))
}

pub(in crate::check) fn start_first_port(
    span: Option<Span>,
    port: u16,
    place: Option<Span>,
    never: bool,
) -> Diagnostic {
    let mut it = Diagnostic::new(
        &START_FIRST_CONFLICT,
        span,
        if never {
            format!("the new one can never start first: the old one has port {port} of the node")
        } else {
            format!("the new one can start first only on a node where port {port} is free")
        },
    )
    .label("an update would wait for ever")
    .related(place, "one for each node")
    .help("write `order = stop-first`, or publish through the mesh, without `host`");
    if !never {
        it.level = Level::Warning;
    }
    it
}

pub(in crate::check) fn start_first_volume(
    span: Option<Span>,
    target: &str,
    place: Option<Span>,
) -> Diagnostic {
    let mut it = Diagnostic::new(
        &START_FIRST_CONFLICT,
        span,
        format!("the old one and the new one would both write to `{target}` for a while"),
    )
    .label("starts the new one beside the old one")
    .related(place, "one volume for both")
    .help("write `order = stop-first`, or mount it read-only");
    it.level = Level::Warning;
    it
}

pub(in crate::check) fn tight_fit(
    span: Option<Span>,
    service: &str,
    found: bool,
    nodes: Option<Span>,
    table: &str,
) -> Diagnostic {
    let (message, what) = if found {
        let message =
            format!("`{service}` has a place only if Swarm places everything in one certain way");
        (message, "a way that fits")
    } else {
        let message =
            format!("it is not known whether `{service}` fits: there are too many ways to try");
        (message, "what Swarm would do")
    };
    Diagnostic::new(&TIGHT_FIT, span, message)
        .label("Swarm places one task after the other, and moves none")
        .related(nodes, "the nodes")
        .help(format!("reserve less, or add a node; {what}:\n\n{table}"))
}
