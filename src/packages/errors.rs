//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::packages::Repository;
use crate::packages::lock::FILE;
use crate::source::{Span, VENDOR};

codes! {
    CHANGED_PACKAGE = "changed-package", Error;
    MISSING_PACKAGE = "missing-package", Error;
    PACKAGE_CYCLE = "package-cycle", Error;
    STALE_PACKAGE = "stale-package", Error;
    WRONG_LOCK = "wrong-lock", Error;
    WRONG_PACKAGE = "wrong-package", Error;
}

pub(super) fn not_literal(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        "the name or the source of a package is not written out",
    )
    .label("read before anything is evaluated")
    .help("write it as plain strings: `\"../platform\"`, or `git(\"https://…\", commit = \"…\")`")
}

pub(super) fn conditional_use(span: Span, around: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("a `{around}` decides about the use of a package"),
    )
    .label("read before anything is evaluated")
    .help("write it outside of all blocks; of a package counts only what is used")
}

pub(super) fn no_folder_for_all(span: Span, path: &str) -> Diagnostic {
    let it = Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("`{path}` is not a folder that every checkout has"),
    );
    if path.starts_with('/') {
        it.label("an absolute path")
            .help("write the way from this file to the folder: `\"../platform\"`")
    } else {
        it.label("leaves the package that says it")
            .help("a package brings along what it uses: keep it below the package's own folder")
    }
}

pub(super) fn outside_repository(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("the folder `{path}` is not in the project's git repository"),
    )
    .label("another checkout has something else there, or nothing")
    .help(
        "move it into the repository, or use it from its own: `git(\"https://…\", commit = \"…\")`",
    )
}

pub(super) fn missing_folder(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_PACKAGE,
        span,
        format!("there is no folder `{path}`"),
    )
    .label("no package is there")
    .help("a path is relative to the file that says it")
}

pub(crate) fn no_sources(span: Span, folder: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_PACKAGE,
        span,
        format!("the folder `{folder}` holds no `.svc` file"),
    )
    .label("nothing to use")
    .help("a package is a folder with `.svc` files")
}

pub(super) fn package_cycle(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &PACKAGE_CYCLE,
        span,
        format!("the package `{name}` is what uses it"),
    )
    .label("leads back to a folder that is being read")
    .help("move what both need into a package of its own")
}

/// How `svcc vendor` is run where packages of this folder are meant.
fn run(root: &str) -> String {
    match root {
        "" => "run `svcc vendor`".to_owned(),
        _ if root.split('/').any(|it| it == VENDOR) => {
            "it has to be vendored in the repository of the package that uses it: run `svcc vendor` there, and commit".to_owned()
        }
        _ => format!("run `svcc vendor {root}`"),
    }
}

pub(super) fn not_vendored(span: Span, name: &str, root: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_PACKAGE,
        span,
        format!("the package `{name}` is not vendored"),
    )
    .label(format!("not in `{VENDOR}` and `{FILE}`"))
    .help(run(root))
}

pub(super) fn vendored_otherwise(
    span: Span,
    name: &str,
    locked: &Repository,
    root: &str,
) -> Diagnostic {
    let folder = match locked.folder.as_str() {
        "" => String::new(),
        it => format!(", folder `{it}`"),
    };
    let commit = locked.commit.get(..12).unwrap_or(&locked.commit);
    Diagnostic::new(
        &STALE_PACKAGE,
        span,
        format!("another state of the package `{name}` is vendored"),
    )
    .label(format!(
        "`{FILE}` has commit `{commit}` of `{}`{folder}",
        locked.url
    ))
    .help(run(root))
}

pub(super) fn changed_package(span: Span, name: &str, folder: &str) -> Diagnostic {
    Diagnostic::new(
        &CHANGED_PACKAGE,
        span,
        format!("the files of the package `{name}` are not those that were vendored"),
    )
    .label(format!("`{folder}` does not fit its checksum in `{FILE}`"))
    .help("make the change in the package's own repository; `svcc vendor --force` brings its files back")
}

pub(super) fn commit_not_in_full(span: Span, commit: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("`{commit}` is not a commit in full"),
    )
    .label("branches and tags move, and a short commit may come to be two")
    .help("write all digits: `git rev-parse COMMIT` prints them")
}

pub(super) fn wrong_url(span: Span, problem: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("this is not the address of a package: {problem}"),
    )
    .label("handed to `git fetch`")
    .help("write a URL such as `\"https://git.example.com/platform.git\"`; git asks its credential helper for a password")
}

pub(super) fn folder_outside(span: Span, folder: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        format!("`{folder}` is not a folder in the repository"),
    )
    .label("leads out of it, or has a blank")
    .help("write the way from the repository's top: `\"packages/platform\"`")
}

pub(super) fn wrong_lock(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WRONG_LOCK,
        span,
        format!("a line of `{FILE}` does not say where a package is from"),
    )
    .label("expected `package NAME URL COMMIT sha256:…`")
    .help("`svcc vendor` writes the file; remove the line and run it")
}

pub(super) fn locked_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_LOCK,
        span,
        format!("the package `{name}` has two lines"),
    )
    .label("it stands above already")
    .help("keep one of the lines, then run `svcc vendor`")
}
