//! The recovering parser against a strict reader of the same language: it says nothing of a text that is right, and
//! something of each that is not.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use svcc::diag::Sink;
use svcc::source::FileId;
use svcc::syntax::{decode, parse};

use crate::strict::accepts;
use crate::support::{ROOT, walk};
use crate::syntax::{every_place_fits, formatting_is_stable};

/// Holds the two against each other. What is right can be formatted, and says the same then.
fn agree(text: &str) {
    let text = &decode(FileId(0), text.as_bytes(), &mut Sink::new());
    let mut sink = Sink::new();
    parse(FileId(0), text, &mut sink);
    let said = sink.finish();
    assert_eq!(accepts(text), said.is_empty(), "{text:?}\n{said:?}");
    match said.as_slice() {
        [] => formatting_is_stable(text),
        _ => every_place_fits(text),
    }
}

#[test]
fn every_source_is_judged_alike() {
    for folder in ["examples", "stdlib", "tests/cases"] {
        for path in walk(&Path::new(ROOT).join(folder)) {
            if path.extension().is_none_or(|it| it != "svc")
                || path.starts_with(Path::new(ROOT).join("tests/cases/check"))
            {
                continue;
            }
            let bytes = fs::read(&path).expect("a source can be read");
            let text = decode(FileId(0), &bytes, &mut Sink::new());
            // What nests too deeply is right, but for that.
            if !path.to_string_lossy().contains("deep_") {
                agree(&text);
            }
        }
    }
}

/// Statements that hold what the language has, to be broken.
const GOOD: [&str; 15] = [
    "word = value",
    "service web from base {\n  memory = 512MiB, cpus = 0.5 }",
    "when a.b >= 21 and not c in [1, 2] { }",
    "x = if a == b then { k = 1 } else m[\"k\"].n ?? { }",
    "layer java.jre(\n  version: int = 21,\n  of: list[string],\n  on: \"a\" | \"b\",\n) { # why\n}",
    "names = [f(x, y = -1) for x in xs if x != 1m30s]",
    "list = [\n  a - 1, # first\n  (b or c)\n  { k = 25%, \"l.m\" = 'raw' },\n]",
    "text = \"a {{ f(b)[0] }} \\\" \\u{41} {{ \"{{ c }}\" }}\"",
    "run \"\"\"\n    a {{ b }}\n  c\n  \"\"\" { user = root }",
    "file '/x' '''\n{{ {\n  '''",
    "layer x(a, 1), y = 2",
    "health = http(\"/\", # why\n  start = 30s)",
    "call = f(a, # first\n  b, # last\n)",
    "copy \"a\" to \"b\"",
    "\"a.b\" = \"c\" # comment",
];

/// Tokens, to be put anywhere.
const TOKENS: [&str; 58] = [
    "a", "b.c", "a.", "x..y", "z.-", "9z", "ü", "true", "none", "in", "if", "then", "else", "and",
    "or", "not", "for", " ", "  ", "\n", "\r\n", "\t", "=", "==", "=>", ":", "{", "}", "[", "]",
    "(", ")", "\"", "'", "\"\"\"", "'''", "{{", "}}", "\\", "\\n", ",", "#", "1", "-1", "1_000",
    "0.5", "512MiB", "1m30s", "25%", "-", "+", "/", "//", "??", "|", ";", "\"s\"", "'r'",
];

/// Good statements with a few tokens put in, taken out or exchanged.
fn mutant() -> impl Strategy<Value = String> {
    let statements = proptest::collection::vec(prop::sample::select(GOOD.to_vec()), 1..4);
    let change = (
        any::<prop::sample::Index>(),
        prop::sample::select(TOKENS.to_vec()),
        0..4usize,
    );
    (statements, proptest::collection::vec(change, 1..3)).prop_map(|(statements, changes)| {
        let mut text = statements.join("\n") + "\n";
        for (place, token, length) in changes {
            let places: Vec<usize> = text.char_indices().map(|it| it.0).collect();
            let at = place.index(places.len());
            let end = places.get(at + length).copied().unwrap_or(text.len());
            text.replace_range(places[at]..end, if length % 2 == 0 { token } else { "" });
        }
        text
    })
}

// The same texts on every run: a mutant that nobody has seen is to be found by who looks for it, with another seed.
proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn any_mutant_is_judged_alike(text in mutant()) {
        agree(&text);
    }

    #[test]
    fn any_tokens_are_judged_alike(tokens in proptest::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..12)) {
        agree(&tokens.concat());
    }
}
