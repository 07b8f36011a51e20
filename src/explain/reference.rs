//! The language reference, `docs/reference.md`, made from the vocabulary.

use std::fmt::Write as _;

use crate::vocab::function::{FUNCTIONS, Function};
use crate::vocab::{self, Place, Word, parameter};

/// The pages' areas: a title and the words in it.
fn areas() -> [(&'static str, &'static [Word]); 6] {
    [
        (
            "Project, and what stands in any block",
            vocab::project::WORDS,
        ),
        ("Environments", vocab::environment::WORDS),
        ("Secrets, configs, volumes, networks", vocab::secret::WORDS),
        ("Images", vocab::image::WORDS),
        ("Services and jobs", vocab::service::WORDS),
        ("Pipelines, rules, targets", vocab::pipeline::WORDS),
    ]
}

/// The text of `docs/reference.md`.
pub fn reference() -> String {
    let mut out = String::from(
        "# Reference\n\nEvery word of the language, where it may stand and what it takes. Made from the compiler's own table: \
         do not edit.\n",
    );
    for (title, words) in areas() {
        push(&mut out, format_args!("\n## {title}\n"));
        for word in words {
            describe(word, &mut out);
        }
    }
    out.push_str("\n## Types of a layer's parameters\n\nA choice of words is a type too: `\"debian\" | \"alpine\"`. What has the default `none` may be left out: `when it != none { … }` asks.\n\n");
    for it in parameter::TYPES {
        let brackets = if it.of { "[TYPE]" } else { "" };
        push(
            &mut out,
            format_args!("- `{}{brackets}`: {}.\n", it.name, it.doc),
        );
    }
    out.push_str("\n## Functions\n");
    for function in FUNCTIONS.iter().filter(|it| it.result.is_some()) {
        call(function, &mut out);
    }
    out.push_str("\n## Constructors\n");
    for function in FUNCTIONS.iter().filter(|it| it.result.is_none()) {
        call(function, &mut out);
    }
    out
}

fn describe(word: &Word, out: &mut String) {
    push(
        out,
        format_args!("\n### `{}`\n\n{}\n\n", word.shape(), word.doc),
    );
    push(out, format_args!("- Stands {}.\n", places(word.places)));
    if let Some(default) = word.default {
        push(out, format_args!("- Default: {default}.\n"));
    }
    if word.repeats {
        out.push_str("- May stand several times.\n");
    }
    push(out, format_args!("\n```svc\n{}\n```\n", word.example));
}

fn places(places: &[Place]) -> String {
    if places.len() > 20 {
        return "everywhere".to_owned();
    }
    let mut names: Vec<&str> = places.iter().map(|it| it.describe()).collect();
    names.dedup();
    names.join(", ")
}

fn call(function: &Function, out: &mut String) {
    let mut parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|it| {
            if it.required {
                it.name.to_owned()
            } else {
                format!("[{}]", it.name)
            }
        })
        .collect();
    if function.rest.is_some() {
        // Further arguments follow those that must be there and precede those given by name.
        let at = function
            .parameters
            .iter()
            .take_while(|it| it.required)
            .count();
        parameters.insert(at, "…".to_owned());
    }
    push(
        out,
        format_args!(
            "\n### `{}({})`\n\n{}\n\n",
            function.name,
            parameters.join(", "),
            function.doc
        ),
    );
    for parameter in function.parameters {
        let (name, ty, doc) = (parameter.name, parameter.ty.describe(), parameter.doc);
        push(out, format_args!("- `{name}`: `{ty}`. {doc}.\n"));
    }
    if !function.parameters.is_empty() {
        out.push('\n');
    }
    push(out, format_args!("```svc\n{}\n```\n", function.example));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes any text");
}
