//! `svcc.lock`: which packages `svcc vendor` brought in from where, and what their folders held then. It stands beside the
//! folder that holds them; a compile only reads it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;

use ecow::EcoString;
use sha2::{Digest, Sha256};

use super::used::is_name;
use super::{Repository, errors};
use crate::diag::Sink;
use crate::source::{Disk, FileId, Source};

/// The file's name, in the folder of the project.
pub const FILE: &str = "svcc.lock";

/// The first line of the file.
const NOTICE: &str = "# Written by `svcc vendor`: the packages in `svcc.vendor`, and the checksums of their folders.";

/// What was brought in, by the name under which it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Each package and where it is from.
    pub packages: BTreeMap<EcoString, Locked>,
}

/// A package that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Where it is from.
    pub repository: Repository,
    /// What its folder held: see [`checksum`].
    pub checksum: EcoString,
}

/// Reads the file's lines; what is wrong with one costs that line only.
pub fn read(file: FileId, source: &Source, sink: &mut Sink) -> Lock {
    let mut lock = Lock::default();
    for (span, words) in source.entries(file) {
        let (words, folder) = match words.as_slice() {
            [words @ .., folder] if words.len() == 5 => (words, *folder),
            words => (words, ""),
        };
        let ["package", name, url, commit, checksum] = words else {
            sink.push(errors::wrong_lock(span));
            continue;
        };
        // It names a folder that is replaced and removed.
        if !is_name(name) {
            sink.push(errors::wrong_lock(span));
            continue;
        }
        let locked = Locked {
            repository: Repository {
                url: (*url).into(),
                commit: (*commit).into(),
                folder: folder.into(),
            },
            checksum: (*checksum).into(),
        };
        if lock.packages.insert((*name).into(), locked).is_some() {
            sink.push(errors::locked_twice(span, name));
        }
    }
    lock
}

impl Lock {
    /// The file that says so.
    pub fn to_text(&self) -> String {
        let mut text = format!("{NOTICE}\n");
        for (name, it) in &self.packages {
            let Repository {
                url,
                commit,
                folder,
            } = &it.repository;
            let line = format!("package {name} {url} {commit} {} {folder}", it.checksum);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

/// What a folder holds, as one hash: over the lines that `sha256sum` prints of its files, in the order of their paths.
pub fn checksum<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> EcoString {
    let mut lines: Vec<(&str, String)> = files
        .into_iter()
        .map(|(path, bytes)| (path, hexadecimal(&Sha256::digest(bytes))))
        .collect();
    lines.sort();
    let mut all = Sha256::new();
    for (path, hash) in lines {
        all.update(format!("{hash}  {path}\n"));
    }
    ecow::eco_format!("sha256:{}", hexadecimal(&all.finalize()))
}

/// The checksum of a folder on a disk.
pub fn checksum_of(disk: &dyn Disk, folder: &str) -> io::Result<EcoString> {
    let paths = disk.files(folder)?;
    let mut files = Vec::with_capacity(paths.len());
    for path in &paths {
        let below = path.strip_prefix(folder).unwrap_or(path);
        files.push((below.trim_start_matches('/'), disk.read(path)?));
    }
    Ok(checksum(files.iter().map(|(path, it)| (*path, &**it))))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Lock, Locked, checksum, read};
    use crate::diag::Sink;
    use crate::packages::Repository;
    use crate::source::Sources;

    fn locked(folder: &str) -> Locked {
        Locked {
            repository: Repository {
                url: "https://git.example.com/platform.git".into(),
                commit: "0123456789abcdef0123456789abcdef01234567".into(),
                folder: folder.into(),
            },
            checksum: checksum([("a.svc", b"a".as_slice())]),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut lock = Lock::default();
        lock.packages.insert("whole".into(), locked(""));
        lock.packages.insert("part".into(), locked("deep/er"));
        let mut sources = Sources::default();
        let file = sources.add("svcc.lock", lock.to_text());
        let mut sink = Sink::new();
        assert_eq!(read(file, sources.get(file), &mut sink), lock);
        assert!(sink.is_empty());
    }

    #[test]
    fn a_checksum_is_of_paths_and_contents() {
        let sum = |files: &[(&str, &str)]| {
            checksum(files.iter().map(|(path, text)| (*path, text.as_bytes())))
        };
        let both = sum(&[("a", "1"), ("b", "2")]);
        assert_eq!(both, sum(&[("b", "2"), ("a", "1")]));
        for other in [
            sum(&[("a", "1")]),
            sum(&[("a", "2"), ("b", "1")]),
            sum(&[("a", "1"), ("c", "2")]),
            sum(&[("a", "1"), ("b", "2"), ("c", "")]),
        ] {
            assert_ne!(both, other);
        }
    }
}
