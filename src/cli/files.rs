//! Files are sacred: what svcc wrote is in a lock file, what it did not write or somebody edited is not overwritten, and
//! only what differs is written, atomically.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Component, Path};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::is_executable;
use crate::emit::{LOCK, Output};

/// What may be overwritten.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// Files that svcc did not write.
    pub(super) adopt: bool,
    /// Files that somebody edited since.
    pub(super) force: bool,
    /// Only some of the files are asked for, so that nothing is stale.
    pub(super) partial: bool,
}

/// What there is to do. Nothing was written yet.
#[derive(Debug, Default)]
pub(super) struct Changes<'o> {
    /// The files to write, and what stands there now.
    pub(super) write: Vec<(&'o Output, Option<Vec<u8>>)>,
    /// The files to remove, and what stands there.
    pub(super) remove: Vec<(String, Vec<u8>)>,
    /// How many files are as they should be.
    pub(super) unchanged: usize,
    /// Why some file must not be touched, a line each.
    pub(super) refusals: Vec<String>,
    /// Files that are no longer wanted and stay because somebody edited them.
    pub(super) left: Vec<String>,
    lock: Lock,
    old_lock: Option<String>,
}

/// What svcc wrote.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Lock {
    version: u32,
    files: BTreeMap<String, String>,
}

/// What stands at a path.
enum Found {
    Nothing,
    /// A file, and whether it may be executed.
    File(Vec<u8>, bool),
    Refused(String),
}

/// What stands where an output is to be.
enum Standing {
    /// Just this output.
    Same,
    Other(Found),
}

impl Changes<'_> {
    /// Whether the disk is as it should be.
    pub(super) fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }
}

/// Compares what is wanted with the disk.
pub(super) fn compare<'o>(
    root: &Path,
    folder: &str,
    outputs: &'o [Output],
    policy: Policy,
) -> Result<Changes<'o>, String> {
    let old_lock = fs::read_to_string(root.join(folder).join(LOCK)).ok();
    let old: Lock = match &old_lock {
        None => Lock::default(),
        Some(text) => serde_json::from_str(text).map_err(|it| {
            format!(
                "{folder}/{LOCK} cannot be read ({it}); restore it, or remove it and compile with --adopt"
            )
        })?,
    };
    let folders = folders(root, outputs);
    let found: Vec<(Standing, String)> = outputs
        .par_iter()
        // The largest stand side by side; whoever is done first takes from the others.
        .with_max_len(1)
        .map(|it| {
            let refusal = folders.get(parent(&it.path)).and_then(Option::as_ref);
            let found = match refusal {
                Some(why) => Found::Refused(why.clone()),
                None => look_in(root, &it.path),
            };
            // Only of what differs the bytes are kept: a large fleet is held in memory once, not twice.
            let standing = match found {
                Found::File(bytes, executable)
                    if bytes == it.text.as_bytes()
                        && (executable == it.executable || cfg!(not(unix))) =>
                {
                    Standing::Same
                }
                other => Standing::Other(other),
            };
            (standing, hash(it.text.as_bytes()))
        })
        .collect();
    let mut changes = Changes {
        old_lock,
        ..Changes::default()
    };
    changes.lock.version = 1;
    for (output, (found, new_hash)) in outputs.iter().zip(found) {
        let path = &output.path;
        if changes.lock.files.insert(path.clone(), new_hash).is_some() {
            changes
                .refusals
                .push(format!("{path} would be written twice"));
        }
        match found {
            Standing::Same => changes.unchanged += 1,
            Standing::Other(Found::Nothing) => changes.write.push((output, None)),
            // A folder that stands in the way is said once, not for each file in it.
            Standing::Other(Found::Refused(why)) => {
                if !changes.refusals.contains(&why) {
                    changes.refusals.push(why);
                }
            }
            // Only its mode is another.
            Standing::Other(Found::File(bytes, _)) if bytes == output.text.as_bytes() => {
                changes.write.push((output, Some(bytes)));
            }
            Standing::Other(Found::File(bytes, _)) => {
                match old.files.get(path) {
                    None if !policy.adopt && !policy.force => changes.refusals.push(format!(
                        "{path} was not written by svcc; move it away, or overwrite it with --adopt"
                    )),
                    Some(it) if *it != hash(&bytes) && !policy.force => {
                        changes.refusals.push(format!(
                            "{path} was edited since svcc wrote it; take the edit over into the .svc files, or overwrite it with --force"
                        ));
                    }
                    Some(_) | None => {}
                }
                changes.write.push((output, Some(bytes)));
            }
        }
    }
    let mut folders = BTreeMap::new();
    for (path, old_hash) in &old.files {
        if changes.lock.files.contains_key(path) {
            continue;
        }
        if policy.partial {
            changes.lock.files.insert(path.clone(), old_hash.clone());
            continue;
        }
        let found = match refusal_of_folder(root, parent(path), &mut folders) {
            Some(why) => Found::Refused(why),
            None => look_in(root, path),
        };
        match found {
            Found::File(bytes, _) if hash(&bytes) == *old_hash => {
                changes.remove.push((path.clone(), bytes));
            }
            Found::File(..) => changes.left.push(path.clone()),
            Found::Nothing | Found::Refused(_) => {}
        }
    }
    Ok(changes)
}

/// Does what [`compare`] found.
pub(super) fn apply(root: &Path, folder: &str, changes: &Changes<'_>) -> io::Result<()> {
    let named = |path: &str, it: io::Error| io::Error::new(it.kind(), format!("{path}: {it}"));
    let folders: BTreeSet<&str> = changes
        .write
        .iter()
        .map(|(it, _)| parent(&it.path))
        .collect();
    for folder in folders {
        fs::create_dir_all(root.join(folder)).map_err(|it| named(folder, it))?;
    }
    changes.write.par_iter().try_for_each(|(output, _)| {
        let full = root.join(&output.path);
        write_in_folder(&full, output.text.as_bytes(), output.executable)
            .map_err(|it| named(&output.path, it))
    })?;
    for (path, _) in &changes.remove {
        let full = root.join(path);
        fs::remove_file(&full)?;
        // Folders that became empty go too; `remove_dir` refuses the others.
        let mut folder = full.parent();
        while let Some(it) = folder.filter(|it| *it != root && fs::remove_dir(it).is_ok()) {
            folder = it.parent();
        }
    }
    let mut lock = serde_json::to_string_pretty(&changes.lock).map_err(io::Error::other)?;
    lock.push('\n');
    if changes.old_lock.as_ref() != Some(&lock) {
        write(&root.join(folder).join(LOCK), lock.as_bytes(), false)?;
    }
    Ok(())
}

/// Writes a file at once, and makes its folder: whoever reads it sees the old or the new one.
pub(super) fn write(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    write_in_folder(path, bytes, executable)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(it) if !it.as_os_str().is_empty() => it,
        _ => Path::new("."),
    }
}

/// Writes a file at once in a folder that is there.
fn write_in_folder(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".svcc-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's umask takes away what it does not want.
        let mode = if executable { 0o777 } else { 0o666 };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = executable;
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|it| it.error)?;
    Ok(())
}

/// The folders of outputs and those above them, each with why nothing may be written in it, if so. Each is looked at once.
fn folders<'o>(root: &Path, outputs: &'o [Output]) -> BTreeMap<&'o str, Option<String>> {
    let mut folders = BTreeMap::new();
    for output in outputs {
        let folder = parent(&output.path);
        refusal_of_folder(root, folder, &mut folders);
    }
    folders
}

/// The path of a file's folder; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Why nothing may be written in a folder below the root: it, or one above it, is a link or no folder. `known` are those that
/// were looked at.
fn refusal_of_folder<'f>(
    root: &Path,
    folder: &'f str,
    known: &mut BTreeMap<&'f str, Option<String>>,
) -> Option<String> {
    if folder.is_empty() {
        return None;
    }
    if let Some(refusal) = known.get(folder) {
        return refusal.clone();
    }
    let refusal = if is_plain(Path::new(folder)) {
        refusal_of_folder(root, parent(folder), known).or_else(|| refusal_below(root, folder))
    } else {
        Some(format!("{folder} is not a path below the project's folder"))
    };
    known.insert(folder, refusal.clone());
    refusal
}

/// The same, where those above it are all right.
fn refusal_below(root: &Path, folder: &str) -> Option<String> {
    let full = root.join(folder);
    match fs::symlink_metadata(&full) {
        Ok(it) if it.is_symlink() => Some(is_a_link(&full)),
        Ok(it) if it.is_dir() => None,
        Ok(_) => Some(format!(
            "{} is a file, and svcc wants to write below it",
            full.display()
        )),
        Err(it) if it.kind() == io::ErrorKind::NotFound => None,
        Err(it) => Some(format!("{}: {it}", full.display())),
    }
}

/// What stands at a path whose folder is all right.
fn look_in(root: &Path, path: &str) -> Found {
    if !is_plain(Path::new(path)) {
        return Found::Refused(format!("{path} is not a path below the project's folder"));
    }
    let full = root.join(path);
    let metadata = match fs::symlink_metadata(&full) {
        Ok(it) => it,
        Err(it) if it.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(it) => return Found::Refused(format!("{}: {it}", full.display())),
    };
    if metadata.is_symlink() {
        return Found::Refused(is_a_link(&full));
    }
    if !metadata.is_file() {
        let kind = if metadata.is_dir() {
            "folder"
        } else {
            "device"
        };
        return Found::Refused(format!(
            "{} is a {kind}, and svcc wants to write {path}",
            full.display()
        ));
    }
    match read(&full, &metadata) {
        Ok(bytes) => Found::File(bytes, is_executable(&metadata)),
        Err(it) => Found::Refused(format!("{path}: {it}")),
    }
}

fn is_plain(path: &Path) -> bool {
    path.components()
        .all(|it| matches!(it, Component::Normal(_)))
}

fn is_a_link(path: &Path) -> String {
    format!(
        "{} is a link, and svcc does not write through links",
        path.display()
    )
}

/// The bytes of a file whose size was just asked for, with one call where `fs::read` makes four.
fn read(path: &Path, metadata: &fs::Metadata) -> io::Result<Vec<u8>> {
    let size = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = vec![0; size];
    fs::File::open(path)?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(bytes);
    let nibbles = digest.iter().flat_map(|it| [it >> 4, it & 15]);
    nibbles
        .map(|it| char::from(DIGITS[usize::from(it)]))
        .collect()
}
