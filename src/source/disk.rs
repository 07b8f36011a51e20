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

/// A project's files. Paths are relative to the project's root, written with `/`, without `.` and `..`;
/// the empty path is the root.
pub trait Disk: Sync {
    /// The `.svc` files of the project, sorted by path: every one under the root but for what git ignores, hidden
    /// folders, the output folder and folders with a `fleet.svc` of their own.
    fn sources(&self) -> io::Result<Vec<String>>;

    /// The bytes of a file.
    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>>;

    /// What stands at a path, or nothing.
    fn entry(&self, path: &str) -> Option<Entry>;

    /// All files under a folder (links not followed), sorted by path.
    fn files(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Whether git ignores this path: `None` where the project is not in a git repository.
    fn ignored(&self, path: &str) -> Option<bool>;

    /// Whether a path is a link to something outside of the root, which no build can follow.
    fn leads_outside(&self, path: &str) -> bool;

    /// Whether a file may be executed.
    fn executable(&self, path: &str) -> bool;
}

/// Files in memory, for tests, the editor and standard input.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Paths that git ignores, with all below them; where there is none, the project is not in a git repository.
    pub ignored: BTreeSet<String>,
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
    fn sources(&self) -> io::Result<Vec<String>> {
        let roots: Vec<&str> = self
            .files
            .keys()
            .filter_map(|it| it.strip_suffix("/fleet.svc"))
            .collect();
        let nested = |path: &str| {
            roots.iter().any(|it| {
                path.strip_prefix(it)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let sources = self
            .files
            .keys()
            .filter(|it| it.ends_with(".svc") && !nested(it));
        Ok(sources.cloned().collect())
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
            folder.is_empty()
                || it
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        Ok(self.files.keys().filter(inside).cloned().collect())
    }

    fn ignored(&self, path: &str) -> Option<bool> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let mut all = above.chain([path]);
        (!self.ignored.is_empty()).then(|| all.any(|it| self.ignored.contains(it)))
    }

    fn leads_outside(&self, _: &str) -> bool {
        false
    }

    fn executable(&self, _: &str) -> bool {
        false
    }
}
