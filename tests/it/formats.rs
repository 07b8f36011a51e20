//! What is written for other programs is what they read: SARIF by its schema (without the descriptions,
//! and with the one pattern mended that is no regular expression), GitLab's report by the
//! fields that its documentation demands, GitHub's commands by their grammar.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use svcc::compile;
use svcc::render::{Format, Style, render};

use crate::support::{ROOT, disk, files};

/// Mistakes with and without help, with other places in this and in another file, in odd paths, and one without a place.
const FLEETS: [&str; 3] = [
    r#"#- fleet.svc
project shop { edition = 2026 }

environment prod { engine = swarm }

service web {
  image = "nginx"
  memory = 64MiBs
  env { A = secret.nothing, B = "50%, a: b" }
}
#- a b/ü:1%.svc
service web { image = "nginx:1.27.3" }

target x {
  template = "x.j2"
  output   = "x"
}
"#,
    "#- fleet.svc\nservice web { image = \"nginx\"\n",
    "",
];

/// Each fleet's diagnostics in a format.
fn written(format: Format) -> Vec<String> {
    let style = Style {
        color: false,
        width: 100,
    };
    let written = FLEETS.iter().map(|text| {
        let it = compile::check(&disk(&files(text))).expect("memory can be read");
        assert!(!it.diagnostics.is_empty(), "the fleet is wrong:\n{text}");
        render(format, &it.sources, &it.diagnostics, style)
    });
    written.collect()
}

fn check(schema: &Value, text: &str) {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(&value)
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{text}");
}

#[test]
fn sarif_fits_its_schema() {
    let path = Path::new(ROOT).join("tests/schemas/sarif-2.1.0.json");
    let schema = fs::read_to_string(path).expect("the schema can be read");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    for text in written(Format::Sarif) {
        check(&schema, &text);
    }
}

#[test]
fn gitlab_finds_every_field() {
    let schema = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": { "type": "string", "minLength": 1 },
                "check_name": { "type": "string", "minLength": 1 },
                "fingerprint": { "type": "string", "minLength": 1 },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": { "type": "string", "pattern": "^[^./]" },
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": { "begin": { "type": "integer", "minimum": 1 } },
                        },
                    },
                },
            },
        },
    });
    for text in written(Format::Gitlab) {
        check(&schema, &text);
        let issues: Vec<Value> = serde_json::from_str(&text).expect("an array");
        let mut prints: Vec<&str> = issues
            .iter()
            .filter_map(|it| it["fingerprint"].as_str())
            .collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), issues.len(), "a fingerprint is one issue's");
    }
}

#[test]
fn github_reads_every_line_as_a_command() {
    for text in written(Format::Github) {
        for line in text.lines() {
            let rest = line.strip_prefix("::").expect("a command");
            let (head, message) = rest.split_once("::").expect("a message");
            assert!(!message.is_empty());
            let (command, properties) = head.split_once(' ').unwrap_or((head, ""));
            assert!(["error", "warning", "notice"].contains(&command), "{line}");
            for property in properties.split(',').filter(|it| !it.is_empty()) {
                let (key, value) = property.split_once('=').expect("a property");
                let known = ["file", "line", "col", "endLine", "endColumn", "title"];
                assert!(known.contains(&key), "{line}");
                // What the reader takes for its own signs is escaped.
                assert!(!value.contains([':', '\r']), "{line}");
            }
        }
    }
}
