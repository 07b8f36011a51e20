//! `svcc fmt`: files in the one canonical form.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::End;
use super::args::Fmt;
use super::compile::diff;
use super::disk::RealDisk;
use super::files;
use super::terminal::{Terminal, plural};
use crate::diag::Sink;
use crate::render::Format;
use crate::source::{Disk, FileId, Sources};
use crate::{fmt, syntax};

pub(super) fn run(arguments: &Fmt, terminal: &Terminal) -> End {
    if arguments.paths == [Path::new("-")] {
        return standard_input(arguments, terminal);
    }
    let mut files = Vec::new();
    for path in &arguments.paths {
        if path.is_file() {
            files.push(path.clone());
        } else if path.is_dir() {
            match RealDisk::new(path).sources("") {
                Ok(it) => files.extend(it.iter().map(|it| path.join(it))),
                Err(it) => {
                    terminal.error(&it.to_string());
                    return End::Findings;
                }
            }
        } else {
            terminal.error(&format!("{} is not there", path.display()));
            return End::Usage;
        }
    }
    let mut end = End::Fine;
    let mut changed = 0;
    for path in &files {
        match one(path, arguments, terminal) {
            Some(true) => changed += 1,
            Some(false) => {}
            None => end = End::Findings,
        }
    }
    if changed > 0 && (arguments.check || arguments.diff) {
        terminal.say(&format!(
            "{} not in canonical form",
            plural(changed, "file")
        ));
        return End::Findings;
    }
    if changed > 0 {
        terminal.say(&format!("{} formatted", plural(changed, "file")));
    }
    end
}

/// Formats one file: whether it changed, or nothing where it could not be read.
fn one(path: &PathBuf, arguments: &Fmt, terminal: &Terminal) -> Option<bool> {
    let bytes = match std::fs::read(path) {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&format!("{}: {it}", path.display()));
            return None;
        }
    };
    let name = path.strip_prefix("./").unwrap_or(path);
    let name = name.display().to_string();
    let new = formatted(&name, &bytes, terminal)?;
    if new.as_bytes() == bytes {
        return Some(false);
    }
    if arguments.diff {
        let old = String::from_utf8_lossy(&bytes);
        terminal.print(&diff(
            &old,
            &new,
            &format!("a/{name}"),
            &format!("b/{name}"),
        ));
    } else if arguments.check {
        terminal.print(&format!("{name}\n"));
    } else if let Err(it) = write_back(path, &new) {
        terminal.error(&format!("{name}: {it}"));
        return None;
    }
    Some(true)
}

/// Replaces a file's text, at the end of links.
fn write_back(path: &Path, text: &str) -> std::io::Result<()> {
    let path = std::fs::canonicalize(path)?;
    files::write(&path, text.as_bytes(), false)
}

fn standard_input(arguments: &Fmt, terminal: &Terminal) -> End {
    let mut bytes = Vec::new();
    if let Err(it) = std::io::stdin().lock().read_to_end(&mut bytes) {
        terminal.error(&format!("cannot read standard input: {it}"));
        return End::Usage;
    }
    let Some(new) = formatted("<stdin>", &bytes, terminal) else {
        return End::Findings;
    };
    let same = new.as_bytes() == bytes;
    if arguments.diff {
        let old = String::from_utf8_lossy(&bytes);
        terminal.print(&diff(&old, &new, "a/<stdin>", "b/<stdin>"));
    } else if !arguments.check {
        terminal.print(&new);
        return End::Fine;
    }
    if same { End::Fine } else { End::Findings }
}

/// The canonical text; nothing where there are syntax errors, which are said.
fn formatted(name: &str, bytes: &[u8], terminal: &Terminal) -> Option<String> {
    let mut sink = Sink::new();
    let mut sources = Sources::default();
    let text = syntax::decode(FileId(0), bytes, &mut sink);
    let file = sources.add(name, text);
    let text = &sources.get(file).text;
    let tree = syntax::parse(file, text, &mut sink);
    if tree.broken || sink.has_errors() {
        terminal.diagnostics(Format::Human, &sources, &sink.finish());
        terminal.say(&format!("{name} was left as it stands"));
        return None;
    }
    Some(fmt::format(&tree, text))
}
