//! The tests of a service.

use ecow::EcoString;

use super::scope::Scope;
use super::steps::parts;
use super::world::Evaluator;
use crate::model::origin::Giver;
use crate::model::service::{Merged, Test};
use crate::source::Spanned;
use crate::syntax::tree::Statement;

impl<'p> Evaluator<'_, 'p> {
    /// `test NAME { … }`
    pub(super) fn test(&mut self, statement: &'p Statement, scope: &Scope) -> Option<Test> {
        let argument = statement.arguments.first()?;
        let mut test = Test {
            name: Spanned::new(self.need(argument, scope)?, argument.span),
            run: Vec::new(),
            image: None,
            with: Vec::new(),
            mounts: Vec::new(),
            env: Vec::new(),
            timeout: None,
            report: None,
        };
        self.inside(statement, scope, |this, inner, scope| {
            match (inner.word.text.as_str(), &inner.value) {
                ("run", Some(value)) => test.run = this.need(value, scope).unwrap_or_default(),
                ("with", Some(value)) => test.with = this.each(value, scope),
                ("timeout", Some(value)) => test.timeout = this.ask(value, scope).given(),
                ("report", Some(value)) => test.report = this.ask(value, scope).given(),
                ("image", Some(value)) => {
                    let image = this.ask(value, scope).given();
                    test.image = image.map(|it| Spanned::new(it, value.span));
                }
                ("env", None) => {
                    let mut env = Merged::new();
                    this.entries(&mut env, inner, (&Giver::Own, scope));
                    test.env
                        .extend(env.into_iter().map(|(key, it)| (key, it.value)));
                }
                ("mount", None) => {
                    let Some(parts) = parts(inner, &["at"]) else {
                        return;
                    };
                    let [Some(source), Some(target)] = parts.as_slice() else {
                        return;
                    };
                    let Some(path) = this.need::<EcoString>(source, scope) else {
                        return;
                    };
                    let Some(target) = this.need(target, scope) else {
                        return;
                    };
                    let Some(path) = this.path_from_root(&path, source.span) else {
                        return;
                    };
                    test.mounts.push((Spanned::new(path, source.span), target));
                }
                _ => {}
            }
        });
        Some(test)
    }
}
