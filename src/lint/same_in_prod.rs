//! `same-in-prod`: a variable that names a host is the same in an environment and in the one before it: a test that writes to
//! production, or a production that reads from a test.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::Fleet;
use crate::value::{Part, Text};

pub(super) static LINT: Lint = Lint::warn(
    "same-in-prod",
    "A variable that names the same host in an environment and in the one that it comes `after`.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        let Some(before) = fleet.environment.after.as_ref() else {
            continue;
        };
        let mut fleets = context.model.fleets.iter();
        let Some(before) = fleets.find(|it| it.environment.name == before.value) else {
            continue;
        };
        if before.environment.is_deployed() {
            compare(fleet, before, found);
        }
    }
}

fn compare(fleet: &Fleet, before: &Fleet, found: &mut Vec<Finding>) {
    let (here, there) = (&fleet.environment.name, &before.environment.name);
    for service in &fleet.services {
        let Some(other) = before.service(&service.name) else {
            continue;
        };
        for (name, value) in &service.env {
            let same = other.env.iter().find(|(it, _)| it == name);
            let Some((_, same)) = same.filter(|(_, it)| it.value == value.value) else {
                continue;
            };
            let Some(host) = host(name, &value.value) else {
                continue;
            };
            let said = Diagnostic::new(
                &LINT.code,
                value.span.unwrap_or(service.span),
                format!("`{name}` of service `{}` names the host `{host}` in `{there}` and in `{here}`", service.name),
            )
            .label("the same in both")
            .related(
                same.span.filter(|it| Some(*it) != value.span),
                format!("in `{there}`"),
            )
            .help(format!(
                "give each its own with a `let` in the environments: `{name} = environment.NAME`; or waive it where both may use the one"
            ));
            found.push(Finding::new(said).about(service.span));
        }
    }
}

/// Words in a variable's name that say that its value is an address.
const ADDRESSES: &[&str] = &[
    "ADDR", "ADDRESS", "BROKER", "BROKERS", "DSN", "ENDPOINT", "HOST", "HOSTNAME", "SERVER",
    "SERVERS", "URI", "URL",
];

/// The host outside the fleet that a value names.
fn host<'v>(name: &str, value: &'v Text) -> Option<&'v str> {
    let whole = match value {
        Text::Plain(it) => Some(it.as_str()),
        Text::Mixed(_) => None,
    };
    let parts = value.parts().iter().filter_map(|it| match it {
        Part::Literal(it) => Some(it.as_str()),
        Part::Mention(_) | Part::Runtime(_) => None,
    });
    let literals = whole.into_iter().chain(parts);
    // Most values have no domain in them, and need no closer look.
    for literal in literals.filter(|it| it.contains('.')) {
        let found = match literal.split_once("://") {
            Some((_, rest)) => {
                let end = rest.find(['/', '?', '#', ' ', ',']).unwrap_or(rest.len());
                let authority = &rest[..end];
                Some(authority.rsplit('@').next().unwrap_or(authority))
            }
            None if name.split('_').any(|it| ADDRESSES.contains(&it)) => Some(literal),
            None => None,
        };
        let host = found.map(|it| it.split_once(':').map_or(it, |(host, _)| host));
        if let Some(host) = host.filter(|it| is_outside(it)) {
            return Some(host);
        }
    }
    None
}

/// Whether it is a name with a domain, or an address, that is not the machine's own.
fn is_outside(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |it: &&str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    labels.len() > 1
        && labels.iter().all(is_label)
        && !host.starts_with("127.")
        && host != "0.0.0.0"
}
