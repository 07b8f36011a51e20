//! What holds for the parser and the formatter whatever the text.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use svcc::diag::Diagnostic;
use svcc::diag::Sink;
use svcc::fmt::format;
use svcc::source::FileId;
use svcc::syntax::tree::{Statement, Tree};
use svcc::syntax::{decode, parse};

const FILE: FileId = FileId(0);

fn read(text: &str) -> (Tree, Vec<Diagnostic>) {
    let mut sink = Sink::new();
    let tree = parse(FILE, text, &mut sink);
    (tree, sink.finish())
}

/// Every `.svc` file of the examples and the standard library.
fn samples() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![
        root.join("examples"),
        root.join("stdlib"),
        root.join("tests/cases/fmt"),
    ];
    let mut samples = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "svc") {
                let text = fs::read_to_string(&path).expect("a sample is a text");
                samples.push((path, text));
            }
        }
    }
    samples.sort();
    samples
}

/// What a tree says, without the places and what only the formatter looks at.
fn shape(tree: &Tree) -> String {
    let debug = format!("{:?}", tree.statements) + &format!("{:?}", tree.end);
    shape_of(&debug).replace("trailing_comma: true", "trailing_comma: false")
}

/// What the debug form of a part of a tree says, without the places.
fn shape_of(debug: &str) -> String {
    let mut shape = String::with_capacity(debug.len());
    let mut rest = debug;
    while let Some(at) = rest.find("#0:") {
        shape.push_str(&rest[..at]);
        rest = rest[at + 3..].trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
    }
    shape.push_str(rest);
    shape
}

/// The comments of a text, in order. Good enough where no string has a `#`.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|it| it.find('#').map(|at| it[at..].trim_end()))
        .collect()
}

pub(crate) fn every_place_fits(text: &str) {
    let (tree, said) = read(text);
    for diagnostic in &said {
        let spans = diagnostic
            .span
            .iter()
            .chain(diagnostic.related.iter().map(|it| &it.span));
        for span in spans {
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "{diagnostic:?} in {text:?}"
            );
        }
    }
    assert_eq!(tree.broken, !said.is_empty(), "{text:?}");
    let mut ids = Vec::new();
    collect_ids(&tree.statements, &mut ids);
    assert!(
        ids.is_sorted_by(|a, b| a < b),
        "statements are numbered in the order of {text:?}"
    );
    assert!(ids.iter().all(|it| *it < tree.count));
}

fn collect_ids(statements: &[Statement], ids: &mut Vec<u32>) {
    for statement in statements {
        ids.push(statement.id);
        collect_ids(statement.body(), ids);
    }
}

pub(crate) fn formatting_is_stable(text: &str) {
    let (tree, said) = read(text);
    assert!(said.is_empty(), "{said:?} in {text}");
    let once = format(&tree, text);
    let (again, said) = read(&once);
    assert!(said.is_empty(), "{said:?} in formatted\n{once}\nof\n{text}");
    assert_eq!(shape(&tree), shape(&again), "formatted\n{once}\nof\n{text}");
    assert_eq!(once, format(&again, &once), "formatted twice\n{text}");
}

#[test]
fn samples_are_read_and_formatting_them_is_stable() {
    for (path, text) in samples() {
        let (_, said) = read(&text);
        assert!(said.is_empty(), "{}: {said:?}", path.display());
        formatting_is_stable(&text);
    }
}

#[test]
fn any_prefix_and_any_deleted_line_is_read() {
    for (_, text) in samples() {
        for (at, _) in text.char_indices().filter(|(at, _)| *at < 3000) {
            every_place_fits(&text[..at]);
        }
        let lines: Vec<&str> = text.lines().collect();
        for deleted in 0..lines.len() {
            let mut rest = lines.clone();
            rest.remove(deleted);
            let rest = rest.join("\n");
            every_place_fits(&rest);
            let (_, said) = read(&rest);
            assert!(said.len() <= 16, "line {deleted} deleted: {said:?}");
        }
    }
}

/// A long file is parsed in parts. Wherever they end, in a list, a long string or between two statements, the tree is that
/// of the whole.
#[test]
fn a_long_file_is_read_as_a_short_one() {
    let part = "service web from base {\n  run \"\"\"\nfirst line at the margin\n    \"\"\"\n}\n\nlist = [\na,\nb,\n]\n";
    let long_list = format!("names = [\n{}]\n", "name,\n".repeat(20_000));
    let mut text = part.repeat(3000);
    text.push_str(&long_list);
    text.push_str(part);
    let (tree, said) = read(&text);
    assert!(said.is_empty(), "{said:?}");
    let (short, _) = read(&(part.to_owned() + &long_list));
    let words = |tree: &Tree| -> Vec<String> {
        let shown = tree.statements.iter();
        shown
            .map(|it| shape_of(&format!("{:?}", (&it.word, &it.value, &it.block))))
            .collect()
    };
    let numbered = |it: String| it.replace(|it: char| it.is_ascii_digit(), "");
    let one: Vec<String> = words(&short).into_iter().map(numbered).collect();
    let all: Vec<String> = words(&tree).into_iter().map(numbered).collect();
    assert_eq!(all.len(), 2 * 3001 + 1);
    for (at, statement) in all.iter().enumerate() {
        let wanted = if at == 6000 {
            2
        } else {
            (at - usize::from(at > 6000)) % 2
        };
        assert_eq!(statement, &one[wanted], "statement {at}");
    }
    let (tree, said) = read(&(part.repeat(3000) + "open = [\n" + &"name,\n".repeat(20_000) + part));
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(tree.statements.len(), 2 * 3001 + 1);
}

#[test]
fn deep_nesting_is_told_once_and_the_rest_is_read() {
    let nested = |open: &str, close: &str| {
        format!("a = {}{}\nb = 1\n", open.repeat(3000), close.repeat(3000))
    };
    for text in [
        nested("[", "]"),
        nested("f(", ")"),
        nested("(", ")"),
        nested("{ a = ", "}"),
        nested("\"{{", "}}\""),
        nested("not ", ""),
        nested("if ", ""),
        nested("x", "[0]"),
        nested("1 + ", "1"),
        format!("{}{}b = 1\n", "a {\n".repeat(10_000), "}\n".repeat(10_000)),
    ] {
        let (tree, said) = read(&text);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(
            tree.statements.last().map(|it| it.word.text.as_str()),
            Some("b")
        );
    }
    every_place_fits(&"a {".repeat(10_000));
    every_place_fits(&"{".repeat(10_000));
}

#[test]
fn bytes_become_a_text_of_the_same_length() {
    let cases: [(&[u8], &str, &[&str]); 7] = [
        (b"a = 1\r\n", "a = 1\r\n", &[]),
        (b"\xEF\xBB\xBFa = 1", "   a = 1", &[]),
        (b"a = '\xFF\xFE'", "a = '??'", &["not-utf8"]),
        (b"a = '\0'", "a = ' '", &["control-character"]),
        (b"a\rb\r\n", "a b\r\n", &["control-character"]),
        (b"\xFF\xFEa\0", "", &["not-utf8"]),
        (&[b' '; (16 << 20) + 1], "", &["file-too-large"]),
    ];
    for (bytes, expected, codes) in cases {
        let mut sink = Sink::new();
        assert_eq!(decode(FILE, bytes, &mut sink), expected);
        let said: Vec<&str> = sink.iter().map(|it| it.code.name).collect();
        assert_eq!(said, codes);
    }
}

/// Expressions, some with comments and line ends in their brackets.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("service.db.host".to_owned()),
        Just("-1".to_owned()),
        Just("512MiB".to_owned()),
        Just("1m30s".to_owned()),
        Just("none".to_owned()),
        Just("'raw {{'".to_owned()),
        Just("\"a {{ x }} \\\" b\"".to_owned()),
        Just("\"a rather long string, so that lists of some of them do not fit\"".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let gap = prop_oneof![
            Just(", "),
            Just(",\n"),
            Just("\n"),
            Just(", // #\n"),
            Just(",\n\n  ## doc\n")
        ];
        let gap = gap.prop_map(|it| it.replace("// #", "# note"));
        let items = |inner: BoxedStrategy<String>, gap: BoxedStrategy<String>| {
            proptest::collection::vec((inner, gap), 0..4).prop_map(|items| {
                items
                    .into_iter()
                    .map(|(item, gap)| item + &gap)
                    .collect::<String>()
            })
        };
        let entry = inner.clone().prop_map(|it| format!("key = {it}")).boxed();
        let inner = inner.boxed();
        let gap = gap.boxed();
        prop_oneof![
            items(inner.clone(), gap.clone()).prop_map(|it| format!("[{it}]")),
            items(inner.clone(), gap.clone()).prop_map(|it| format!("f.g({it})")),
            items(entry, gap).prop_map(|it| format!("({{{it}}})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} ?? {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(not {a}   in {b})")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("(if {a} then {b} else 1 - 2)")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("[{a} for v in {b} if v]")),
        ]
    })
}

/// Documents of statements, comments and blocks, written carelessly.
fn document() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => expression().prop_map(|it| format!("word =   {it}\n")),
        2 => expression().prop_map(|it| format!("  longer-word = {it} # why\n")),
        1 => expression().prop_map(|it| format!("copy \"a\" {it}\n")),
        1 => Just("\n\n".to_owned()),
        1 => Just("# alone\n".to_owned()),
        1 => Just("run \"\"\"\n      a {{ x }}\n    b\n\n    \"\"\" { user = root }\n".to_owned()),
        1 => Just("file '/x' '''\n\tx\n  '''\n".to_owned()),
        1 => Just("a { b = 1, c { } }, d\n".to_owned()),
    ];
    let lines = proptest::collection::vec(line, 0..6).prop_map(|it| it.concat());
    lines.prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), inner)
            .prop_map(|(a, b)| format!("block name {{ # opens\n{a}}} # closes\n{b}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formatting_is_stable_for_any_document(text in document()) {
        formatting_is_stable(&text);
        formatting_is_stable(&text.replace('\n', "\r\n"));
        let (tree, _) = read(&text);
        let formatted = format(&tree, &text);
        prop_assert_eq!(comments(&text), comments(&formatted));
    }

    #[test]
    fn any_tokens_are_read(tokens in proptest::collection::vec(
        prop::sample::select(vec![
            "a", "b.c", " ", "\n", "  ", "=", "{", "}", "[", "]", "(", ")", "\"", "'", "\"\"\"", "'''", "{{", "}}",
            ",", "#", "1", "-", "+", "in", "if", "then", "for", ":", "|", "ü", "\\", "\t", "\r\n", "<<<<<<<", "//", ";",
        ]), 0..60)) {
        every_place_fits(&tokens.concat());
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        every_place_fits(&text);
    }
}
