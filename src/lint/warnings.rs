//! What checks warn of, weighed: a project sets how grave such a warning is, and a declaration waives it, as with lints.

use super::judge::{push, waive};
use super::settings::{Waivers, settings};
use super::{Setting, unneeded_waiver};
use crate::check::errors::WARNINGS;
use crate::diag::{Level, Sink};
use crate::names::Program;

/// Whether a name is that of a warning of checks.
pub(super) fn is_warning(name: &str) -> bool {
    WARNINGS.iter().any(|it| it.name == name)
}

/// Weighs the warnings that checks have said, and reports the waivers of such that nothing needed.
pub fn weigh_warnings(program: &Program, mut waivers: Waivers, sink: &mut Sink) {
    // What is wrong with levels themselves is said with the lints.
    let settings = settings(program, &mut Sink::new());
    let said = sink.take(|it| it.level == Level::Warning && WARNINGS.contains(&it.code));
    for it in said {
        let places: Vec<_> = it.span.into_iter().collect();
        let related = it.related.iter().map(|it| it.span);
        let places: Vec<_> = places.into_iter().chain(related).collect();
        let name = it.code.name;
        if !waive(&mut waivers, name, &places) {
            push(it, settings.level(name), sink);
        }
    }
    if sink.has_errors() {
        return;
    }
    for ((name, _), list) in waivers {
        if settings.level(&name) == Some(Setting::Allow) {
            continue;
        }
        for waiver in list.iter().filter(|it| !it.used) {
            let said = unneeded_waiver::report(waiver.span, &name);
            push(said, Some(settings.of(&unneeded_waiver::LINT)), sink);
        }
    }
}
