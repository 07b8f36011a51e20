//! What can be said about a source: one plain struct for all stages. How it looks is `render`'s business.

pub mod code;
pub mod sink;
pub mod suggest;

use crate::source::Span;

pub use code::{Code, Level};
pub use sink::Sink;

/// One thing to tell the reader. A stage's `errors.rs` has one function per code that builds it whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Its kind: name, page and default level.
    pub code: &'static Code,
    /// How grave it is here (lints have levels that a project sets).
    pub level: Level,
    /// What is wrong, on one line: lower case, names in back-ticks, no final point. Makes sense alone.
    pub message: String,
    /// The exact place. `None` only where no file can be blamed (there is no `fleet.svc`, say).
    pub span: Option<Span>,
    /// The half-sentence that stands at the place; may be empty.
    pub label: String,
    /// Other places that matter, each with its half-sentence: "first published here".
    pub related: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
    /// The same as an edit that an editor can apply, where it is surely right.
    pub edit: Option<Edit>,
}

/// A second place and what it has to do with the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A half-sentence.
    pub text: String,
}

/// Replace what stands at `span` by `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes away; empty for an insertion.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic of `code` at `span`, to be completed by the `with` functions.
    pub fn new(
        code: &'static Code,
        span: impl Into<Option<Span>>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            level: code.level,
            message: message.into(),
            span: span.into(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            edit: None,
        }
    }

    /// Sets the half-sentence at the place.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = text.into();
        self
    }

    /// Adds a second place.
    pub fn related(mut self, span: impl Into<Option<Span>>, text: impl Into<String>) -> Diagnostic {
        if let Some(span) = span.into() {
            self.related.push(Label {
                span,
                text: text.into(),
            });
        }
        self
    }

    /// Sets what to write instead.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Sets the edit that mends it.
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.edit = Some(Edit {
            span,
            text: text.into(),
        });
        self
    }
}
