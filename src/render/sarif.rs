//! SARIF 2.1.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Place, pretty};
use crate::diag::{Diagnostic, Level};
use crate::source::{Sources, Span};

pub(super) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let codes: BTreeMap<&str, Level> = diagnostics
        .iter()
        .map(|it| (it.code.name, it.code.level))
        .collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|(name, level)| {
            json!({ "id": name, "defaultConfiguration": { "level": level.to_string() } })
        })
        .collect();
    let results = diagnostics.iter().map(|it| {
        let mut text = it.message.clone();
        if let Some(help) = &it.help {
            text.push('\n');
            text.push_str(help);
        }
        let locations: Vec<Value> = it
            .span
            .iter()
            .map(|it| location(sources, *it, ""))
            .collect();
        let related: Vec<Value> = it
            .related
            .iter()
            .map(|it| location(sources, it.span, &it.text))
            .collect();
        json!({
            "ruleId": it.code.name,
            "level": it.level.to_string(),
            "message": { "text": text },
            "locations": locations,
            "relatedLocations": related,
        })
    });
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "svcc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    }))
}

fn location(sources: &Sources, span: Span, text: &str) -> Value {
    let Place { path, start, end } = Place::of(sources, span);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !text.is_empty() {
        location["message"] = json!({ "text": text });
    }
    location
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|it| match it {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(it).to_string()
            }
            it => format!("%{it:02X}"),
        })
        .collect()
}
