//! Where diagnostics are collected.

use super::{Diagnostic, Level};

/// Collects the diagnostics of a compile. Stages that run in parallel fill one each; [`Sink::append`] joins them, and
/// [`Sink::finish`] puts all in an order that does not depend on who came first.
#[derive(Debug, Default)]
pub struct Sink {
    all: Vec<Diagnostic>,
    errors: usize,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Sink {
        Sink::default()
    }

    /// Adds one diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.level == Level::Error);
        self.all.push(diagnostic);
    }

    /// Adds all that another sink holds.
    pub fn append(&mut self, mut other: Sink) {
        self.errors += other.errors;
        self.all.append(&mut other.all);
    }

    /// Takes out those that are wanted, in the order in which they came.
    pub fn take(&mut self, wanted: impl Fn(&Diagnostic) -> bool) -> Vec<Diagnostic> {
        let (taken, rest): (Vec<_>, Vec<_>) = self.all.drain(..).partition(wanted);
        self.all = rest;
        let errors = taken.iter().filter(|it| it.level == Level::Error).count();
        self.errors -= errors;
        taken
    }

    /// How many diagnostics there are so far.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether something was said that stops a compile.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// What was said so far, as it came.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.all.iter()
    }

    /// Everything in order of place, each said once: what is evaluated per environment may say the same thing again.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.all;
        all.sort_by(|a, b| {
            let key = |it: &Diagnostic| (it.span, it.level, it.code.name);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        all.dedup_by(|a, b| a.span == b.span && a.code == b.code && a.message == b.message);
        all
    }
}
