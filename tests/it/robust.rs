//! Invariants over every source that the repository has: whatever is cut away from one, nothing panics, every span lies in
//! its file, and the same sources give the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{ROOT, examples, folder_disk, walk};
use svcc::compile::{self, Compilation, Options};
use svcc::diag::Sink;
use svcc::source::{FileId, MemoryDisk};
use svcc::{fmt, syntax};

/// How many prefixes of a file are compiled; all are parsed.
const COMPILED: usize = 8;

fn sources() -> Vec<PathBuf> {
    let folders = ["examples", "stdlib", "tests/cases"];
    let all = folders
        .iter()
        .flat_map(|it| walk(&Path::new(ROOT).join(it)));
    all.filter(|it| it.extension().is_some_and(|it| it == "svc"))
        .collect()
}

fn texts() -> Vec<(PathBuf, String)> {
    let text = |it: PathBuf| Some((fs::read_to_string(&it).ok()?, it));
    let texts = sources().into_iter().filter_map(text);
    // Each prefix of a huge file is too much.
    texts
        .filter(|(text, _)| text.len() < 20_000)
        .map(|(text, path)| (path, text))
        .collect()
}

fn fleet(text: &str) -> MemoryDisk {
    MemoryDisk::new([("fleet.svc", text)])
}

fn spans_fit(compilation: &Compilation) {
    for it in &compilation.diagnostics {
        let related = it.related.iter().map(|it| it.span);
        let edit = it.edit.iter().map(|it| it.span);
        for span in it.span.into_iter().chain(related).chain(edit) {
            let text = &compilation.sources.get(span.file).text;
            let slice = text.get(span.start as usize..span.end as usize);
            assert!(slice.is_some(), "{span:?} is outside: {}", it.message);
        }
    }
}

#[test]
fn no_prefix_panics() {
    for (path, text) in texts() {
        let ends: Vec<usize> = text.char_indices().map(|(it, _)| it).collect();
        let step = (ends.len() / 400).max(1);
        for end in ends.iter().step_by(step) {
            syntax::parse(FileId(0), &text[..*end], &mut Sink::new());
        }
        for end in ends.iter().step_by((ends.len() / COMPILED).max(1)) {
            let compilation = compile::compile(&fleet(&text[..*end]), &Options::default());
            spans_fit(&compilation.unwrap_or_else(|it| panic!("{}: {it}", path.display())));
        }
    }
}

#[test]
fn no_missing_line_panics() {
    for (path, text) in texts() {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for missing in (0..lines.len()).step_by((lines.len() / COMPILED).max(1)) {
            let rest = [&lines[..missing], &lines[missing + 1..]].concat().concat();
            let compilation = compile::compile(&fleet(&rest), &Options::default());
            spans_fit(&compilation.unwrap_or_else(|it| panic!("{}: {it}", path.display())));
        }
    }
}

#[test]
fn formatting_twice_changes_nothing() {
    for (path, text) in texts() {
        let mut sink = Sink::new();
        let tree = syntax::parse(FileId(0), &text, &mut sink);
        if tree.broken {
            continue;
        }
        let once = fmt::format(&tree, &text);
        let tree = syntax::parse(FileId(0), &once, &mut sink);
        assert!(
            !tree.broken,
            "{} is broken once formatted:\n{once}",
            path.display()
        );
        assert_eq!(once, fmt::format(&tree, &once), "{}", path.display());
    }
}

#[test]
fn the_library_and_the_examples_are_formatted() {
    for (path, text) in texts() {
        if path.starts_with(Path::new(ROOT).join("tests")) {
            continue;
        }
        let tree = syntax::parse(FileId(0), &text, &mut Sink::new());
        assert_eq!(text, fmt::format(&tree, &text), "{}", path.display());
    }
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    for folder in examples() {
        let disk = folder_disk(&folder);
        let outputs = || {
            let compilation = compile::compile(&disk, &Options::default());
            compilation.expect("files in memory can be read").outputs
        };
        assert_eq!(outputs(), outputs(), "{}", folder.display());
    }
}
