//! `published-database`: a database's port that is open to whoever reaches a node of the Swarm, past every firewall rule that
//! Docker's own rules come before.

use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::Engine;

pub(super) static LINT: Lint = Lint::warn(
    "published-database",
    "A port of a database or queue that is published to the outside.",
    check,
);

/// The ports that databases and queues listen on, and what speaks there.
const PORTS: &[(u16, &str)] = &[
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2379, "etcd"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5672, "AMQP"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (7687, "Neo4j"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9200, "Elasticsearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    for fleet in &context.model.fleets {
        let is_swarm = fleet.environment.engine.value == Engine::Swarm;
        for service in &fleet.services {
            for (name, publish) in &service.publish {
                let port = service.ports.iter().find(|(it, _)| it == name);
                let port = port.map(|(_, it)| it.value);
                let Some((_, what)) = PORTS.iter().find(|(it, _)| Some(*it) == port) else {
                    continue;
                };
                // Locally a port is opened on the machine's own address only, unless another is given.
                let address = publish.value.address.as_deref();
                if !is_swarm && address.is_none_or(|it| it.starts_with("127.") || it == "::1") {
                    continue;
                }
                let said = Diagnostic::new(
                    &LINT.code,
                    publish.span.unwrap_or(service.span),
                    format!("service `{}` publishes its {what} port", service.name),
                )
                .label("open to whoever reaches a node")
                .help("remove it: services of the fleet reach it by name, people through `ssh -L` and a node");
                let finding = Finding::new(said).about(service.span);
                found.push(finding.within(&fleet.environment.name));
            }
        }
    }
}
