//! The project's own rules: `rule "…" { each, require, message }`, for everything that `each` goes through.

use super::broken_rule::{self, Broken};
use super::settings::Settings;
use super::subject::{self, Subject};
use super::{Context, Finding, Setting, errors};
use crate::diag::{Level, Sink};
use crate::eval::rules::{Rules, Verdict};
use crate::source::Span;
use crate::syntax::tree::{Expr, ExprKind};
use crate::value::{Kind, Value};

/// Finds what breaks a rule, and reports what is wrong with a rule itself.
pub(super) fn rules(
    context: &Context<'_>,
    settings: &Settings<'_>,
    found: &mut Vec<Finding>,
    sink: &mut Sink,
) {
    let declarations = &context.program.declarations;
    if !declarations.iter().any(|it| it.kind == Kind::Rule) {
        return;
    }
    let rules = Rules::new(context.sources, context.program, context.disk);
    for rule in rules.all() {
        let level = rules.property(&rule, "level", sink);
        let level = level.and_then(|it| match &it.value {
            Value::Word(word) => Setting::from_word(word),
            _ => None,
        });
        let own = settings.level(&rule.name).or(level);
        let level = match own.unwrap_or_else(|| settings.of(&broken_rule::LINT)) {
            Setting::Allow => continue,
            Setting::Warn => Level::Warning,
            Setting::Deny => Level::Error,
        };
        let Some(each) = rules.property(&rule, "each", sink) else {
            sink.push(errors::rule_without(rule.span, &rule.name, "each"));
            continue;
        };
        if !rules.requires_something(&rule) {
            sink.push(errors::rule_without(rule.span, &rule.name, "require"));
            continue;
        }
        for subject in subject::subjects(context.model, &each.value) {
            let mut said = Sink::new();
            let verdict = rules.judge(&rule, subject.value.clone(), &mut said);
            if !said.is_empty() {
                // It would be wrong for the others in the same way.
                sink.append(said);
                break;
            }
            if let Verdict::Broken { require, message } = verdict {
                let name = format!("{} `{}`", subject.kind, subject.name);
                let mut diagnostic = broken_rule::report(&Broken {
                    place: blamed(require, &subject),
                    message: message.as_deref(),
                    subject: &name,
                    rule: &rule.name,
                    require: require.span,
                });
                diagnostic.level = level;
                found.push(Finding {
                    said: diagnostic,
                    about: vec![subject.span],
                    environment: subject.environment,
                    rule: Some(rule.name.clone()),
                });
            }
        }
    }
}

/// Where the first property that is required something of was given; else the name.
fn blamed(require: &Expr, subject: &Subject<'_>) -> Span {
    let mut place = None;
    super::statements::each_expression(require, &mut |expr| {
        if let ExprKind::Path(names) = &expr.kind
            && let [it, property, rest @ ..] = names.as_slice()
            && it.text == "it"
        {
            let key = rest.first().map(|it| it.text.as_str());
            place = place.or_else(|| subject.origin(&property.text, key));
        }
    });
    place.unwrap_or(subject.span)
}
