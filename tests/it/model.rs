//! What `svcc model` prints is what its published schema says, and nothing that the schema does not say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use svcc::compile;
use svcc::emit::view;

use crate::support::{ROOT, examples, folder_disk};

fn schema() -> Value {
    let path = Path::new(ROOT).join("docs/model.schema.json");
    let text = fs::read_to_string(path).expect("the schema can be read");
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// The same schema, which also refuses what it does not know.
fn closed(mut schema: Value) -> Value {
    fn close(it: &mut Value) {
        match it {
            Value::Object(map) => {
                map.values_mut().for_each(close);
                if map.contains_key("required") {
                    map.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
            }
            Value::Array(all) => all.iter_mut().for_each(close),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    close(&mut schema);
    schema
}

#[test]
fn the_model_of_every_example_fits_its_schema() {
    let validator = jsonschema::validator_for(&closed(schema())).expect("a schema");
    let mut seen = BTreeSet::new();
    for folder in examples() {
        let compilation = compile::check(&folder_disk(&folder)).expect("memory can be read");
        let model = compilation
            .model
            .as_ref()
            .expect("an example has no errors");
        let shown = serde_json::to_value(view::view(model, None)).expect("a view is JSON");
        let wrong: Vec<String> = validator
            .iter_errors(&shown)
            .map(|it| format!("{}: {it}", it.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", folder.display());
        for fleet in &model.fleets {
            let name = fleet.environment.name.as_str();
            let one = serde_json::to_value(view::view(model, Some(name))).expect("a view is JSON");
            assert_eq!(one["environments"].as_array().map(Vec::len), Some(1));
        }
        seen.insert(folder);
    }
    assert!(!seen.is_empty(), "there are examples");
}

#[test]
fn the_schema_is_of_this_version() {
    assert_eq!(schema()["properties"]["version"]["const"], view::VERSION);
}
