//! Codes and pages: each has the other. What the examples say is tested by `cases`.

use std::path::Path;

use crate::support::{ROOT, walk};
use svcc::explain;

#[test]
fn every_code_has_a_page() {
    let pages = explain::pages();
    let missing: Vec<_> = explain::codes()
        .iter()
        .map(|it| it.name)
        .filter(|it| !pages.contains(it))
        .collect();
    assert!(missing.is_empty(), "no page for {missing:?}");
}

#[test]
fn every_page_has_a_code() {
    let codes: Vec<_> = explain::codes().iter().map(|it| it.name).collect();
    let pages = explain::pages();
    let orphans: Vec<_> = pages.iter().filter(|it| !codes.contains(it)).collect();
    assert!(orphans.is_empty(), "no code for {orphans:?}");
}

#[test]
fn all_pages_are_embedded() {
    let on_disk = walk(&Path::new(ROOT).join("src/explain/pages")).len();
    assert_eq!(explain::pages().len(), on_disk, "touch src/explain/mod.rs");
}

#[test]
fn the_whole_library_is_embedded() {
    let on_disk = walk(&Path::new(ROOT).join("stdlib"));
    let on_disk = on_disk
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "svc"));
    assert_eq!(
        svcc::stdlib::files().len(),
        on_disk.count(),
        "touch src/stdlib.rs"
    );
}
