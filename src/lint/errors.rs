//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    WITHOUT_EFFECT = "without-effect", Warning;
}

pub(super) fn without_effect(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        &WITHOUT_EFFECT,
        span,
        format!("`{what}` has no effect in this version of svcc"),
    )
    .label("read, and judged for its shape only")
}
