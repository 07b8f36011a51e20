//! Things of one kind in the order of their names, each found at once.

use std::ops::Deref;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Image, Service};

/// What has a name.
pub trait Named {
    /// The name.
    fn name(&self) -> &EcoString;
}

/// Things of one kind in the order of their names.
#[derive(Debug, Clone)]
pub struct ByName<T> {
    all: Vec<Arc<T>>,
    /// Where each stands.
    at: FxHashMap<EcoString, usize>,
}

impl<T: Named> ByName<T> {
    /// These things, no two of one name.
    pub fn new(mut all: Vec<Arc<T>>) -> ByName<T> {
        all.sort_by(|a, b| a.name().cmp(b.name()));
        let names = all.iter().map(|it| it.name().clone());
        let at = names.zip(0..).collect();
        ByName { all, at }
    }

    /// The one of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.all.get(*self.at.get(name)?)
    }

    /// All of them, to change what is in them; their names stay.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Arc<T>> {
        self.all.iter_mut()
    }
}

impl<T> Deref for ByName<T> {
    type Target = [Arc<T>];

    fn deref(&self) -> &[Arc<T>] {
        &self.all
    }
}

impl<'a, T> IntoIterator for &'a ByName<T> {
    type Item = &'a Arc<T>;
    type IntoIter = std::slice::Iter<'a, Arc<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl Named for Image {
    fn name(&self) -> &EcoString {
        &self.name
    }
}

impl Named for Service {
    fn name(&self) -> &EcoString {
        &self.name
    }
}
