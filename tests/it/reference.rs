//! `docs/reference.md` says what the vocabulary says, `docs/stdlib.md` what the library says, `docs/lints.md` what the lints and their pages say.

use std::fs;

#[test]
fn reference_is_up_to_date() {
    up_to_date("reference.md", &svcc::explain::reference::reference());
}

#[test]
fn stdlib_is_up_to_date() {
    let library = svcc::handbook::document().expect("the library is in the binary");
    up_to_date("stdlib.md", &library);
}

#[test]
fn lints_are_up_to_date() {
    up_to_date("lints.md", &svcc::explain::lints::lints());
}

fn up_to_date(name: &str, wanted: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some_and(|it| it == "1") {
        fs::write(&path, wanted).expect("docs/ can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/{name} is stale: run UPDATE=1 cargo test --test it up_to_date"
    );
}
