//! `svcc plan` says that a service rolls exactly where what is written of its containers changes, that it is adjusted where only the
//! rest of its section does, and that it scales where its replicas do.

use std::collections::BTreeMap;

use serde_json::Value;
use svcc::compile::{self, Options};
use svcc::plan::change::{Action, changes};
use svcc::plan::section;
use svcc::source::MemoryDisk;

/// A property of a service, and the same said otherwise. Each is also left out.
const PROPERTIES: [[&str; 2]; 36] = [
    [r#"command = ["run", "a{$}b"]"#, r#"command = ["run"]"#],
    [
        r#"entrypoint = ["/init"]"#,
        r#"entrypoint = ["/init", "-v"]"#,
    ],
    [r#"workdir = "/srv""#, r#"workdir = "/opt""#],
    [r#"user = "10001""#, r#"user = "10001:10002""#],
    [r#"hostname = "web-{{ task.slot }}""#, r#"hostname = "web""#],
    [r#"env { LEVEL = "in$fo" }"#, r#"env { LEVEL = "debug" }"#],
    ["publish { http = 80 }", "publish { http = host(80) }"],
    [r#"mount data at "/data""#, r#"mount other at "/data""#],
    [
        r#"mount tmpfs at "/tmp" { size = 8MiB }"#,
        r#"mount tmpfs at "/tmp" { size = 16MiB }"#,
    ],
    ["secrets = [token]", "secrets = [token, key]"],
    [
        r#"config greeting at "/etc/greeting""#,
        r#"config greeting at "/etc/hello""#,
    ],
    ["networks = [back]", "networks = [back, front]"],
    ["health = tcp(8080)", "health = tcp(8080, interval = 7s)"],
    [r#"labels { "a" = "1" }"#, r#"labels { "a" = "2" }"#],
    ["stop_grace = 30s", "stop_grace = 20s"],
    [r#"stop_signal = "SIGINT""#, r#"stop_signal = "SIGQUIT""#],
    ["init = true", "init = false"],
    ["read_only = true", "read_only = false"],
    [
        r#"capabilities { add = ["NET_ADMIN"] }"#,
        r#"capabilities { drop = ["ALL"] }"#,
    ],
    ["ulimits { nofile = 1024 }", "ulimits { nofile = 2048 }"],
    [
        r#"sysctls { "net.core.somaxconn" = "1024" }"#,
        r#"sysctls { "net.core.somaxconn" = "2048" }"#,
    ],
    [r#"dns = ["10.0.0.1"]"#, r#"dns = ["10.0.0.2"]"#],
    [
        r#"extra_hosts { db = "10.0.0.3" }"#,
        r#"extra_hosts { db = "10.0.0.4" }"#,
    ],
    [
        r#"logging { driver = "journald" }"#,
        r#"logging { driver = "local" }"#,
    ],
    ["replicas = 3", "replicas = 4"],
    ["memory = 64MiB", "memory = 1GiB"],
    ["cpus = 0.5", "cpus = 1.5"],
    ["pids = 100", "pids = 200"],
    ["reserve { memory = 32MiB }", "reserve { cpus = 0.25 }"],
    [
        r#"placement = ["node.labels.a == b"]"#,
        r#"placement = ["node.labels.a == c"]"#,
    ],
    [
        r#"spread = ["node.labels.zone"]"#,
        r#"spread = ["node.labels.rack"]"#,
    ],
    ["max_per_node = 2", "max_per_node = 1"],
    [
        "restart { condition = on-failure }",
        "restart { delay = 1s, max_attempts = 3, window = 2s }",
    ],
    [
        "update { parallelism = 2 }",
        "update { order = stop-first, delay = 3s }",
    ],
    [
        "rollback { monitor = 10m }",
        "rollback { failure = continue }",
    ],
    [
        r#"deploy_labels { "b" = "1" }"#,
        r#"deploy_labels { "b" = "2" }"#,
    ],
];

/// What stands around it.
const REST: [[&str; 2]; 3] = [
    [
        "source = ci(\"TOKEN\")",
        "source = ci(\"TOKEN\"), version = 2",
    ],
    ["content = \"hello\"", "content = \"good day\""],
    [
        "volume data { }",
        "volume data { options { type = \"nfs\" } }",
    ],
];

fn fleet(properties: &[&str]) -> String {
    format!(
        r#"project hello {{ edition = 2026 }}
environment prod {{ engine = swarm }}
secret token {{ source = ci("TOKEN") }}
secret key {{ source = ci("KEY") }}
config greeting {{ content = "hello" }}
volume data {{ }}
volume other {{ }}
network back {{ }}
network front {{ }}
service web {{
  image = "registry.example.com/web:1"
  ports {{ http = 8080 }}
  {}
}}
"#,
        properties.join("\n  ").replace("{$}", "$")
    )
}

/// The emitted stack file.
fn emitted(text: String) -> Value {
    let mut disk = MemoryDisk::default();
    disk.files
        .insert("fleet.svc".to_owned(), text.clone().into_bytes());
    let options = Options {
        environments: None,
        targets: Some(vec!["stack".to_owned()]),
    };
    let compilation = compile::compile(&disk, &options).expect("memory can be read");
    let mut outputs = compilation.outputs.iter();
    let file = outputs.find(|it| it.path.ends_with("compose.stack.yml"));
    let said: Vec<&str> = compilation
        .diagnostics
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    let file = file.unwrap_or_else(|| panic!("no stack for {text}: {said:?}"));
    serde_yaml::from_str(&file.text).expect("a stack is YAML")
}

/// Every property as it is, otherwise, and left out; and everything around it.
fn variants() -> Vec<Value> {
    let whole: Vec<&str> = PROPERTIES.iter().map(|[it, _]| *it).collect();
    let mut texts = vec![fleet(&whole)];
    for at in 0..PROPERTIES.len() {
        let mut changed = whole.clone();
        changed[at] = PROPERTIES[at][1];
        texts.push(fleet(&changed));
        changed.remove(at);
        texts.push(fleet(&changed));
    }
    for [it, otherwise] in REST {
        texts.push(fleet(&whole).replacen(it, otherwise, 1));
    }
    texts.into_iter().map(emitted).collect()
}

/// What containers are made from, what is of the service alone, and how many there are.
fn parts(file: &Value) -> (Value, Value, Value) {
    let mut file = file.clone();
    let deploy = &mut file["services"]["web"]["deploy"];
    let mut take = |key: &str| {
        deploy
            .as_object_mut()
            .and_then(|it| it.remove(key))
            .unwrap_or_default()
    };
    let replicas = take("replicas");
    let mut settings = vec![
        take("labels"),
        take("update_config"),
        take("rollback_config"),
    ];
    if let Some(placement) = deploy["placement"].as_object_mut() {
        settings.push(placement.remove("constraints").unwrap_or_default());
        if placement.is_empty() {
            deploy["placement"].take();
        }
    }
    if deploy["placement"].is_null() {
        deploy.as_object_mut().expect("a map").remove("placement");
    }
    settings.resize(4, Value::Null);
    (file, Value::Array(settings), replicas)
}

#[test]
fn a_service_rolls_exactly_where_its_section_differs() {
    let files = variants();
    let none = BTreeMap::new();
    let stacks: Vec<_> = files
        .iter()
        .map(|it| section::stack(it, "hello", &none))
        .collect();
    let parts: Vec<_> = files.iter().map(parts).collect();
    let (mut rolls, mut adjusts, mut scales) = (0, 0, 0);
    for (before, old) in parts.iter().zip(&stacks) {
        for (after, new) in parts.iter().zip(&stacks) {
            let said = changes(old, new);
            let has = |of: fn(&Action) -> bool| said.iter().any(|(_, it)| of(it));
            let rolled = has(|it| matches!(it, Action::Roll { .. }));
            let adjusted = has(|it| matches!(it, Action::Adjust { .. }));
            let scaled = has(|it| matches!(it, Action::Scale { .. }));
            assert_eq!(
                rolled,
                before.0 != after.0,
                "{said:#?}\n{}\n{}",
                before.0,
                after.0
            );
            assert_eq!(
                adjusted,
                before.1 != after.1,
                "{said:#?}\n{}\n{}",
                before.1,
                after.1
            );
            assert_eq!(scaled, before.2 != after.2, "{said:#?}");
            rolls += usize::from(rolled);
            adjusts += usize::from(adjusted);
            scales += usize::from(scaled);
        }
    }
    assert!(
        rolls > 1000 && adjusts > 100 && scales > 100,
        "{rolls} {adjusts} {scales}"
    );
}
