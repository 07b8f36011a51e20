//! The `use` statements of a file, judged: which folder is meant, and is it there?

use std::collections::VecDeque;

use ecow::EcoString;

use super::{Package, Packages, errors};
use crate::diag::Sink;
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
    let mut found: Vec<Package> = Vec::new();
    for statement in uses {
        let package = one(statement, sources, packages, disk, sink);
        // A second of the same name is reported where names are.
        found.extend(package.filter(|new| found.iter().all(|it| it.prefix != new.prefix)));
    }
    found
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
    let name = name.as_name()?;
    let file = name.span.file;
    let prefix = EcoString::from(format!("{}{}.", packages.prefix(file), name.text));
    let folder = folder(source, sources, packages, disk, sink)?;
    let package = Package {
        prefix,
        folder,
        span: name.span,
    };
    if is_around(&package, packages, file) {
        sink.push(errors::package_cycle(source.span, &name.text));
        return None;
    }
    Some(package)
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
