//! Who wins: a later giver replaces scalars and lists, and joins maps by key. `none` removes.

use std::sync::Arc;

use ecow::EcoString;

use super::convert::Asked;
use super::each::InEach;
use crate::model::origin::{Given, Giver, Slot};
use crate::model::service::Merged;
use crate::source::Span;

/// Where a value is given, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Origin<'g> {
    span: Span,
    giver: &'g Giver,
}

impl<'g> Origin<'g> {
    pub(super) fn new(span: Span, giver: &'g Giver) -> Self {
        Self { span, giver }
    }
}

/// The entry of a map that a statement gives: its key and its value; `None` where the key is not known.
pub(super) type Entry<T> = Option<(EcoString, Asked<T>)>;

/// Makes values over those that were there. What comes to the same in two environments is one value.
struct Maker<'g, T> {
    origin: Origin<'g>,
    last: Option<(Slot<T>, Arc<Given<T>>)>,
}

impl<'g, T: Clone> Maker<'g, T> {
    fn new(origin: Origin<'g>) -> Self {
        Self { origin, last: None }
    }

    fn over(&mut self, overrode: Slot<T>, value: &T) -> Arc<Given<T>> {
        if let Some((below, made)) = &self.last
            && is_one(below, &overrode)
        {
            return Arc::clone(made);
        }
        let made = Arc::new(Given {
            value: value.clone(),
            span: Some(self.origin.span),
            giver: self.origin.giver.clone(),
            overrode: overrode.clone(),
        });
        self.last = Some((overrode, Arc::clone(&made)));
        made
    }

    fn put(&mut self, slot: &mut Slot<T>, asked: &Asked<T>) {
        match asked {
            Asked::Bad => {}
            Asked::Removed => *slot = None,
            Asked::Given(value) => *slot = Some(self.over(slot.take(), value)),
        }
    }

    fn put_key(&mut self, map: &mut Merged<T>, key: &EcoString, asked: &Asked<T>) {
        let at = map.iter().position(|(it, _)| it == key);
        match (asked, at) {
            (Asked::Bad, _) | (Asked::Removed, None) => {}
            (Asked::Removed, Some(at)) => {
                map.remove(at);
            }
            (Asked::Given(value), None) => {
                // Most maps have one entry; a vector would make room for four.
                if map.is_empty() {
                    map.reserve_exact(1);
                }
                map.push((key.clone(), self.over(None, value)));
            }
            (Asked::Given(value), Some(at)) => {
                map[at].1 = self.over(Some(Arc::clone(&map[at].1)), value);
            }
        }
    }
}

fn is_one<T>(a: &Slot<T>, b: &Slot<T>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Puts a value into the slot of each environment, over what was there.
pub(super) fn put<'s, T: Clone + 's>(
    slots: impl IntoIterator<Item = &'s mut Slot<T>>,
    asked: &InEach<Asked<T>>,
    origin: Origin<'_>,
) {
    match asked {
        InEach::Same(asked) => {
            let mut maker = Maker::new(origin);
            for slot in slots {
                maker.put(slot, asked);
            }
        }
        InEach::Different(all) => {
            for (slot, asked) in slots.into_iter().zip(all) {
                Maker::new(origin).put(slot, asked);
            }
        }
    }
}

/// Puts a value under its key in the map of each environment, over what was there; a new key comes last.
pub(super) fn put_key<'s, T: Clone + 's>(
    maps: impl IntoIterator<Item = &'s mut Merged<T>>,
    entry: &InEach<Entry<T>>,
    origin: Origin<'_>,
) {
    match entry {
        InEach::Same(None) => {}
        InEach::Same(Some((key, asked))) => {
            let mut maker = Maker::new(origin);
            for map in maps {
                maker.put_key(map, key, asked);
            }
        }
        InEach::Different(all) => {
            for (map, entry) in maps.into_iter().zip(all) {
                if let Some((key, asked)) = entry {
                    Maker::new(origin).put_key(map, key, asked);
                }
            }
        }
    }
}
