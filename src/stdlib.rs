//! The standard library: the embedded files of `stdlib/`, as sources under `<std>/`.

use std::collections::HashMap;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/stdlib");

/// The files, `<std>/java.svc` and its text, sorted by path.
pub fn files() -> &'static [(String, &'static str)] {
    static SORTED: OnceLock<Vec<(String, &'static str)>> = OnceLock::new();
    SORTED.get_or_init(|| {
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
    })
}

/// Which of the files declare a layer whose name begins with this word: `java` of `java.jre`.
pub fn files_of(family: &str) -> &'static [usize] {
    static FAMILIES: OnceLock<HashMap<&str, Vec<usize>>> = OnceLock::new();
    let families = FAMILIES.get_or_init(|| {
        let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (_, text)) in files().iter().enumerate() {
            let names = text.lines().filter_map(|it| it.strip_prefix("layer "));
            for name in names {
                let end = name.find(['.', '(', ' ']).unwrap_or(name.len());
                let files = found.entry(&name[..end]).or_default();
                if files.last() != Some(&at) {
                    files.push(at);
                }
            }
        }
        found
    });
    families.get(family).map_or(&[], Vec::as_slice)
}
