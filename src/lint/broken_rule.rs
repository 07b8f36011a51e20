//! `broken-rule`: one of the project's own rules does not hold.

use super::{Lint, Setting};
use crate::diag::Diagnostic;
use crate::source::Span;

pub(super) static LINT: Lint = Lint::new(
    "broken-rule",
    Setting::Deny,
    "One of the project's own rules does not hold.",
);

/// What breaks a rule, and the rule.
pub(super) struct Broken<'a> {
    /// The line that breaks it.
    pub(super) place: Span,
    /// What the rule's `message` says, if it has one.
    pub(super) message: Option<&'a str>,
    /// What breaks it: `service web`.
    pub(super) subject: &'a str,
    /// The rule's name.
    pub(super) rule: &'a str,
    /// What it requires.
    pub(super) require: Span,
}

/// The project's rules find it.
pub(super) fn report(broken: &Broken<'_>) -> Diagnostic {
    let message = match broken.message {
        Some(message) => message.split_whitespace().collect::<Vec<_>>().join(" "),
        None => format!("{} breaks the rule \"{}\"", broken.subject, broken.rule),
    };
    Diagnostic::new(&LINT.code, broken.place, message)
        .label(format!("breaks \"{}\"", broken.rule))
        .related(broken.require, "what the rule requires")
}
