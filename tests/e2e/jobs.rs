//! Jobs of each kind: what runs with a deploy runs to its end, and what has a schedule waits for its controller.

use std::fs;
use std::time::Duration;

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, expect, output, script, within};

const FLEET: &str = r#"project jobs {
  edition  = 2026
  registry = "127.0.0.1:5000/jobs"
  services {
    init       = true
    memory     = 16MiB
    stop_grace = 1s
  }
}

environment test {
  engine = swarm
  stack  = "svcc-jobs"
}

base shell from "debian:bookworm-slim" { user app(uid = 10001) }

## As many as are asked for.
job warm from shell {
  command  = ["/bin/sh", "-c", "echo warmed"]
  replicas = 2
}

## On each node.
job clean from shell {
  command = ["/bin/sh", "-c", "echo cleaned"]
  mode    = global
}

## When the controller says so.
job report from shell {
  command  = ["/bin/sh", "-c", "echo reported"]
  schedule = "0 3 * * *"
}
"#;

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| Place::written(FLEET, "svcc-jobs"));
    vec![place.test("jobs: each kind does what it is to do", jobs)]
}

fn jobs(place: &Place) -> Result<(), Failed> {
    place.release("release.env", &["warm", "clean", "report"])?;
    let deploy = || script(place, "deploy/test/deploy.sh", &["release.env"], &[]);
    // The engine may not yet have freed the addresses of a stack that was removed before.
    within(Duration::from_secs(60), || {
        let done = expect(deploy()?, 0, "the release runs").map(drop);
        if done.is_err() {
            place.clean_stack("svcc-jobs");
        }
        done
    })?;

    let list = [
        "service",
        "ls",
        "--format",
        "{{.Name}} {{.Mode}} {{.Replicas}}",
    ];
    let listed = output(&place.fleet, "docker", &list)?;
    for wanted in [
        "svcc-jobs_clean global job 0/0 (1/1 completed)",
        "svcc-jobs_report replicated 0/0",
        "svcc-jobs_warm replicated job 0/2 (2/2 completed)",
    ] {
        ensure(
            listed.lines().any(|it| it == wanted),
            &format!("there is no `{wanted}`:\n{listed}"),
        )?;
    }
    // The labels as the controller reads them, from the service and not from its containers.
    let labels = "{{json .Spec.Labels}}";
    let inspect = ["service", "inspect", "--format", labels, "svcc-jobs_report"];
    let labels = output(&place.fleet, "docker", &inspect)?;
    let labels: serde_json::Value = serde_json::from_str(&labels)?;
    for (label, value) in [
        ("swarm.cronjob.enable", "true"),
        ("swarm.cronjob.schedule", "0 3 * * *"),
        ("swarm.cronjob.skip-running", "true"),
    ] {
        ensure(
            labels[label] == value,
            &format!("the label {label} is not {value}: {labels}"),
        )?;
    }

    let fleet = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&fleet)?;
    fs::write(
        &fleet,
        text.replace("echo cleaned", "echo no room to clean; exit 1"),
    )?;
    place.compile()?;
    expect(deploy()?, 6, "no room to clean").map(drop)
}
