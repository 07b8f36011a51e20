//! `docs/reference.md` says what the vocabulary says.

use std::fs;

#[test]
fn reference_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
    let wanted = svcc::explain::reference::reference();
    if std::env::var_os("UPDATE").is_some_and(|it| it == "1") {
        fs::write(path, &wanted).expect("docs/ can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/reference.md is stale: run UPDATE=1 cargo test --test it reference"
    );
}
