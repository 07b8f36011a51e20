//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    CONFIG_SIZE = "config-size", Error;
    CONFIG_WITHOUT_CONTENT = "config-without-content", Error;
    EMPTY_VARIABLE = "empty-variable", Error;
    MISSING_FILE = "missing-file", Error;
    NO_PACKAGE_MANAGER = "no-package-manager", Error;
    NO_REGISTRY = "no-registry", Error;
    PUBLISHED_TWICE = "published-twice", Error;
    RESERVE_ABOVE_LIMIT = "reserve-above-limit", Error;
    SECRET_NOT_IGNORED = "secret-not-ignored", Error;
    SECRET_WITHOUT_SOURCE = "secret-without-source", Error;
    SERVICE_NAME_LENGTH = "service-name-length", Error;
    UNDECLARED_PORT = "undeclared-port", Error;
}

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

pub(super) fn config_without_content(
    span: Span,
    config: &str,
    environment: &str,
    used: Option<Span>,
) -> Diagnostic {
    Diagnostic::new(
        &CONFIG_WITHOUT_CONTENT,
        span,
        format!("config `{config}` has no content in environment `{environment}`"),
    )
    .label("a service there mounts it")
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
        format!("the secret file `{path}` is not ignored by git"),
    )
    .label("would be committed with the next `git add`")
    .help(format!("add `{path}`, or its folder, to `.gitignore`"))
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
        format!("port {port} is published twice in one environment"),
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
        format!("secret `{secret}` has no source in environment `{environment}`"),
    )
    .label("a service there mounts it")
    .related(used, "used here")
    .help(format!(
        "say where its value comes from: `in {environment} {{ source = ci(\"NAME\") }}`"
    ))
}
