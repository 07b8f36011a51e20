//! Is it wise? Lints with levels that a project sets and waivers with reasons, and the project's own `rule`s.
//!
//! A lint looks at the model; where it must say how something was written, at the statements. It knows nothing of levels,
//! waivers and environments: [`judge`] merges what is found in several environments, drops what is waived or allowed, and
//! reports a waiver that nothing needs.

pub mod errors;
mod image_name;
mod judge;
mod rules;
mod settings;
mod statements;
mod subject;
mod warnings;

use ecow::EcoString;
use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, Level, Sink};
use crate::model::Model;
use crate::names::Program;
use crate::source::{Disk, Sources, Span};

pub use settings::Waivers;
pub use warnings::weigh_warnings;

/// Declares the modules of the lints, one file each, and their list. The names are sorted.
macro_rules! lints {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every lint, by name.
        pub static LINTS: &[&Lint] = &[$(&$name::LINT),*];
    };
}

lints! {
    broken_rule
    credential_literal
    docker_socket
    latest_tag
    no_healthcheck
    no_memory_limit
    no_stop_grace
    published_database
    runs_as_root
    same_in_prod
    single_replica
    unneeded_waiver
    unpinned_image
    unused_declaration
}

/// Something that works and is unwise.
#[derive(Debug)]
pub struct Lint {
    /// Its name and page.
    pub code: Code,
    /// One line: what it finds.
    pub doc: &'static str,
    /// How grave it is where the project's `lint { }` does not say.
    pub default: Setting,
    /// Finds it; `None` where judging itself does.
    check: Option<fn(&Context<'_>, &mut Vec<Finding>)>,
}

/// How grave a project finds a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Not at all.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

/// What lints look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// Their statements.
    pub program: &'a Program,
    /// What they mean.
    pub model: &'a Model,
    /// The project's files.
    pub disk: &'a dyn Disk,
}

/// Something that a lint found, before it is judged.
#[derive(Debug)]
struct Finding {
    /// What there is to say.
    said: Diagnostic,
    /// The declarations that it is about, beside the one that it stands in: a waiver there counts too.
    about: Vec<Span>,
    /// The environment where it was found, if it depends on one.
    environment: Option<EcoString>,
    /// The project's rule that it breaks, which has a level and waivers of its own.
    rule: Option<EcoString>,
}

/// Everything unwise, and the waivers of what checks warn of. Only the statements are judged where the model is not `sound`:
/// an error before has left something out.
pub fn lint(context: &Context<'_>, sound: bool) -> (Sink, Waivers) {
    let mut sink = Sink::new();
    let settings = settings::settings(context.program, &mut sink);
    let waivers = settings::waivers(context.program, &settings, &mut sink);
    let (of_warnings, waivers) = waivers
        .into_iter()
        .partition(|((name, _), _)| warnings::is_warning(name));
    if !sound {
        return (sink, of_warnings);
    }
    let found: Vec<Vec<Finding>> = LINTS
        .par_iter()
        .map(|lint| {
            let mut found = Vec::new();
            if let Some(check) = lint.check
                && settings.of(lint) != Setting::Allow
            {
                check(context, &mut found);
            }
            found
        })
        .collect();
    let mut found: Vec<Finding> = found.into_iter().flatten().collect();
    rules::rules(context, &settings, &mut found, &mut sink);
    judge::judge(context, &settings, waivers, found, &mut sink);
    (sink, of_warnings)
}

impl Lint {
    const fn new(name: &'static str, default: Setting, doc: &'static str) -> Lint {
        let level = match default {
            Setting::Allow => Level::Note,
            Setting::Warn => Level::Warning,
            Setting::Deny => Level::Error,
        };
        Lint {
            code: Code { name, level },
            doc,
            default,
            check: None,
        }
    }

    const fn warn(
        name: &'static str,
        doc: &'static str,
        check: fn(&Context<'_>, &mut Vec<Finding>),
    ) -> Lint {
        let mut lint = Lint::new(name, Setting::Warn, doc);
        lint.check = Some(check);
        lint
    }

    const fn deny(
        name: &'static str,
        doc: &'static str,
        check: fn(&Context<'_>, &mut Vec<Finding>),
    ) -> Lint {
        let mut lint = Lint::new(name, Setting::Deny, doc);
        lint.check = Some(check);
        lint
    }
}

impl Setting {
    /// Its word in the language.
    pub fn word(self) -> &'static str {
        match self {
            Setting::Allow => "allow",
            Setting::Warn => "warn",
            Setting::Deny => "deny",
        }
    }

    fn from_word(word: &str) -> Option<Setting> {
        [Setting::Allow, Setting::Warn, Setting::Deny]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

impl Context<'_> {
    /// Whether a place is in the standard library.
    fn is_library(&self, span: Span) -> bool {
        self.sources.get(span.file).path.starts_with("<std>/")
    }

    /// Whether a place is in the standard library or a package, where a project cannot mend or waive anything.
    fn is_foreign(&self, span: Span) -> bool {
        self.is_library(span) || self.program.packages.of(span.file).is_some()
    }
}

impl Finding {
    fn new(said: Diagnostic) -> Finding {
        Finding {
            said,
            about: Vec::new(),
            environment: None,
            rule: None,
        }
    }

    fn about(mut self, declaration: Span) -> Finding {
        self.about.push(declaration);
        self
    }

    fn within(mut self, environment: &EcoString) -> Finding {
        self.environment = Some(environment.clone());
        self
    }
}
