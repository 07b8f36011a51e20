//! JSON, indented by two, in the order in which a value says it.

use serde::Serialize;

/// The text of a value, with a line break at its end.
pub fn to_string(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value)
        .expect("what is written has string keys and no failing `Serialize`");
    text.push('\n');
    text
}

/// The text of a value on one line, without a line break.
pub fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .expect("what is written has string keys and no failing `Serialize`")
}
