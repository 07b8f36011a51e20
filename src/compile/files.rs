//! Reading: which files a compile is of, each parsed.
//!
//! First stands the standard library, then the project, then the packages that are used. Of the library only those files are
//! parsed whose layers somebody may mean; each once in a process, as an editor compiles at every key.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use rayon::prelude::*;

use crate::diag::Sink;
use crate::packages::{self, Package, Packages};
use crate::source::{Disk, FileId, Sources};
use crate::syntax::tree::{Expr, ExprKind, Statement, Tree};
use crate::{stdlib, syntax};

/// Every file of a compile, parsed.
#[derive(Debug)]
pub struct Files {
    /// Their texts, with those of the whole standard library.
    pub sources: Sources,
    /// Their trees, sorted by file.
    pub trees: Vec<Tree>,
    /// Which of them are of a package.
    pub packages: Packages,
}

/// Reads and parses the project's files, those of the packages that they use, and those of the standard library that are
/// needed for them.
pub fn read(disk: &dyn Disk, sink: &mut Sink) -> io::Result<Files> {
    let mut sources = Sources::default();
    for (path, text) in stdlib::files() {
        sources.add(path.as_str(), (*text).to_owned());
    }
    let first = stdlib::files().len();
    let paths = disk.sources("")?;
    let parsed: Vec<io::Result<(String, Tree, Sink)>> = paths
        .par_iter()
        .enumerate()
        .map(|(at, path)| {
            let mut sink = Sink::new();
            let (text, tree) = read_one(disk, path, id(first + at), &mut sink)?;
            Ok((text, tree, sink))
        })
        .collect();
    let mut trees = Vec::with_capacity(paths.len());
    for (path, parsed) in paths.into_iter().zip(parsed) {
        let (text, tree, said) = parsed?;
        sources.add(path, text);
        trees.push(tree);
        sink.append(said);
    }
    let mut files = Files {
        sources,
        trees,
        packages: Packages::default(),
    };
    files.read_packages(disk, sink)?;
    add_library(&mut files.trees);
    Ok(files)
}

fn read_one(
    disk: &dyn Disk,
    path: &str,
    file: FileId,
    sink: &mut Sink,
) -> io::Result<(String, Tree)> {
    let named = |it: io::Error| io::Error::new(it.kind(), format!("{path}: {it}"));
    let bytes = disk.read(path).map_err(named)?;
    let text = syntax::decode(file, &bytes, sink);
    let tree = syntax::parse(file, &text, sink);
    Ok((text, tree))
}

fn id(at: usize) -> FileId {
    FileId(u32::try_from(at).expect("fewer than 2^32 files"))
}

impl Files {
    /// The same files with all of the standard library.
    pub fn with_whole_library(mut self) -> Files {
        self.trees = with_whole_library(self.trees);
        self
    }

    /// Reads the packages that files use, and those that these use.
    fn read_packages(&mut self, disk: &dyn Disk, sink: &mut Sink) -> io::Result<()> {
        let mut next = packages::in_order(&self.trees, &self.sources, disk);
        while let Some(file) = next.pop_front() {
            let Some(at) = self.trees.iter().position(|it| it.file == file) else {
                continue;
            };
            if let Some(path) = self.packages.lock_to_read(&self.trees[at]) {
                self.read_lock(file, &path, disk, sink);
            }
            let tree = &self.trees[at];
            let used = packages::used(tree, &self.sources, &self.packages, disk, sink);
            for package in used {
                next.extend(self.read_package(package, disk, sink)?);
            }
        }
        Ok(())
    }

    /// Reads the lock that says which packages of a file were vendored, where there is one.
    fn read_lock(&mut self, of: FileId, path: &str, disk: &dyn Disk, sink: &mut Sink) {
        let Ok(bytes) = disk.read(path) else { return };
        let file = self.next_file();
        let text = syntax::decode(file, &bytes, sink);
        self.sources.add(path, text);
        let lock = packages::lock::read(file, self.sources.get(file), sink);
        self.packages.add_lock(of, lock);
    }

    fn next_file(&self) -> FileId {
        id(self.sources.iter().count())
    }

    /// Reads the files of a package, and says which of them are new here. Those that were read as the project's own, as they
    /// stand below its root, become the package's.
    fn read_package(
        &mut self,
        mut package: Package,
        disk: &dyn Disk,
        sink: &mut Sink,
    ) -> io::Result<Vec<FileId>> {
        let folder = package.folder.as_str();
        let named = |it: io::Error| io::Error::new(it.kind(), format!("{folder}: {it}"));
        let paths = disk.sources(folder).map_err(named)?;
        if paths.is_empty() {
            sink.push(packages::errors::no_sources(package.span, folder));
        }
        let (mut of_package, mut new) = (Vec::with_capacity(paths.len()), Vec::new());
        for path in paths {
            let own = self.trees.iter().find(|it| {
                let is_own = self.packages.of(it.file).is_none();
                is_own && self.sources.get(it.file).path == path
            });
            if let Some(tree) = own {
                of_package.push(tree.file);
                continue;
            }
            let file = self.next_file();
            let (text, tree) = read_one(disk, &path, file, sink)?;
            self.trees.push(tree);
            self.sources.add(path, text);
            of_package.push(file);
            new.push(file);
        }
        let is_of_package = |it: &&mut Tree| of_package.contains(&it.file);
        if package.is_vendored {
            let trees = self.trees.iter().filter(|it| of_package.contains(&it.file));
            let own = packages::published(&package.prefix, &package.folder, trees, disk);
            package.published = own.map(Arc::new).or(package.published);
        }
        for tree in self.trees.iter_mut().filter(is_of_package) {
            packages::keep_given(tree);
        }
        self.packages.add(package, of_package);
        Ok(new)
    }
}

/// Adds the files of the standard library whose layers the trees may mean, and those that these need.
fn add_library(trees: &mut Vec<Tree>) {
    let of_tree = |tree: &Tree| {
        let mut found = BTreeSet::new();
        families(&tree.statements, &mut found);
        found
    };
    let found: Vec<BTreeSet<EcoString>> = trees.par_iter().map(of_tree).collect();
    let mut wanted: BTreeSet<EcoString> = found.into_iter().flatten().collect();
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    while let Some(family) = wanted.pop_first() {
        for at in stdlib::files_of(&family) {
            if needed.insert(*at) {
                families(&library(*at).statements, &mut wanted);
            }
        }
    }
    trees.splice(..0, needed.into_iter().map(|at| library(at).clone()));
}

/// The trees, with those of the standard library that are not among them.
pub(super) fn with_whole_library(mut trees: Vec<Tree>) -> Vec<Tree> {
    let first = id(stdlib::files().len());
    trees.retain(|it| it.file >= first);
    trees.splice(
        ..0,
        (0..stdlib::files().len()).map(|at| library(at).clone()),
    );
    trees
}

/// The tree of a file of the standard library. What the library says is right, as its tests see.
fn library(at: usize) -> &'static Tree {
    static TREES: OnceLock<Vec<OnceLock<Tree>>> = OnceLock::new();
    let empty = || stdlib::files().iter().map(|_| OnceLock::new()).collect();
    let (_, text) = stdlib::files()[at];
    TREES.get_or_init(empty)[at].get_or_init(|| syntax::parse(id(at), text, &mut Sink::new()))
}

/// The first words of the names of layers that statements apply or declare, and the names of packages, which may be no such
/// word: `java` of `layer java.jre(version = 21)`.
fn families(statements: &[Statement], found: &mut BTreeSet<EcoString>) {
    for statement in statements {
        if matches!(statement.word.text.as_str(), "layer" | "use")
            && let Some(name) = statement.arguments.first().and_then(first_word)
        {
            found.insert(name.clone());
        }
        families(statement.body(), found);
    }
}

fn first_word(expr: &Expr) -> Option<&EcoString> {
    let names = match &expr.kind {
        ExprKind::Path(names) => names,
        ExprKind::Call(call) => &call.callee,
        _ => return None,
    };
    names.first().map(|it| &it.text)
}
