//! Where services may run: constraints, spread, and what goes with which mode.

use super::errors;
use crate::diag::Sink;
use crate::model::environment::Node;
use crate::model::service::Mode;
use crate::model::{Fleet, Giver, Service};

/// `node.labels.db == true`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constraint<'a> {
    key: &'a str,
    value: &'a str,
    equal: bool,
}

/// The keys that Swarm knows, but for those with a label's name behind.
const KEYS: &[&str] = &[
    "node.hostname",
    "node.id",
    "node.ip",
    "node.platform.arch",
    "node.platform.os",
    "node.role",
];
/// Keys that a label's name follows.
const LABELS: &[&str] = &["node.labels.", "engine.labels."];

/// Reads a constraint, or says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Constraint<'_>, String> {
    let (key, rest, equal) = match (split(text, b"=="), split(text, b"!=")) {
        (Some((key, rest)), None) => (key, rest, true),
        (None, Some((key, rest))) => (key, rest, false),
        (None, None) => return Err("has neither `==` nor `!=`".into()),
        (Some(_), Some(_)) => return Err("compares more than once".into()),
    };
    let (key, value) = (key.trim(), rest.trim());
    let label = LABELS.iter().find_map(|it| strip(key, it));
    let known = KEYS.iter().any(|it| it.eq_ignore_ascii_case(key));
    if !known && label.is_none_or(|it| !is_label(it)) {
        return Err(format!("asks for `{key}`, which Swarm does not know"));
    }
    let is_fine = |it: char| it.is_ascii_alphanumeric() || ":-_ .*()?+[]\\^$|/".contains(it);
    if value.is_empty() || !value.chars().all(is_fine) {
        return Err(format!(
            "compares with `{value}`, which Swarm does not take"
        ));
    }
    let is_role = key.eq_ignore_ascii_case("node.role");
    if is_role && !matches!(value.to_ascii_lowercase().as_str(), "manager" | "worker") {
        return Err(format!(
            "asks for the role `{value}`; there are `manager` and `worker`"
        ));
    }
    Ok(Constraint { key, value, equal })
}

/// What stands before and after an operator. To look for a text is made for long ones, and constraints are short.
fn split<'a>(text: &'a str, operator: &[u8; 2]) -> Option<(&'a str, &'a str)> {
    let mut pairs = text.as_bytes().windows(operator.len());
    let at = pairs.position(|it| it == operator)?;
    Some((&text[..at], &text[at + operator.len()..]))
}

/// `key` without a prefix, whose case does not matter.
fn strip<'a>(key: &'a str, prefix: &str) -> Option<&'a str> {
    let head = key.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &key[prefix.len()..])
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

impl Constraint<'_> {
    /// Whether a node meets it; `None` where what is known of nodes does not tell.
    pub(super) fn is_met_by(&self, node: &Node) -> Option<bool> {
        if let Some(label) = strip(self.key, "node.labels.") {
            let labels = node.labels.iter();
            let found = labels.rev().find(|(key, _)| key == label);
            let value = found.map_or("", |(_, it)| it.as_str());
            // Swarm reads a label that is not there as an empty one.
            return Some(value.eq_ignore_ascii_case(self.value) == self.equal);
        }
        if self.key.eq_ignore_ascii_case("node.role") {
            let role = if node.manager { "manager" } else { "worker" };
            return Some(role.eq_ignore_ascii_case(self.value) == self.equal);
        }
        None
    }
}

/// What Swarm does not understand it refuses, or, worse, takes and never meets.
pub(super) fn every_constraint_is_understood(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    for text in service.placement.iter().flat_map(|it| &it.value) {
        match parse(&text.value) {
            Err(problem) => {
                sink.push(errors::words::wrong_constraint(
                    text.span,
                    &text.value,
                    &problem,
                ));
            }
            Ok(it) => {
                let nodes = &fleet.environment.nodes;
                let missed = nodes
                    .iter()
                    .all(|node| it.is_met_by(&node.value) == Some(false));
                if missed && let Some(first) = nodes.first() {
                    let it = errors::unmet_constraint(text.span, &text.value, first.span);
                    sink.push(it);
                }
            }
        }
    }
    for text in service.spread.iter().flat_map(|it| &it.value) {
        let label = LABELS.iter().find_map(|it| strip(&text.value, it));
        if label.is_none_or(|it| !is_label(it)) {
            sink.push(errors::words::wrong_spread(text.span, &text.value));
        }
    }
}

/// One on every node is not a number of replicas.
pub(super) fn no_global_service_is_counted(service: &Service, sink: &mut Sink) {
    let Some(mode) = service.mode.as_ref().filter(|it| it.value == Mode::Global) else {
        return;
    };
    let replicas = service.replicas.as_ref();
    let most = service.max_per_node.as_ref();
    let counts = [
        ("replicas", replicas.map(|it| (it.span, &it.giver))),
        ("max_per_node", most.map(|it| (it.span, &it.giver))),
    ];
    for (word, given) in counts {
        // What a stronger `mode` overrides was meant for elsewhere.
        if let Some((span, giver)) = given
            && rank(giver) >= rank(&mode.giver)
        {
            sink.push(errors::counted_global(span, word, mode.span));
        }
    }
}

/// Who wins over whom.
fn rank(giver: &Giver) -> u8 {
    match giver {
        Giver::Default => 0,
        Giver::Layer(_) => 1,
        Giver::Project => 2,
        Giver::Own => 3,
        Giver::Environment(_) => 4,
        Giver::In(_) => 5,
    }
}

/// Whether a node may run a service, as far as is known of it.
pub(super) fn may_run(service: &Service, node: &Node) -> bool {
    let constraints = service.placement.iter().flat_map(|it| &it.value);
    constraints
        .filter_map(|it| parse(&it.value).ok())
        .all(|it| it.is_met_by(node) != Some(false))
}

/// Whether a constraint of a service is met by no node, or not understood: what follows from it was said already.
pub(super) fn has_an_unmet(service: &Service, nodes: &[&Node]) -> bool {
    let constraints = service.placement.iter().flat_map(|it| &it.value);
    constraints.map(|it| parse(&it.value)).any(|it| match it {
        Ok(it) => nodes.iter().all(|node| it.is_met_by(node) == Some(false)),
        Err(_) => true,
    })
}
