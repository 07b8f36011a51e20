//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::source::Span;

codes! {
    MISSING_PACKAGE = "missing-package", Error;
    PACKAGE_CYCLE = "package-cycle", Error;
    WRONG_PACKAGE = "wrong-package", Error;
}

pub(super) fn not_literal(span: Span) -> Diagnostic {
    Diagnostic::new(
        &WRONG_PACKAGE,
        span,
        "where a package comes from is not written out",
    )
    .label("read before anything is evaluated")
    .help("write the folder as a string: `use platform from \"../platform\"`")
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
    .help("move the package into the repository")
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
