//! What runs, as docker tells of it: `docker service inspect`, or `docker inspect` of services and networks.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::plan::change::{Service, Stack};
use crate::plan::facts::{Facts, Health, Mounted, capabilities, words};
use crate::value::{Duration, Size};

/// The services of a stack among all that docker tells of; those that `comes_and_goes` are left out.
pub(super) fn stack(
    told: &Value,
    name: &str,
    comes_and_goes: impl Fn(&str) -> bool,
) -> Result<Stack, String> {
    let all = items(told);
    let networks: BTreeMap<&str, &str> = all
        .iter()
        .filter(|it| it.get("Spec").is_none())
        .filter_map(|it| Some((it["Id"].as_str()?, it["Name"].as_str()?)))
        .collect();
    let prefix = format!("{name}_");
    let mut stack = Stack::default();
    for it in all {
        let spec = match (it.get("Spec"), it["Id"].as_str(), it["Name"].as_str()) {
            (Some(spec), _, _) => spec,
            (None, Some(_), Some(_)) => continue,
            (None, _, _) => return Err("it is not what `docker service inspect` prints".to_owned()),
        };
        let Some(name) = spec["Name"].as_str() else {
            return Err("it is not what `docker service inspect` prints".to_owned());
        };
        if let Some(name) = name.strip_prefix(&prefix)
            && !comes_and_goes(name)
        {
            stack
                .services
                .insert(name.to_owned(), service(spec, &networks));
        }
    }
    Ok(stack)
}

fn service(spec: &Value, networks: &BTreeMap<&str, &str>) -> Service {
    let task = &spec["TaskTemplate"];
    let mut it = Facts::default();
    container(&task["ContainerSpec"], &mut it);
    if !task["LogDriver"].is_null() {
        it.logging(
            text(&task["LogDriver"]["Name"]),
            &task["LogDriver"]["Options"],
        );
    }
    for (kind, prefix) in [("Limits", ""), ("Reservations", "reserve ")] {
        let amounts = &task["Resources"][kind];
        let memory = amounts["MemoryBytes"].as_u64().filter(|it| *it > 0);
        it.add(
            &format!("{prefix}memory"),
            memory.map(|bytes| Size { bytes }.to_string()),
        );
        let cpus = amounts["NanoCPUs"].as_f64().filter(|it| *it > 0.0);
        it.add(
            &format!("{prefix}cpus"),
            cpus.map(|it| (it / 1e9).to_string()),
        );
        let pids = amounts["Pids"].as_u64().filter(|it| *it > 0);
        it.add(&format!("{prefix}pids"), pids.map(|it| it.to_string()));
    }
    // A network is told by its id; its name, where networks are told of too.
    let on = items(&task["Networks"])
        .iter()
        .map(|it| networks.get(it["Target"].as_str()?));
    if let Some(on) = on.collect::<Option<Vec<_>>>().filter(|it| !it.is_empty()) {
        it.networks(on.into_iter().map(|it| (*it).to_owned()).collect());
    }
    let placement = &task["Placement"];
    it.set(
        "placement",
        Some(words(&placement["Constraints"])).filter(|it| it != "[]"),
    );
    let spread: Vec<Value> = items(&placement["Preferences"])
        .iter()
        .map(|it| it["Spread"]["SpreadDescriptor"].clone())
        .collect();
    it.add(
        "spread",
        Some(words(&Value::Array(spread))).filter(|it| it != "[]"),
    );
    let most = placement["MaxReplicas"].as_u64().filter(|it| *it > 0);
    it.add("max_per_node", most.map(|it| it.to_string()));
    let restart = &task["RestartPolicy"];
    it.restart(
        text(&restart["Condition"]),
        duration(&restart["Delay"]),
        restart["MaxAttempts"].as_u64(),
        duration(&restart["Window"]),
    );
    for port in items(&spec["EndpointSpec"]["Ports"]) {
        let (protocol, mode) = (text(&port["Protocol"]), text(&port["PublishMode"]));
        it.port(&port["TargetPort"], protocol, &port["PublishedPort"], mode);
    }
    for (name, value) in entries(&spec["Labels"]).filter(|(name, _)| !is_docker_s(name)) {
        it.set(&format!("service label {name}"), text(value));
    }
    rollout("update", &spec["UpdateConfig"], &mut it);
    rollout("rollback", &spec["RollbackConfig"], &mut it);
    it.starts_first = spec["UpdateConfig"]["Order"]
        .as_str()
        .map(|it| it == "start-first");
    let (mode, replicas) = mode(&spec["Mode"]);
    it.finish(mode, replicas)
}

fn container(spec: &Value, it: &mut Facts) {
    it.add("image", text(&spec["Image"]));
    for (name, key) in [("command", "Args"), ("entrypoint", "Command")] {
        it.add(name, Some(words(&spec[key])).filter(|it| it != "[]"));
    }
    for (name, key) in [
        ("workdir", "Dir"),
        ("user", "User"),
        ("hostname", "Hostname"),
        ("stop signal", "StopSignal"),
    ] {
        it.add(name, text(&spec[key]));
    }
    it.add("init", spec["Init"].as_bool().map(|it| it.to_string()));
    it.add(
        "read_only",
        spec["ReadOnly"]
            .as_bool()
            .filter(|it| *it)
            .map(|it| it.to_string()),
    );
    it.add(
        "stop grace",
        duration(&spec["StopGracePeriod"]).map(|it| it.to_string()),
    );
    for (name, key) in [("cap add", "CapabilityAdd"), ("cap drop", "CapabilityDrop")] {
        it.add(name, Some(capabilities(&spec[key])).filter(|it| it != "[]"));
    }
    let servers = &spec["DNSConfig"]["Nameservers"];
    it.add("dns", Some(words(servers)).filter(|it| it != "[]"));
    for variable in items(&spec["Env"]).iter().filter_map(Value::as_str) {
        if let Some((name, value)) = variable.split_once('=') {
            it.add(&format!("env {name}"), Some(value.to_owned()));
        }
    }
    for (name, value) in entries(&spec["Labels"]).filter(|(name, _)| !is_docker_s(name)) {
        it.add(
            &format!("label {name}"),
            Some(text(value).unwrap_or_default()),
        );
    }
    for (name, value) in entries(&spec["Sysctls"]) {
        it.add(&format!("sysctl {name}"), text(value));
    }
    for host in items(&spec["Hosts"]).iter().filter_map(Value::as_str) {
        if let Some((address, name)) = host.split_once(' ') {
            it.add(&format!("host {name}"), Some(address.to_owned()));
        }
    }
    for limit in items(&spec["Ulimits"]) {
        it.ulimit(
            limit["Name"].as_str().unwrap_or_default(),
            &limit["Soft"],
            &limit["Hard"],
        );
    }
    let health = &spec["Healthcheck"];
    it.health(&Health {
        test: items(&health["Test"]).iter().filter_map(text).collect(),
        interval: duration(&health["Interval"]),
        timeout: duration(&health["Timeout"]),
        start: duration(&health["StartPeriod"]),
        retries: health["Retries"].as_u64(),
    });
    for mount in items(&spec["Mounts"]) {
        let volume = &mount["VolumeOptions"];
        let pair =
            |(name, value): (&String, &Value)| (name.clone(), text(value).unwrap_or_default());
        it.mount(&Mounted {
            kind: mount["Type"].as_str().unwrap_or_default(),
            source: text(&mount["Source"]).unwrap_or_default(),
            target: mount["Target"].as_str().unwrap_or_default(),
            read_only: mount["ReadOnly"] == true,
            size: mount["TmpfsOptions"]["SizeBytes"].as_u64(),
            driver: text(&volume["DriverConfig"]["Name"]),
            options: entries(&volume["DriverConfig"]["Options"])
                .map(pair)
                .collect(),
            labels: entries(&volume["Labels"])
                .filter(|(name, _)| !is_docker_s(name))
                .map(pair)
                .collect(),
        });
    }
    for (kind, list, object) in [
        ("secret", "Secrets", "SecretName"),
        ("config", "Configs", "ConfigName"),
    ] {
        for mount in items(&spec[list]) {
            let file = &mount["File"];
            if let Some(target) = file["Name"].as_str() {
                let owner = [text(&file["UID"]), text(&file["GID"])];
                let object = text(&mount[object]).unwrap_or_default();
                it.file(kind, target, object, owner, file["Mode"].as_u64());
            }
        }
    }
}

/// The mode, and how many there are to be.
fn mode(it: &Value) -> (Option<&'static str>, Option<u32>) {
    let modes = [
        ("Replicated", "replicated", "Replicas"),
        ("Global", "global", ""),
        ("ReplicatedJob", "replicated-job", "TotalCompletions"),
        ("GlobalJob", "global-job", ""),
    ];
    let found = modes.iter().find(|(key, _, _)| it.get(key).is_some());
    found.map_or((None, None), |(key, mode, count)| {
        let count = it[key][count]
            .as_u64()
            .and_then(|it| u32::try_from(it).ok());
        (Some(*mode), count)
    })
}

fn rollout(name: &str, it: &Value, facts: &mut Facts) {
    if it.is_null() {
        return;
    }
    let or = |it: &Value, otherwise: &str| text(it).unwrap_or_else(|| otherwise.to_owned());
    let monitor = duration(&it["Monitor"]).filter(|it| it.millis > 0);
    facts.rollout(
        name,
        &[
            format!(
                "{} at a time",
                it["Parallelism"].as_u64().unwrap_or_default()
            ),
            format!("delay {}", duration(&it["Delay"]).unwrap_or_default()),
            or(&it["FailureAction"], "pause"),
            format!("monitor {}", monitor.unwrap_or(Duration::seconds(5))),
            format!(
                "ratio {}",
                it["MaxFailureRatio"].as_f64().unwrap_or_default()
            ),
            or(&it["Order"], "stop-first"),
        ],
    );
}

/// Whether a label is one that docker puts on what belongs to a stack.
fn is_docker_s(label: &str) -> bool {
    label.starts_with("com.docker.stack.")
}

/// Nanoseconds.
fn duration(it: &Value) -> Option<Duration> {
    let millis = it.as_u64()? / 1_000_000;
    Some(Duration { millis })
}

/// A text that is not empty.
fn text(it: &Value) -> Option<String> {
    it.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

fn items(it: &Value) -> &[Value] {
    it.as_array().map_or(&[], Vec::as_slice)
}

fn entries(it: &Value) -> impl Iterator<Item = (&String, &Value)> {
    it.as_object().into_iter().flatten()
}
