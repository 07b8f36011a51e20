//! What the tests share: the fixture format, golden files and the expectations inside cases.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use svcc::diag::Diagnostic;
use svcc::source::{MemoryDisk, Sources, VENDOR};

/// The folder of the crate.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files of a fixture: `#- path` begins one; a text without such a line is one `fleet.svc`.
pub(crate) fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("#- ") {
            files.push((path.trim().to_owned(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        } else {
            files.push(("fleet.svc".to_owned(), line.to_owned()));
        }
    }
    files.retain(|(path, text)| path != "fleet.svc" || !text.trim().is_empty());
    files
}

/// The disk of a fixture. The lines of a `.gitignore` at its root are paths that git ignores.
pub(crate) fn disk(files: &[(String, String)]) -> MemoryDisk {
    let ignored = files.iter().filter(|(path, _)| path == ".gitignore");
    let lines = ignored.flat_map(|(_, text)| text.lines());
    MemoryDisk {
        ignored: lines.map(|it| it.trim_matches('/').to_owned()).collect(),
        place: "shop".to_owned(),
        ..MemoryDisk::new(
            files
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        )
    }
}

/// All files below a folder, sorted.
pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path below the crate, with `/`.
pub(crate) fn relative(path: &Path) -> String {
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}

/// The folders of the examples: those below `examples` with a `fleet.svc`, and those in a folder that holds several which
/// belong together.
pub(crate) fn examples() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walk(&Path::new(ROOT).join("examples"))
        .into_iter()
        .filter(|it| it.file_name().is_some_and(|it| it == "fleet.svc"))
        .filter(|it| !it.iter().any(|it| it == VENDOR))
        .filter_map(|it| Some(it.parent()?.to_path_buf()))
        .collect();
    let all = found.clone();
    found.retain(|it| !all.iter().any(|outer| it != outer && it.starts_with(outer)));
    found
}

/// A folder as a disk in memory, so that what a compile wrote beside it does not matter. Examples that belong together see
/// each other.
pub(crate) fn folder_disk(folder: &Path) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    let (group, name) = (folder.parent().expect("a folder"), folder.file_name());
    if !group.join("fleet.svc").exists() && !group.ends_with("examples") {
        disk.place = name.expect("a name").display().to_string();
        for path in walk(group).iter().filter(|it| !it.starts_with(folder)) {
            let name = path.strip_prefix(group).expect("below the group");
            let name = format!("../{}", name.display()).replace('\\', "/");
            disk.files
                .insert(name, fs::read(path).expect("a file can be read"));
        }
    }
    for path in walk(folder) {
        let name = path.strip_prefix(folder).expect("below the folder");
        let name = name.display().to_string().replace('\\', "/");
        disk.files
            .insert(name, fs::read(&path).expect("a file can be read"));
    }
    let rules = disk.files.get(".gitignore").cloned().unwrap_or_default();
    let rules = String::from_utf8(rules).expect("text");
    for line in rules
        .lines()
        .filter(|it| !it.is_empty() && !it.starts_with('#'))
    {
        disk.ignored.insert(line.trim_start_matches('/').to_owned());
    }
    disk
}

/// Whether goldens are rewritten.
pub(crate) fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|it| it == "1")
}

/// Compares a text with its golden file, or rewrites that.
pub(crate) fn golden(path: &str, text: &str) -> Result<(), String> {
    let full = Path::new(ROOT).join(path);
    let old = fs::read_to_string(&full).unwrap_or_default();
    if old == text && full.exists() {
        return Ok(());
    }
    if is_update() {
        let folder = full.parent().expect("a file has a folder");
        fs::create_dir_all(folder).map_err(|it| it.to_string())?;
        return fs::write(&full, text).map_err(|it| it.to_string());
    }
    let diff = similar::TextDiff::from_lines(old.as_str(), text);
    let diff = diff.unified_diff().header(path, "now").to_string();
    Err(format!("{diff}\nUPDATE=1 cargo test rewrites it"))
}

/// Names golden files that no test wants; removes them on an update.
pub(crate) fn orphans(folder: &str, wanted: &BTreeSet<String>) -> Result<(), String> {
    let mut found = Vec::new();
    for path in walk(&Path::new(ROOT).join(folder)) {
        let name = relative(&path);
        if wanted.contains(&name) {
            continue;
        }
        if is_update() {
            fs::remove_file(&path).map_err(|it| it.to_string())?;
        } else {
            found.push(name);
        }
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(format!("no test wants these: {found:?}"))
    }
}

/// A diagnostic that a case expects, or has.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    path: String,
    line: usize,
    code: String,
}

/// Compares diagnostics with the `#~ code "part of the message"` of the files: at the end of a line for that line, alone
/// on a line for the next that is none.
pub(crate) fn expect(
    files: &[(String, String)],
    sources: &Sources,
    diagnostics: &[Diagnostic],
) -> Result<(), String> {
    let mut expected: Vec<(Said, Option<String>)> = Vec::new();
    for (path, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((before, annotation)) = line.split_once("#~ ") else {
                continue;
            };
            let is_alone = before.trim().is_empty();
            let target = if is_alone {
                let next = |it: &&str| !it.trim_start().starts_with("#~ ");
                at + lines[at..].iter().position(next).unwrap_or(0)
            } else {
                at
            };
            for annotation in annotation.split("#~ ") {
                let annotation = annotation.trim();
                let (code, part) = annotation.split_once(' ').unwrap_or((annotation, ""));
                let part = part.trim().trim_matches('"').to_owned();
                let said = Said {
                    path: path.clone(),
                    line: target + 1,
                    code: code.to_owned(),
                };
                expected.push((said, (!part.is_empty()).then_some(part)));
            }
        }
    }
    let mut problems = String::new();
    for it in diagnostics {
        let said = Said {
            path: it
                .span
                .map_or(String::new(), |it| sources.get(it.file).path.to_string()),
            line: it.span.map_or(0, |it| sources.position(it).line as usize),
            code: it.code.name.to_owned(),
        };
        // What has no place is expected anywhere.
        let same = |wanted: &Said| {
            wanted.code == said.code
                && (said.line == 0 || (wanted.path == said.path && wanted.line == said.line))
        };
        let part =
            |part: &Option<String>| part.as_ref().is_none_or(|part| it.message.contains(part));
        match expected
            .iter()
            .position(|(wanted, it)| same(wanted) && part(it))
        {
            Some(at) => {
                expected.remove(at);
            }
            None => {
                let Said { path, line, code } = said;
                problems.push_str(&format!(
                    "not expected: {path}:{line}: {code}: {}\n",
                    it.message
                ));
            }
        }
    }
    for (Said { path, line, code }, part) in expected {
        let part = part.unwrap_or_default();
        problems.push_str(&format!("not said: {path}:{line}: {code} {part}\n"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
