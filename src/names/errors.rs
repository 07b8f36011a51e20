//! The codes and wordings of this stage.

use super::declare::Declared;
use crate::diag::code::codes;
use crate::diag::{Diagnostic, suggest};
use crate::source::Span;
use crate::value::Kind;
use crate::vocab::{self, Place, Word};

codes! {
    DUPLICATE_ARGUMENT = "duplicate-argument", Error;
    DUPLICATE_NAME = "duplicate-name", Error;
    DUPLICATE_WORD = "duplicate-word", Error;
    INVALID_NAME = "invalid-name", Error;
    MISPLACED_WORD = "misplaced-word", Error;
    MISSING_ARGUMENT = "missing-argument", Error;
    MISSING_BLOCK = "missing-block", Error;
    MISSING_VALUE = "missing-value", Error;
    NO_PROJECT = "no-project", Error;
    SECOND_PROJECT = "second-project", Error;
    STEP_IN_ENVIRONMENT = "step-in-environment", Error;
    UNEXPECTED_ARGUMENT = "unexpected-argument", Error;
    UNEXPECTED_BLOCK = "unexpected-block", Error;
    UNEXPECTED_VALUE = "unexpected-value", Error;
    UNKNOWN_ARGUMENT = "unknown-argument", Error;
    UNKNOWN_FUNCTION = "unknown-function", Error;
    UNKNOWN_NAME = "unknown-name", Error;
    UNKNOWN_TYPE = "unknown-type", Error;
    UNKNOWN_WORD = "unknown-word", Error;
}

pub(super) fn duplicate_argument(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(
        &DUPLICATE_ARGUMENT,
        span,
        format!("argument `{name}` is given twice"),
    )
    .label("given again here")
    .related(first, "first given here")
    .help("remove one of the two")
}

pub(super) fn duplicate_name(kind: Kind, name: &str, span: Span, first: &Declared) -> Diagnostic {
    let message = if first.kind == kind {
        format!("{kind} `{name}` is declared twice")
    } else {
        format!(
            "{kind} `{name}` has the name of a {}: both become images",
            first.kind
        )
    };
    Diagnostic::new(&DUPLICATE_NAME, span, message)
        .label("declared again here")
        .related(first.span, "first declared here")
        .help("give one of the two another name")
}

pub(super) fn duplicate_word(span: Span, word: &str, first: Span) -> Diagnostic {
    Diagnostic::new(
        &DUPLICATE_WORD,
        span,
        format!("`{word}` stands twice in one block"),
    )
    .label("set again here")
    .related(first, "first set here")
    .help("keep one of the two")
}

pub(super) fn invalid_name(kind: Kind, name: &str, span: Span) -> Diagnostic {
    let mended: String = name
        .to_lowercase()
        .chars()
        .map(|it| {
            if it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_' {
                it
            } else {
                '-'
            }
        })
        .collect();
    let mended = mended.trim_matches(|it: char| !it.is_ascii_lowercase() && !it.is_ascii_digit());
    let mended = mended.trim_start_matches(|it: char| it.is_ascii_digit() || it == '-');
    let it = Diagnostic::new(
        &INVALID_NAME,
        span,
        format!("`{name}` cannot be the name of a {kind}"),
    )
    .label("a name is made of a-z, 0-9, `_` and `-`, and begins with a letter");
    if mended.is_empty() {
        it
    } else {
        it.help(format!("write `{mended}`"))
    }
}

pub(super) fn long_name(kind: Kind, name: &str, span: Span, most: usize) -> Diagnostic {
    let length = name.len();
    Diagnostic::new(
        &INVALID_NAME,
        span,
        format!("the name of the {kind} has {length} bytes, {most} are the most"),
    )
    .label("too long to become the name of an image or a host")
    .help("write a shorter name")
}

pub(super) fn not_a_name(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(&INVALID_NAME, span, format!("`{word}` needs a name here"))
        .label("not a name")
        .help("write a name such as `catalog`; in a `for`, a string such as `\"worker-{{ x }}\"`")
}

pub(super) fn misplaced_word(span: Span, word: &str, place: Place) -> Diagnostic {
    let mut places: Vec<&str> = vocab::words()
        .filter(|it| it.name == word)
        .flat_map(|it| it.places)
        .map(|it| it.describe())
        .collect();
    places.dedup();
    let places = match places.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        other => other.concat(),
    };
    Diagnostic::new(
        &MISPLACED_WORD,
        span,
        format!("`{word}` cannot stand {}", place.describe()),
    )
    .label("not a word of this block")
    .help(format!("it may stand {places}"))
}

pub(super) fn step_in_environment(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(
        &STEP_IN_ENVIRONMENT,
        span,
        format!("`{word}` builds the image, which is the same in every environment"),
    )
    .label("a build step among run-time properties")
    .help("move it into the `service`, `job` or `base` itself; let `env`, `command` or a config make the difference between environments")
}

pub(super) fn missing_argument(span: Span, word: &Word, what: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_ARGUMENT,
        span,
        format!("`{}` lacks {what}", word.name),
    )
    .label(format!("{what} is missing"))
    .help(format!("write `{}`", word.shape()))
}

pub(super) fn unexpected_argument(span: Span, word: &Word) -> Diagnostic {
    Diagnostic::new(
        &UNEXPECTED_ARGUMENT,
        span,
        format!("`{}` does not take this", word.name),
    )
    .label("not expected here")
    .help(format!("write `{}`", word.shape()))
}

pub(super) fn unexpected_entry(span: Span, key: &str) -> Diagnostic {
    Diagnostic::new(
        &UNEXPECTED_ARGUMENT,
        span,
        format!("entry `{key}` takes only a value"),
    )
    .label("not expected here")
    .help(format!("write `{key} = …`"))
}

pub(super) fn missing_value(span: Span, name: &str, shape: &str) -> Diagnostic {
    Diagnostic::new(&MISSING_VALUE, span, format!("`{name}` has no value"))
        .label("`=` and a value are missing")
        .help(format!("write `{shape}`"))
}

pub(super) fn unexpected_value(span: Span, word: &Word) -> Diagnostic {
    Diagnostic::new(
        &UNEXPECTED_VALUE,
        span,
        format!("`{}` takes no value", word.name),
    )
    .label("not expected here")
    .help(format!("write `{}`", word.shape()))
}

pub(super) fn missing_block(span: Span, word: &Word) -> Diagnostic {
    Diagnostic::new(
        &MISSING_BLOCK,
        span,
        format!("`{}` has no block", word.name),
    )
    .label("`{ … }` is missing")
    .help(format!("write `{}`", word.shape()))
}

pub(super) fn unexpected_block(span: Span, name: &str, shape: &str) -> Diagnostic {
    Diagnostic::new(&UNEXPECTED_BLOCK, span, format!("`{name}` takes no block"))
        .label("not expected here")
        .help(format!("write `{shape}`"))
}

pub(super) fn no_project(span: Option<Span>) -> Diagnostic {
    Diagnostic::new(&NO_PROJECT, span, "no file declares the project")
        .label(if span.is_some() {
            "nor does any other file"
        } else {
            ""
        })
        .help("write `project NAME { edition = 2026 }` in `fleet.svc`")
}

pub(super) fn second_project(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(&SECOND_PROJECT, span, "there are two projects")
        .label("declared again here")
        .related(first, "first declared here")
        .help("keep one; a folder that is a project of its own has its own `fleet.svc`")
}

pub(super) fn unknown_word(span: Span, word: &str, place: Place) -> Diagnostic {
    let words = || vocab::words_of(place).map(|it| it.name);
    let it = Diagnostic::new(
        &UNKNOWN_WORD,
        span,
        format!("unknown word `{word}` {}", place.describe()),
    )
    .label("not a word of the language");
    match suggest::near(word, words()) {
        Some(near) => it.help(format!("did you mean `{near}`?")).edit(span, near),
        None => {
            let mut words: Vec<&str> = words()
                .filter(|it| !matches!(*it, "allow" | "for" | "let" | "when"))
                .collect();
            words.dedup();
            if words.is_empty() || words.len() > 16 {
                it
            } else {
                it.help(format!("the words here are `{}`", words.join("`, `")))
            }
        }
    }
}

pub(super) fn string_as_word(span: Span) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_WORD, span, "a string cannot be a word here")
        .label("a word of the language is expected")
        .help("strings are keys in blocks such as `env { }` and `labels { }` only")
}

/// A name that leads nowhere. `kinds` are those of what may stand there; `known` are names that are near perhaps.
pub(super) fn unknown_name<'k>(
    span: Span,
    name: &str,
    kinds: &[Kind],
    other: Option<Kind>,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let message = match kinds {
        [] => format!("nothing is called `{name}`"),
        [kind] => format!("there is no {kind} `{name}`"),
        [first, rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|it| format!("no {it}")).collect();
            format!("there is no {first} and {} `{name}`", rest.join(" and "))
        }
    };
    let it = Diagnostic::new(&UNKNOWN_NAME, span, message).label("not declared");
    match (suggest::near(name, known), other, kinds) {
        (Some(near), _, _) => it.help(format!("did you mean `{near}`?")).edit(span, near),
        (None, Some(other), [_, ..]) => it.help(format!("`{name}` is a {other}")),
        (None, _, [kind @ (Kind::Base | Kind::Stage), ..]) => {
            it.help(format!("declare a {kind} of this name, or write an image from outside as a string: `\"{name}\"`"))
        }
        (None, _, [kind, ..]) => it.help(format!("declare it: `{kind} {name} … `")),
        (None, _, []) => it.help(format!("a text is written in quotes: `\"{name}\"`")),
    }
}

/// A name with a package before it that leads nowhere. `given` is what the package has that could stand there.
pub(super) fn not_in_package(
    span: Span,
    name: &str,
    kinds: &[Kind],
    other: Option<Kind>,
    given: &[&str],
) -> Diagnostic {
    let it = unknown_name(span, name, kinds, other, given.iter().copied());
    if it.edit.is_some() || other.is_some() {
        return it;
    }
    let package = name.rsplit_once('.').map_or("", |(it, _)| it);
    it.help(match given {
        [] => format!("the package `{package}` gives nothing that can stand here"),
        given => format!("the package `{package}` gives `{}`", given.join("`, `")),
    })
}

pub(super) fn taken_package_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        &INVALID_NAME,
        span,
        format!("`{name}` cannot be the name of a package"),
    )
    .label("names that begin with it mean something else")
    .help("write another name; it is this project's own for the package")
}

pub(super) fn unknown_function<'k>(
    span: Span,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let it = Diagnostic::new(
        &UNKNOWN_FUNCTION,
        span,
        format!("there is no function `{name}`"),
    )
    .label("unknown");
    match suggest::near(name, known) {
        Some(near) => it.help(format!("did you mean `{near}`?")).edit(span, near),
        None => it.help("a layer is applied by a line of its own: `layer NAME(…)`"),
    }
}

/// A type of a parameter that there is not, or one in front of brackets that takes none.
pub(super) fn unknown_type(span: Span, name: &str, known: &[&str]) -> Diagnostic {
    let it = Diagnostic::new(
        &UNKNOWN_TYPE,
        span,
        format!("there is no type `{name}` here"),
    )
    .label("unknown");
    match suggest::near(name, known.iter().copied()) {
        Some(near) => it.help(format!("did you mean `{near}`?")),
        None => it.help(format!("write one of `{}`", known.join("`, `"))),
    }
}

/// An argument of a call that its function or layer does not know.
pub(super) fn unknown_argument(span: Span, callee: &str, name: &str, known: &[&str]) -> Diagnostic {
    let it = Diagnostic::new(
        &UNKNOWN_ARGUMENT,
        span,
        format!("`{callee}` has no parameter `{name}`"),
    )
    .label("unknown parameter");
    match suggest::near(name, known.iter().copied()) {
        Some(near) => it.help(format!("did you mean `{near}`?")).edit(span, near),
        None if known.is_empty() => it.help(format!("`{callee}` takes no arguments")),
        None => it.help(format!("it takes `{}`", known.join("`, `"))),
    }
}

pub(super) fn argument_too_many(span: Span, callee: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::new(
        &UNEXPECTED_ARGUMENT,
        span,
        format!("`{callee}` takes fewer arguments"),
    )
    .label("one too many")
    .help(if known.is_empty() {
        format!("`{callee}` takes no arguments")
    } else {
        format!("it takes `{}`", known.join("`, `"))
    })
}

pub(super) fn argument_missing(span: Span, callee: &str, name: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_ARGUMENT,
        span,
        format!("`{callee}` lacks its argument `{name}`"),
    )
    .label(format!("`{name}` is missing"))
    .help(format!("write `{callee}({name} = …)`"))
}
