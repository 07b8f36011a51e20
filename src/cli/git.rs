//! What git is asked: through its own program, as only that has a user's credentials and settings.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// A file that git has in a commit.
#[derive(Debug)]
pub(super) struct Blob {
    /// Its path in the folder that was asked for.
    pub(super) path: String,
    /// Whether it may be executed.
    pub(super) executable: bool,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

/// What git prints when it is run in a folder and reads `input`.
pub(super) fn run(folder: &Path, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, String> {
    let failed = |it: std::io::Error| format!("git: {it}");
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A hook is told which repository it is of, and this may be about another.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(failed)?;
    let stdin = child.stdin.take();
    // Beside the reading: git answers while it is asked.
    let asking = thread::spawn(move || stdin.map(|mut it| it.write_all(&input)));
    let done = child.wait_with_output().map_err(failed)?;
    let _ = asking.join();
    if done.status.success() {
        Ok(done.stdout)
    } else {
        Err(format!(
            "git {}: {}",
            arguments.first().unwrap_or(&""),
            String::from_utf8_lossy(&done.stderr).trim()
        ))
    }
}

/// The files of a commit (or of a folder in it, `COMMIT:FOLDER`) for whose paths `wanted` holds, and the paths of what is no
/// file: links and submodules.
pub(super) fn files(
    folder: &Path,
    tree: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<Blob>, Vec<String>), String> {
    let listed = run(folder, &["ls-tree", "-r", "-z", tree], Vec::new())?;
    let listed = String::from_utf8(listed).map_err(|_| "a path is not UTF-8")?;
    let (mut found, mut left) = (Vec::new(), Vec::new());
    // `100644 blob 0123…\tpath`
    for entry in listed.split('\0').filter(|it| !it.is_empty()) {
        let (entry, path) = entry.split_once('\t').ok_or("git broke off")?;
        let mut words = entry.split(' ');
        let (mode, id) = (words.next(), words.nth(1).unwrap_or_default());
        match mode {
            _ if !wanted(path) => {}
            Some(mode @ ("100644" | "100664" | "100755")) => {
                found.push((path, mode == "100755", id));
            }
            _ => left.push(path.to_owned()),
        }
    }
    let ids: String = found.iter().map(|(.., id)| format!("{id}\n")).collect();
    let contents = run(folder, &["cat-file", "--batch"], ids.into_bytes())?;
    let mut blobs = Vec::with_capacity(found.len());
    let mut rest = contents.as_slice();
    for (path, executable, _) in found {
        // `0123… blob SIZE`, the bytes, a line break.
        let end = rest.iter().position(|it| *it == b'\n');
        let end = end.ok_or("git broke off")?;
        let header = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size: usize = header
            .rsplit(' ')
            .next()
            .and_then(|it| it.parse().ok())
            .ok_or("git broke off")?;
        let bytes = rest.get(end + 1..end + 1 + size).ok_or("git broke off")?;
        blobs.push(Blob {
            path: path.to_owned(),
            executable,
            bytes: bytes.to_vec(),
        });
        rest = rest.get(end + 2 + size..).unwrap_or_default();
    }
    Ok((blobs, left))
}
