//! Where a value was given, and what it overrode.

use std::ops::Deref;

use ecow::EcoString;

use crate::source::Span;

/// A value with its history: what `svcc why`, hover and every diagnostic about it read.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it is written: the statement's value. `None` for a built-in default.
    pub span: Option<Span>,
    /// Who gave it.
    pub giver: Giver,
    /// What would hold without it.
    pub overrode: Option<Box<Given<T>>>,
}

/// A value that may be set nowhere. Boxed, since of the many that a service has most are not set.
pub type Slot<T> = Option<Box<Given<T>>>;

/// Who gave a value, by rising precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Giver {
    /// svcc itself.
    Default,
    /// The `service { }` part of a layer.
    Layer(EcoString),
    /// The project's `services { }`.
    Project,
    /// The declaration itself.
    Own,
    /// The environment's `services { }`.
    Environment(EcoString),
    /// `in ENV { }` in the declaration.
    In(EcoString),
}

impl<T> Given<T> {
    /// A value written in the declaration itself.
    pub fn own(value: T, span: Span) -> Given<T> {
        Given {
            value,
            span: Some(span),
            giver: Giver::Own,
            overrode: None,
        }
    }

    /// A built-in default.
    pub fn default(value: T) -> Given<T> {
        Given {
            value,
            span: None,
            giver: Giver::Default,
            overrode: None,
        }
    }

    /// The same history with another value.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Given<U> {
        fn go<T, U>(it: Given<T>, f: &mut impl FnMut(T) -> U) -> Given<U> {
            let overrode = it.overrode.map(|it| Box::new(go(*it, f)));
            Given {
                value: f(it.value),
                span: it.span,
                giver: it.giver,
                overrode,
            }
        }
        go(self, &mut f)
    }
}

impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
