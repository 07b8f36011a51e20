//! The codes and wordings of this stage.

use super::FILE;
use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    WRONG_PIN = "wrong-pin", Error;
}

pub(super) fn wrong_pin(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PIN,
        span,
        format!("a line of `{FILE}` does not say what a name stands for"),
    )
    .label("expected `image NAME sha256:…`, with 64 hexadecimal digits")
    .help("`svcc pin` writes the file; remove the line and run it")
}

pub(super) fn pinned_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PIN,
        span,
        format!("`{name}` is pinned twice, to different digests"),
    )
    .label("it stands above already")
    .help("keep one of the lines; `svcc pin` looks the name up again")
}
