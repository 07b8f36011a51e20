//! The facts of a service in the one form in which they are compared, whether a stack file tells them or docker does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Service, list};
use crate::value::{Duration, Size};

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
pub(super) fn text(it: &Value) -> Option<String> {
    match it {
        Value::Null => None,
        Value::String(text) => Some(plain(text)),
        it @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(it.to_string())
        }
    }
}

pub(super) fn plain(text: &str) -> String {
    text.replace("$$", "$")
}

pub(super) fn pair((name, value): (&String, &Value)) -> (String, String) {
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
pub(super) fn some(text: String) -> Option<String> {
    (!text.is_empty() && text != "[]").then_some(text)
}

pub(super) fn items(it: &Value) -> &[Value] {
    it.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn entries(it: &Value) -> impl Iterator<Item = (&String, &Value)> {
    it.as_object().into_iter().flatten()
}
