//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    PUBLISHED_TWICE = "published-twice", Error;
    RESERVE_ABOVE_LIMIT = "reserve-above-limit", Error;
    SECRET_WITHOUT_SOURCE = "secret-without-source", Error;
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
