//! What a project says about lints: `lint { NAME = LEVEL }` and `allow NAME because "…"`.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::{LINTS, Lint, Setting, errors, warnings};
use crate::check::errors::WARNINGS;
use crate::diag::Sink;
use crate::names::{DeclaredName, Program};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Expr, Statement};
use crate::value::Kind;

/// The levels that a project sets, and the names that it may set them for.
pub(super) struct Settings<'a> {
    levels: BTreeMap<&'a str, Setting>,
    rules: BTreeSet<&'a str>,
    /// Names of rules that a `for` makes: the texts around the interpolations.
    patterns: Vec<&'a [EcoString]>,
}

/// `allow LINT because "reason"`
#[derive(Debug)]
pub struct Waiver {
    /// Where the lint is named.
    pub(super) span: Span,
    /// The declaration that it stands in.
    pub(super) scope: Span,
    /// Whether something needed it.
    pub(super) used: bool,
}

/// Waivers by lint and file.
pub type Waivers = BTreeMap<(EcoString, FileId), Vec<Waiver>>;

impl Settings<'_> {
    /// The level of a lint.
    pub(super) fn of(&self, lint: &Lint) -> Setting {
        self.level(lint.code.name).unwrap_or(lint.default)
    }

    /// The level that the project sets for a lint or rule of this name.
    pub(super) fn level(&self, name: &str) -> Option<Setting> {
        self.levels.get(name).copied()
    }

    fn is_known(&self, name: &str) -> bool {
        let fits = |texts: &&[EcoString]| {
            texts
                .first()
                .is_some_and(|it| name.starts_with(it.as_str()))
                && texts.last().is_some_and(|it| name.ends_with(it.as_str()))
        };
        LINTS.iter().any(|it| it.code.name == name)
            || warnings::is_warning(name)
            || self.rules.contains(name)
            || self.patterns.iter().any(fits)
    }

    fn known(&self) -> impl Iterator<Item = &str> {
        let rules = self.rules.iter().copied();
        let warnings = WARNINGS.iter().map(|it| it.name);
        LINTS
            .iter()
            .map(|it| it.code.name)
            .chain(warnings)
            .chain(rules)
    }
}

/// The project's `lint { }`.
pub(super) fn settings<'a>(program: &'a Program, sink: &mut Sink) -> Settings<'a> {
    let mut settings = Settings {
        levels: BTreeMap::new(),
        rules: BTreeSet::new(),
        patterns: Vec::new(),
    };
    for declared in &program.declarations {
        match &declared.name {
            _ if declared.kind != Kind::Rule => {}
            DeclaredName::Plain(name) => {
                settings.rules.insert(name);
            }
            DeclaredName::Pattern(texts) => settings.patterns.push(texts),
        }
    }
    let statements = program.trees.iter().flat_map(|it| &it.statements);
    let blocks = statements
        .filter(|it| it.word.text == "project")
        .flat_map(Statement::body)
        .filter(|it| it.word.text == "lint");
    for entry in blocks.flat_map(Statement::body) {
        let name = entry.word.text.as_str();
        let level = entry.value.as_ref().and_then(Expr::as_name);
        let Some(level) = level.and_then(|it| Setting::from_word(&it.text)) else {
            if entry.block.is_some() {
                // `when`, `for`: levels hold always, or not at all.
                sink.push(errors::unknown_lint(entry.word.span, name, []));
            }
            continue;
        };
        if settings.is_known(name) {
            settings.levels.insert(name, level);
        } else {
            let found = errors::unknown_lint(entry.word.span, name, settings.known());
            sink.push(found);
        }
    }
    settings
}

/// The name of a lint, or the string of a rule.
fn named(expr: &Expr) -> Option<&str> {
    let name = expr.as_name().map(|it| it.text.as_str());
    name.or_else(|| expr.as_text().map(EcoString::as_str))
}

/// Every waiver of the project's files.
pub(super) fn waivers(program: &Program, settings: &Settings<'_>, sink: &mut Sink) -> Waivers {
    let mut waivers = Waivers::new();
    let packages = &program.packages;
    let trees = program.trees.iter();
    for tree in trees.filter(|it| packages.of(it.file).is_none()) {
        for statement in &tree.statements {
            collect_waivers(statement, statement.span, settings, &mut waivers, sink);
        }
    }
    waivers
}

fn collect_waivers(
    statement: &Statement,
    scope: Span,
    settings: &Settings<'_>,
    waivers: &mut Waivers,
    sink: &mut Sink,
) {
    if statement.word.text != "allow" || statement.word.string.is_some() {
        // A `for` or `when` is no declaration: a waiver in it is one of what stands around it.
        let is_control = matches!(statement.word.text.as_str(), "for" | "when" | "on");
        let scope = if is_control { scope } else { statement.span };
        for inner in statement.body() {
            collect_waivers(inner, scope, settings, waivers, sink);
        }
        return;
    }
    // Without `because` it is misshapen, and reported as such.
    let [lint, _, reason] = statement.arguments.as_slice() else {
        return;
    };
    let Some(name) = named(lint) else { return };
    if !settings.is_known(name) {
        return sink.push(errors::unknown_lint(lint.span, name, settings.known()));
    }
    if reason.as_text().is_some_and(|it| it.trim().is_empty()) {
        sink.push(errors::waiver_without_reason(reason.span, name));
    }
    let key = (EcoString::from(name), statement.span.file);
    waivers.entry(key).or_default().push(Waiver {
        span: statement.header(),
        scope,
        used: false,
    });
}
