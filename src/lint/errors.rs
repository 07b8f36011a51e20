//! The codes and wordings of levels and waivers. What a lint finds is worded in its own file.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::diag::suggest::near;
use crate::source::Span;

codes! {
    RULE_WITHOUT = "rule-without-require", Error;
    UNKNOWN_LINT = "unknown-lint", Error;
    WAIVER_WITHOUT_REASON = "waiver-without-reason", Error;
}

pub(super) fn unknown_lint<'k>(
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let found = Diagnostic::new(
        &UNKNOWN_LINT,
        span,
        format!("there is no lint or rule `{name}`"),
    )
    .label("not known");
    match near(name, known) {
        Some(near) if near.contains(' ') => found
            .help(format!("did you mean `\"{near}\"`?"))
            .edit(span, format!("\"{near}\"")),
        Some(near) => found
            .help(format!("did you mean `{near}`?"))
            .edit(span, near),
        None => found.help("`svcc explain` lists the lints; a rule is named by its string"),
    }
}

pub(super) fn rule_without(span: Span, rule: &str, property: &str) -> Diagnostic {
    let help = match property {
        "each" => "add what it goes through: `each = services(prod)`",
        _ => "add what must hold for each: `require = it.replicas >= 2`",
    };
    Diagnostic::new(
        &RULE_WITHOUT,
        span,
        format!("the rule \"{rule}\" has no `{property}`"),
    )
    .label("judges nothing")
    .help(help)
}

pub(super) fn waiver_without_reason(span: Span, lint: &str) -> Diagnostic {
    Diagnostic::new(
        &WAIVER_WITHOUT_REASON,
        span,
        format!("the waiver of `{lint}` gives no reason"),
    )
    .label("nothing is said here")
    .help("say why it does not matter here, for those who read it next year")
}
