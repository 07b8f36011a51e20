//! The services of an emitted stack file as plain facts: whatever stands in a section is one, so that no difference is missed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Service, Stack, list};
use super::facts::{
    Facts, Health, Mounted, capabilities, entries, items, pair, plain, some, text, words,
};
use crate::value::{Duration, Size};

/// What a stack file says. `images` is what is in each built image, by its variable, where that is known: a digest, a hash of
/// its sources.
pub fn stack(file: &Value, name: &str, images: &BTreeMap<String, String>) -> Stack {
    let file = File { file, name };
    let services = entries(&file.file["services"]);
    Stack {
        services: services
            .map(|(name, it)| (name.clone(), file.service(it, images)))
            .collect(),
    }
}

struct File<'a> {
    file: &'a Value,
    /// The stack's name.
    name: &'a str,
}

impl File<'_> {
    fn service(&self, section: &Value, images: &BTreeMap<String, String>) -> Service {
        let mut it = Facts::default();
        for (key, value) in entries(section) {
            match key.as_str() {
                "image" => {
                    let text = value.as_str().unwrap_or_default();
                    let variable = text.strip_prefix("${").and_then(|it| it.split_once(':'));
                    let image = match variable {
                        Some((variable, _)) => images.get(variable).cloned(),
                        None => Some(plain(text)),
                    };
                    it.add("image", image);
                }
                "command" | "entrypoint" => it.add(key, Some(words(value))),
                "working_dir" => it.add("workdir", text(value)),
                "stop_signal" => it.add("stop signal", text(value)),
                "stop_grace_period" => it.add("stop grace", text(value)),
                "cap_add" => it.add("cap add", Some(capabilities(value))),
                "cap_drop" => it.add("cap drop", Some(capabilities(value))),
                "dns" => it.add("dns", Some(words(value))),
                "environment" => it.all("env", value),
                "labels" => it.all("label", value),
                "sysctls" => it.all("sysctl", value),
                "extra_hosts" => it.all("host", value),
                "ulimits" => {
                    for (name, limit) in entries(value) {
                        it.ulimit(name, &limit["soft"], &limit["hard"]);
                    }
                }
                "logging" => it.logging(text(&value["driver"]), &value["options"]),
                "healthcheck" => it.health(&health(value)),
                "ports" => {
                    for port in items(value) {
                        let (target, protocol) = (&port["target"], text(&port["protocol"]));
                        it.port(target, protocol, &port["published"], text(&port["mode"]));
                    }
                }
                "volumes" => items(value)
                    .iter()
                    .for_each(|mount| self.mount(mount, &mut it)),
                "secrets" => self.files("secret", value, &mut it),
                "configs" => self.files("config", value, &mut it),
                // Below, as not being there says something too.
                "networks" | "deploy" => {}
                // What is not known here is a difference all the same.
                _ => it.add(key, text(value)),
            }
        }
        it.networks(self.networks(&section["networks"]));
        deploy(&section["deploy"], &mut it);
        it.finish(
            section["deploy"]["mode"].as_str(),
            number(&section["deploy"]["replicas"]),
        )
    }

    /// The name of something that stands at the top, as the engine has it.
    fn object(&self, kind: &str, key: &str) -> String {
        let name = self.file[kind][key]["name"].as_str();
        name.map_or_else(|| format!("{}_{key}", self.name), plain)
    }

    fn mount(&self, mount: &Value, it: &mut Facts) {
        let source = mount["source"].as_str().unwrap_or_default();
        let volume = &self.file["volumes"][source];
        let is_volume = mount["type"] == "volume";
        it.mount(&Mounted {
            kind: mount["type"].as_str().unwrap_or_default(),
            source: if is_volume {
                self.object("volumes", source)
            } else {
                plain(source)
            },
            target: &plain(mount["target"].as_str().unwrap_or_default()),
            read_only: mount["read_only"] == true,
            size: mount["tmpfs"]["size"].as_u64(),
            driver: text(&volume["driver"]),
            options: entries(&volume["driver_opts"]).map(pair).collect(),
            labels: entries(&volume["labels"]).map(pair).collect(),
        });
    }

    fn files(&self, kind: &str, mounts: &Value, it: &mut Facts) {
        for mount in items(mounts) {
            let object = self.object(
                &format!("{kind}s"),
                mount["source"].as_str().unwrap_or_default(),
            );
            let target = text(&mount["target"]).unwrap_or_default();
            it.file(
                kind,
                &target,
                object,
                [text(&mount["uid"]), text(&mount["gid"])],
                mount["mode"].as_u64(),
            );
        }
    }

    fn networks(&self, networks: &Value) -> Vec<String> {
        let named = items(networks).iter().filter_map(Value::as_str);
        let mut named: Vec<String> = named.map(|it| self.object("networks", it)).collect();
        if named.is_empty() {
            named.push(self.object("networks", "default"));
        }
        named
    }
}

/// What is below `deploy`.
fn deploy(section: &Value, it: &mut Facts) {
    for (key, value) in entries(section) {
        match key.as_str() {
            "mode" | "replicas" | "restart_policy" => {}
            "labels" => entries(value).map(pair).for_each(|(name, value)| {
                it.set(&format!("service label {name}"), Some(value));
            }),
            "update_config" => rollout("update", value, it),
            "rollback_config" => rollout("rollback", value, it),
            "placement" => {
                it.set("placement", Some(words(&value["constraints"])));
                let spread = items(&value["preferences"]).iter();
                it.add(
                    "spread",
                    some(list(spread.filter_map(|it| text(&it["spread"])))),
                );
                it.add("max_per_node", text(&value["max_replicas_per_node"]));
            }
            "resources" => {
                for (kind, prefix) in [("limits", ""), ("reservations", "reserve ")] {
                    for (what, amount) in entries(&value[kind]) {
                        let amount = amount.as_str().map_or_else(|| amount.to_string(), plain);
                        let amount = if what == "memory" {
                            size(&amount)
                        } else {
                            amount
                        };
                        it.add(&format!("{prefix}{what}"), Some(amount));
                    }
                }
            }
            _ => it.add(key, text(value)),
        }
    }
    let policy = &section["restart_policy"];
    it.restart(
        text(&policy["condition"]),
        duration(&policy["delay"]),
        policy["max_attempts"].as_u64(),
        duration(&policy["window"]),
    );
}

fn rollout(name: &str, it: &Value, facts: &mut Facts) {
    facts.rollout(
        name,
        &[
            format!("{} at a time", it["parallelism"].as_u64().unwrap_or(1)),
            format!("delay {}", duration(&it["delay"]).unwrap_or_default()),
            text(&it["failure_action"]).unwrap_or_else(|| "pause".to_owned()),
            format!(
                "monitor {}",
                duration(&it["monitor"]).unwrap_or(Duration::seconds(5))
            ),
            format!(
                "ratio {}",
                it["max_failure_ratio"].as_f64().unwrap_or_default()
            ),
            text(&it["order"]).unwrap_or_else(|| "stop-first".to_owned()),
        ],
    );
    if name == "update" {
        facts.starts_first = it["order"].as_str().map(|it| it == "start-first");
    }
}

fn health(it: &Value) -> Health {
    let test = items(&it["test"]).iter().filter_map(text);
    let test = if it["disable"] == true {
        vec!["NONE".to_owned()]
    } else {
        test.collect()
    };
    Health {
        test,
        interval: duration(&it["interval"]),
        timeout: duration(&it["timeout"]),
        start: duration(&it["start_period"]),
        retries: it["retries"].as_u64(),
    }
}

/// `64M`, as docker reads it.
fn size(text: &str) -> String {
    let unit = [("G", 30), ("M", 20), ("K", 10)];
    let bytes = unit.iter().find_map(|(letter, shift)| {
        let number: u64 = text.strip_suffix(letter)?.parse().ok()?;
        Some(number << shift)
    });
    let bytes = bytes.or_else(|| text.parse().ok());
    bytes.map_or_else(|| text.to_owned(), |bytes| Size { bytes }.to_string())
}

fn duration(it: &Value) -> Option<Duration> {
    Duration::parse(it.as_str()?)
}

fn number(it: &Value) -> Option<u32> {
    u32::try_from(it.as_u64()?).ok()
}
