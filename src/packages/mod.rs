//! Packages: what `use NAME from SOURCE` brings in. Which folder each is, which files are whose, and how what a package
//! declares is called elsewhere.
//!
//! A package gives layers, bases, secrets, configs, volumes, networks and `let`s under its name, and its rules hold in the
//! project. What else its files declare (a project, environments, pipelines, services) is for itself, and is not looked at.
//! Nothing here reads over a network: a compile sees folders only.

pub mod errors;
pub mod lock;
mod published;
mod repository;
mod used;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ecow::EcoString;

use crate::source::disk::below;
use crate::source::{FileId, Span};
use crate::syntax::tree::{Statement, Tree};
use crate::value::Kind;

pub use lock::Lock;
pub use published::{Published, published};
pub use repository::Repository;
pub use used::{Wanted, in_order, used, wanted};

/// A package that is used, by the project or by another package.
#[derive(Debug, Clone)]
pub struct Package {
    /// What stands before every name that it gives: `platform.`, and `platform.corp.` for one that `platform` uses.
    pub prefix: EcoString,
    /// Its folder, relative to the project's root.
    pub folder: EcoString,
    /// Where its name stands.
    pub span: Span,
    /// Whether it was brought in from a git repository.
    pub is_vendored: bool,
    /// Where its bases are published, if they are not built with the project.
    pub published: Option<Arc<Published>>,
}

/// All packages of a compile, and which files are theirs.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    all: Vec<Package>,
    files: HashMap<FileId, usize>,
    /// The locks that were read, by the folders that they stand in.
    locks: BTreeMap<EcoString, Lock>,
}

impl Packages {
    /// Adds a package whose files these are.
    pub fn add(&mut self, package: Package, files: impl IntoIterator<Item = FileId>) {
        let at = self.all.len();
        self.all.push(package);
        self.files.extend(files.into_iter().map(|it| (it, at)));
    }

    /// All packages, in the order in which they are used.
    pub fn iter(&self) -> impl Iterator<Item = &Package> {
        self.all.iter()
    }

    /// The folders of packages that stand beside the project, not below its root: `../platform`.
    pub fn beside(&self) -> BTreeSet<&str> {
        let folders = self.all.iter().map(|it| it.folder.as_str());
        folders.filter(|it| it.starts_with("..")).collect()
    }

    /// The package that a file is of.
    pub fn of(&self, file: FileId) -> Option<&Package> {
        self.all.get(*self.files.get(&file)?)
    }

    /// The path of the lock that has to be read before the `use`s of a file are judged, where there is one.
    pub fn lock_to_read(&self, tree: &Tree) -> Option<String> {
        let root = self.root(tree.file);
        let is_needed = tree.statements.iter().any(used::is_vendored);
        (is_needed && !self.locks.contains_key(root)).then(|| below(root, lock::FILE))
    }

    /// Adds the lock of the folder that a file may not leave.
    pub fn add_lock(&mut self, file: FileId, lock: Lock) {
        let root = self.root(file).into();
        self.locks.insert(root, lock);
    }

    /// The lock in a folder.
    pub fn lock(&self, root: &str) -> Option<&Lock> {
        self.locks.get(root)
    }

    /// Whether the bases of a file are published by the pipeline of its package, so that none of them is built here.
    pub fn publishes(&self, file: FileId) -> bool {
        self.of(file).is_some_and(|it| it.published.is_some())
    }

    /// The image as which the base of this full name is published.
    pub fn publication(&self, file: FileId, name: &str) -> Option<&EcoString> {
        self.of(file)?.published.as_ref()?.image(name)
    }

    /// What stands before the names that a file declares; nothing for the project's own.
    pub fn prefix(&self, file: FileId) -> &str {
        self.of(file).map_or("", |it| &it.prefix)
    }

    /// The folder that the paths of a file may not leave.
    pub fn root(&self, file: FileId) -> &str {
        self.of(file).map_or("", |it| &it.folder)
    }

    /// What stands before the names of the package that names in a file lead to, and how many of them do: two in
    /// `platform.corp.jvm`. Where none does, it is the file's own.
    pub fn leading<'n>(
        &self,
        file: FileId,
        names: impl Iterator<Item = &'n str>,
    ) -> (String, usize) {
        let mut prefix = self.prefix(file).to_owned();
        let mut count = 0;
        if self.all.is_empty() {
            return (prefix, count);
        }
        for name in names {
            let next = format!("{prefix}{name}.");
            if !self.all.iter().any(|it| it.prefix == next) {
                break;
            }
            prefix = next;
            count += 1;
        }
        (prefix, count)
    }
}

/// Whether a package gives things of this kind under its name.
pub fn gives(kind: Kind) -> bool {
    match kind {
        Kind::Base
        | Kind::Config
        | Kind::Layer
        | Kind::Let
        | Kind::Network
        | Kind::Package
        | Kind::Secret
        | Kind::Volume => true,
        Kind::Environment
        | Kind::Pipeline
        | Kind::Project
        | Kind::Rule
        | Kind::Service
        | Kind::Stage
        | Kind::Target => false,
    }
}

/// How something is called outside of the language, where names have no dots: `platform-jvm`.
pub fn plain(name: &str) -> Cow<'_, str> {
    if name.contains('.') {
        Cow::Owned(name.replace('.', "-"))
    } else {
        Cow::Borrowed(name)
    }
}

/// Leaves of a package's file only what it gives.
pub fn keep_given(tree: &mut Tree) {
    tree.statements.retain_mut(is_given);
}

fn is_given(statement: &mut Statement) -> bool {
    match statement.word.text.as_str() {
        "environment" | "job" | "pipeline" | "project" | "service" | "target" => false,
        "for" | "when" => {
            if let Some(block) = &mut statement.block {
                block.statements.retain_mut(is_given);
            }
            true
        }
        _ => true,
    }
}
