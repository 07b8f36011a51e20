//! The steps that jobs share, and the actions that they use.

use super::model::{Setting, Step};
use crate::encode::Entries;
use crate::encode::yaml::Commented;

/// The actions, each by the commit that its tag names.
const CHECKOUT: Commented<&str> = Commented(
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
    "v7.0.1",
);
const UPLOAD: Commented<&str> = Commented(
    "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    "v7.0.0",
);
pub(super) const DOWNLOAD: Commented<&str> = Commented(
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    "v8.0.1",
);
pub(super) fn checkout() -> Step {
    Step {
        name: "Check out".to_owned(),
        uses: Some(CHECKOUT),
        with: settings([("persist-credentials", false.into())]),
        ..Step::default()
    }
}

/// Takes the digests that builds left behind.
pub(super) fn digests() -> Step {
    Step {
        name: "Take the digests".to_owned(),
        uses: Some(DOWNLOAD),
        with: settings([
            ("pattern", "image-*".into()),
            ("merge-multiple", true.into()),
            ("path", ".release".into()),
        ]),
        ..Step::default()
    }
}

pub(super) fn upload(title: &str, name: &str, path: &str) -> Step {
    Step {
        name: title.to_owned(),
        uses: Some(UPLOAD),
        with: settings([
            ("name", name.into()),
            ("path", path.into()),
            // The folder's name begins with a dot.
            ("include-hidden-files", true.into()),
            ("if-no-files-found", "error".into()),
            // A job that is run again replaces what it left behind.
            ("overwrite", true.into()),
        ]),
        ..Step::default()
    }
}

pub(super) fn settings<'k>(all: impl IntoIterator<Item = (&'k str, Setting)>) -> Entries<Setting> {
    all.into_iter()
        .map(|(key, it)| (key.to_owned(), it))
        .collect()
}

pub(super) fn entries<const N: usize>(all: [(&str, String); N]) -> Entries<String> {
    all.into_iter()
        .map(|(key, it)| (key.to_owned(), it))
        .collect()
}

/// Each variable from the repository's or environment's secret of its name.
pub(super) fn secrets(names: &[String]) -> Entries<String> {
    names
        .iter()
        .map(|it| (it.clone(), format!("${{{{ secrets.{it} }}}}")))
        .collect()
}

/// `build api` as the name of a step.
pub(super) fn sentence(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
