//! `svcc plan` against what really runs: nothing where nothing changed, and what it says of a change is what the Swarm does.

use std::fs;
use std::time::Duration;

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, expect, output, run, script, within};

const FLEET: &str = r#"project plan {
  edition  = 2026
  registry = "127.0.0.1:5000/plan"
}

environment test {
  engine = swarm
  stack  = "svcc-plan"
}

secret token { source = env("TOKEN") }

config greeting { content = "hello\n" }

volume data {
  labels { "kept" = "long" }
}

network back { }

base shell from "debian:bookworm-slim" { user app(uid = 10001) }

## Says all that can be said of a service.
service web from shell {
  command    = ["/bin/sleep", "infinity"]
  entrypoint = ["/usr/bin/env"]
  workdir    = "/srv"
  user       = "10001:10001"
  hostname   = "web-{{ task.slot }}"
  networks   = [back]
  ports { http = 8080 }
  publish { http = host(38080) }
  env {
    LEVEL = "in$fo"
    BRACE = '{{ not a template }}'
  }
  secrets = [token]
  config greeting at "/etc/greeting"
  mount data at "/data"
  mount tmpfs at "/scratch" { size = 8MiB }
  health = command("/bin/true", interval = 1s, timeout = 2s, retries = 4, start = 3s)
  labels { "a" = "1" }
  deploy_labels { "b" = "2" }
  stop_grace  = 1s
  stop_signal = "SIGINT"
  init        = true
  read_only   = true
  capabilities {
    add  = ["NET_ADMIN"]
    drop = ["MKNOD"]
  }
  ulimits { nofile = 1024 }
  sysctls { "net.ipv4.ip_unprivileged_port_start" = "1" }
  dns = ["10.0.0.1"]
  extra_hosts { db = "10.0.0.3" }
  logging {
    driver = "json-file"
    options { max-size = "1m" }
  }
  memory = 64MiB
  cpus   = 0.5
  pids   = 100
  reserve {
    cpus   = 0.01
    memory = 8MiB
  }
  placement    = ["node.role == manager"]
  spread       = ["node.labels.zone"]
  max_per_node = 3
  restart {
    condition    = any
    delay        = 1s
    max_attempts = 9
    window       = 4s
  }
  update {
    parallelism       = 1
    delay             = 1s
    order             = stop-first
    failure           = pause
    monitor           = 16s
    max_failure_ratio = 50%
  }
  rollback { order = stop-first }
}

## Leaves all that it can to the engine.
service plain from shell {
  command = ["/bin/sleep", "infinity"]
}

job nightly from shell {
  command  = ["/bin/true"]
  schedule = "0 3 * * *"
}
"#;

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| Place::written(FLEET, "svcc-plan"));
    vec![place.test(
        "plan: against what runs it tells each difference, and no other",
        plan,
    )]
}

fn plan(place: &Place) -> Result<(), Failed> {
    place.release("release.env", &["web", "plain", "nightly"])?;
    let token = [("TOKEN", "a token")];
    let deploy = || script(place, "deploy/test/deploy.sh", &["release.env"], &token);
    // The engine frees the addresses of a stack that another test removed a while after it says so.
    within(Duration::from_secs(60), || {
        expect(deploy()?, 0, "the release runs").map(drop)
    })?;
    says(place, &["no service changes"])?;

    let fleet = place.fleet.join("fleet.svc");
    fs::write(
        &fleet,
        FLEET.replace("node.role == manager", "node.platform.os == linux"),
    )?;
    says(place, &["adjusts  web", "unchanged: 2"])?;
    let before = tasks(place)?;
    place.compile()?;
    expect(deploy()?, 0, "the release runs")?;
    ensure(
        before == tasks(place)?,
        "a task was replaced although its node still fits",
    )?;

    let changed = FLEET.replace("node.role == manager", "node.platform.os == linux");
    let changed = changed.replace("pids   = 100", "pids   = 200");
    fs::write(&fleet, changed.replace("\"b\" = \"2\"", "\"b\" = \"3\""))?;
    says(
        place,
        &[
            "rolls    web, with downtime",
            "pids: 100 -> 200",
            "service label b: 2 -> 3",
            "unchanged: 2",
        ],
    )?;
    place.compile()?;
    expect(deploy()?, 0, "the release runs")?;
    ensure(before != tasks(place)?, "no task was replaced")?;
    says(place, &["no service changes"])
}

/// What `svcc plan` says, from what docker tells now.
fn says(place: &Place, wanted: &[&str]) -> Result<(), Failed> {
    let ask = "docker inspect $(docker service ls --quiet) $(docker network ls --quiet --filter driver=overlay) >live.json";
    // What others remove after it is listed is not there to be told of.
    within(Duration::from_secs(30), || {
        run(&place.fleet, "sh", &["-c", ask])
    })?;
    let plan = [
        "plan",
        "--env",
        "test",
        "--against",
        "live.json",
        "--release",
        "release.env",
    ];
    let said = output(&place.fleet, env!("CARGO_BIN_EXE_svcc"), &plan)?;
    for line in wanted {
        ensure(
            said.contains(line),
            &format!("it does not say `{line}`:\n{said}"),
        )?;
    }
    Ok(())
}

fn tasks(place: &Place) -> Result<String, Failed> {
    let list = [
        "stack",
        "ps",
        "--quiet",
        "--filter",
        "desired-state=running",
        "svcc-plan",
    ];
    output(&place.fleet, "docker", &list)
}
