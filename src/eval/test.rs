//! The tests of a service.

use ecow::EcoString;

use super::scope::Scope;
use super::steps::parts;
use super::world::Evaluator;
use crate::model::origin::Giver;
use crate::model::service::{Merged, Test};
use crate::source::Spanned;
use crate::syntax::tree::Statement;
use crate::value::Text;

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
        for (inner, scope) in self.body(statement.body(), scope, None) {
            let scope = &scope;
            match (inner.word.text.as_str(), &inner.value) {
                ("run", Some(value)) => test.run = self.need(value, scope).unwrap_or_default(),
                ("with", Some(value)) => test.with = self.each(value, scope),
                ("timeout", Some(value)) => test.timeout = self.ask(value, scope).given(),
                ("report", Some(value)) => test.report = self.ask(value, scope).given(),
                ("image", Some(value)) => {
                    let image = self.ask(value, scope).given();
                    test.image = image.map(|it| Spanned::new(it, value.span));
                }
                ("env", None) => {
                    let mut env: Merged<Text> = Merged::new();
                    self.plain_entries(&mut env, inner, scope, &Giver::Own);
                    let env = env.into_iter();
                    test.env
                        .extend(env.map(|(key, it)| (key, it.value.clone())));
                }
                ("mount", None) => test.mounts.extend(self.test_mount(inner, scope)),
                _ => {}
            }
        }
        Some(test)
    }

    /// `mount "./reports" at "/reports"`
    fn test_mount(
        &mut self,
        statement: &Statement,
        scope: &Scope,
    ) -> Option<(Spanned<EcoString>, EcoString)> {
        let parts = parts(statement, &["at"])?;
        let [Some(source), Some(target)] = parts.as_slice() else {
            return None;
        };
        let path = self.need::<EcoString>(source, scope)?;
        let target = self.need(target, scope)?;
        let path = self.path_from_root(&path, source.span)?;
        Some((Spanned::new(path, source.span), target))
    }
}
