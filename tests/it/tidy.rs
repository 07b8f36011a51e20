//! Rules of the house that no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::{ROOT, relative, walk};

/// What each module may use of the crate, beside itself: the table of docs/ARCHITECTURE.md.
const MAY_USE: &[(&str, &str)] = &[
    ("source", ""),
    ("value", ""),
    ("diag", "source"),
    ("encode", "value"),
    ("vocab", "value"),
    ("syntax", "source diag value"),
    ("fmt", "source value syntax vocab"),
    ("stdlib", "source"),
    ("packages", "source diag value syntax"),
    ("names", "source diag value vocab syntax packages"),
    ("model", "source value"),
    (
        "eval",
        "source diag value encode vocab syntax packages names model",
    ),
    ("check", "source diag value model names"),
    ("lint", "source diag value syntax model names eval check"),
    ("pins", "source diag model"),
    ("plan", "source value model check"),
    ("emit", "source diag value encode vocab model plan check"),
    (
        "explain",
        "diag vocab syntax packages names eval check lint emit pins",
    ),
    ("render", "source diag encode"),
    ("graph", "model plan"),
    ("affected", "source model check plan emit compile"),
];

fn rust_files() -> Vec<(String, String)> {
    let files = ["src", "tests", "benches"]
        .iter()
        .flat_map(|it| walk(&Path::new(ROOT).join(it)));
    files
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .map(|it| {
            (
                relative(&it),
                fs::read_to_string(&it).expect("a source can be read"),
            )
        })
        .collect()
}

#[test]
fn modules_use_only_what_they_may() {
    let mut wrong = BTreeSet::new();
    for (path, text) in rust_files() {
        let module = path
            .trim_start_matches("src/")
            .split(['/', '.'])
            .next()
            .unwrap_or_default();
        let Some((_, allowed)) = MAY_USE.iter().find(|(it, _)| *it == module) else {
            continue;
        };
        let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
        for line in code {
            for used in line.split("crate::").skip(1) {
                let end = used.find(|it: char| !it.is_alphanumeric() && it != '_');
                let used = &used[..end.unwrap_or(used.len())];
                if !used.is_empty() && used != module && !allowed.split(' ').any(|it| it == used) {
                    wrong.insert(format!("{path} uses {used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let files = rust_files();
    let wrong = files.iter().filter(|it| !it.1.starts_with("//!"));
    let wrong: Vec<_> = wrong.map(|it| &it.0).collect();
    assert!(wrong.is_empty(), "no `//!` on top of {wrong:?}");
}

#[test]
fn nothing_is_left_to_do() {
    // In pieces, so that this file does not find itself.
    let forbidden = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["X", "XX"],
        ["dbg", "!("],
        ["todo", "!("],
    ];
    let mut wrong = Vec::new();
    for (path, text) in rust_files() {
        for word in forbidden.iter().map(|it| it.concat()) {
            if text.contains(&word) {
                wrong.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn crates_have_one_owner() {
    let owners = [
        ("pest::", "src/syntax/"),
        ("pest_derive", "src/syntax/"),
        ("minijinja", "src/emit/text.rs"),
        ("miette::", "src/render/terminal.rs"),
        ("clap", "src/cli/"),
        ("std::fs", "src/cli/"),
        ("std::env::", "src/cli/"),
        ("std::process", "src/cli/"),
    ];
    let mut wrong = Vec::new();
    for (path, text) in rust_files() {
        if !path.starts_with("src/") || path == "src/main.rs" {
            continue;
        }
        let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
        for line in code.filter(|it| it.trim_start().starts_with("use ")) {
            for (name, owner) in owners {
                if line.contains(name) && !path.starts_with(owner) {
                    wrong.push(format!("{path}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_checks_warn_of_has_a_level() {
    let warnings = svcc::check::errors::WARNINGS;
    let all = svcc::check::errors::CODES.iter();
    let all = all.filter(|it| it.level == svcc::diag::Level::Warning);
    let missing: Vec<_> = all.filter(|it| !warnings.contains(it)).collect();
    assert!(missing.is_empty(), "not in `WARNINGS`: {missing:#?}");
}

#[test]
fn lints_are_listed() {
    let listed: Vec<String> = svcc::lint::LINTS
        .iter()
        .map(|it| it.code.name.replace('-', "_"))
        .collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(listed, sorted, "the list of lints is sorted");
    let files = rust_files();
    let in_files: Vec<_> = files
        .iter()
        .filter(|(path, text)| path.starts_with("src/lint/") && text.contains("static LINT: Lint"))
        .map(|(path, _)| path.trim_start_matches("src/lint/").trim_end_matches(".rs"))
        .collect();
    assert_eq!(
        listed, in_files,
        "each lint is a file of its own name, and in the list"
    );
}
