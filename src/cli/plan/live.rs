//! What JSON tells of a stack: `docker service inspect` of what runs, or `svcc model` of another time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::Fleet;
use crate::model::service::ServiceImage;
use crate::plan::change::{Service, Stack, list};
use crate::value::Size;

/// What `docker service inspect` tells.
const LIVE: &[&str] = &[
    "command",
    "config",
    "entrypoint",
    "env",
    "hostname",
    "image",
    "memory",
    "secret",
    "user",
    "workdir",
];
/// What `svcc model` tells.
const VIEWED: &[&str] = &[
    "command",
    "config",
    "cpus",
    "entrypoint",
    "env",
    "health",
    "hostname",
    "image",
    "label",
    "memory",
    "mount",
    "networks",
    "pids",
    "placement",
    "publish",
    "reserve",
    "secret",
    "user",
    "workdir",
];

/// The stack of a fleet's environment among services that run.
pub(super) fn stack(told: &Value, fleet: &Fleet) -> Result<Stack, String> {
    let prefix = format!("{}_", fleet.environment.stack.value);
    let mut stack = Stack {
        knows: LIVE.iter().copied().collect(),
        ..Stack::default()
    };
    for it in told.as_array().into_iter().flatten() {
        let spec = &it["Spec"];
        let Some(name) = spec["Name"].as_str() else {
            return Err("it is not what `docker service inspect` prints".to_owned());
        };
        let Some(name) = name.strip_prefix(&prefix) else {
            continue;
        };
        // A job that ran before the services may still be there.
        let job = fleet.service(name).and_then(|it| it.job.as_ref());
        if job.is_none_or(|it| it.before.is_empty()) {
            let mut service = live(spec);
            // The engine adds the digest that it found for a tag.
            if let Some(ServiceImage::Ready(wanted)) = fleet.service(name).map(|it| &it.image)
                && let Some(image) = service.facts.get_mut("image")
                && image
                    .split_once('@')
                    .is_some_and(|(tag, _)| tag == wanted.value)
            {
                *image = wanted.value.to_string();
            }
            stack.services.insert(name.to_owned(), service);
        }
    }
    Ok(stack)
}

fn live(spec: &Value) -> Service {
    let container = &spec["TaskTemplate"]["ContainerSpec"];
    let mut facts = BTreeMap::new();
    let mut add = |name: String, value: Option<String>| {
        if let Some(value) = value {
            facts.insert(name, value);
        }
    };
    let text = |it: &Value| it.as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    add("image".to_owned(), text(&container["Image"]));
    add("command".to_owned(), words(&container["Args"]));
    add("entrypoint".to_owned(), words(&container["Command"]));
    add("workdir".to_owned(), text(&container["Dir"]));
    add("user".to_owned(), text(&container["User"]));
    add("hostname".to_owned(), text(&container["Hostname"]));
    let memory = spec["TaskTemplate"]["Resources"]["Limits"]["MemoryBytes"].as_u64();
    add(
        "memory".to_owned(),
        memory.map(|bytes| Size { bytes }.to_string()),
    );
    for it in items(&container["Env"]) {
        if let Some((name, value)) = it.as_str().and_then(|it| it.split_once('=')) {
            add(format!("env {name}"), Some(value.to_owned()));
        }
    }
    for (kind, list, object) in [
        ("secret", "Secrets", "SecretName"),
        ("config", "Configs", "ConfigName"),
    ] {
        for it in items(&container[list]) {
            if let Some(target) = it["File"]["Name"].as_str() {
                add(format!("{kind} {target}"), text(&it[object]));
            }
        }
    }
    let modes = [
        ("Replicated", "replicated"),
        ("Global", "global"),
        ("ReplicatedJob", "replicated-job"),
        ("GlobalJob", "global-job"),
    ];
    let mode = modes
        .iter()
        .find(|(key, _)| spec["Mode"].get(key).is_some());
    let order = spec["UpdateConfig"]["Order"].as_str();
    Service {
        replicas: number(&spec["Mode"]["Replicated"]["Replicas"]),
        mode: mode.map_or("replicated", |it| it.1).to_owned(),
        facts,
        starts_first: order.map(|it| it == "start-first"),
    }
}

/// An environment of what `svcc model` prints.
pub(super) fn viewed(told: &Value, env: &str) -> Result<Stack, String> {
    let Some(environments) = told["environments"].as_array() else {
        return Err(
            "it is neither what `svcc model` nor what `docker service inspect` prints".to_owned(),
        );
    };
    let environment = environments.iter().find(|it| it["name"] == env);
    let environment = environment.ok_or_else(|| format!("it has no environment `{env}`"))?;
    let mut stack = Stack {
        knows: VIEWED.iter().copied().collect(),
        ..Stack::default()
    };
    for it in items(&environment["services"]) {
        if !items(&it["job"]["before"]).is_empty() {
            continue;
        }
        let name = it["name"].as_str().unwrap_or_default();
        stack
            .services
            .insert(name.to_owned(), view(it, environment));
    }
    Ok(stack)
}

fn view(it: &Value, environment: &Value) -> Service {
    let mut facts = BTreeMap::new();
    let mut add = |name: &str, value: &Value| {
        let text = match value {
            Value::Null => return,
            Value::String(text) => text.clone(),
            Value::Array(all) if all.is_empty() => return,
            value => value.to_string(),
        };
        facts.insert(name.to_owned(), text);
    };
    if it["image"]["kind"] == "ready" {
        add("image", &it["image"]["name"]);
    }
    for name in [
        "command",
        "cpus",
        "entrypoint",
        "health",
        "hostname",
        "networks",
        "pids",
        "placement",
        "user",
        "workdir",
    ] {
        add(name, &it[name]);
    }
    let size = it["memory"]
        .as_u64()
        .map(|bytes| Size { bytes }.to_string());
    add("memory", &size.into());
    add("reserve cpus", &it["reserve_cpus"]);
    let size = it["reserve_memory"]
        .as_u64()
        .map(|bytes| Size { bytes }.to_string());
    add("reserve memory", &size.into());
    for (name, it) in entries(&it["env"]) {
        add(&format!("env {name}"), &it["value"]);
    }
    for (name, it) in entries(&it["labels"]) {
        add(&format!("label {name}"), it);
    }
    for (name, it) in entries(&it["publish"]) {
        add(&format!("publish {name}"), it);
    }
    for it in items(&it["mounts"]) {
        add(
            &format!("mount {}", it["target"].as_str().unwrap_or_default()),
            it,
        );
    }
    let named =
        |list: &Value, name: &str| items(list).iter().find(|it| it["name"] == name).cloned();
    for (name, target) in entries(&it["secrets"]) {
        let version = named(&environment["secrets"], name).map(|it| it["version"].clone());
        let value = format!("{name} version {}", version.unwrap_or_default());
        add(
            &format!("secret {}", target.as_str().unwrap_or_default()),
            &value.into(),
        );
    }
    for (name, target) in entries(&it["configs"]) {
        let config = named(&environment["configs"], name).unwrap_or_default();
        let content = if config["content"].is_null() {
            &config["file"]
        } else {
            &config["content"]
        };
        add(
            &format!("config {}", target.as_str().unwrap_or_default()),
            content,
        );
    }
    let job = !it["job"].is_null();
    let scheduled = !it["job"]["schedule"].is_null();
    let mode = it["mode"].as_str().unwrap_or("replicated");
    Service {
        replicas: number(&it["replicas"]).filter(|_| mode == "replicated" && !job),
        mode: if job && !scheduled {
            format!("{mode}-job")
        } else {
            mode.to_owned()
        },
        facts,
        starts_first: None,
    }
}

fn items(it: &Value) -> &[Value] {
    it.as_array().map_or(&[], Vec::as_slice)
}

fn entries(it: &Value) -> impl Iterator<Item = (&String, &Value)> {
    it.as_object().into_iter().flatten()
}

fn number(it: &Value) -> Option<u32> {
    u32::try_from(it.as_u64()?).ok()
}

fn words(it: &Value) -> Option<String> {
    let words = it.as_array()?.iter().filter_map(Value::as_str);
    Some(list(words.map(str::to_owned)))
}
