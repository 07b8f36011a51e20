//! Wordings about texts and numbers that Docker, Swarm or the kernel would not take.

use super::{
    TOO_LARGE_SHARE, TOO_SMALL, WRONG_ADDRESS, WRONG_CAPABILITY, WRONG_CONSTRAINT, WRONG_HOST,
    WRONG_IMAGE, WRONG_LABEL, WRONG_LOGGING_OPTION, WRONG_OBJECT_NAME, WRONG_REGISTRY,
    WRONG_SCHEDULE, WRONG_SIGNAL, WRONG_SPREAD, WRONG_STACK, WRONG_SYSCTL, WRONG_TARGET,
    WRONG_ULIMIT, WRONG_USER, WRONG_VARIABLE, WRONG_WORKDIR, ZERO_MEANS_DEFAULT,
};
use crate::diag::Diagnostic;
use crate::source::Span;

pub(in crate::check) fn too_large_share(span: Option<Span>, share: &str) -> Diagnostic {
    Diagnostic::new(
        &TOO_LARGE_SHARE,
        span,
        format!("`max_failure_ratio` is {share}, more than all"),
    )
    .help("write at most `100%`")
}

pub(in crate::check) fn too_small(
    span: Option<Span>,
    word: &str,
    said: &str,
    least: &str,
) -> Diagnostic {
    Diagnostic::new(
        &TOO_SMALL,
        span,
        format!("`{word}` is {said}, and Docker takes {least} or more"),
    )
    .label("no container would start")
}

pub(in crate::check) fn wrong_address(span: Option<Span>, said: &str, example: &str) -> Diagnostic {
    let what = if example.contains('/') {
        "a subnet"
    } else {
        "an address"
    };
    Diagnostic::new(&WRONG_ADDRESS, span, format!("`{said}` is not {what}"))
        .help(format!("write one such as `\"{example}\"`"))
}

pub(in crate::check) fn wrong_capability(span: Option<Span>, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_CAPABILITY,
        span,
        format!("the kernel has no capability `{said}`"),
    )
    .help("write one such as `NET_ADMIN` or `ALL`")
}

pub(in crate::check) fn wrong_constraint(span: Span, said: &str, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_CONSTRAINT,
        span,
        format!("constraint `{said}` {problem}"),
    )
    .label("no node would ever meet it")
    .help("write `KEY == VALUE` or `KEY != VALUE`; keys are `node.labels.NAME`, `node.role`, `node.hostname`, `node.id`, `node.ip`, `node.platform.os`, `node.platform.arch`, `engine.labels.NAME`")
}

pub(in crate::check) fn wrong_host(span: Option<Span>, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_HOST,
        span,
        format!("`{said}` is not the name of a host"),
    )
    .help("write letters, digits and `-`, at most 63 characters between dots")
}

pub(in crate::check) fn wrong_image(
    span: impl Into<Option<Span>>,
    said: &str,
    problem: &str,
) -> Diagnostic {
    Diagnostic::new(
        &WRONG_IMAGE,
        span,
        format!("`{said}` is not an image: {problem}"),
    )
    .help("write `registry.example.com/team/name:tag`, all but the tag in lower case")
}

pub(in crate::check) fn wrong_label(
    span: impl Into<Option<Span>>,
    key: &str,
    problem: &str,
) -> Diagnostic {
    Diagnostic::new(
        &WRONG_LABEL,
        span,
        format!("the label's key `{key}` {problem}"),
    )
    .help("write a key such as `\"com.example.team\"`")
}

pub(in crate::check) fn wrong_logging_option(
    span: Option<Span>,
    driver: &str,
    option: &str,
    known: &[&str],
) -> Diagnostic {
    let it = Diagnostic::new(
        &WRONG_LOGGING_OPTION,
        span,
        format!("the log driver `{driver}` has no option `{option}`"),
    )
    .label("no container would start");
    if known.is_empty() {
        it.help("remove it")
    } else {
        it.help(format!("its options are `{}`", known.join("`, `")))
    }
}

pub(in crate::check) fn wrong_object_name(span: Option<Span>, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_OBJECT_NAME,
        span,
        format!("nothing in Docker can be called `{said}`"),
    )
    .help("write letters, digits, `-`, `_` and `.`, at most 64, a letter or digit first and last")
}

pub(in crate::check) fn wrong_registry(
    span: Option<Span>,
    said: &str,
    problem: &str,
) -> Diagnostic {
    Diagnostic::new(
        &WRONG_REGISTRY,
        span,
        format!("`{said}` is not a registry: {problem}"),
    )
    .label("in front of the images' names")
    .help("write a host and a path, without `https://`: `\"registry.example.com/team\"`")
}

pub(in crate::check) fn wrong_schedule(span: Option<Span>, problem: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_SCHEDULE, span, format!("this is not a schedule: {problem}"))
        .help("write minute, hour, day of the month, month and day of the week, as in a crontab: `\"0 3 * * *\"`")
}

pub(in crate::check) fn wrong_signal(span: impl Into<Option<Span>>, said: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_SIGNAL, span, format!("there is no signal `{said}`"))
        .help("write one such as `\"SIGTERM\"` or `\"SIGQUIT\"`")
}

pub(in crate::check) fn wrong_spread(span: Span, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_SPREAD,
        span,
        format!("Swarm cannot spread over `{said}`"),
    )
    .label("would be skipped silently")
    .help("write `node.labels.NAME` or `engine.labels.NAME`")
}

pub(in crate::check) fn wrong_stack(span: Span, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_STACK,
        span,
        format!("`{said}` is not the name of a stack"),
    )
    .help("write lower-case letters, digits, `-` and `_`, a letter or digit first and last")
}

pub(in crate::check) fn wrong_sysctl(span: Option<Span>, said: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_SYSCTL,
        span,
        format!("a container has no kernel parameter `{said}` of its own"),
    )
    .label("Docker refuses it")
    .help("set it on the machine; containers have `net.*`, `fs.mqueue.*`, `kernel.msg*`, `kernel.sem` and `kernel.shm*`")
}

pub(in crate::check) fn wrong_target(span: Option<Span>, path: &str, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_TARGET,
        span,
        format!("the mount's target `{path}` {problem}"),
    )
    .help("write a path in the container, from its root: `\"/var/lib/data\"`")
}

pub(in crate::check) fn wrong_ulimit(span: Option<Span>, name: &str, problem: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_ULIMIT, span, format!("the limit `{name}` {problem}"))
        .help("write `nofile = 4096`, or `nofile = ulimit(soft = 1024, hard = 4096)`")
}

pub(in crate::check) fn wrong_user(span: Option<Span>, said: &str) -> Diagnostic {
    Diagnostic::new(&WRONG_USER, span, format!("`{said}` is not a user"))
        .help("write a number, a name, or both parts: `\"10001:10001\"`")
}

pub(in crate::check) fn wrong_variable(span: impl Into<Option<Span>>, name: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_VARIABLE,
        span,
        format!("`{}` is not the name of a variable", name.escape_debug()),
    )
    .help("write a name without `=` and blanks: `LOG_LEVEL`")
}

pub(in crate::check) fn wrong_workdir(span: impl Into<Option<Span>>, path: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_WORKDIR,
        span,
        format!("`workdir` is `{path}`, which is not an absolute path"),
    )
    .help(format!("write it from the container's root: `\"/{path}\"`"))
}

pub(in crate::check) fn zero_means_default(
    span: Option<Span>,
    word: &str,
    meant: &str,
) -> Diagnostic {
    Diagnostic::new(
        &ZERO_MEANS_DEFAULT,
        span,
        format!("`{word}` is 0, which Docker reads as {meant}"),
    )
    .help(format!(
        "write a number above 0, or leave `{word}` out for {meant}"
    ))
}
