//! `svcc vendor`: brings the packages that the project uses from git repositories into `svcc.vendor`, through git, and writes
//! `svcc.lock`. Both are committed, so that a compile needs neither git nor a network. With `docker` in `svcc pin`, the only
//! place where something is fetched.
//!
//! What stands in `svcc.vendor` is replaced or removed only where it is what svcc put there.

use std::fs;
use std::io;
use std::path::Path;

use ecow::EcoString;

use super::End;
use super::args::Vendor;
use super::disk::RealDisk;
use super::git::{self, Blob};
use super::terminal::{Terminal, plural};
use super::{files, terminal};
use crate::compile;
use crate::diag::{Diagnostic, Level, Sink};
use crate::packages::lock::{self, FILE, Lock, Locked};
use crate::packages::{self, Repository, Wanted};
use crate::render::Format;
use crate::source::{Disk, Entry, VENDOR};

/// What keeps git from changing line ends in what is vendored, and forges from counting it as the project's own code.
const ATTRIBUTES: &str = "* -text linguist-vendored\n";

pub(super) fn run(arguments: &Vendor, terminal: &Terminal) -> End {
    let root = arguments.dir.as_path();
    if !root.is_dir() {
        terminal.error(&format!("{} is not a folder", root.display()));
        return End::Usage;
    }
    let disk = RealDisk::new(root);
    let mut sink = Sink::new();
    let read = match compile::read(&disk, &mut sink) {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    // What a file does not say clearly would count as not wanted.
    let said: Vec<Diagnostic> = sink.finish().into_iter().filter(is_in_the_way).collect();
    if said.iter().any(|it| it.level == Level::Error) {
        terminal.diagnostics(Format::Human, &read.sources, &said);
        terminal.say(&format!("{}; nothing was vendored", terminal::count(&said)));
        return End::Findings;
    }
    let own = read.trees.iter();
    let wanted = packages::wanted(own.filter(|it| read.packages.root(it.file).is_empty()));
    let old = match old_lock(&disk) {
        Ok(it) => it,
        Err(why) => {
            terminal.error(&why);
            return End::Findings;
        }
    };
    let folder = root.join(VENDOR);
    if fs::symlink_metadata(&folder).is_ok_and(|it| !it.is_dir()) {
        terminal.error(&format!(
            "{} is not a folder, and svcc does not write through links",
            folder.display()
        ));
        return End::Findings;
    }
    let place = Place {
        root,
        disk: &disk,
        old: &old,
    };
    let done = if arguments.check {
        place.check(&wanted, terminal)
    } else {
        place.vendor(&wanted, arguments.force, terminal)
    };
    match done {
        Ok(end) => end,
        Err(why) => {
            terminal.error(&why);
            End::Findings
        }
    }
}

/// Whether a diagnostic is about what vendoring does not mend.
fn is_in_the_way(it: &Diagnostic) -> bool {
    let mends = [
        &packages::errors::CHANGED_PACKAGE,
        &packages::errors::MISSING_PACKAGE,
        &packages::errors::STALE_PACKAGE,
    ];
    !mends.contains(&it.code)
}

/// The lock that is there; empty where there is none.
fn old_lock(disk: &RealDisk) -> Result<Lock, String> {
    let bytes = match disk.read(FILE) {
        Ok(it) => it,
        Err(it) if it.kind() == io::ErrorKind::NotFound => return Ok(Lock::default()),
        Err(it) => return Err(format!("{FILE}: {it}")),
    };
    let mut sources = crate::source::Sources::default();
    let file = sources.add(FILE, String::from_utf8_lossy(&bytes).into_owned());
    let mut sink = Sink::new();
    let lock = lock::read(file, sources.get(file), &mut sink);
    match sink.finish().first() {
        None => Ok(lock),
        Some(it) => Err(format!("{FILE}: {}", it.message)),
    }
}

/// A project's packages as they stand.
struct Place<'a> {
    root: &'a Path,
    disk: &'a RealDisk,
    old: &'a Lock,
}

/// How a package's folder is.
#[derive(PartialEq, Eq)]
enum State {
    /// Nothing is there.
    Missing,
    /// What svcc put there.
    Sound,
    /// Something else.
    Changed,
}

impl Place<'_> {
    fn state(&self, name: &str) -> State {
        let folder = format!("{VENDOR}/{name}");
        match self.disk.entry(&folder) {
            None => State::Missing,
            Some(Entry::File | Entry::Other) => State::Changed,
            Some(Entry::Folder) => {
                let locked = self.old.packages.get(name).map(|it| &it.checksum);
                let found = lock::checksum_of(self.disk, &folder).ok();
                if found.is_some() && found.as_ref() == locked {
                    State::Sound
                } else {
                    State::Changed
                }
            }
        }
    }

    /// Names what of the lock and the folders is not what the repositories have.
    fn check(&self, wanted: &[Wanted], terminal: &Terminal) -> Result<End, String> {
        let mut problems = Vec::new();
        for it in wanted {
            let name = &it.name;
            let checksum = fetch(it, terminal)?.checksum();
            match self.old.packages.get(name) {
                None => problems.push(format!("{name}: not in {FILE}")),
                Some(locked) if locked.repository != it.repository => {
                    problems.push(format!("{name}: {FILE} has another state of it"));
                }
                Some(locked) if locked.checksum != checksum => problems.push(format!(
                    "{name}: {FILE} does not say what its repository has"
                )),
                Some(_) => match self.state(name) {
                    State::Sound => {}
                    State::Missing => problems.push(format!("{name}: {VENDOR}/{name} is missing")),
                    State::Changed => {
                        problems.push(format!("{name}: {VENDOR}/{name} was changed"));
                    }
                },
            }
        }
        for name in self.unwanted(wanted) {
            problems.push(format!("{name}: no longer used"));
        }
        for it in &problems {
            terminal.print(&format!("{it}\n"));
        }
        if problems.is_empty() {
            terminal.say(&format!("{} up to date", plural(wanted.len(), "package")));
            return Ok(End::Fine);
        }
        terminal.say("the packages are not up to date; `svcc vendor` brings them");
        Ok(End::Findings)
    }

    /// Brings what is missing or of another state, removes what is no longer used, and writes the lock.
    fn vendor(&self, wanted: &[Wanted], force: bool, terminal: &Terminal) -> Result<End, String> {
        let stale: Vec<&Wanted> = wanted
            .iter()
            .filter(|it| {
                let locked = self.old.packages.get(&it.name);
                let same = locked.is_some_and(|locked| locked.repository == it.repository);
                !same || self.state(&it.name) != State::Sound
            })
            .collect();
        let changed: Vec<&EcoString> = stale
            .iter()
            .map(|it| &it.name)
            .filter(|it| self.state(it) == State::Changed)
            .collect();
        if !force && !changed.is_empty() {
            for name in changed {
                terminal.error(&format!(
                    "{VENDOR}/{name} is not what svcc put there; make the change in the package's own repository, or overwrite it with --force"
                ));
            }
            terminal.say("nothing was vendored");
            return Ok(End::Findings);
        }
        let mut brought = Vec::with_capacity(stale.len());
        for it in stale {
            brought.push((it, fetch(it, terminal)?));
        }
        let mut new = self.old.clone();
        for (it, fetched) in &brought {
            let name = &it.name;
            self.put(name, &fetched.files)
                .map_err(|it| format!("cannot write {VENDOR}/{name}: {it}"))?;
            let locked = Locked {
                repository: it.repository.clone(),
                checksum: fetched.checksum(),
            };
            new.packages.insert(name.clone(), locked);
            let commit = it.repository.commit.get(..12).unwrap_or_default();
            let files = plural(fetched.files.len(), "file");
            terminal.print(&format!("{name}: {commit}, {files}\n"));
            for path in &fetched.left {
                terminal.say(&format!(
                    "{name}: {path} is a link or a submodule, and was left out"
                ));
            }
        }
        for name in self.unwanted(wanted) {
            let folder = self.root.join(VENDOR).join(name.as_str());
            match self.state(name) {
                State::Sound => fs::remove_dir_all(&folder)
                    .map_err(|it| format!("cannot remove {VENDOR}/{name}: {it}"))?,
                State::Changed => terminal.say(&format!(
                    "{VENDOR}/{name} is no longer used, but was changed: it was left"
                )),
                State::Missing => {}
            }
            new.packages.remove(name);
            terminal.print(&format!("{name}: no longer used\n"));
        }
        if new != *self.old {
            self.write_lock(&new)
                .map_err(|it| format!("cannot write {FILE}: {it}"))?;
        }
        let all = plural(wanted.len(), "package");
        terminal.say(&match brought.len() {
            0 => format!("{all} up to date"),
            count => format!(
                "{count} of {all} vendored; next: svcc compile, and commit {VENDOR} and {FILE}"
            ),
        });
        Ok(End::Fine)
    }

    /// The packages in the lock that nothing uses.
    fn unwanted<'n>(&'n self, wanted: &'n [Wanted]) -> impl Iterator<Item = &'n EcoString> {
        let locked = self.old.packages.keys();
        locked.filter(|name| wanted.iter().all(|it| it.name != **name))
    }

    /// Puts a package's files in the place of those that are there: all of them, or none where something goes wrong.
    fn put(&self, name: &str, files: &[Blob]) -> io::Result<()> {
        let vendor = self.root.join(VENDOR);
        fs::create_dir_all(&vendor)?;
        let attributes = vendor.join(".gitattributes");
        if !attributes.exists() {
            files::write(&attributes, ATTRIBUTES.as_bytes(), false)?;
        }
        let new = tempfile::Builder::new()
            .prefix(".svcc-")
            .tempdir_in(&vendor)?;
        let fresh = new.path().join("new");
        fs::create_dir(&fresh)?;
        for it in files {
            files::write(&fresh.join(&it.path), &it.bytes, it.executable)?;
        }
        let place = vendor.join(name);
        if fs::symlink_metadata(&place).is_ok() {
            fs::rename(&place, new.path().join("old"))?;
        }
        fs::rename(&fresh, &place)
    }

    fn write_lock(&self, lock: &Lock) -> io::Result<()> {
        let path = self.root.join(FILE);
        if !lock.packages.is_empty() {
            return files::write(&path, lock.to_text().as_bytes(), false);
        }
        // Nothing is vendored any more; what a person put into the folder stays.
        fs::remove_file(&path)?;
        let vendor = self.root.join(VENDOR);
        let attributes = vendor.join(".gitattributes");
        if fs::read(&attributes).is_ok_and(|it| it == ATTRIBUTES.as_bytes()) {
            fs::remove_file(&attributes)?;
        }
        let _ = fs::remove_dir(&vendor);
        Ok(())
    }
}

/// What a repository has.
struct Fetched {
    files: Vec<Blob>,
    left: Vec<String>,
}

impl Fetched {
    fn checksum(&self) -> EcoString {
        let files = self.files.iter();
        lock::checksum(files.map(|it| (it.path.as_str(), it.bytes.as_slice())))
    }
}

/// Fetches a package; one after the other, as git may ask for a password.
fn fetch(wanted: &Wanted, terminal: &Terminal) -> Result<Fetched, String> {
    terminal.progress(&format!("{} from {}", wanted.name, wanted.repository.url));
    let fetched = fetch_commit(&wanted.repository);
    terminal.progress("");
    fetched.map_err(|why| format!("{}: {why}", wanted.name))
}

/// Fetches a commit. Its files are read from git's own store, as no setting of this machine changes them there.
fn fetch_commit(repository: &Repository) -> Result<Fetched, String> {
    let Repository {
        url,
        commit,
        folder,
    } = repository;
    let store = tempfile::tempdir().map_err(|it| it.to_string())?;
    let store = store.path();
    let format = match commit.len() {
        64 => "--object-format=sha256",
        _ => "--object-format=sha1",
    };
    git::run(store, &["init", "--quiet", "--bare", format], Vec::new())?;
    let only = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "--",
        url,
        commit,
    ];
    if git::run(store, &only, Vec::new()).is_err() {
        // A server may answer only for branches and tags.
        let all = ["fetch", "--quiet", "--no-tags", "--", url, "+refs/*:refs/*"];
        git::run(store, &all, Vec::new())?;
    }
    let whole = format!("{commit}^{{commit}}");
    git::run(store, &["cat-file", "-e", &whole], Vec::new())
        .map_err(|_| format!("`{url}` has no commit {commit}"))?;
    let tree = match folder.as_str() {
        "" => whole,
        folder => format!("{commit}:{folder}"),
    };
    let (files, left) = git::files(store, &tree, is_of_package)
        .map_err(|_| format!("commit {commit} has no folder `{folder}`"))?;
    match files.iter().find(|it| !is_plain(&it.path)) {
        Some(it) => Err(format!("the path `{}` cannot be written", it.path)),
        None => Ok(Fetched { files, left }),
    }
}

/// Whether a file is the package's: what git, forges and CI systems read of a repository is not.
fn is_of_package(path: &str) -> bool {
    path.split('/').all(|it| {
        !it.get(..4)
            .is_some_and(|it| it.eq_ignore_ascii_case(".git"))
    })
}

/// Whether a path leads to a place in its folder, on every system.
fn is_plain(path: &str) -> bool {
    let part = |it: &str| !matches!(it, "" | "." | "..") && !it.contains(['\\', ':', '\n']);
    path.split('/').all(part)
}
