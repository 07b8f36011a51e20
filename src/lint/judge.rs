//! What was found, judged: one report for several environments, waivers, levels.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::settings::{Settings, Waivers};
use super::{Context, Finding, LINTS, Setting, unneeded_waiver};
use crate::diag::{Diagnostic, Level, Sink};
use crate::source::Span;

/// Reports what is neither waived nor allowed, then the waivers that nothing needed.
pub(super) fn judge(
    context: &Context<'_>,
    settings: &Settings<'_>,
    mut waivers: Waivers,
    found: Vec<Finding>,
    sink: &mut Sink,
) {
    let level = |name: &str| {
        let lint = LINTS.iter().find(|it| it.code.name == name);
        lint.map_or_else(|| settings.level(name), |it| Some(settings.of(it)))
    };
    for finding in merge(context, found) {
        let names = [Some(finding.said.code.name), finding.rule.as_deref()];
        let mut waived = false;
        for name in names.into_iter().flatten() {
            waived |= waive(&mut waivers, name, &finding.about);
        }
        // A rule's own level is worked out where it is found broken.
        let setting = match finding.rule {
            Some(_) => None,
            None => level(finding.said.code.name),
        };
        if !waived {
            push(finding.said, setting, sink);
        }
    }
    for ((name, _), list) in waivers {
        // What is not looked for cannot need a waiver, and may be looked for again.
        if level(&name) == Some(Setting::Allow) {
            continue;
        }
        for waiver in list.iter().filter(|it| !it.used) {
            let said = unneeded_waiver::report(waiver.span, &name);
            push(said, Some(settings.of(&unneeded_waiver::LINT)), sink);
        }
    }
}

/// What makes two findings the same: the place, the code, the message.
type Key = (Option<Span>, &'static str, String);

/// The same thing found in several environments, once; `about` then holds every place where a waiver counts.
fn merge(context: &Context<'_>, found: Vec<Finding>) -> Vec<Finding> {
    let mut merged: BTreeMap<Key, (Finding, Vec<EcoString>)> = BTreeMap::new();
    for mut finding in found {
        finding.about.splice(0..0, finding.said.span);
        finding.about.retain(|it| !context.is_foreign(*it));
        // What a layer of the library or of a package gives is reported where it is asked for.
        let Some(place) = finding.about.first() else {
            continue;
        };
        finding.said.span = Some(*place);
        finding
            .said
            .related
            .retain(|it| !context.is_library(it.span));
        let environment = finding.environment.take();
        let key = (
            finding.said.span,
            finding.said.code.name,
            finding.said.message.clone(),
        );
        let (_, environments) = merged.entry(key).or_insert((finding, Vec::new()));
        environments.extend(environment);
    }
    let all = context.model.fleets.len();
    merged
        .into_values()
        .map(|(mut finding, environments)| {
            if (1..all).contains(&environments.len()) {
                let names: Vec<String> = environments.iter().map(|it| format!("`{it}`")).collect();
                finding.said.message.push_str(" in ");
                finding.said.message.push_str(&listed(&names));
            }
            finding
        })
        .collect()
}

/// `a`, `a and b`, `a, b and c`
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Whether a waiver of this name stands around one of the places. All that do are needed.
pub(super) fn waive(waivers: &mut Waivers, name: &str, places: &[Span]) -> bool {
    let mut waived = false;
    for place in places {
        let key = (EcoString::from(name), place.file);
        for waiver in waivers.get_mut(&key).into_iter().flatten() {
            if waiver.scope.start <= place.start && place.end <= waiver.scope.end {
                waiver.used = true;
                waived = true;
            }
        }
    }
    waived
}

pub(super) fn push(mut said: Diagnostic, setting: Option<Setting>, sink: &mut Sink) {
    said.level = match setting {
        Some(Setting::Allow) => return,
        Some(Setting::Warn) => Level::Warning,
        Some(Setting::Deny) => Level::Error,
        None => said.level,
    };
    sink.push(said);
}
