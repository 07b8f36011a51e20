//! Who wins: a later giver replaces scalars and lists, and joins maps by key. `none` removes.

use ecow::EcoString;

use super::convert::Asked;
use crate::model::origin::{Given, Giver, Slot};
use crate::model::service::Merged;
use crate::source::Span;

/// Puts a value into its slot, over what was there.
pub(super) fn put<T>(slot: &mut Slot<T>, asked: Asked<T>, span: Span, giver: &Giver) {
    match asked {
        Asked::Bad => {}
        Asked::Removed => *slot = None,
        Asked::Given(value) => {
            let overrode = slot.take();
            *slot = Some(Box::new(Given {
                value,
                span: Some(span),
                giver: giver.clone(),
                overrode,
            }));
        }
    }
}

/// Puts a value under its key, over what was there; a new key comes last.
pub(super) fn put_key<T>(
    map: &mut Merged<T>,
    key: EcoString,
    asked: Asked<T>,
    span: Span,
    giver: &Giver,
) {
    let at = map.iter().position(|(it, _)| *it == key);
    match (asked, at) {
        (Asked::Bad, _) | (Asked::Removed, None) => {}
        (Asked::Removed, Some(at)) => {
            map.remove(at);
        }
        (Asked::Given(value), None) => {
            let given = Given {
                value,
                span: Some(span),
                giver: giver.clone(),
                overrode: None,
            };
            // Most maps have one entry; a vector would make room for four.
            if map.is_empty() {
                map.reserve_exact(1);
            }
            map.push((key, given));
        }
        (Asked::Given(value), Some(at)) => {
            let new = Given {
                value,
                span: Some(span),
                giver: giver.clone(),
                overrode: None,
            };
            let old = std::mem::replace(&mut map[at].1, new);
            map[at].1.overrode = Some(Box::new(old));
        }
    }
}
