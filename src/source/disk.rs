//! How the compiler sees files. It only ever asks a [`Disk`]; `cli` has the real one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A device, socket or broken link: nothing that can be read.
    Other,
}

/// The folder in a project's root that holds the packages from elsewhere; none of its files are the project's own.
pub const VENDOR: &str = "svcc.vendor";

/// A project's files. Paths are relative to the project's root, written with `/`, without `.` and `..`;
/// the empty path is the root. Only those of packages may begin with `../`.
pub trait Disk: Sync {
    /// The `.svc` files of the project or package in this folder, sorted by path: every one under it but for what git
    /// ignores, hidden folders, output folders, [`VENDOR`] and folders with a `fleet.svc` of their own.
    fn sources(&self, folder: &str) -> io::Result<Vec<String>>;

    /// The bytes of a file.
    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>>;

    /// What stands at a path, or nothing.
    fn entry(&self, path: &str) -> Option<Entry>;

    /// All files under a folder (links not followed), sorted by path.
    fn files(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Whether the project is in a git repository.
    fn is_in_repository(&self) -> bool;

    /// Whether git ignores this path: `None` where the project is not in a git repository.
    fn ignored(&self, path: &str) -> Option<bool>;

    /// Whether a path is a link to something outside of the root, which no build can follow.
    fn leads_outside(&self, path: &str) -> bool;

    /// Whether a file may be executed.
    fn executable(&self, path: &str) -> bool;

    /// The way from the folder that is `up` levels above the root down to the root: `services/shop`.
    fn way_down(&self, up: usize) -> Option<String>;

    /// Whether a folder is in the same git repository as the root, or the root is in none.
    fn in_repository(&self, folder: &str) -> bool;
}

/// Files in memory, for tests, the editor and standard input.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Paths that git ignores, with all below them; where there is none, the project is not in a git repository.
    pub ignored: BTreeSet<String>,
    /// The folders from the top of the repository down to the root: `services/shop`. Files beside the root begin with `../`.
    pub place: String,
}

impl MemoryDisk {
    /// A disk with these text files.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> MemoryDisk {
        let files = files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text.into()));
        MemoryDisk {
            files: files.collect(),
            ..MemoryDisk::default()
        }
    }
}

impl Disk for MemoryDisk {
    fn sources(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = |path: &'_ str| -> Option<String> {
            match folder {
                "" => (!path.starts_with("../")).then(|| path.to_owned()),
                _ => Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned()),
            }
        };
        let files: Vec<String> = self.files.keys().filter_map(|it| inside(it)).collect();
        let roots: Vec<&str> = files
            .iter()
            .filter_map(|it| it.strip_suffix("fleet.svc"))
            .filter(|it| it.ends_with('/'))
            .collect();
        let foreign = |path: &str| {
            roots.iter().any(|it| path.starts_with(it)) || path.split('/').any(|it| it == VENDOR)
        };
        let sources = files
            .iter()
            .filter(|it| it.ends_with(".svc") && !foreign(it));
        Ok(sources.map(|it| below(folder, it)).collect())
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        let bytes = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Cow::Borrowed(bytes))
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        if path.is_empty() {
            return Some(Entry::Folder);
        }
        if self.files.contains_key(path) {
            return Some(Entry::File);
        }
        let inside = |it: &String| {
            it.strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.keys().any(inside).then_some(Entry::Folder)
    }

    fn files(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = |it: &&String| {
            (folder.is_empty() && !it.starts_with("../"))
                || it
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        Ok(self.files.keys().filter(inside).cloned().collect())
    }

    fn is_in_repository(&self) -> bool {
        !self.ignored.is_empty()
    }

    fn ignored(&self, path: &str) -> Option<bool> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut all = above.chain([path]);
        self.is_in_repository()
            .then(|| all.any(|it| self.ignored.contains(it)))
    }

    fn leads_outside(&self, _: &str) -> bool {
        false
    }

    fn executable(&self, _: &str) -> bool {
        false
    }

    fn way_down(&self, up: usize) -> Option<String> {
        let names: Vec<&str> = self.place.split('/').collect();
        Some(names.get(names.len().checked_sub(up)?..)?.join("/"))
    }

    fn in_repository(&self, _: &str) -> bool {
        true
    }
}

/// A path in a folder, which may be the root.
pub fn below(folder: &str, path: &str) -> String {
    match folder {
        "" => path.to_owned(),
        _ => format!("{folder}/{path}"),
    }
}
