//! Environments: where a fleet runs.

use super::{Arg, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word(
        "environment",
        &[Place::File],
        "Declares a place where the fleet runs.",
        "environment prod {\n  engine = swarm\n}",
    )
    .header(&[Arg::Declares(Kind::Environment)])
    .block(Inside::Statements(Place::Environment))
    .repeats(),
    word(
        "engine",
        &[Place::Environment],
        "What runs the fleet: Docker Compose on one machine, or a Swarm.",
        "engine = swarm",
    )
    .value(Ty::Words(&["compose", "swarm"])),
    word(
        "host",
        &[Place::Environment],
        "How the machine or a manager of the Swarm is reached. With it, compose is deployed too, from a release.",
        "host = \"ssh://deploy@swarm.example.com\"",
    )
    .value(Ty::String),
    word(
        "context",
        &[Place::Environment],
        "The Docker context that reaches it, in place of `host`.",
        "context = \"prod\"",
    )
    .value(Ty::String),
    word(
        "regions",
        &[Place::Environment],
        "The hosts of several Swarms that all run the fleet, in the order in which a release comes to them.",
        "regions = [\"ssh://deploy@eu.example.com\", \"ssh://deploy@us.example.com\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "deploy",
        &[Place::Environment],
        "Who decides on a deploy: CI, or a person.",
        "deploy = manual",
    )
    .value(Ty::Words(&["automatic", "manual"]))
    .default("manual"),
    word(
        "after",
        &[Place::Environment],
        "The environment that a release must have run in before.",
        "after = test",
    )
    .value(Ty::Ref(Kind::Environment)),
    word(
        "stack",
        &[Place::Environment],
        "The name of the stack or compose project.",
        "stack = \"shop-test\"",
    )
    .value(Ty::String)
    .default("the project's name"),
    word(
        "nodes",
        &[Place::Environment],
        "The machines; with them the compiler checks that everything fits.",
        "nodes = [node(count = 3, cpus = 4, memory = 16GiB)]",
    )
    .value(Ty::List(&Ty::Made(&["node"]))),
];
