//! The `use` statements of a file, judged: which folder is meant, and is it there?

use std::collections::VecDeque;

use ecow::EcoString;

use super::{Package, Packages, Repository, errors, lock, repository};
use crate::diag::Sink;
use crate::source::disk::below;
use crate::source::{Disk, Entry, FileId, Sources, Span, VENDOR};
use crate::syntax::tree::{Expr, ExprKind, Statement, Tree};

/// The packages that a file uses. Those that cannot be read are reported and left out.
pub fn used(
    tree: &Tree,
    sources: &Sources,
    packages: &Packages,
    disk: &dyn Disk,
    sink: &mut Sink,
) -> Vec<Package> {
    let uses = tree.statements.iter().filter(|it| is_use(it));
    for it in &tree.statements {
        conditional(it, sink);
    }
    let mut found: Vec<Package> = Vec::new();
    for statement in uses {
        let package = one(statement, sources, packages, disk, sink);
        // A second of the same name is reported where names are.
        found.extend(package.filter(|new| found.iter().all(|it| it.prefix != new.prefix)));
    }
    found
}

/// Reports each `use` in a `for` or `when`, where nothing is read.
fn conditional(statement: &Statement, sink: &mut Sink) {
    if !matches!(statement.word.text.as_str(), "for" | "when") {
        return;
    }
    for inner in statement.body() {
        if is_use(inner) {
            sink.push(errors::conditional_use(
                inner.word.span,
                &statement.word.text,
            ));
        }
        conditional(inner, sink);
    }
}

/// The project's files in the order in which their `use`s are to be followed: those that stand in a folder that another uses
/// last, as they will turn out to be that package's.
pub fn in_order(own: &[Tree], sources: &Sources, disk: &dyn Disk) -> VecDeque<FileId> {
    let packages = Packages::default();
    let uses = own
        .iter()
        .flat_map(|it| &it.statements)
        .filter(|it| is_use(it));
    let folders: Vec<String> = uses
        .filter_map(|it| it.arguments.get(2))
        .filter_map(|it| beside(it.span, it.as_text()?, sources, &packages, disk))
        .collect();
    let is_claimed = |it: &Tree| {
        let path = &sources.get(it.file).path;
        let mut folders = folders
            .iter()
            .filter_map(|it| path.strip_prefix(it.as_str()));
        folders.any(|rest| rest.starts_with('/'))
    };
    let (last, first): (Vec<&Tree>, Vec<&Tree>) = own.iter().partition(|it| is_claimed(it));
    first.into_iter().chain(last).map(|it| it.file).collect()
}

/// Whether a statement is a `use` whose shape can be judged.
fn is_use(statement: &Statement) -> bool {
    statement.word.text == "use" && statement.word.string.is_none() && !statement.broken
}

fn one(
    statement: &Statement,
    sources: &Sources,
    packages: &Packages,
    disk: &dyn Disk,
    sink: &mut Sink,
) -> Option<Package> {
    // What has another shape is reported where shapes are.
    let [name, _, source] = statement.arguments.as_slice() else {
        return None;
    };
    if let ExprKind::Template(_) = name.kind {
        sink.push(errors::not_literal(name.span));
    }
    let (name, span) = (name_of(name)?, name.span);
    let file = span.file;
    let prefix = EcoString::from(format!("{}{name}.", packages.prefix(file)));
    let is_vendored = is_vendored(statement);
    let folder = match &source.kind {
        ExprKind::Call(call) if is_vendored => {
            let wanted = repository::repository(call, sink)?;
            vendored(name, source.span, &wanted, packages, disk, sink)?
        }
        _ => folder(source, sources, packages, disk, sink)?,
    };
    let package = Package {
        prefix,
        folder,
        span,
        is_vendored,
        published: packages.of(file).and_then(|it| it.published.clone()),
    };
    if is_around(&package, packages, file) {
        sink.push(errors::package_cycle(source.span, name));
        return None;
    }
    Some(package)
}

/// The name of a package, where it is a good one: it becomes a folder. Another is reported where names are.
fn name_of(expr: &Expr) -> Option<&EcoString> {
    let name = expr.as_name().map(|it| &it.text).or(expr.as_text());
    name.filter(|it| is_name(it))
}

/// Whether a package may have this name.
pub(super) fn is_name(name: &str) -> bool {
    let is_fine = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"_-".contains(&it);
    name.starts_with(|it: char| it.is_ascii_lowercase()) && name.bytes().all(is_fine)
}

/// Whether a statement uses a package from a git repository.
pub(super) fn is_vendored(statement: &Statement) -> bool {
    let source = statement.arguments.get(2).map(|it| &it.kind);
    is_use(statement)
        && matches!(source, Some(ExprKind::Call(it))
            if matches!(it.callee.as_slice(), [name] if name.text == "git"))
}

/// A package that the project itself wants from a git repository.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The name under which it is used.
    pub name: EcoString,
    /// Where it is from.
    pub repository: Repository,
}

/// The packages from git repositories that these files want, by name. What is wrong with a `use` is not said here.
pub fn wanted<'t>(trees: impl IntoIterator<Item = &'t Tree>) -> Vec<Wanted> {
    let statements = trees.into_iter().flat_map(|it| &it.statements);
    let mut found: Vec<Wanted> = Vec::new();
    for statement in statements.filter(|it| is_vendored(it)) {
        let [name, _, source] = statement.arguments.as_slice() else {
            continue;
        };
        if let (Some(name), ExprKind::Call(call)) = (name_of(name), &source.kind)
            && let Some(repository) = repository::repository(call, &mut Sink::new())
            && found.iter().all(|it| it.name != *name)
        {
            found.push(Wanted {
                name: name.clone(),
                repository,
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The folder of a package that was brought in from a git repository, where it is what the lock says.
fn vendored(
    name: &EcoString,
    span: Span,
    wanted: &Repository,
    packages: &Packages,
    disk: &dyn Disk,
    sink: &mut Sink,
) -> Option<EcoString> {
    let root = packages.root(span.file);
    let folder = below(root, &format!("{VENDOR}/{name}"));
    let locked = packages.lock(root).and_then(|it| it.packages.get(name));
    let is_there = disk.entry(&folder) == Some(Entry::Folder);
    let Some(locked) = locked.filter(|_| is_there) else {
        sink.push(errors::not_vendored(span, name, root));
        return None;
    };
    if locked.repository != *wanted {
        sink.push(errors::vendored_otherwise(
            span,
            name,
            &locked.repository,
            root,
        ));
        return None;
    }
    let found = lock::checksum_of(disk, &folder);
    if found.ok().as_ref() != Some(&locked.checksum) {
        sink.push(errors::changed_package(span, name, &folder));
        return None;
    }
    Some(folder.into())
}

/// The folder that a source names.
fn folder(
    source: &Expr,
    sources: &Sources,
    packages: &Packages,
    disk: &dyn Disk,
    sink: &mut Sink,
) -> Option<EcoString> {
    let span = source.span;
    let Some(path) = source.as_text() else {
        if !matches!(source.kind, ExprKind::Missing) {
            sink.push(errors::not_literal(span));
        }
        return None;
    };
    let Some(folder) = beside(span, path, sources, packages, disk) else {
        sink.push(errors::no_folder_for_all(span, path));
        return None;
    };
    match disk.entry(&folder) {
        Some(Entry::Folder) => {}
        Some(Entry::File | Entry::Other) | None => {
            sink.push(errors::missing_folder(span, path));
            return None;
        }
    }
    if !disk.in_repository(&folder) {
        sink.push(errors::outside_repository(span, path));
        return None;
    }
    Some(folder.into())
}

/// A path that a file says, relative to the project's root: `None` where it is absolute, or leaves the folder that its file
/// may not leave.
fn beside(
    span: Span,
    path: &str,
    sources: &Sources,
    packages: &Packages,
    disk: &dyn Disk,
) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let own = &sources.get(span.file).path;
    let start = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    // Up and down again is not up.
    let up = parts.iter().take_while(|it| **it == "..").count();
    let way = disk.way_down(up).unwrap_or_default();
    let down: Vec<&str> = way.split('/').filter(|_| up > 0).collect();
    if up > 0 && parts[up..].starts_with(&down) {
        parts.drain(..up + down.len());
    }
    let root = packages.root(span.file);
    let vendored = root.split('/').any(|it| it == VENDOR);
    let folder = parts.join("/");
    let inside = || {
        folder
            .strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    (!vendored || inside()).then_some(folder)
}

/// Whether a package is one of those around a file, or the project.
fn is_around(package: &Package, packages: &Packages, file: FileId) -> bool {
    let mut around = packages.prefix(file);
    if package.folder.is_empty() {
        return true;
    }
    while !around.is_empty() {
        let same = |it: &&Package| it.prefix == around && it.folder == package.folder;
        if packages.iter().any(|it| same(&it)) {
            return true;
        }
        let outer = around.trim_end_matches('.').rfind('.');
        around = outer.map_or("", |at| &around[..=at]);
    }
    false
}
