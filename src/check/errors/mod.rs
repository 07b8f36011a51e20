//! The codes of this stage, and the wordings about how the parts of a fleet fit together.

pub(super) mod rollout;
pub(super) mod words;

use ecow::EcoString;

use crate::diag::code::codes;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

codes! {
    ALL_AT_ONCE = "all-at-once", Warning;
    BEFORE_A_JOB = "before-a-job", Error;
    BLIND_START_FIRST = "blind-start-first", Warning;
    CONFIG_SIZE = "config-size", Error;
    CONFIG_WITHOUT_CONTENT = "config-without-content", Error;
    COUNTED_GLOBAL = "counted-global", Error;
    DOES_NOT_FIT = "does-not-fit", Error;
    EMPTY_SECRET = "empty-secret", Error;
    EMPTY_VARIABLE = "empty-variable", Error;
    ENVIRONMENT_CYCLE = "environment-cycle", Error;
    LINK_OUTSIDE_ROOT = "link-outside-root", Error;
    LOCAL_FOLDER = "local-folder", Error;
    LONG_LINE = "long-line", Error;
    MISSING_FILE = "missing-file", Error;
    MISSING_SOURCE = "missing-source", Error;
    MOUNT_COLLISION = "mount-collision", Error;
    MOVABLE_VOLUME = "movable-volume", Warning;
    MULTILINE_VALUE = "multiline-value", Error;
    NO_HEADROOM = "no-headroom", Warning;
    NO_IMAGE = "no-image", Error;
    NO_PACKAGE_MANAGER = "no-package-manager", Error;
    NO_REGISTRY = "no-registry", Error;
    NO_ROOM_AFTER_LOSS = "no-room-after-loss", Warning;
    NUL_IN_TEXT = "nul-in-text", Error;
    OBJECT_NAME_LENGTH = "object-name-length", Error;
    PUBLISHED_TWICE = "published-twice", Error;
    REACHED_TWICE = "reached-twice", Error;
    RESERVE_ABOVE_LIMIT = "reserve-above-limit", Error;
    SECRET_NOT_IGNORED = "secret-not-ignored", Error;
    SECRET_WITHOUT_SOURCE = "secret-without-source", Error;
    SERVICE_NAME_LENGTH = "service-name-length", Error;
    SHARED_STACK = "shared-stack", Error;
    SHORT_MONITOR = "short-monitor", Warning;
    SOURCE_OUTSIDE_CONTEXT = "source-outside-context", Error;
    START_CYCLE = "start-cycle", Error;
    START_FIRST_CONFLICT = "start-first-conflict", Error;
    SWARM_SECRET = "swarm-secret", Error;
    TEST_COMPANION = "test-companion", Error;
    TIGHT_FIT = "tight-fit", Warning;
    TOO_LARGE_SHARE = "too-large-share", Error;
    TOO_SMALL = "too-small", Error;
    UNDECLARED_PORT = "undeclared-port", Error;
    UNMET_CONSTRAINT = "unmet-constraint", Error;
    UNREACHABLE_SERVICE = "unreachable-service", Error;
    WRONG_ADDRESS = "wrong-address", Error;
    WRONG_CAPABILITY = "wrong-capability", Error;
    WRONG_CONSTRAINT = "wrong-constraint", Error;
    WRONG_HOST = "wrong-host", Error;
    WRONG_IMAGE = "wrong-image", Error;
    WRONG_LABEL = "wrong-label", Error;
    WRONG_LOGGING_OPTION = "wrong-logging-option", Error;
    WRONG_OBJECT_NAME = "wrong-object-name", Error;
    WRONG_REGISTRY = "wrong-registry", Error;
    WRONG_SCHEDULE = "wrong-schedule", Error;
    WRONG_SIGNAL = "wrong-signal", Error;
    WRONG_SPREAD = "wrong-spread", Error;
    WRONG_STACK = "wrong-stack", Error;
    WRONG_SYSCTL = "wrong-sysctl", Error;
    WRONG_TARGET = "wrong-target", Error;
    WRONG_ULIMIT = "wrong-ulimit", Error;
    WRONG_USER = "wrong-user", Error;
    WRONG_VARIABLE = "wrong-variable", Error;
    WRONG_WORKDIR = "wrong-workdir", Error;
    ZERO_MEANS_DEFAULT = "zero-means-default", Error;
}

/// What is said as a warning, some of it only as one: a project levels and waives it as it does lints.
pub static WARNINGS: &[&Code] = &[
    &ALL_AT_ONCE,
    &BLIND_START_FIRST,
    &MOVABLE_VOLUME,
    &NO_HEADROOM,
    &NO_ROOM_AFTER_LOSS,
    &SHORT_MONITOR,
    &START_FIRST_CONFLICT,
    &TIGHT_FIT,
];

pub(super) fn config_size(span: Option<Span>, config: &str, bytes: u64, most: u64) -> Diagnostic {
    let it = Diagnostic::new(
        &CONFIG_SIZE,
        span,
        format!("config `{config}` has {bytes} bytes; Swarm takes 1 to {most}"),
    );
    if bytes == 0 {
        it.help("put at least a comment into it, or mount nothing")
    } else {
        it.help("split it, or copy what does not change into the image")
    }
}

pub(super) fn config_without_content(span: Span, config: &str, used: Option<Span>) -> Diagnostic {
    Diagnostic::new(
        &CONFIG_WITHOUT_CONTENT,
        span,
        format!("config `{config}` has no content"),
    )
    .label("a service mounts it")
    .related(used, "used here")
    .help("give it a file, `file = \"nginx.conf\"`, or a `content`")
}

pub(super) fn empty_variable(span: Option<Span>, name: &str) -> Diagnostic {
    Diagnostic::new(
        &EMPTY_VARIABLE,
        span,
        format!("variable `{name}` is empty, which a stack file cannot say"),
    )
    .label("would take the value of the variable of this name where the deploy runs")
    .help("leave it out with `none`, or give it a value that the program takes for empty")
}

pub(super) fn missing_file(span: Option<Span>, path: &str) -> Diagnostic {
    Diagnostic::new(&MISSING_FILE, span, format!("there is no file `{path}`"))
        .label("paths are relative to this file")
}

pub(super) fn no_image(span: Span, service: &str) -> Diagnostic {
    Diagnostic::new(&NO_IMAGE, span, format!("service `{service}` has no image to run"))
        .label("neither built nor ready")
        .help(format!(
            "build it, `service {service} from \"debian:12-slim\" {{ … }}`, or name a ready one, `image = \"nginx:1.27.3\"`"
        ))
}

pub(super) fn no_package_manager(span: Span, image: &str, known: bool) -> Diagnostic {
    let it = Diagnostic::new(
        &NO_PACKAGE_MANAGER,
        span,
        if known {
            format!("image `{image}` has no package manager to install with")
        } else {
            format!("the system of image `{image}` is not known, so nothing can be installed")
        },
    );
    if known {
        it.help("install in a `stage` on another image, and `copy` from it")
    } else {
        it.help("say it in the base or service: `system = debian`")
    }
}

pub(super) fn no_package_manager_below(span: Span, outside: &str) -> Diagnostic {
    Diagnostic::new(
        &NO_PACKAGE_MANAGER,
        span,
        format!("the system of `{outside}` is not known, so nothing can be installed in a stage on it"),
    )
    .help(format!(
        "let the stage stand on a base that says it: `base builder from \"{outside}\" {{ system = debian }}`"
    ))
}

pub(super) fn no_registry(span: Span, image: Option<Span>) -> Diagnostic {
    Diagnostic::new(
        &NO_REGISTRY,
        span,
        "images are built for a Swarm, and the project names no registry",
    )
    .label("where would its nodes pull them from")
    .related(image, "built for a Swarm")
    .help("add `registry = \"registry.example.com/team\"` to the project")
}

pub(super) fn secret_not_ignored(span: Option<Span>, path: &str) -> Diagnostic {
    Diagnostic::new(
        &SECRET_NOT_IGNORED,
        span,
        format!("the secret file `{path}` is not kept out of git"),
    )
    .label("git has it, or would take it with the next `git add`")
    .help(format!(
        "add `{path}`, or its folder, to `.gitignore`; where git has it already, `git rm --cached {path}`, and change the value"
    ))
}

pub(super) fn service_name_length(span: Span, stack: &str, name: &str, most: usize) -> Diagnostic {
    let length = stack.len() + 1 + name.len();
    Diagnostic::new(
        &SERVICE_NAME_LENGTH,
        span,
        format!(
            "the Swarm service `{stack}_{name}` would have {length} characters; it takes {most}"
        ),
    )
    .help("shorten the service's name, or the environment's `stack`")
}

pub(super) fn undeclared_port(span: Option<Span>, port: &str, service: &str) -> Diagnostic {
    Diagnostic::new(
        &UNDECLARED_PORT,
        span,
        format!("service `{service}` publishes port `{port}`, which it does not have"),
    )
    .help(format!("declare it: `ports {{ {port} = 8080 }}`"))
}

pub(super) fn published_twice(
    span: Option<Span>,
    port: u16,
    first: &str,
    first_span: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &PUBLISHED_TWICE,
        span,
        format!("port {port} is published twice"),
    )
    .label("taken already")
    .related(first_span, format!("first published here, by `{first}`"))
    .help("publish one of them at another port")
}

pub(super) fn reserve_above_limit(
    span: Option<Span>,
    what: &str,
    limit: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &RESERVE_ABOVE_LIMIT,
        span,
        format!("more {what} is reserved than the limit allows"),
    )
    .label("more than the limit")
    .related(limit, "the limit")
    .help(format!("reserve at most the limit of {what}"))
}

pub(super) fn secret_without_source(
    span: Span,
    secret: &str,
    environment: &str,
    used: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &SECRET_WITHOUT_SOURCE,
        span,
        format!("secret `{secret}` has no source"),
    )
    .label("a service mounts it")
    .related(used, "used here")
    .help(format!(
        "say where its value comes from: `in {environment} {{ source = ci(\"NAME\") }}`"
    ))
}

pub(super) fn before_a_job(span: Span, job: &str) -> Diagnostic {
    Diagnostic::new(
        &BEFORE_A_JOB,
        span,
        format!("`{job}` is a job, and jobs run before services only"),
    )
    .label("nothing waits here")
    .help("name the services that wait; for an order among jobs, make them steps of one")
}

pub(super) fn counted_global(span: Option<Span>, word: &str, mode: Option<Span>) -> Diagnostic {
    Diagnostic::new(
        &COUNTED_GLOBAL,
        span,
        format!("`{word}` has no meaning for a service that runs once on every node"),
    )
    .label("would be ignored")
    .related(mode, "made global here")
    .help(format!("remove `{word}`, or write `mode = replicated`"))
}

pub(super) fn environment_cycle(steps: &[(EcoString, Span)]) -> Diagnostic {
    let it = cycle(
        &ENVIRONMENT_CYCLE,
        steps,
        "no release can get there",
        "comes after",
    );
    it.help("remove one `after`: the first environment of a release waits for none")
}

/// ` in environment `prod``: the end of a message about what does not hold in all.
pub(super) fn in_environments(names: &[&str]) -> String {
    match names {
        [only] => format!(" in environment `{only}`"),
        _ => format!(" in environments `{}`", names.join("`, `")),
    }
}

pub(super) fn long_line(span: Span, length: usize, most: usize) -> Diagnostic {
    Diagnostic::new(
        &LONG_LINE,
        span,
        format!("a line of {length} bytes does not fit into a Dockerfile, which takes {most}"),
    )
    .help("break it, or put it into a file and `copy` that")
}

pub(super) fn mount_collision(
    span: Option<Span>,
    path: &str,
    what: &str,
    first: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &MOUNT_COLLISION,
        span,
        format!("`{path}` is taken already by {what}"),
    )
    .label("only one thing can stand there")
    .related(first, "taken here")
    .help("mount one of them at another path")
}

pub(super) fn multiline_value(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &MULTILINE_VALUE,
        span,
        format!("the value of `{name}` has a line break, which a Dockerfile cannot say"),
    )
    .help("write it to a file with `file`, or give it when the container runs: a service's `env`")
}

pub(super) fn nul_in_text(span: Option<Span>) -> Diagnostic {
    Diagnostic::new(
        &NUL_IN_TEXT,
        span,
        "a text with a NUL character cannot be given to a process",
    )
    .label("would end at the NUL")
    .help("encode it: `base64(\"…\")`")
}

pub(super) fn object_name_length(span: Span, what: &str, length: usize, most: usize) -> Diagnostic {
    Diagnostic::new(
        &OBJECT_NAME_LENGTH,
        span,
        format!(
            "the name of the {what} in the Swarm would have {length} characters; it takes {most}"
        ),
    )
    .label("too long with the stack in front and the version behind")
    .help("shorten it, or the environment's `stack`")
}

pub(super) fn reached_twice(
    environment: &str,
    second: (&str, Span),
    first: (&str, Span),
) -> Diagnostic {
    Diagnostic::new(
        &REACHED_TWICE,
        second.1,
        format!(
            "environment `{environment}` is reached by `{}` and by `{}`",
            first.0, second.0
        ),
    )
    .label("only one of the two can be")
    .related(first.1, "the other")
    .help("keep one; several Swarms are `regions = [\"ssh://…\", \"ssh://…\"]`")
}

pub(super) fn local_folder(span: Option<Span>, source: &str, environment: &str) -> Diagnostic {
    Diagnostic::new(
        &LOCAL_FOLDER,
        span,
        format!("`{source}` is a folder of the project, and `{environment}` is on other machines"),
    )
    .label("is not there where the container starts")
    .help("say it `in` the local environment only, and `copy` the files into the image, or mount a `config`, for the others")
}

pub(super) fn swarm_secret(
    span: Option<Span>,
    environment: &str,
    engine: Option<Span>,
) -> Diagnostic {
    let it = Diagnostic::new(
        &SWARM_SECRET,
        span,
        format!("a secret of a Swarm is asked for in `{environment}`, which has none"),
    )
    .label("is made by hand in a Swarm")
    .help("say where its value comes from: `ci(\"NAME\")`, `vault(…)`, `file(…)`");
    match engine {
        Some(span) => it.related(span, "runs on one machine"),
        None => it,
    }
}

pub(super) fn shared_stack(span: Span, stack: &str, first: &str, first_span: Span) -> Diagnostic {
    Diagnostic::new(
        &SHARED_STACK,
        span,
        format!("environment `{first}` has the stack `{stack}` on the same host"),
    )
    .label("each deploy would replace the other")
    .related(first_span, "the first of the two")
    .help(format!(
        "give one a name of its own: `stack = \"{stack}-2\"`"
    ))
}

pub(super) fn start_cycle(steps: &[(EcoString, Span)]) -> Diagnostic {
    let it = cycle(
        &START_CYCLE,
        steps,
        "compose can start none of them first",
        "waits for",
    );
    it.help(
        "break it: let one find the other without its `service.NAME`, or later than at its start",
    )
}

/// `a` waits for `b` waits for `a`
fn cycle(code: &'static Code, steps: &[(EcoString, Span)], label: &str, verb: &str) -> Diagnostic {
    let names = steps.iter().chain(steps.first());
    let path: Vec<String> = names.map(|(it, _)| format!("`{it}`")).collect();
    let message = match steps {
        [(only, _)] => format!("`{only}` {verb} itself"),
        _ => path.join(&format!(" {verb} ")),
    };
    let first = steps.first().map(|(_, span)| *span);
    let mut it = Diagnostic::new(code, first, message).label(label);
    for (name, span) in steps.iter().skip(1) {
        it = it.related(*span, format!("`{name}` {verb} the next"));
    }
    it
}

pub(super) fn test_companion(span: Span, test: &str, with: &str, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &TEST_COMPANION,
        span,
        format!("test `{test}` needs `{with}`, which {problem}"),
    )
    .help("name services that stay up; what a test needs of a job, do in its `run`")
}

pub(super) fn unmet_constraint(span: Span, constraint: &str, nodes: Span) -> Diagnostic {
    Diagnostic::new(
        &UNMET_CONSTRAINT,
        span,
        format!("no node meets `{constraint}`"),
    )
    .label("would wait for ever")
    .related(nodes, "the nodes that there are")
    .help("give a node the label, `node(labels = { db = \"true\" })`, or mend the constraint")
}

pub(super) fn unreachable_service(
    span: Span,
    (service, own): (&str, &[&str]),
    (other, networks): (&str, &[&str]),
    places: [Option<Span>; 2],
) -> Diagnostic {
    let list = |it: &[&str]| format!("`{}`", it.join("`, `"));
    let [own_place, other_place] = places;
    Diagnostic::new(
        &UNREACHABLE_SERVICE,
        span,
        format!("`{service}` cannot reach `{other}`: they share no network"),
    )
    .label(format!("its host is known on {} only", list(networks)))
    .related(own_place, format!("`{service}` is on {}", list(own)))
    .related(other_place, format!("`{other}` is on {}", list(networks)))
    .help(format!(
        "put `{service}` on a network of `{other}` too: `networks = [{}]`",
        own.iter()
            .chain(networks.first())
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    ))
}

pub(super) fn empty_secret(span: Option<Span>) -> Diagnostic {
    Diagnostic::new(
        &EMPTY_SECRET,
        span,
        "a secret of 0 characters is none, and Swarm refuses it",
    )
    .help("write `generate(length = 32)`")
}

pub(super) fn link_outside_root(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &LINK_OUTSIDE_ROOT,
        span,
        format!("`{path}` is a link to something outside of the project"),
    )
    .label("a build sees the project only")
    .help("copy what it leads to into the project, or `fetch` it")
}

pub(super) fn missing_source(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(&MISSING_SOURCE, span, format!("there is no `{path}`"))
        .label("git does not ignore it, so nothing makes it before a build")
        .help("mend the path, which is relative to this file or its `context`; where a build makes it, add it to `.gitignore`")
}

pub(super) fn source_outside_context(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &SOURCE_OUTSIDE_CONTEXT,
        span,
        format!("`{path}` is outside of the build context"),
    )
    .label("a build cannot go up with `..`")
    .help("in a service, make the context a folder above both: `context = \"..\"`, with every source seen from there; for a base, declare it there")
}
