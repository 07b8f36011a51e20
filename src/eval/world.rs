//! What is declared, and what an expression may ask about it.

use std::collections::HashMap;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::scope::Scope;
use crate::diag::Sink;
use crate::model::Slot;
use crate::model::service::Merged;
use crate::names::Link;
use crate::packages::Packages;
use crate::source::{Disk, FileId, Sources, Span};
use crate::syntax::tree::{Name, Statement};
use crate::value::{Kind, Value};

/// A declaration, its name known and its `for` variables bound.
#[derive(Debug, Clone)]
pub(super) struct Declared<'p> {
    /// Its name.
    pub(super) name: EcoString,
    /// Where the name stands.
    pub(super) span: Span,
    /// What it says.
    pub(super) statement: &'p Statement,
    /// What its body sees.
    pub(super) scope: Scope,
}

/// Everything that is declared. Does not change while the model is made, so threads share it.
pub(super) struct World<'p> {
    /// The files.
    pub(super) sources: &'p Sources,
    /// What names stand for where a package comes into it.
    pub(super) links: &'p HashMap<Span, Link>,
    /// The packages.
    pub(super) packages: &'p Packages,
    /// The project's files.
    pub(super) disk: &'p dyn Disk,
    /// Declarations by kind, in the order of their files.
    pub(super) declared: FxHashMap<Kind, Vec<Declared<'p>>>,
    /// Where a declaration of a kind and name stands in its list.
    pub(super) index: FxHashMap<(Kind, EcoString), usize>,
    /// The `let`s outside all blocks.
    pub(super) lets: FxHashMap<EcoString, &'p Statement>,
    /// The project's name and registry, for `project.name` and `project.registry`.
    pub(super) project: Vec<(EcoString, Value)>,
}

/// When an expression is evaluated, which says what it may refer to.
#[derive(Clone, Copy)]
pub(super) enum Phase<'w> {
    /// While declarations are made: nothing but values.
    Declare,
    /// While an image is made: the same in every environment.
    Build,
    /// For these environments at once: where nothing asks which, what holds in one holds in all.
    Run(&'w [Surroundings]),
}

/// What a run-time expression sees of its environment.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// Which of all environments it is.
    pub(super) at: usize,
    /// The environment's name.
    pub(super) name: EcoString,
    /// Its `let`s.
    pub(super) lets: Vec<(EcoString, Value)>,
    /// The `let`s of all environments, so that a missing one can be told from an unknown one.
    pub(super) lets_elsewhere: Vec<EcoString>,
    /// What services show of themselves; `None` while that is being found out.
    pub(super) services: Option<FxHashMap<EcoString, Front>>,
}

/// What a service shows of itself to expressions of others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Front {
    /// Ports by name.
    pub(super) ports: Merged<u16>,
    /// How many there are; 1 where not set.
    pub(super) replicas: Slot<u32>,
}

/// Evaluates expressions and statements in one phase, and collects what is wrong.
pub(super) struct Evaluator<'w, 'p> {
    /// What is declared.
    pub(super) world: &'w World<'p>,
    /// When.
    pub(super) phase: Phase<'w>,
    /// Whether something was asked that environments may answer differently.
    pub(super) asked: bool,
    /// The service that is being made, for `service.self`.
    pub(super) own_name: EcoString,
    /// What is wrong.
    pub(super) sink: Sink,
    /// A base that was asked for before it was made.
    pub(super) wanted: Option<EcoString>,
    /// The outer `let`s that are being worked on.
    pub(super) lets_begun: Vec<EcoString>,
    /// The values of outer `let`s so far, in one environment or in all.
    pub(super) lets: FxHashMap<(EcoString, Option<usize>), Value>,
}

impl Surroundings {
    /// What a service shows of itself here.
    pub(super) fn shown(&self, service: &str) -> Option<&Front> {
        self.services.as_ref()?.get(service)
    }
}

impl<'p> World<'p> {
    /// The declarations of a kind.
    pub(super) fn all(&self, kind: Kind) -> &[Declared<'p>] {
        self.declared.get(&kind).map_or(&[], |it| it)
    }

    /// The declaration of this kind and name.
    pub(super) fn find(&self, kind: Kind, name: &str) -> Option<&Declared<'p>> {
        let at = *self.index.get(&(kind, EcoString::from(name)))?;
        self.all(kind).get(at)
    }

    /// Whether a file is of the standard library or of a package, where a project can mend nothing.
    pub(super) fn is_foreign(&self, file: FileId) -> bool {
        self.sources.get(file).path.starts_with("<std>/") || self.packages.of(file).is_some()
    }

    /// The folder of a file, relative to the root; empty for the root.
    pub(super) fn folder(&self, file: FileId) -> &str {
        let path = &self.sources.get(file).path;
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// `path` as written in `file`, relative to the root; `None` where it leaves the root, or the package of the file.
    pub(super) fn resolve(&self, file: FileId, path: &str) -> Option<EcoString> {
        let (root, folder) = (self.packages.root(file), self.folder(file));
        let below = folder.strip_prefix(root)?.trim_start_matches('/');
        let path = join_path(below, path)?;
        Some(match (root, path.as_str()) {
            ("", _) => path,
            (root, "") => root.into(),
            (root, path) => ecow::eco_format!("{root}/{path}"),
        })
    }

    /// What names side by side stand for, where a package comes into it.
    pub(super) fn link(&self, names: &[Name]) -> Option<&'p Link> {
        if self.links.is_empty() {
            return None;
        }
        self.links.get(&names.first()?.span)
    }
}

impl<'w, 'p> Evaluator<'w, 'p> {
    /// An evaluator for a phase.
    pub(super) fn new(world: &'w World<'p>, phase: Phase<'w>) -> Evaluator<'w, 'p> {
        Evaluator {
            world,
            phase,
            asked: false,
            own_name: EcoString::new(),
            sink: Sink::new(),
            wanted: None,
            lets_begun: Vec::new(),
            lets: FxHashMap::default(),
        }
    }
}

/// `path` seen from `folder`, without `.` and `..`; `None` where it leaves the root.
pub(super) fn join_path(folder: &str, path: &str) -> Option<EcoString> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/").into())
}
