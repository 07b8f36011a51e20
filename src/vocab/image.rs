//! Images: bases, stages, layers, and the steps that build them.

use super::{Arg, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// Where steps stand.
const STEPS: &[Place] = &[
    Place::Base,
    Place::Stage,
    Place::Layer,
    Place::Service,
    Place::Job,
];
/// Where only an image is described, nothing that runs.
const IMAGE: &[Place] = &[Place::Base, Place::Stage, Place::Layer];
/// What an image may stand on.
const FROM: Arg = Arg::Value(
    Ty::OneOf(&[Ty::Ref(Kind::Base), Ty::Ref(Kind::Stage), Ty::String]),
    "IMAGE",
);

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word(
        "base",
        &[Place::File],
        "Declares an image for services to stand on.",
        "base tomcat from \"ubuntu:24.04\" {\n  layer java.jre\n}",
    )
    .header(&[Arg::Declares(Kind::Base), Arg::Keyword("from"), FROM])
    .block(Inside::Statements(Place::Base))
    .optional()
    .repeats(),
    word(
        "layer",
        &[Place::File],
        "Declares steps that images share, with parameters.",
        "layer tini(version: string = \"0.19\") {\n  install [\"tini\"]\n}",
    )
    .header(&[Arg::DeclaresLayer])
    .block(Inside::Statements(Place::Layer))
    .repeats(),
    word(
        "stage",
        &[Place::Base, Place::Layer, Place::Service, Place::Job],
        "A stage of a multi-stage build: later steps copy from it.",
        "stage build from \"maven:3.9\" {\n  run \"mvn package\"\n}",
    )
    .header(&[Arg::Declares(Kind::Stage), Arg::Keyword("from"), FROM])
    .block(Inside::Statements(Place::Stage))
    .optional()
    .repeats(),
    word(
        "system",
        STEPS,
        "Whose packages the image has, where its name does not tell.",
        "system = debian",
    )
    .value(Ty::Words(&["debian", "alpine", "rhel", "none"])),
    word(
        "context",
        &[Place::Service, Place::Job],
        "The folder that `copy` and `mount` see.",
        "context = \"../app\"",
    )
    .value(Ty::Path)
    .default("the file's folder"),
    word(
        "layer",
        STEPS,
        "Applies a layer here.",
        "layer java.jre(version = 21)",
    )
    .header(&[Arg::Layer])
    .repeats(),
    word(
        "on",
        STEPS,
        "Steps for images of one system, or of several.",
        "on debian { install [\"openjdk-21-jre\"] }",
    )
    .header(&[Arg::Value(
        Ty::OneOf(&[
            Ty::Words(&["debian", "alpine", "rhel", "none"]),
            Ty::List(&Ty::Words(&["debian", "alpine", "rhel", "none"])),
        ]),
        "SYSTEM",
    )])
    .block(Inside::Same)
    .repeats(),
    word(
        "install",
        STEPS,
        "Installs packages of the image's own system.",
        "install [\"curl\", \"tini\"]",
    )
    .header(&[Arg::Value(Ty::List(&Ty::String), "PACKAGES")])
    .repeats(),
    word(
        "run",
        STEPS,
        "Runs a shell script as one layer; it fails at its first failing line.",
        "run \"mvn package\" {\n  cache = [\"/root/.m2\"]\n}",
    )
    .header(&[Arg::Value(Ty::String, "SCRIPT")])
    .block(Inside::Statements(Place::Run))
    .optional()
    .repeats(),
    word(
        "copy",
        STEPS,
        "Copies files from the context, a stage, a base or another image.",
        "copy \"target/app.war\" to \"/app/\"",
    )
    .header(&[
        Arg::Value(Ty::OneOf(&[Ty::Path, Ty::List(&Ty::Path)]), "SOURCE"),
        Arg::Optional(&[Arg::Keyword("from"), FROM]),
        Arg::Keyword("to"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .block(Inside::Statements(Place::Copy))
    .optional()
    .repeats(),
    word(
        "file",
        STEPS,
        "Writes a small file.",
        "file \"/etc/app.conf\" \"level = info\"",
    )
    .header(&[
        Arg::Value(Ty::String, "TARGET"),
        Arg::Value(Ty::String, "CONTENT"),
    ])
    .block(Inside::Statements(Place::FileStep))
    .optional()
    .repeats(),
    word(
        "fetch",
        STEPS,
        "Downloads a file with a known hash.",
        "fetch \"https://example.com/a.jar\" to \"/app/a.jar\" {\n  sha256 = \"…\"\n}",
    )
    .header(&[
        Arg::Value(Ty::String, "URL"),
        Arg::Keyword("to"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .block(Inside::Statements(Place::Fetch))
    .optional()
    .repeats(),
    word(
        "dockerfile",
        STEPS,
        "Lines of a Dockerfile as they are, where no other step says it.",
        "dockerfile \"VOLUME [\\\"/data\\\"]\"",
    )
    .header(&[Arg::Value(Ty::String, "LINES")])
    .repeats(),
    word(
        "env",
        IMAGE,
        "Environment of the image.",
        "env {\n  JAVA_HOME = \"/opt/java\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "NAME"))
    .repeats(),
    word(
        "labels",
        IMAGE,
        "Labels of the image.",
        "labels {\n  \"org.example.team\" = \"web\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "LABEL"))
    .repeats(),
    word(
        "workdir",
        STEPS,
        "The folder that later steps and the container start in.",
        "workdir \"/app\"",
    )
    .header(&[Arg::Value(Ty::String, "FOLDER")])
    .repeats(),
    word(
        "user",
        STEPS,
        "Who later steps and the container run as; a new user is created.",
        "user app(uid = 10001)",
    )
    .header(&[Arg::User])
    .repeats(),
    word(
        "expose",
        STEPS,
        "Says which ports the image listens on.",
        "expose [8080]",
    )
    .header(&[Arg::Value(
        Ty::OneOf(&[Ty::Port, Ty::List(&Ty::Port)]),
        "PORTS",
    )])
    .repeats(),
    word(
        "stop_signal",
        IMAGE,
        "The signal that asks the container to stop.",
        "stop_signal = \"SIGQUIT\"",
    )
    .value(Ty::String),
    word(
        "entrypoint",
        IMAGE,
        "What the container starts, before the command.",
        "entrypoint = [\"tini\", \"--\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "command",
        IMAGE,
        "What the container runs.",
        "command = [\"catalina.sh\", \"run\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "requires",
        &[Place::Layer],
        "What must be there before: names that other layers provide.",
        "requires = [\"java\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "provides",
        &[Place::Layer],
        "What the layer gives.",
        "provides = [\"java\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "conflicts",
        &[Place::Layer],
        "What must not be there.",
        "conflicts = [\"java\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "service",
        &[Place::Layer],
        "Properties that the layer gives to a service that applies it, or whose base does.",
        "service {\n  ports { http = 8080 }\n}",
    )
    .block(Inside::Statements(Place::Properties))
    .repeats(),
    word(
        "cache",
        &[Place::Run],
        "Folders kept between builds.",
        "cache = [\"/root/.m2\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "secrets",
        &[Place::Run],
        "Secrets that the script sees at `/run/secrets/NAME`.",
        "secrets = [npm_token]",
    )
    .value(Ty::List(&Ty::Ref(Kind::Secret))),
    word(
        "mount",
        &[Place::Run],
        "A part of the context or of a stage that the script sees.",
        "mount \".\" at \"/src\"",
    )
    .header(&[
        Arg::Value(Ty::Path, "SOURCE"),
        Arg::Optional(&[Arg::Keyword("from"), FROM]),
        Arg::Keyword("at"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .repeats(),
    word(
        "network",
        &[Place::Run],
        "`none` lets the script run without a network.",
        "network = none",
    )
    .value(Ty::Words(&["none"])),
    word(
        "owner",
        &[Place::Copy, Place::FileStep, Place::Fetch],
        "Whom the files belong to.",
        "owner = \"10001:10001\"",
    )
    .value(Ty::String)
    .default("the image's user"),
    word(
        "mode",
        &[Place::Copy, Place::FileStep, Place::Fetch],
        "The files' mode, in octal digits.",
        "mode = \"0644\"",
    )
    .value(Ty::String),
    word(
        "exclude",
        &[Place::Copy],
        "Patterns of files that are left out.",
        "exclude = [\"*.md\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "sha256",
        &[Place::Fetch],
        "The hash that the download must have; without it, the one in `svcc.pins`.",
        "sha256 = \"…\"",
    )
    .value(Ty::String),
    word(
        "unpack",
        &[Place::Fetch],
        "Unpacks the archive, leaving out this many leading folders.",
        "unpack = 1",
    )
    .value(Ty::Int),
];
