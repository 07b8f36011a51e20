//! A fleet of a hundred services: deployed and verified in one run.

use std::fs::{self, File};
use std::io::{self, Write};
use std::time::Instant;

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, expect, output, run, script};

/// How many services there are.
const SERVICES: usize = 100;

const FLEET: &str = r#"project large {
  edition  = 2026
  registry = "127.0.0.1:5000/large"
  services {
    init       = true
    memory     = 16MiB
    stop_grace = 1s
  }
}

environment test {
  engine = swarm
  stack  = "svcc-large"
}

base shell from "debian:bookworm-slim" { user app(uid = 10001) }

for n in range(SERVICES) {
  service "s{{ n }}" from shell {
    command = ["/bin/sleep", "infinity"]
    env { NUMBER = n }
  }
}
"#;

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| {
        let text = FLEET.replace("SERVICES", &SERVICES.to_string());
        Place::written(&text, "svcc-large")
    });
    vec![place.test("deploy.sh: a hundred services come up, in one run", hundred)]
}

fn hundred(place: &Place) -> Result<(), Failed> {
    run(&place.fleet, "sh", &["deploy/images/build.sh", "s0"])?;
    let built = fs::read_to_string(place.fleet.join(".release/s0.env"))?;
    let image = built.trim().strip_prefix("S0_IMAGE=");
    let image = image.ok_or("the release has no S0_IMAGE")?;
    // All are the same image, built once: what is seen here is the deploy.
    let mut release = File::create(place.fleet.join("release.env"))?;
    (0..SERVICES).try_for_each(|n| writeln!(release, "S{n}_IMAGE={image}"))?;

    let deploy = || script(place, "deploy/test/deploy.sh", &["release.env"], &[]);
    let start = Instant::now();
    expect(deploy()?, 0, "the release runs")?;
    let first = start.elapsed().as_secs();
    let listed = [
        "service",
        "ls",
        "--filter",
        "label=com.docker.stack.namespace=svcc-large",
        "--format",
        "{{.Replicas}}",
    ];
    let up = output(&place.fleet, "docker", &listed)?;
    let up = up.lines().filter(|it| *it == "1/1").count();
    ensure(up == SERVICES, &format!("{up} of {SERVICES} services run"))?;
    let start = Instant::now();
    expect(deploy()?, 0, "the release runs")?;
    let again = start.elapsed().as_secs();
    writeln!(
        io::stderr(),
        "{SERVICES} services: {first} s, again {again} s"
    )?;
    Ok(())
}
