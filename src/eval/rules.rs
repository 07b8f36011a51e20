//! A project's own rules: their expressions, worked out for each thing that they go through.

use ecow::EcoString;

use super::scope::Scope;
use super::world::{Declared, Evaluator, Phase, World};
use super::{declare, operators};
use crate::diag::Sink;
use crate::names::Program;
use crate::source::{Disk, Sources, Span, Spanned};
use crate::syntax::tree::{Expr, Statement};
use crate::value::{Kind, Value};

/// The rules of a project, and what their expressions may refer to: collected once for all of them.
pub struct Rules<'p>(World<'p>);

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule<'p> {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    statement: &'p Statement,
    scope: Scope,
}

/// Whether something keeps to a rule.
#[derive(Debug)]
pub enum Verdict<'p> {
    /// It does.
    Holds,
    /// It does not.
    Broken {
        /// What is required.
        require: &'p Expr,
        /// What the rule says then, if it has a message.
        message: Option<EcoString>,
    },
    /// The rule's expressions have no value, or it requires nothing; what is wrong was reported.
    Unknown,
}

impl<'p> Rules<'p> {
    /// The rules of a program. What is wrong with declarations was reported when the model was made.
    pub fn new(sources: &'p Sources, program: &'p Program, disk: &'p dyn Disk) -> Rules<'p> {
        Rules(declare::declare(sources, program, disk, &mut Sink::new()))
    }

    /// All of them, in the order of their files.
    pub fn all(&self) -> Vec<Rule<'p>> {
        let rule = |it: &Declared<'p>| Rule {
            name: it.name.clone(),
            span: it.span,
            statement: it.statement,
            scope: it.scope.clone(),
        };
        self.0.all(Kind::Rule).iter().map(rule).collect()
    }

    /// What a property of the rule itself is: `each`, `level`.
    pub fn property(&self, rule: &Rule<'p>, name: &str, sink: &mut Sink) -> Option<Spanned<Value>> {
        let statement = rule.statement.body().iter();
        let expr = statement
            .filter(|it| it.word.text == name)
            .find_map(|it| it.value.as_ref())?;
        let mut evaluator = Evaluator::new(&self.0, Phase::Declare);
        let value = evaluator.value(expr, &rule.scope);
        sink.append(evaluator.sink);
        Some(Spanned::new(value, expr.span))
    }

    /// Whether there is a `require` in it, be it in a `when` or `for`.
    pub fn requires_something(&self, rule: &Rule<'p>) -> bool {
        fn find(body: &[Statement]) -> bool {
            let mut body = body.iter();
            body.any(|it| it.word.text == "require" || find(it.body()))
        }
        find(rule.statement.body())
    }

    /// Whether `it` keeps to the rule.
    pub fn judge(&self, rule: &Rule<'p>, it: Value, sink: &mut Sink) -> Verdict<'p> {
        let mut evaluator = Evaluator::new(&self.0, Phase::Declare);
        let scope = rule.scope.with("it".into(), it);
        let seen = evaluator.body(rule.statement.body(), &scope, None);
        let mut verdict = Verdict::Unknown;
        let property = |name: &'static str| {
            let named = seen.iter().filter(move |(it, _)| it.word.text == name);
            named.filter_map(|(it, scope)| Some((it.value.as_ref()?, scope)))
        };
        for (require, scope) in property("require") {
            match evaluator.condition(require, scope) {
                Some(true) => verdict = Verdict::Holds,
                Some(false) => {
                    let message = property("message").next();
                    let message = message.map(|(expr, scope)| evaluator.value(expr, scope));
                    verdict = Verdict::Broken {
                        require,
                        message: message.as_ref().and_then(operators::string),
                    };
                    break;
                }
                None => {
                    verdict = Verdict::Unknown;
                    break;
                }
            }
        }
        sink.append(evaluator.sink);
        verdict
    }
}
