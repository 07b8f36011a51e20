//! The names that an expression sees: `let`s of blocks, `for` variables, parameters of layers.

use std::sync::Arc;

use ecow::EcoString;

use crate::value::Value;

/// Names and their values, innermost first. Cheap to clone, so each statement can keep its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope(Option<Arc<Frame>>);

#[derive(Debug)]
struct Frame {
    name: EcoString,
    value: Value,
    outer: Scope,
}

impl Scope {
    /// This scope and one more name.
    pub(super) fn with(&self, name: EcoString, value: Value) -> Scope {
        Scope(Some(Arc::new(Frame {
            name,
            value,
            outer: self.clone(),
        })))
    }

    /// Whether there is no name in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut at = self;
        while let Some(frame) = &at.0 {
            if frame.name == name {
                return Some(&frame.value);
            }
            at = &frame.outer;
        }
        None
    }
}
