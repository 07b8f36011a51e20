//! The standard library: the embedded files of `stdlib/`, as sources under `<std>/`.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/stdlib");

/// The files, `<std>/java.svc` and its text, sorted by path.
pub fn files() -> Vec<(String, &'static str)> {
    let mut files: Vec<_> = FILES
        .files()
        .filter(|it| it.path().extension().is_some_and(|it| it == "svc"))
        .map(|it| {
            let text = it.contents_utf8().expect("the library is UTF-8");
            (format!("<std>/{}", it.path().display()), text)
        })
        .collect();
    files.sort();
    files
}
