//! Where a value was given, and what it overrode.

use std::ops::Deref;
use std::sync::Arc;

use ecow::EcoString;

use crate::source::Span;

/// A value with its history: what `svcc why`, hover and every diagnostic about it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it is written: the statement's value. `None` for a built-in default.
    pub span: Option<Span>,
    /// Who gave it.
    pub giver: Giver,
    /// What would hold without it.
    pub overrode: Slot<T>,
}

/// A value that may be set nowhere. One word, since of the many that a service has most are not set; shared, since
/// environments differ in few.
pub type Slot<T> = Option<Arc<Given<T>>>;

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
}

impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
