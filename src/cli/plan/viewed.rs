//! What `svcc model` printed at another time: all that it says of a service is compared.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::plan::change::{Service, Stack};
use crate::value::Size;

/// What says nothing of a container, or is compared in another way.
const APART: [&str; 12] = [
    "configs",
    "doc",
    "folder",
    "image",
    "job",
    "mode",
    "mounts",
    "name",
    "refers_to",
    "replicas",
    "secrets",
    "tests",
];

/// An environment of what `svcc model` prints.
pub(super) fn stack(told: &Value, env: &str) -> Result<Stack, String> {
    let Some(environments) = told["environments"].as_array() else {
        return Err(
            "it is neither what `svcc model` nor what `docker service inspect` prints".to_owned(),
        );
    };
    let environment = environments.iter().find(|it| it["name"] == env);
    let environment = environment.ok_or_else(|| format!("it has no environment `{env}`"))?;
    let mut stack = Stack::default();
    for it in items(&environment["services"]) {
        if !items(&it["job"]["before"]).is_empty() {
            continue;
        }
        let name = it["name"].as_str().unwrap_or_default();
        stack
            .services
            .insert(name.to_owned(), service(it, environment));
    }
    Ok(stack)
}

fn service(it: &Value, environment: &Value) -> Service {
    let (mut facts, mut settings) = (BTreeMap::new(), BTreeMap::new());
    for (key, value) in entries(it) {
        let name = key.replace('_', " ");
        match key.as_str() {
            // Only on one's own machine.
            "watch" => {}
            "ports" => {
                let published = |port: &String| !it["publish"][port].is_null();
                let ports = entries(value).filter(|(port, _)| published(port));
                ports.for_each(|(port, value)| add(&mut facts, &format!("port {port}"), value));
            }
            "update" | "rollback" | "placement" => add(&mut settings, key, value),
            "deploy_labels" => {
                entries(value).for_each(|(label, value)| {
                    add(&mut settings, &format!("service label {label}"), value);
                });
            }
            "memory" | "reserve_memory" => {
                let size = value.as_u64().map(|bytes| Size { bytes }.to_string());
                add(&mut facts, &name, &size.into());
            }
            "env" => {
                entries(value)
                    .for_each(|(key, it)| add(&mut facts, &format!("env {key}"), &it["value"]));
            }
            "labels" | "publish" | "sysctls" | "ulimits" | "extra_hosts" => {
                let family = match key.as_str() {
                    "publish" => "publish",
                    "extra_hosts" => "host",
                    other => other.trim_end_matches('s'),
                };
                entries(value)
                    .for_each(|(key, it)| add(&mut facts, &format!("{family} {key}"), it));
            }
            key if APART.contains(&key) => {}
            _ => add(&mut facts, &name, value),
        }
    }
    if it["image"]["kind"] == "ready" {
        add(&mut facts, "image", &it["image"]["name"]);
    }
    for it in items(&it["mounts"]) {
        let target = it["target"].as_str().unwrap_or_default();
        add(&mut facts, &format!("mount {target}"), it);
    }
    let named =
        |list: &Value, name: &str| items(list).iter().find(|it| it["name"] == name).cloned();
    for (name, target) in entries(&it["secrets"]) {
        let version = named(&environment["secrets"], name).map(|it| it["version"].clone());
        let value = format!("{name} version {}", version.unwrap_or_default());
        let target = target.as_str().unwrap_or_default();
        add(&mut facts, &format!("secret {target}"), &value.into());
    }
    for (name, target) in entries(&it["configs"]) {
        let config = named(&environment["configs"], name).unwrap_or_default();
        let content = if config["content"].is_null() {
            &config["file"]
        } else {
            &config["content"]
        };
        let target = target.as_str().unwrap_or_default();
        add(&mut facts, &format!("config {target}"), content);
    }
    let job = !it["job"].is_null();
    let scheduled = !it["job"]["schedule"].is_null();
    let mode = it["mode"].as_str().unwrap_or("replicated");
    let replicas = it["replicas"]
        .as_u64()
        .and_then(|it| u32::try_from(it).ok());
    if scheduled {
        add(&mut settings, "schedule", &it["job"]["schedule"]);
    } else if job {
        add(&mut settings, "runs to an end", &it["replicas"]);
    }
    Service {
        replicas: replicas.filter(|_| mode == "replicated" && !job),
        mode: if job && !scheduled {
            format!("{mode}-job")
        } else {
            mode.to_owned()
        },
        facts,
        settings,
        starts_first: None,
    }
}

fn add(to: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => return,
        Value::Object(all) if all.values().all(Value::is_null) => return,
        value => value.to_string(),
    };
    to.insert(name.to_owned(), text);
}

fn items(it: &Value) -> &[Value] {
    it.as_array().map_or(&[], Vec::as_slice)
}

fn entries(it: &Value) -> impl Iterator<Item = (&String, &Value)> {
    it.as_object().into_iter().flatten()
}
