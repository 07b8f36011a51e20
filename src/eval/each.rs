//! What differs between environments: everything is evaluated for all of them at once, until something asks which.

use super::body::Seen;
use super::scope::Scope;
use super::world::{Evaluator, Phase, Surroundings};
use crate::syntax::tree::Statement;

/// What something comes to in each environment of a phase.
#[derive(Debug)]
pub(super) enum InEach<T> {
    /// The same in all of them.
    Same(T),
    /// One for each, in their order.
    Different(Vec<T>),
}

impl<T> InEach<T> {
    /// One for each environment, over and over where all have the same.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let (same, different) = match self {
            InEach::Same(it) => (Some(std::iter::repeat(it)), [].as_slice()),
            InEach::Different(all) => (None, all.as_slice()),
        };
        same.into_iter().flatten().chain(different)
    }
}

impl<'w, 'p> Evaluator<'w, 'p> {
    /// What `work` comes to in each environment of the phase: done once where no environment is asked about and nothing
    /// is wrong.
    pub(super) fn in_each<T>(&mut self, mut work: impl FnMut(&mut Self) -> T) -> InEach<T> {
        let Phase::Run(all @ [_, _, ..]) = self.phase else {
            return InEach::Same(work(self));
        };
        let asked = std::mem::replace(&mut self.asked, false);
        let said = self.sink.len();
        let first = work(self);
        let same = !self.asked && self.sink.len() == said;
        self.asked |= asked;
        if same {
            return InEach::Same(first);
        }
        let mut made = Vec::with_capacity(all.len());
        made.push(first);
        for at in 1..all.len() {
            made.push(self.only(at, &mut work));
        }
        InEach::Different(made)
    }

    /// Does `work` for the phase's environment at `at` alone.
    pub(super) fn only<T>(&mut self, at: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.phase;
        if let Phase::Run(all) = outer {
            self.phase = Phase::Run(&all[at..=at]);
        }
        let made = work(self);
        self.phase = outer;
        made
    }

    /// The environments of the phase; none outside [`Phase::Run`].
    pub(super) fn environments(&self) -> &'w [Surroundings] {
        match self.phase {
            Phase::Run(all) => all,
            Phase::Declare | Phase::Build => &[],
        }
    }

    /// Does `work` on each statement of a block, for what is made in all environments at once where they agree on which
    /// statements those are.
    pub(super) fn inside<S>(
        &mut self,
        all: &mut [S],
        statement: &'p Statement,
        scope: &Scope,
        mut work: impl FnMut(&mut Self, &mut [S], &'p Statement, &Scope),
    ) {
        match self.in_each(|this| this.body(statement.body(), scope, None)) {
            InEach::Same(seen) => each_of(self, all, &seen, &mut work),
            InEach::Different(made) => {
                for (at, seen) in made.iter().enumerate() {
                    self.only(at, |this| {
                        each_of(this, &mut all[at..=at], seen, &mut work);
                    });
                }
            }
        }
    }
}

fn each_of<'w, 'p, S>(
    evaluator: &mut Evaluator<'w, 'p>,
    all: &mut [S],
    seen: &[Seen<'p>],
    work: &mut impl FnMut(&mut Evaluator<'w, 'p>, &mut [S], &'p Statement, &Scope),
) {
    for (statement, scope) in seen {
        work(evaluator, all, statement, scope);
    }
}
