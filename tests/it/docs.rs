//! What the documents show is read as svcc reads it.

use std::fs;
use std::path::Path;

use crate::support::{ROOT, disk, files};
use svcc::compile;

/// The ```` ```svc ```` blocks of a document.
fn blocks(text: &str) -> Vec<String> {
    let starts = text.split("\n```svc\n").skip(1);
    starts
        .filter_map(|it| Some(it.split_once("\n```")?.0.to_owned() + "\n"))
        .collect()
}

#[test]
fn documents_show_words_that_there_are() {
    let codes = [svcc::syntax::errors::CODES, svcc::names::errors::CODES].concat();
    let mut shown = 0;
    for document in ["README.md", "docs/guide.md", "docs/packages.md"] {
        let text = fs::read_to_string(Path::new(ROOT).join(document)).unwrap_or_default();
        for block in blocks(&text) {
            let compilation = compile::check(&disk(&files(&block))).expect("memory can be read");
            let is_whole = block.lines().any(|it| it.starts_with("project "));
            let syntax = svcc::syntax::errors::CODES;
            for it in &compilation.diagnostics {
                let wrong = syntax.contains(&it.code) || (is_whole && codes.contains(&it.code));
                assert!(!wrong, "{document}: {}\n{block}", it.message);
            }
            shown += 1;
        }
    }
    assert!(shown > 0, "the documents show something");
}

/// A service beside the Dockerfile that it replaces: both are the example's own.
#[test]
fn the_readme_shows_what_the_example_gives() {
    let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).expect("a file");
    let readme = read("README.md");
    for path in [
        "examples/polyglot/go/go.svc",
        "snapshots/emit/polyglot/deploy/images/go/Dockerfile",
    ] {
        assert!(
            readme.contains(&read(path)),
            "README.md does not show {path}"
        );
    }
}
