//! The codes and wordings of this stage.

use super::FILE;
use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    FETCH_WITHOUT_HASH = "fetch-without-hash", Error;
    WRONG_PIN = "wrong-pin", Error;
}

pub(super) fn fetch_without_hash(span: Span, applied: Option<Span>, url: &str) -> Diagnostic {
    let it = Diagnostic::new(
        &FETCH_WITHOUT_HASH,
        applied.unwrap_or(span),
        format!("nobody says what `{url}` holds"),
    )
    .label("could be anything")
    .help(format!(
        "`svcc pin` downloads it once and writes its hash to `{FILE}`; or write it here, as `sha256 = \"…\"`"
    ));
    match applied {
        Some(_) => it.related(span, "it is downloaded here"),
        None => it,
    }
}

pub(super) fn wrong_pin(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PIN,
        span,
        format!("a line of `{FILE}` does not say what a name stands for"),
    )
    .label("expected `image NAME sha256:…` or `fetch URL sha256:…`, with 64 hexadecimal digits")
    .help("`svcc pin` writes the file; remove the line and run it")
}

pub(super) fn pinned_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PIN,
        span,
        format!("`{name}` is pinned twice, to different hashes"),
    )
    .label("it stands above already")
    .help("keep one of the lines; `svcc pin` looks the name up again")
}
