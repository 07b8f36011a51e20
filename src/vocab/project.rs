//! The project, what holds everywhere, and what stands in any block.

use super::{Arg, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// Every place where statements stand.
const EVERYWHERE: &[Place] = &[
    Place::File,
    Place::Project,
    Place::Pipeline,
    Place::Environment,
    Place::Secret,
    Place::SecretIn,
    Place::Config,
    Place::ConfigIn,
    Place::Volume,
    Place::Network,
    Place::Base,
    Place::Stage,
    Place::Layer,
    Place::Service,
    Place::Job,
    Place::Properties,
    Place::Run,
    Place::Copy,
    Place::FileStep,
    Place::Fetch,
    Place::Mount,
    Place::Reserve,
    Place::Rollout,
    Place::Restart,
    Place::Capabilities,
    Place::Logging,
    Place::Test,
    Place::Rule,
    Place::Target,
];

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word(
        "project",
        &[Place::File],
        "Names the project: one in all files.",
        "project shop {\n  edition = 2026\n}",
    )
    .header(&[Arg::Declares(Kind::Project)])
    .block(Inside::Statements(Place::Project)),
    word(
        "use",
        &[Place::File],
        "Gives the project the layers, bases, secrets, configs, volumes, networks and `let`s of a package under its name, and its rules: of a folder, or of a git repository from which `svcc vendor` brings it.",
        "use platform from \"../platform\"",
    )
    .header(&[
        Arg::Declares(Kind::Package),
        Arg::Keyword("from"),
        Arg::Value(Ty::OneOf(&[Ty::Path, Ty::Made(&["git"])]), "SOURCE"),
    ])
    .repeats(),
    word(
        "edition",
        &[Place::Project],
        "The year of the language's rules that the files keep to.",
        "edition = 2026",
    )
    .value(Ty::Int),
    word(
        "registry",
        &[Place::Project],
        "Where images are pushed: a registry and a path in it.",
        "registry = \"registry.example.com/shop\"",
    )
    .value(Ty::String),
    word(
        "source",
        &[Place::Project],
        "The URL of the repository, for the images' labels.",
        "source = \"https://git.example.com/shop\"",
    )
    .value(Ty::String),
    word(
        "syntax",
        &[Place::Project],
        "The frontend that the Dockerfiles name in their first line.",
        "syntax = \"docker/dockerfile:1.20\"",
    )
    .value(Ty::String),
    word(
        "attest",
        &[Place::Project],
        "What the builder says of each service's image, in the registry beside it: how it was built, what is in it.",
        "attest = [provenance, sbom]",
    )
    .value(Ty::List(&Ty::Words(&["provenance", "sbom"]))),
    word(
        "output",
        &[Place::Project],
        "The folder that the compiler writes to.",
        "output = \"deploy\"",
    )
    .value(Ty::Path)
    .default("\"deploy\""),
    word(
        "services",
        &[Place::Project, Place::Environment],
        "Properties of all services: of the project, or of one environment.",
        "services {\n  memory = 256MiB\n}",
    )
    .block(Inside::Statements(Place::Properties)),
    word(
        "lint",
        &[Place::Project],
        "Sets how grave lints are.",
        "lint {\n  unpinned-image = deny\n}",
    )
    .block(Inside::Entries(
        Ty::Words(&["deny", "warn", "allow"]),
        "LINT",
    )),
    word(
        "let",
        EVERYWHERE,
        "Gives a value a name, for the rest of the block; outside all blocks, for all files.",
        "let version = \"10.1.34\"",
    )
    .header(&[Arg::Declares(Kind::Let)])
    .value(Ty::Any)
    .repeats(),
    word(
        "for",
        EVERYWHERE,
        "Repeats the statements inside for each element of a list.",
        "for q in [\"mail\", \"push\"] {\n  service \"worker-{{ q }}\" from jvm { }\n}",
    )
    .header(&[Arg::Turn])
    .block(Inside::Same)
    .repeats(),
    word(
        "when",
        EVERYWHERE,
        "Keeps the statements inside where a condition holds.",
        "when version >= 21 {\n  run \"true\"\n}",
    )
    .header(&[Arg::Value(Ty::Bool, "CONDITION")])
    .block(Inside::Same)
    .repeats(),
    word(
        "allow",
        &[
            Place::Pipeline,
            Place::Environment,
            Place::Secret,
            Place::Config,
            Place::Volume,
            Place::Network,
            Place::Base,
            Place::Stage,
            Place::Layer,
            Place::Service,
            Place::Job,
        ],
        "Waives a lint in the declaration, with the reason.",
        "allow no-healthcheck because \"it ends by itself\"",
    )
    .header(&[
        Arg::Lint,
        Arg::Keyword("because"),
        Arg::Value(Ty::String, "REASON"),
    ])
    .repeats(),
];
