//! What is written as YAML is read as what it was, whatever it holds.

use proptest::prelude::*;
use serde_yaml::{Mapping, Value};

use super::{Commented, to_string};

/// What one reader or another takes for something else than a string.
const TRICKY: &str = "yes no on off y n ~ null Null true TRUE 22:22 1:30 0444 0o444 012 08 0b11 1_000 1,000 1e3 \
    1.0e+3 3.10 2024-01-01 :sym = << !x {{x}} @a `a %a - ? a: a:b #a a# [a {a ]a & * .inf .nan -1 +1 0x1f .5 nan NaN";

fn read(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|it| panic!("{it}:\n{text}"))
}

#[test]
fn tricky_strings_come_back() {
    let all = TRICKY.split(' ').chain([
        "", " a", "a ", "a b", "a\nb", "a\n", "\na", " a\nb", "a\n\n", "\t",
    ]);
    for text in all {
        let value = Value::Sequence(vec![Value::String(text.into())]);
        assert_eq!(read(&to_string(&value)), value, "{text:?}");
    }
}

#[test]
fn a_comment_stands_behind_its_scalar() {
    let value = [("a b", Commented("c d", "why")), ("e", Commented("f", "e"))];
    let map: std::collections::BTreeMap<_, _> = value.into();
    assert_eq!(to_string(&map), "\"a b\": \"c d\" # why\ne: f # e\n");
}

#[test]
fn blocks_and_empty_things() {
    let text = "a: |-\n  set -eu\n  echo x\nb: []\nc: {}\nd:\n  - e: 1\n    f:\n      - - 2\n        - \"3\"\n";
    assert_eq!(to_string(&read(text)), text);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|it| Value::Number(it.into())),
        "\\PC{0,12}".prop_map(Value::String),
        "[ \\-a:#\n\t'\"|>{}$%]{0,12}".prop_map(Value::String),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Sequence),
            prop::collection::vec(("[ -~]{0,8}", inner), 0..4).prop_map(|it| {
                Value::Mapping(
                    it.into_iter()
                        .map(|(key, value)| (Value::String(key), value))
                        .collect::<Mapping>(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn everything_comes_back(value in value()) {
        prop_assert_eq!(read(&to_string(&value)), value);
    }
}
