//! The services of an emitted stack file as plain facts: whatever stands in a section is one, so that no difference is missed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Service, Stack, list};
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

/// What the engine does where nothing is said of an update.
const ROLLOUT: &str = "1 at a time, delay 0s, pause, monitor 5s, ratio 0, stop-first";

/// A health check, as far as it is said.
#[derive(Debug, Default)]
pub struct Health {
    /// How the container is asked, as Docker has it; `NONE` where it is not.
    pub test: Vec<String>,
    /// How often.
    pub interval: Option<Duration>,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// How long failures do not count.
    pub start: Option<Duration>,
    /// How many failures count.
    pub retries: Option<u64>,
}

/// Something that is mounted.
#[derive(Debug)]
pub struct Mounted<'a> {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: &'a str,
    /// What, as the engine has it.
    pub source: String,
    /// Where.
    pub target: &'a str,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// The bytes of a `tmpfs`.
    pub size: Option<u64>,
    /// Who makes a volume.
    pub driver: Option<String>,
    /// And how.
    pub options: BTreeMap<String, String>,
    /// The labels of a volume.
    pub labels: BTreeMap<String, String>,
}

/// The facts of a service in the one form in which they are compared: what is not said is what the engine does then.
#[derive(Debug, Default)]
pub struct Facts {
    facts: BTreeMap<String, String>,
    settings: BTreeMap<String, String>,
    /// Whether a new container is up before an old one stops.
    pub starts_first: Option<bool>,
}

impl Facts {
    /// Something that containers are made from.
    pub fn add(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.facts.insert(name.to_owned(), value);
        }
    }

    /// Something of the service itself.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.and_then(some) {
            self.settings.insert(name.to_owned(), value);
        }
    }

    /// All entries of a map.
    pub fn all(&mut self, family: &str, map: &Value) {
        for (name, value) in entries(map).map(pair) {
            self.facts.insert(format!("{family} {name}"), value);
        }
    }

    /// A limit of the kernel.
    pub fn ulimit(&mut self, name: &str, soft: &Value, hard: &Value) {
        self.add(&format!("ulimit {name}"), Some(format!("{soft}:{hard}")));
    }

    /// Where logs go.
    pub fn logging(&mut self, driver: Option<String>, options: &Value) {
        let options: BTreeMap<String, String> = entries(options).map(pair).collect();
        let driver = driver.unwrap_or_default();
        self.add(
            "logging",
            some(format!("{driver} {}", map(&options)).trim().to_owned()),
        );
    }

    /// How a container is asked whether it works.
    pub fn health(&mut self, it: &Health) {
        if it.test.is_empty() {
            return;
        }
        let test = list(it.test.iter().cloned());
        if it.test == ["NONE"] {
            return self.add("health", Some("none".to_owned()));
        }
        let or = |it: Option<Duration>, seconds| {
            it.filter(|it| it.millis > 0)
                .unwrap_or(Duration::seconds(seconds))
        };
        let (interval, timeout, start) = (or(it.interval, 30), or(it.timeout, 30), or(it.start, 0));
        let retries = it.retries.filter(|it| *it > 0).unwrap_or(3);
        self.add(
            "health",
            Some(format!(
                "{test}, interval {interval}, timeout {timeout}, start {start}, retries {retries}"
            )),
        );
    }

    /// A port that is published.
    pub fn port(
        &mut self,
        target: &Value,
        protocol: Option<String>,
        published: &Value,
        mode: Option<String>,
    ) {
        let protocol = protocol.unwrap_or_else(|| "tcp".to_owned());
        let host = if mode.as_deref() == Some("host") {
            " of the host"
        } else {
            ""
        };
        self.add(
            &format!("publish {target}/{protocol}"),
            Some(format!("{published}{host}")),
        );
    }

    /// Something that is mounted.
    pub fn mount(&mut self, it: &Mounted<'_>) {
        let mut value = match it.kind {
            "tmpfs" => "tmpfs".to_owned(),
            "bind" => format!("folder {}", it.source),
            kind => format!("{kind} {}", it.source),
        };
        if it.read_only {
            value += ", read only";
        }
        if let Some(bytes) = it.size.filter(|it| *it > 0) {
            value += &format!(", {}", Size { bytes });
        }
        if let Some(driver) = it.driver.as_ref().filter(|it| !it.is_empty()) {
            value += &format!(", by {driver}");
        }
        for (what, all) in [("with", &it.options), ("labelled", &it.labels)] {
            if !all.is_empty() {
                value += &format!(", {what} {}", map(all));
            }
        }
        self.add(&format!("mount {}", it.target), Some(value));
    }

    /// A secret or config in the container.
    pub fn file(
        &mut self,
        kind: &str,
        target: &str,
        object: String,
        owner: [Option<String>; 2],
        mode: Option<u64>,
    ) {
        let [user, group] = owner.map(|it| it.unwrap_or_else(|| "0".to_owned()));
        self.add(&format!("{kind} {target}"), Some(object));
        let mode = mode.unwrap_or(0o444);
        self.add(
            &format!("owner of {target}"),
            Some(format!("{user}:{group}, mode {mode:o}")),
        );
    }

    /// The networks that it is on, in any order.
    pub fn networks(&mut self, mut names: Vec<String>) {
        names.sort();
        self.add("networks", Some(list(names)));
    }

    /// When a container that ended is replaced.
    pub fn restart(
        &mut self,
        condition: Option<String>,
        delay: Option<Duration>,
        most: Option<u64>,
        window: Option<Duration>,
    ) {
        let condition = condition.unwrap_or_else(|| "any".to_owned());
        let (delay, window) = (
            delay.unwrap_or(Duration::seconds(5)),
            window.unwrap_or_default(),
        );
        let most = most.unwrap_or_default();
        self.add(
            "restart",
            Some(format!(
                "{condition}, delay {delay}, at most {most}, window {window}"
            )),
        );
    }

    /// How a new version comes, or an old one comes back.
    pub fn rollout(&mut self, name: &str, parts: &[String]) {
        self.set(name, Some(parts.join(", ")));
    }

    /// The service, with its mode and how many of it there are.
    pub fn finish(mut self, mode: Option<&str>, replicas: Option<u32>) -> Service {
        let mode = mode.unwrap_or("replicated");
        self.facts
            .entry("stop grace".to_owned())
            .or_insert_with(|| "10s".to_owned());
        // Such a service is scaled by its controller.
        let scheduled = self
            .settings
            .get("service label swarm.cronjob.enable")
            .is_some_and(|it| it == "true");
        if !mode.ends_with("-job") {
            for name in ["update", "rollback"] {
                let natural = || ROLLOUT.to_owned();
                self.settings.entry(name.to_owned()).or_insert_with(natural);
            }
        } else {
            self.set("runs to an end", replicas.map(|it| it.to_string()));
        }
        Service {
            replicas: (mode == "replicated" && !scheduled).then(|| replicas.unwrap_or(1)),
            mode: mode.to_owned(),
            facts: self.facts,
            settings: self.settings,
            starts_first: self.starts_first,
        }
    }
}

/// Capabilities as the engine has them.
pub fn capabilities(all: &Value) -> String {
    let mut names: Vec<String> = items(all)
        .iter()
        .filter_map(text)
        .map(|it| it.to_uppercase())
        .map(|it| {
            if it.starts_with("CAP_") || it == "ALL" {
                it
            } else {
                format!("CAP_{it}")
            }
        })
        .collect();
    names.sort();
    list(names)
}

/// Words as they are shown; nothing where there are none.
pub fn words(all: &Value) -> String {
    list(items(all).iter().filter_map(text))
}

/// A scalar as text, as the engine gets it: a `$` is written twice for docker.
fn text(it: &Value) -> Option<String> {
    match it {
        Value::Null => None,
        Value::String(text) => Some(plain(text)),
        it @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(it.to_string())
        }
    }
}

fn plain(text: &str) -> String {
    text.replace("$$", "$")
}

fn pair((name, value): (&String, &Value)) -> (String, String) {
    (name.clone(), text(value).unwrap_or_default())
}

fn map(all: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = all
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(" ")
}

/// A text that says something.
fn some(text: String) -> Option<String> {
    (!text.is_empty() && text != "[]").then_some(text)
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
