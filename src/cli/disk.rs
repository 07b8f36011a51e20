//! The real files of a project.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{Match, WalkBuilder};
use rustc_hash::FxHashMap;

use crate::emit::LOCK;
use crate::source::{Disk, Entry, VENDOR};

/// A project's folder on disk.
pub(super) struct RealDisk {
    root: PathBuf,
    /// What is in the project, once its own sources were looked for.
    found: OnceLock<Found>,
}

/// What was met on the way to the sources of a folder.
#[derive(Default)]
struct Found {
    sources: Vec<String>,
    /// Plain files and folders, so that nobody asks for them again: a large project's checks ask for thousands.
    met: FxHashMap<String, Entry>,
}

impl RealDisk {
    /// The project in this folder.
    pub(super) fn new(root: &Path) -> RealDisk {
        RealDisk {
            root: root.to_path_buf(),
            found: OnceLock::new(),
        }
    }

    /// How many bytes the project's sources have, as far as that can be seen.
    pub(super) fn size(&self) -> u64 {
        let sources = self.sources("").unwrap_or_default();
        let sizes = sources
            .iter()
            .filter_map(|it| fs::metadata(self.at(it)).ok());
        sizes.map(|it| it.len()).sum()
    }

    fn find(&self, folder: &str) -> io::Result<Found> {
        let mut found = Found::default();
        let walk = WalkBuilder::new(self.at(folder))
            .ignore(false)
            .git_global(false)
            .filter_entry(|it| {
                let is_folder = it.file_type().is_some_and(|it| it.is_dir());
                // Another project, packages, or what svcc writes.
                let foreign = || {
                    it.file_name() == VENDOR
                        || it.path().join("fleet.svc").exists()
                        || it.path().join(LOCK).exists()
                };
                !(is_folder && it.depth() > 0 && foreign())
            })
            .build();
        for entry in walk {
            let entry = entry.map_err(io::Error::other)?;
            let kind = match entry.file_type() {
                Some(it) if it.is_file() => Entry::File,
                Some(it) if it.is_dir() => Entry::Folder,
                _ => continue,
            };
            let Some(path) = self.relative(entry.path()) else {
                continue;
            };
            if kind == Entry::File && entry.path().extension().is_some_and(|it| it == "svc") {
                found.sources.push(path.clone());
            }
            found.met.insert(path, kind);
        }
        found.sources.sort();
        Ok(found)
    }

    /// What was met at a path, if anything was.
    fn met(&self, path: &str) -> Option<Entry> {
        self.found.get()?.met.get(path).copied()
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() {
            self.root.clone()
        } else {
            self.root.join(path)
        }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let path = path.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<&str>> = path.iter().map(|it| it.to_str()).collect();
        Some(parts?.join("/"))
    }
}

impl Disk for RealDisk {
    fn sources(&self, folder: &str) -> io::Result<Vec<String>> {
        if !folder.is_empty() {
            return Ok(self.find(folder)?.sources);
        }
        if let Some(found) = self.found.get() {
            return Ok(found.sources.clone());
        }
        let found = self.find("")?;
        Ok(self.found.get_or_init(|| found).sources.clone())
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        fs::read(self.at(path)).map(Cow::Owned)
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        if let Some(met) = self.met(path) {
            return Some(met);
        }
        let metadata = match fs::metadata(self.at(path)) {
            Ok(it) => it,
            Err(_) => {
                return fs::symlink_metadata(self.at(path))
                    .ok()
                    .map(|_| Entry::Other);
            }
        };
        Some(if metadata.is_file() {
            Entry::File
        } else if metadata.is_dir() {
            Entry::Folder
        } else {
            Entry::Other
        })
    }

    fn files(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![self.at(folder)];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    if entry.file_name() != ".git" {
                        folders.push(entry.path());
                    }
                } else if kind.is_file() {
                    found.extend(self.relative(&entry.path()));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn is_in_repository(&self) -> bool {
        let root = fs::canonicalize(&self.root);
        root.is_ok_and(|it| repository(&it).is_some())
    }

    fn ignored(&self, path: &str) -> Option<bool> {
        let root = fs::canonicalize(&self.root).ok()?;
        let top = repository(&root)?;
        if !is_ruled_out(top, &root.join(path))? {
            return Some(false);
        }
        // What git has, no rule keeps out. It is asked last, as to start it takes longer than all else.
        let is_tracked = Command::new("git")
            .args(["ls-files", "--error-unmatch", "--", path])
            .current_dir(&root)
            .output()
            .is_ok_and(|it| it.status.success());
        Some(!is_tracked)
    }

    fn leads_outside(&self, path: &str) -> bool {
        if self.met(path).is_some() {
            return false;
        }
        let at = self.at(path);
        let is_link = fs::symlink_metadata(&at).is_ok_and(|it| it.is_symlink());
        let inside = || {
            Some(
                fs::canonicalize(&at)
                    .ok()?
                    .starts_with(fs::canonicalize(&self.root).ok()?),
            )
        };
        is_link && inside() == Some(false)
    }

    fn executable(&self, path: &str) -> bool {
        fs::metadata(self.at(path)).is_ok_and(|it| is_executable(&it))
    }

    fn way_down(&self, up: usize) -> Option<String> {
        let root = fs::canonicalize(&self.root).ok()?;
        let names: Option<Vec<&str>> = root.iter().skip(1).map(|it| it.to_str()).collect();
        let names = names?;
        Some(names.get(names.len().checked_sub(up)?..)?.join("/"))
    }

    fn in_repository(&self, folder: &str) -> bool {
        let full = |it: &Path| fs::canonicalize(it).ok();
        let (Some(root), Some(folder)) = (full(&self.root), full(&self.at(folder))) else {
            return true;
        };
        let top = root.ancestors().find(|it| it.join(".git").exists());
        top.is_none_or(|it| folder.starts_with(it))
    }
}

/// The top of the git repository that a folder is in.
fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|it| it.join(".git").exists())
}

/// Whether a rule of the repository at `top` ignores a path.
fn is_ruled_out(top: &Path, path: &Path) -> Option<bool> {
    let is_folder = path.is_dir();
    let above = path.ancestors().skip(1);
    for folder in above.take_while(|it| it.starts_with(top)) {
        let (rules, _) = Gitignore::new(folder.join(".gitignore"));
        match rules.matched_path_or_any_parents(path, is_folder) {
            Match::Ignore(_) => return Some(true),
            Match::Whitelist(_) => return Some(false),
            Match::None => {}
        }
    }
    let mut rules = GitignoreBuilder::new(top);
    rules.add(top.join(".git/info/exclude"));
    let rules = rules.build().ok()?;
    let found = rules.matched_path_or_any_parents(path, is_folder);
    Some(found.is_ignore())
}

#[cfg(unix)]
pub(super) fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(super) fn is_executable(_: &fs::Metadata) -> bool {
    false
}

/// A disk on which one file has another text: what an editor holds.
pub(super) struct Overlay<'d> {
    /// The disk beneath.
    pub(super) disk: &'d dyn Disk,
    /// The file.
    pub(super) path: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

impl Disk for Overlay<'_> {
    fn sources(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut sources = self.disk.sources(folder)?;
        if let ("", Err(at)) = (folder, sources.binary_search(&self.path)) {
            sources.insert(at, self.path.clone());
        }
        Ok(sources)
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        if path == self.path {
            return Ok(Cow::Borrowed(&self.bytes));
        }
        self.disk.read(path)
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        if path == self.path {
            return Some(Entry::File);
        }
        self.disk.entry(path)
    }

    fn files(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.files(folder)
    }

    fn is_in_repository(&self) -> bool {
        self.disk.is_in_repository()
    }

    fn ignored(&self, path: &str) -> Option<bool> {
        self.disk.ignored(path)
    }

    fn leads_outside(&self, path: &str) -> bool {
        self.disk.leads_outside(path)
    }

    fn executable(&self, path: &str) -> bool {
        self.disk.executable(path)
    }

    fn way_down(&self, up: usize) -> Option<String> {
        self.disk.way_down(up)
    }

    fn in_repository(&self, folder: &str) -> bool {
        self.disk.in_repository(folder)
    }
}
