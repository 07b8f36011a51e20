//! Services and jobs: what runs, and how.

use super::{Arg, Capability, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// Where properties stand.
const RUNS: &[Place] = &[Place::Service, Place::Job, Place::Properties];
/// What a service may stand on.
const FROM: Arg = Arg::Value(Ty::OneOf(&[Ty::Ref(Kind::Base), Ty::String]), "IMAGE");

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word(
        "service",
        &[Place::File],
        "Declares something that runs and stays up.",
        "service catalog from tomcat {\n  memory = 512MiB\n}",
    )
    .header(&[
        Arg::Declares(Kind::Service),
        Arg::Optional(&[Arg::Keyword("from"), FROM]),
    ])
    .block(Inside::Statements(Place::Service))
    .optional()
    .repeats(),
    word(
        "job",
        &[Place::File],
        "Declares something that runs to its end.",
        "job migrate from jvm {\n  before = [catalog]\n}",
    )
    .header(&[
        Arg::Declares(Kind::Service),
        Arg::Optional(&[Arg::Keyword("from"), FROM]),
    ])
    .block(Inside::Statements(Place::Job))
    .optional()
    .repeats(),
    word(
        "in",
        &[Place::Service, Place::Job],
        "Properties that hold in one environment.",
        "in prod {\n  replicas = 6\n}",
    )
    .header(&[Arg::Value(
        Ty::OneOf(&[
            Ty::Ref(Kind::Environment),
            Ty::List(&Ty::Ref(Kind::Environment)),
        ]),
        "ENVIRONMENT",
    )])
    .block(Inside::Statements(Place::Properties))
    .repeats(),
    word(
        "before",
        &[Place::Job],
        "The services that are updated only after the job has succeeded.",
        "before = [catalog]",
    )
    .value(Ty::List(&Ty::Ref(Kind::Service))),
    word(
        "schedule",
        &[Place::Job],
        "When the job runs by itself, as in a crontab.",
        "schedule = \"0 3 * * *\"",
    )
    .value(Ty::String)
    .needs(&[Capability::Schedule]),
    word(
        "image",
        RUNS,
        "A ready image to run.",
        "image = \"postgres:16.4-bookworm\"",
    )
    .value(Ty::String),
    word(
        "command",
        RUNS,
        "Replaces the image's command.",
        "command = [\"serve\", \"--port\", \"8080\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "entrypoint",
        RUNS,
        "Replaces the image's entrypoint.",
        "entrypoint = [\"tini\", \"--\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "workdir",
        RUNS,
        "The folder that the container starts in.",
        "workdir = \"/app\"",
    )
    .value(Ty::String),
    word(
        "user",
        RUNS,
        "Who the container runs as.",
        "user = \"10001:10001\"",
    )
    .value(Ty::OneOf(&[Ty::String, Ty::Int])),
    word(
        "hostname",
        RUNS,
        "The host name inside the container.",
        "hostname = \"db-{{ task.slot }}\"",
    )
    .value(Ty::String),
    word(
        "ports",
        RUNS,
        "Ports that the service listens on, by name.",
        "ports { http = 8080 }",
    )
    .block(Inside::Entries(Ty::Port, "NAME")),
    word(
        "publish",
        RUNS,
        "Ports that are opened to the outside, by the name of the port inside.",
        "publish { http = 80 }",
    )
    .block(Inside::Entries(
        Ty::OneOf(&[Ty::Port, Ty::Made(&["host", "port"])]),
        "PORT",
    )),
    word(
        "env",
        RUNS,
        "Environment of the container.",
        "env {\n  LOG_LEVEL = \"info\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "NAME")),
    word(
        "secrets",
        RUNS,
        "Secrets that are mounted at `/run/secrets/NAME`.",
        "secrets = [db_password]",
    )
    .value(Ty::List(&Ty::Ref(Kind::Secret))),
    word(
        "config",
        RUNS,
        "Mounts a config.",
        "config nginx at \"/etc/nginx/nginx.conf\"",
    )
    .header(&[
        Arg::Value(Ty::Ref(Kind::Config), "CONFIG"),
        Arg::Keyword("at"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .repeats(),
    word(
        "mount",
        RUNS,
        "Mounts a volume, a folder of the machine, or memory.",
        "mount pgdata at \"/var/lib/postgresql/data\"",
    )
    .header(&[
        Arg::Value(
            Ty::OneOf(&[Ty::Ref(Kind::Volume), Ty::Path, Ty::Words(&["tmpfs"])]),
            "SOURCE",
        ),
        Arg::Keyword("at"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .block(Inside::Statements(Place::Mount))
    .optional()
    .repeats(),
    word(
        "read_only",
        &[Place::Mount],
        "Nothing can be written there.",
        "read_only = true",
    )
    .value(Ty::Bool)
    .default("false"),
    word(
        "size",
        &[Place::Mount],
        "The most that fits in a `tmpfs`.",
        "size = 64MiB",
    )
    .value(Ty::Size),
    word(
        "networks",
        RUNS,
        "The networks that it is on.",
        "networks = [backend]",
    )
    .value(Ty::List(&Ty::Ref(Kind::Network)))
    .default("[default]"),
    word(
        "health",
        RUNS,
        "How it is asked whether it works.",
        "health = http(\"/healthz\")",
    )
    .value(Ty::OneOf(&[
        Ty::Made(&["command", "http", "tcp"]),
        Ty::Words(&["none"]),
    ])),
    word("replicas", RUNS, "How many run.", "replicas = 3")
        .value(Ty::Int)
        .default("1")
        .needs(&[Capability::Replicas]),
    word(
        "mode",
        RUNS,
        "As many as `replicas` says, or one on every node.",
        "mode = global",
    )
    .value(Ty::Words(&["replicated", "global"]))
    .default("replicated")
    .needs(&[Capability::GlobalMode]),
    word(
        "cpus",
        RUNS,
        "The most processors that it gets.",
        "cpus = 0.5",
    )
    .value(Ty::OneOf(&[Ty::Int, Ty::Float])),
    word(
        "memory",
        RUNS,
        "The most memory that it gets.",
        "memory = 512MiB",
    )
    .value(Ty::Size),
    word(
        "pids",
        RUNS,
        "The most processes that it gets.",
        "pids = 200",
    )
    .value(Ty::Int),
    word(
        "reserve",
        RUNS,
        "What a node must have free for it.",
        "reserve {\n  memory = 256MiB\n}",
    )
    .block(Inside::Statements(Place::Reserve)),
    word("cpus", &[Place::Reserve], "Processors.", "cpus = 0.25")
        .value(Ty::OneOf(&[Ty::Int, Ty::Float])),
    word("memory", &[Place::Reserve], "Memory.", "memory = 256MiB").value(Ty::Size),
    word(
        "placement",
        RUNS,
        "Which nodes it may run on.",
        "placement = [\"node.labels.db == true\"]",
    )
    .value(Ty::List(&Ty::String))
    .needs(&[Capability::Placement]),
    word(
        "spread",
        RUNS,
        "Spreads replicas over the values of node labels.",
        "spread = [\"node.labels.zone\"]",
    )
    .value(Ty::List(&Ty::String))
    .needs(&[Capability::Placement]),
    word(
        "max_per_node",
        RUNS,
        "The most replicas on one node.",
        "max_per_node = 1",
    )
    .value(Ty::Int)
    .needs(&[Capability::Placement]),
    word(
        "update",
        RUNS,
        "How a new version comes.",
        "update {\n  order = start-first\n}",
    )
    .block(Inside::Statements(Place::Rollout))
    .needs(&[Capability::RollingUpdate]),
    word(
        "rollback",
        RUNS,
        "How an old version comes back.",
        "rollback {\n  parallelism = 1\n}",
    )
    .block(Inside::Statements(Place::Rollout))
    .needs(&[Capability::RollingUpdate]),
    word(
        "parallelism",
        &[Place::Rollout],
        "How many at once; 0 for all.",
        "parallelism = 2",
    )
    .value(Ty::Int)
    .default("1"),
    word(
        "delay",
        &[Place::Rollout],
        "The pause between them.",
        "delay = 10s",
    )
    .value(Ty::Duration),
    word(
        "order",
        &[Place::Rollout],
        "Whether the new one starts first or the old one stops first.",
        "order = start-first",
    )
    .value(Ty::Words(&["start-first", "stop-first"]))
    .default("stop-first"),
    word(
        "failure",
        &[Place::Rollout],
        "What happens when new ones fail.",
        "failure = rollback",
    )
    .value(Ty::Words(&["pause", "continue", "rollback"]))
    .default("pause"),
    word(
        "monitor",
        &[Place::Rollout],
        "How long a new one is watched.",
        "monitor = 30s",
    )
    .value(Ty::Duration),
    word(
        "max_failure_ratio",
        &[Place::Rollout],
        "How many may fail.",
        "max_failure_ratio = 25%",
    )
    .value(Ty::OneOf(&[Ty::Share, Ty::Float])),
    word(
        "restart",
        RUNS,
        "What happens when it ends.",
        "restart {\n  condition = on-failure\n}",
    )
    .block(Inside::Statements(Place::Restart)),
    word(
        "condition",
        &[Place::Restart],
        "When it is started again.",
        "condition = on-failure",
    )
    .value(Ty::Words(&["none", "never", "on-failure", "any"]))
    .default("any"),
    word(
        "delay",
        &[Place::Restart],
        "How long to wait before.",
        "delay = 5s",
    )
    .value(Ty::Duration),
    word(
        "max_attempts",
        &[Place::Restart],
        "How often at most.",
        "max_attempts = 3",
    )
    .value(Ty::Int),
    word(
        "window",
        &[Place::Restart],
        "How long it must have run to count as started.",
        "window = 1m",
    )
    .value(Ty::Duration),
    word(
        "labels",
        RUNS,
        "Labels of the containers.",
        "labels {\n  \"traefik.enable\" = \"true\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "LABEL")),
    word(
        "deploy_labels",
        RUNS,
        "Labels of the service.",
        "deploy_labels {\n  \"team\" = \"web\"\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "LABEL")),
    word(
        "stop_grace",
        RUNS,
        "How long it may take to stop.",
        "stop_grace = 30s",
    )
    .value(Ty::Duration),
    word(
        "stop_signal",
        RUNS,
        "The signal that asks it to stop.",
        "stop_signal = \"SIGQUIT\"",
    )
    .value(Ty::String),
    word(
        "init",
        RUNS,
        "Runs a small init as process 1.",
        "init = true",
    )
    .value(Ty::Bool),
    word(
        "read_only",
        RUNS,
        "The root file system cannot be written.",
        "read_only = true",
    )
    .value(Ty::Bool),
    word(
        "capabilities",
        RUNS,
        "Kernel capabilities that it gets or loses.",
        "capabilities {\n  drop = [\"ALL\"]\n}",
    )
    .block(Inside::Statements(Place::Capabilities)),
    word(
        "add",
        &[Place::Capabilities],
        "Beyond Docker's own.",
        "add = [\"NET_ADMIN\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "drop",
        &[Place::Capabilities],
        "Of Docker's own.",
        "drop = [\"ALL\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "ulimits",
        RUNS,
        "Limits of the kernel.",
        "ulimits { nofile = 65536 }",
    )
    .block(Inside::Entries(
        Ty::OneOf(&[Ty::Int, Ty::Made(&["ulimit"])]),
        "LIMIT",
    )),
    word(
        "sysctls",
        RUNS,
        "Kernel parameters.",
        "sysctls { \"net.core.somaxconn\" = 1024 }",
    )
    .block(Inside::Entries(Ty::Scalar, "PARAMETER")),
    word("dns", RUNS, "Name servers.", "dns = [\"10.0.0.2\"]").value(Ty::List(&Ty::String)),
    word(
        "extra_hosts",
        RUNS,
        "Lines of `/etc/hosts`: host to address.",
        "extra_hosts { \"legacy.example.com\" = \"10.0.0.9\" }",
    )
    .block(Inside::Entries(Ty::String, "HOST")),
    word(
        "logging",
        RUNS,
        "Where logs go.",
        "logging {\n  driver = \"json-file\"\n}",
    )
    .block(Inside::Statements(Place::Logging)),
    word(
        "driver",
        &[Place::Logging],
        "The log driver.",
        "driver = \"json-file\"",
    )
    .value(Ty::String),
    word(
        "options",
        &[Place::Logging],
        "The driver's options.",
        "options { \"max-size\" = \"10m\" }",
    )
    .block(Inside::Entries(Ty::Scalar, "OPTION")),
    word(
        "watch",
        RUNS,
        "Synchronises a folder into the container while one works on it.",
        "watch \"./src\" to \"/app\"",
    )
    .header(&[
        Arg::Value(Ty::Path, "SOURCE"),
        Arg::Keyword("to"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .repeats()
    .needs(&[Capability::Watch]),
    word(
        "enabled",
        RUNS,
        "Whether it runs at all.",
        "enabled = false",
    )
    .value(Ty::Bool)
    .default("true"),
    word(
        "test",
        &[Place::Service, Place::Job],
        "A test in a container of the very image that is deployed.",
        "test integration {\n  run = [\"./run-tests.sh\"]\n}",
    )
    .header(&[Arg::DeclaresTest])
    .block(Inside::Statements(Place::Test))
    .repeats(),
    word(
        "run",
        &[Place::Test],
        "The command.",
        "run = [\"./run-tests.sh\"]",
    )
    .value(Ty::List(&Ty::String)),
    word(
        "with",
        &[Place::Test],
        "The services that are up and healthy beside it.",
        "with = [db]",
    )
    .value(Ty::List(&Ty::Ref(Kind::Service))),
    word(
        "mount",
        &[Place::Test],
        "A part of the repository that the test sees.",
        "mount \"tests\" at \"/tests\"",
    )
    .header(&[
        Arg::Value(Ty::Path, "SOURCE"),
        Arg::Keyword("at"),
        Arg::Value(Ty::String, "TARGET"),
    ])
    .repeats(),
    word(
        "env",
        &[Place::Test],
        "Environment, beside the service's own.",
        "env {\n  CI = true\n}",
    )
    .block(Inside::Entries(Ty::Scalar, "NAME")),
    word(
        "timeout",
        &[Place::Test],
        "How long it may take.",
        "timeout = 5m",
    )
    .value(Ty::Duration),
    word(
        "image",
        &[Place::Test],
        "Another image to run it in.",
        "image = \"cypress/included:13.15.0\"",
    )
    .value(Ty::String),
    word(
        "report",
        &[Place::Test],
        "A folder in the container whose JUnit files are kept.",
        "report = \"/reports\"",
    )
    .value(Ty::String),
];
