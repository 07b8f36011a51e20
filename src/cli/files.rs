//! Files are sacred: what svcc wrote is in a lock file, what it did not write or somebody edited is not overwritten, and
//! only what differs is written, atomically.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
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
    File(Vec<u8>, bool),
    Refused(String),
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
    let found: Vec<(Found, String)> = outputs
        .par_iter()
        .map(|it| (look(root, &it.path), hash(it.text.as_bytes())))
        .collect();
    let mut changes = Changes {
        old_lock,
        ..Changes::default()
    };
    changes.lock.version = 1;
    let mut wanted = BTreeSet::new();
    for (output, (found, new_hash)) in outputs.iter().zip(found) {
        let path = &output.path;
        if !wanted.insert(path.as_str()) {
            changes
                .refusals
                .push(format!("{path} would be written twice"));
        }
        changes.lock.files.insert(path.clone(), new_hash);
        match found {
            Found::Nothing => changes.write.push((output, None)),
            Found::Refused(why) => changes.refusals.push(why),
            Found::File(bytes, executable) if bytes == output.text.as_bytes() => {
                if executable == output.executable || cfg!(not(unix)) {
                    changes.unchanged += 1;
                } else {
                    changes.write.push((output, Some(bytes)));
                }
            }
            Found::File(bytes, _) => {
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
    for (path, old_hash) in &old.files {
        if wanted.contains(path.as_str()) {
            continue;
        }
        if policy.partial {
            changes.lock.files.insert(path.clone(), old_hash.clone());
            continue;
        }
        match look(root, path) {
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
    for (output, _) in &changes.write {
        let named = |it: io::Error| io::Error::new(it.kind(), format!("{}: {it}", output.path));
        write(
            &root.join(&output.path),
            output.text.as_bytes(),
            output.executable,
        )
        .map_err(named)?;
    }
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

/// Writes a file at once: whoever reads it sees the old or the new one.
pub(super) fn write(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    fs::create_dir_all(folder)?;
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
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|it| it.error)?;
    Ok(())
}

/// What stands at a path below the root, not following links.
fn look(root: &Path, path: &str) -> Found {
    let relative = Path::new(path);
    let plain = relative
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    if !plain {
        return Found::Refused(format!("{path} is not a path below the project's folder"));
    }
    let mut full = root.to_path_buf();
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        full.push(part);
        let is_last = parts.peek().is_none();
        let metadata = match fs::symlink_metadata(&full) {
            Ok(it) => it,
            Err(it) if it.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(it) => return Found::Refused(format!("{}: {it}", full.display())),
        };
        if metadata.is_symlink() {
            return Found::Refused(format!(
                "{} is a link, and svcc does not write through links",
                full.display()
            ));
        }
        if is_last && metadata.is_file() {
            return match fs::read(&full) {
                Ok(bytes) => Found::File(bytes, is_executable(&metadata)),
                Err(it) => Found::Refused(format!("{path}: {it}")),
            };
        }
        if !metadata.is_dir() || is_last {
            let kind = if metadata.is_dir() { "folder" } else { "file" };
            return Found::Refused(format!(
                "{} is a {kind}, and svcc wants to write {path}",
                full.display()
            ));
        }
    }
    Found::Nothing
}

fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
