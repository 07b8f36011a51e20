//! What services refer to: secrets, configs, volumes, networks.

use super::{Arg, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word(
        "secret",
        &[Place::File],
        "Declares a secret: never its value, only where the value comes from.",
        "secret db_password {\n  in prod { source = vault(\"kv/db\", field = \"password\") }\n}",
    )
    .header(&[Arg::Declares(Kind::Secret)])
    .block(Inside::Statements(Place::Secret))
    .repeats(),
    word(
        "config",
        &[Place::File],
        "Declares a file that services see, the same in all of them.",
        "config nginx {\n  file = \"nginx.conf\"\n}",
    )
    .header(&[Arg::Declares(Kind::Config)])
    .block(Inside::Statements(Place::Config))
    .repeats(),
    word(
        "in",
        &[Place::Secret],
        "What holds in one environment.",
        "in prod { source = ci(\"DB_PASSWORD\") }",
    )
    .header(&[Arg::Value(
        Ty::OneOf(&[
            Ty::Ref(Kind::Environment),
            Ty::List(&Ty::Ref(Kind::Environment)),
        ]),
        "ENVIRONMENT",
    )])
    .block(Inside::Statements(Place::SecretIn))
    .repeats(),
    word(
        "in",
        &[Place::Config],
        "What holds in one environment.",
        "in prod { file = \"prod.conf\" }",
    )
    .header(&[Arg::Value(
        Ty::OneOf(&[
            Ty::Ref(Kind::Environment),
            Ty::List(&Ty::Ref(Kind::Environment)),
        ]),
        "ENVIRONMENT",
    )])
    .block(Inside::Statements(Place::ConfigIn))
    .repeats(),
    word(
        "source",
        &[Place::Secret, Place::SecretIn],
        "Where the value of the secret comes from.",
        "source = ci(\"DB_PASSWORD\")",
    )
    .value(Ty::Made(&[
        "aws",
        "ci",
        "env",
        "file",
        "generate",
        "onepassword",
        "sops",
        "swarm",
        "vault",
    ])),
    word(
        "version",
        &[Place::Secret, Place::SecretIn],
        "A new number makes a new Swarm secret and rolls the services that use it.",
        "version = 3",
    )
    .value(Ty::Int)
    .default("1"),
    word(
        "file",
        &[Place::Config, Place::ConfigIn],
        "The file that the config holds.",
        "file = \"nginx.conf\"",
    )
    .value(Ty::Path),
    word(
        "content",
        &[Place::Config, Place::ConfigIn],
        "What the config holds, written here.",
        "content = \"level = info\"",
    )
    .value(Ty::String),
    word(
        "volume",
        &[Place::File],
        "Declares a place for data that outlives containers.",
        "volume pgdata { }",
    )
    .header(&[Arg::Declares(Kind::Volume)])
    .block(Inside::Statements(Place::Volume))
    .optional()
    .repeats(),
    word(
        "network",
        &[Place::File],
        "Declares a network; services without `networks` share the one called `default`.",
        "network backend {\n  internal = true\n}",
    )
    .header(&[Arg::Declares(Kind::Network)])
    .block(Inside::Statements(Place::Network))
    .optional()
    .repeats(),
    word(
        "driver",
        &[Place::Volume],
        "The volume driver.",
        "driver = \"local\"",
    )
    .value(Ty::String)
    .default("\"local\""),
    word(
        "options",
        &[Place::Volume],
        "The driver's options.",
        "options {\n  type = \"nfs\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "OPTION")),
    word(
        "labels",
        &[Place::Volume],
        "Labels of the volume.",
        "labels {\n  \"backup\" = \"daily\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "LABEL")),
    word(
        "external",
        &[Place::Volume, Place::Network],
        "The name of one that exists already.",
        "external = \"shared\"",
    )
    .value(Ty::String),
    word(
        "internal",
        &[Place::Network],
        "Nothing in it reaches the outside.",
        "internal = true",
    )
    .value(Ty::Bool)
    .default("false"),
    word(
        "attachable",
        &[Place::Network],
        "Containers outside the stack may join.",
        "attachable = true",
    )
    .value(Ty::Bool)
    .default("false"),
    word(
        "encrypted",
        &[Place::Network],
        "Traffic between nodes is encrypted.",
        "encrypted = true",
    )
    .value(Ty::Bool)
    .default("false"),
    word(
        "subnet",
        &[Place::Network],
        "Its addresses.",
        "subnet = \"10.20.0.0/16\"",
    )
    .value(Ty::String),
];
