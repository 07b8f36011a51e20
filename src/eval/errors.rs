//! The codes and wordings of this stage.

use ecow::EcoString;

use crate::diag::code::codes;
use crate::diag::{Diagnostic, suggest};
use crate::model::image::System;
use crate::source::{Span, Spanned};
use crate::syntax::tree::BinaryOp;
use crate::value::{Kind, Value};

codes! {
    ABSENT_SERVICE = "absent-service", Error;
    BASE_CYCLE = "base-cycle", Error;
    BLANK_IN_TARGET = "blank-in-target", Error;
    CIRCULAR_LET = "circular-let", Error;
    CIRCULAR_REFERENCE = "circular-reference", Error;
    DECLARED_TWICE = "declared-twice", Error;
    DUPLICATE_KEY = "duplicate-key", Error;
    ENVIRONMENT_IN_IMAGE = "environment-in-image", Error;
    LAYER_CONFLICT = "layer-conflict", Error;
    LAYER_CYCLE = "layer-cycle", Error;
    MISSING_LET = "missing-let", Error;
    MISSING_REQUIREMENT = "missing-requirement", Error;
    NO_ELEMENT = "no-element", Error;
    NO_PORT_TO_PROBE = "no-port-to-probe", Error;
    PATH_OUTSIDE_ROOT = "path-outside-root", Error;
    RAW_INSTRUCTION = "raw-instruction", Error;
    RUN_TIME_REFERENCE = "run-time-reference", Error;
    SECRET_IN_IMAGE = "secret-in-image", Error;
    SECRET_IN_STRING = "secret-in-string", Error;
    SECRET_SOURCE = "secret-source", Error;
    STEPS_WITHOUT_IMAGE = "steps-without-image", Error;
    UNKNOWN_EDITION = "unknown-edition", Error;
    UNKNOWN_MEMBER = "unknown-member", Error;
    UNKNOWN_PIPELINE = "unknown-pipeline", Error;
    UNKNOWN_PORT = "unknown-port", Error;
    UNPUBLISHED_BASE = "unpublished-base", Error;
    UNSERVED_SYSTEM = "unserved-system", Error;
    WRONG_ARGUMENT = "wrong-argument", Error;
    WRONG_HASH = "wrong-hash", Error;
    WRONG_OPERANDS = "wrong-operands", Error;
    WRONG_TYPE = "wrong-type", Error;
}

pub(super) fn absent_service(span: Span, name: &str, environment: &str) -> Diagnostic {
    Diagnostic::new(
        &ABSENT_SERVICE,
        span,
        format!("service `{name}` does not run in environment `{environment}`"),
    )
    .label("so nothing there can refer to it")
    .help(format!(
        "remove `enabled = false` for `{environment}`, or write this reference in the environments that have `{name}`"
    ))
}

pub(super) fn base_cycle(path: &[(EcoString, Span)]) -> Diagnostic {
    let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
    let first = path.first();
    let name = first.map(|(name, _)| name.as_str()).unwrap_or_default();
    let mut it = Diagnostic::new(
        &BASE_CYCLE,
        first.map(|(_, span)| *span),
        format!(
            "base `{name}` stands on itself: `{}` -> `{name}`",
            names.join("` -> `")
        ),
    )
    .help("let one of them stand on an image from outside, such as `from \"debian:12-slim\"`");
    for (name, span) in path.iter().skip(1) {
        it = it.related(*span, format!("through `{name}`"));
    }
    it
}

pub(super) fn blank_in_target(span: Span, target: &str) -> Diagnostic {
    Diagnostic::new(
        &BLANK_IN_TARGET,
        span,
        format!("a `file` cannot be written to `{target}`"),
    )
    .label("a Dockerfile cannot write to a path with a blank")
    .help("choose a path without blanks, or keep the file beside the sources and `copy` it")
}

pub(super) fn circular_let(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &CIRCULAR_LET,
        span,
        format!("the value of `{name}` depends on itself"),
    )
    .label("here it is asked for again")
}

pub(super) fn circular_reference(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &CIRCULAR_REFERENCE,
        span,
        format!("a service's ports and replicas cannot depend on those of `{name}`"),
    )
    .help("name the number with a `let` and use it in both places")
}

pub(super) fn declared_twice(kind: Kind, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        &DECLARED_TWICE,
        span,
        format!("{kind} `{name}` is declared twice"),
    )
    .label("the name comes out the same again")
    .related((first != span).then_some(first), "first declared here")
    .help("let the name depend on the `for` variable: \"worker-{{ name }}\"")
}

pub(super) fn stage_twice(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(
        &DECLARED_TWICE,
        span,
        format!("stage `{name}` is declared twice in one image"),
    )
    .label("a stage of this name stands above")
    .related((first != span).then_some(first), "first declared here")
    .help("give it a name of its own; in a `for`, one with the variable: \"build-{{ name }}\"")
}

pub(super) fn duplicate_key(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &DUPLICATE_KEY,
        span,
        format!("the map has the key `{name}` twice"),
    )
    .label("already given above")
}

pub(super) fn environment_in_image(span: Span) -> Diagnostic {
    Diagnostic::new(&ENVIRONMENT_IN_IMAGE, span, "an image cannot depend on the environment")
        .label("not known while the image is built")
        .help(
            "one image runs in every environment: give what differs to the service, in `env { }` or `in ENV { }`",
        )
}

pub(super) fn layer_conflict(
    span: Option<Span>,
    name: &str,
    other: &Spanned<EcoString>,
    there: Option<Span>,
) -> Diagnostic {
    let other_name = &other.value;
    Diagnostic::new(
        &LAYER_CONFLICT,
        span,
        format!("layers `{name}` and `{other_name}` cannot go together"),
    )
    .related(there, format!("`{other_name}` is applied here"))
    .related(other.span, "the conflict is declared here")
    .help("remove one of the two")
}

pub(super) fn layer_cycle(span: Span, name: &str, outer: &[EcoString]) -> Diagnostic {
    let path = outer.join("` -> `");
    Diagnostic::new(
        &LAYER_CYCLE,
        span,
        format!("layer `{name}` applies itself: `{path}` -> `{name}`"),
    )
    .label("comes back to where it began")
}

pub(super) fn missing_let(
    span: Span,
    name: &str,
    environment: &str,
    elsewhere: bool,
) -> Diagnostic {
    let it = Diagnostic::new(
        &MISSING_LET,
        span,
        format!("environment `{environment}` has no `let {name}`"),
    );
    if elsewhere {
        it.label("other environments have it").help(format!(
            "add `let {name} = …` to `environment {environment}`"
        ))
    } else {
        it.help(format!(
            "add `let {name} = …` to each environment, or use `environment.name`"
        ))
    }
}

pub(super) fn missing_requirement(
    span: Span,
    layer: &str,
    wanted: &str,
    givers: &[EcoString],
    declared: Span,
) -> Diagnostic {
    let help = match givers {
        [] => format!("apply a layer that says `provides = [\"{wanted}\"]` before it"),
        givers => format!("apply `layer {}` before it", givers.join("` or `layer ")),
    };
    Diagnostic::new(
        &MISSING_REQUIREMENT,
        span,
        format!("layer `{layer}` requires `{wanted}`, which nothing here provides"),
    )
    .related(declared, "required here")
    .help(help)
}

pub(super) fn no_element(span: Span, problem: &str) -> Diagnostic {
    Diagnostic::new(&NO_ELEMENT, span, "there is no such element").label(problem)
}

pub(super) fn no_members(span: Span, name: &str, value: &Value) -> Diagnostic {
    let what = value.describe();
    Diagnostic::new(&UNKNOWN_MEMBER, span, format!("{what} has no `{name}`"))
}

pub(super) fn no_port_to_probe(span: Option<Span>, service: &str) -> Diagnostic {
    Diagnostic::new(
        &NO_PORT_TO_PROBE,
        span,
        format!("the health check of `{service}` names no port, and the service has not just one"),
    )
    .help("write it: `http(\"/healthz\", port = 8080)`, or call one of the `ports` `http`")
}

pub(super) fn not_text(span: Span, value: &Value) -> Diagnostic {
    let it = Diagnostic::new(
        &WRONG_TYPE,
        span,
        format!("{} cannot stand in a string", value.describe()),
    );
    match value {
        Value::List(_) => it.help("join its elements: `{{ join(list, \",\") }}`"),
        Value::None => it.help("give another value where there is none: `{{ value ?? \"\" }}`"),
        Value::Ref(Kind::Service, name) => {
            it.help(format!("say what of it: `{{{{ service.{name}.host }}}}`"))
        }
        _ => it,
    }
}

pub(super) fn operands(
    op: BinaryOp,
    span: Span,
    (left_span, left): (&Span, &Value),
    (right_span, right): (&Span, &Value),
    problem: &str,
) -> Diagnostic {
    let (a, b) = (left.describe(), right.describe());
    let found = Diagnostic::new(
        &WRONG_OPERANDS,
        span,
        format!("`{}` does not work on {a} and {b}", op.symbol()),
    )
    .label(problem)
    .related(*left_span, format!("this is {a}"))
    .related(*right_span, format!("this is {b}"));
    match (left, right) {
        (Value::None, other) | (other, Value::None) if *other != Value::None => {
            found.help("say what counts where nothing is set: `(VALUE ?? OTHER)`")
        }
        _ => found,
    }
}

pub(super) fn unpublished_base(span: Span, name: &str, package: &str) -> Diagnostic {
    Diagnostic::new(
        &UNPUBLISHED_BASE,
        span,
        format!("the package `{package}` does not say as what it publishes `{name}`"),
    )
    .label("built by the package's own pipeline, from what its compile wrote")
    .help("run `svcc compile` in the package's repository, commit what it writes, and use that commit")
}

/// `whose` is "project" or "package".
pub(super) fn path_outside_root(span: Span, path: &str, whose: &str) -> Diagnostic {
    Diagnostic::new(
        &PATH_OUTSIDE_ROOT,
        span,
        format!("the path `{path}` leaves the {whose}'s folder"),
    )
    .label("paths are relative to this file")
    .help(match whose {
        "package" => "keep what the package needs inside its folder",
        _ => "keep what the project needs inside the folder of its `fleet.svc`",
    })
}

pub(super) fn raw_instruction(span: Span, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &RAW_INSTRUCTION,
        span,
        format!("these lines cannot stand in an image: {problem}"),
    )
    .help("`dockerfile` takes instructions that change neither what the image stands on nor what it may know; other steps say the rest")
}

pub(super) fn run_time_reference(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        &RUN_TIME_REFERENCE,
        span,
        format!("`{what}` is known only where a service runs"),
    )
    .label("this is worked out before")
    .help("refer to it in a service's `env { }` or in another of its run-time properties")
}

pub(super) fn secret_in_image(span: Span) -> Diagnostic {
    Diagnostic::new(&SECRET_IN_IMAGE, span, "a secret cannot be part of an image")
        .label("would stay in the image for everybody who can pull it")
        .help("mount it for one step, `run \"…\" { secrets = [name] }`, or give it to the service: `env { X_FILE = secret.name }`")
}

pub(super) fn secret_in_string(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(&SECRET_IN_STRING, span, format!("the value of secret `{name}` cannot be read"))
        .label("a secret is not a string")
        .help(format!(
            "`secret.{name}` is the path of the mounted file: pass that, as in `PASSWORD_FILE = secret.{name}`"
        ))
}

pub(super) fn secret_source(span: Span, expected: &str, found: &Value) -> Diagnostic {
    let it = Diagnostic::new(
        &SECRET_SOURCE,
        span,
        format!(
            "a secret's source says where its value is kept, and is not {}",
            found.describe()
        ),
    )
    .help(format!("write {expected}"));
    match found {
        Value::Text(_) => it.label("a value must never stand in a source file"),
        _ => it,
    }
}

pub(super) fn steps_without_image(span: Span, service: &str, layer: &str) -> Diagnostic {
    Diagnostic::new(
        &STEPS_WITHOUT_IMAGE,
        span,
        format!("layer `{layer}` builds, but service `{service}` runs a ready image"),
    )
    .help(format!(
        "build on that image: `service {service} from \"…\" {{ }}` instead of `image = \"…\"`"
    ))
}

pub(super) fn unknown_edition(span: Span, edition: i64, known: &[i64]) -> Diagnostic {
    let known: Vec<String> = known.iter().map(i64::to_string).collect();
    Diagnostic::new(
        &UNKNOWN_EDITION,
        span,
        format!("this svcc does not know edition {edition}"),
    )
    .help(format!(
        "write `edition = {}`, or use a newer svcc",
        known.join("` or `edition = ")
    ))
}

pub(super) fn unknown_member<'k>(
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let it = Diagnostic::new(&UNKNOWN_MEMBER, span, format!("there is no `{name}` here"));
    match (
        suggest::did_you_mean(name, known.iter().copied()),
        known.as_slice(),
    ) {
        (Some(help), _) => it.help(help),
        (None, []) => it,
        (None, known) => it.help(format!("there is `{}`", known.join("`, `"))),
    }
}

pub(super) fn unknown_pipeline(span: Span, name: &str) -> Diagnostic {
    let known = ["gitlab", "github", "jenkins"];
    let it = Diagnostic::new(
        &UNKNOWN_PIPELINE,
        span,
        format!("`{name}` is no CI system that svcc knows"),
    );
    let help = suggest::did_you_mean(name, known);
    it.help(help.unwrap_or_else(|| "write `gitlab`, `github` or `jenkins`".into()))
}

pub(super) fn unknown_port<'k>(
    span: Span,
    name: &str,
    service: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let it = Diagnostic::new(
        &UNKNOWN_PORT,
        span,
        format!("service `{service}` has no port `{name}`"),
    );
    match (
        suggest::did_you_mean(name, known.iter().copied()),
        known.as_slice(),
    ) {
        (Some(help), _) => it.help(help),
        (None, []) => it.help(format!(
            "declare it in `{service}`: `ports {{ {name} = 8080 }}`"
        )),
        (None, known) => it.help(format!("it has `{}`", known.join("`, `"))),
    }
}

pub(super) fn port_without_name(span: Span, service: &str) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_PORT, span, "which port is not said").help(format!(
        "name it as in `ports {{ }}` of `{service}`: `service.{service}.port.http`"
    ))
}

pub(super) fn unserved_system(
    span: Span,
    layer: &str,
    system: System,
    served: &[EcoString],
) -> Diagnostic {
    let served = served.join("`, `");
    let it = match system {
        System::Unknown => Diagnostic::new(
            &UNSERVED_SYSTEM,
            span,
            format!("layer `{layer}` needs to know the system of this image"),
        )
        .help("say it in the base or service: `system = debian`"),
        System::Debian | System::Alpine | System::Rhel | System::None => Diagnostic::new(
            &UNSERVED_SYSTEM,
            span,
            format!("layer `{layer}` does not work on `{system}`"),
        ),
    };
    it.label(format!("serves `{served}`"))
}

pub(super) fn wrong_argument(span: Span, function: &str, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_ARGUMENT,
        span,
        format!("`{function}` cannot work with this: {problem}"),
    )
}

pub(super) fn wrong_parameter(
    span: Span,
    name: &str,
    expected: &str,
    found: &Value,
    declared: Span,
) -> Diagnostic {
    Diagnostic::new(
        &WRONG_TYPE,
        span,
        format!(
            "parameter `{name}` takes {expected}, not {}",
            found.describe()
        ),
    )
    .related(declared, "declared here")
}

pub(super) fn wrong_hash(span: Span, said: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_HASH, span, format!("`{said}` is no SHA-256 hash"))
        .label("expected 64 hexadecimal digits")
        .help("`sha256sum FILE` prints them; without `sha256`, `svcc pin` looks the hash up")
}

pub(super) fn wrong_type(span: Span, expected: &str, found: &Value) -> Diagnostic {
    let it = Diagnostic::new(
        &WRONG_TYPE,
        span,
        format!("expected {expected}, found {}", found.describe()),
    );
    match found {
        Value::Int(number) if expected.contains("duration") => {
            it.help(format!("write the unit: `{number}s`"))
        }
        Value::Int(number) if expected.contains("size") => {
            it.help(format!("write the unit: `{number}MiB`"))
        }
        Value::Word(word) if expected.starts_with("a string") => {
            it.help(format!("put it in quotes: \"{word}\""))
        }
        Value::Word(word) if expected.starts_with("one of") => {
            let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            match suggest::did_you_mean(word, known) {
                Some(help) => it.label(format!("`{word}` is none of them")).help(help),
                None => it.label(format!("`{word}` is none of them")),
            }
        }
        _ => it,
    }
}
