//! Three engines as one Swarm: where tasks really run, with all nodes there and with one lost, is what `svcc capacity` said.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::engines::{self, Engines};
use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, expect, output, run, script, within};

const STACK: &str = "svcc-nodes";
const SCRIPT: &str = "deploy/test/deploy.sh";

const FLEET: &str = r#"project nodes {
  edition  = 2026
  registry = "127.0.0.1:5000/nodes"
  services {
    init       = true
    memory     = 16MiB
    stop_grace = 1s
  }
}

environment test {
  engine = swarm
  stack  = "svcc-nodes"
  nodes  = [
    node(count = 1, cpus = CPUS, memory = MEMORY, labels = { zone = "a" }, role = "manager"),
    node(count = 2, cpus = CPUS, memory = MEMORY, labels = { zone = "b" }),
  ]
}

base shell from "debian:bookworm-slim" { user app(uid = 10001) }

## One on each node.
service agent from shell {
  command = ["/bin/sleep", "infinity"]
  mode    = global
}

## Never two on a node.
service web from shell {
  command      = ["/bin/sleep", "infinity"]
  replicas     = 3
  max_per_node = 1
}

## As many in each zone.
service zoned from shell {
  command  = ["/bin/sleep", "infinity"]
  replicas = 4
  spread   = ["node.labels.zone"]
}

## On one node only.
service pinned from shell {
  command   = ["/bin/sleep", "infinity"]
  placement = ["node.labels.zone == a"]
}

## More than half of a node each.
service heavy from shell {
  command   = ["/bin/sleep", "infinity"]
  replicas  = 2
  placement = ["node.labels.zone == b"]
  reserve { cpus = CPUS * 0.6 }
}
"#;

/// How many tasks of each service run on each node.
type Runs = Vec<BTreeMap<String, u64>>;

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| Place::written(&fleet()?, STACK));
    vec![
        place.test(
            "nodes: three engines run what capacity said, and with one lost too",
            nodes,
        ),
        Test::new(
            "regions: one release comes to one Swarm after the other",
            regions,
        ),
    ]
}

/// The fleet, on nodes that are as large as this machine: that is what each of the engines tells.
fn fleet() -> Result<String, Failed> {
    let format = "{{.NCPU}} {{.MemTotal}}";
    let size = output(".".as_ref(), "docker", &["info", "--format", format])?;
    let (cpus, memory) = size
        .trim()
        .split_once(' ')
        .ok_or("no size of the machine")?;
    let memory = memory.parse::<u64>()? >> 20;
    Ok(FLEET
        .replace("CPUS", cpus)
        .replace("MEMORY", &format!("{memory}MiB")))
}

fn nodes(place: &Place) -> Result<(), Failed> {
    let Some(engines) = start("svcc-e2e-node", 3)? else {
        return Ok(());
    };
    place.release("release.env", &["agent", "web", "zoned", "pinned", "heavy"])?;
    let deploy = |at, pending| {
        let host = engines.host(at);
        let variables = [("DOCKER_HOST", host.as_str()), ("DEPLOY_PENDING", pending)];
        script(place, SCRIPT, &["release.env"], &variables)
    };

    expect(deploy(1, "60")?, 10, "is not a manager of a Swarm")?;
    engines.join()?;
    expect(deploy(2, "60")?, 10, "is not a manager of a Swarm")?;
    for (at, zone) in [(1, "zone=a"), (2, "zone=b"), (3, "zone=b")] {
        let update = [
            "node",
            "update",
            "--label-add",
            zone,
            &engines.container(at),
        ];
        engines.docker(1, &update)?;
    }
    expect(deploy(1, "60")?, 0, "the release runs")?;
    // The same by ssh changes nothing.
    let (host, path) = engines.open_ssh(1)?;
    let by_ssh = [("DOCKER_HOST", host.as_str()), ("PATH", path.as_str())];
    let before = tasks(&engines, "{{.ID}}")?;
    expect(
        script(place, SCRIPT, &["release.env"], &by_ssh)?,
        0,
        "the release runs",
    )?;
    ensure(
        before == tasks(&engines, "{{.ID}}")?,
        "a deploy by ssh changed something",
    )?;
    let said = output(
        &place.fleet,
        env!("CARGO_BIN_EXE_svcc"),
        &["capacity", "--env", "test", "--format", "json"],
    )?;
    let said: Value = serde_json::from_str(&said)?;
    let said = &said[0];
    same(&sorted(told(&said["nodes"])), &sorted(running(&engines)?))?;

    // The lost node is one of zone b, as is the one that `capacity` tells of.
    engines::lose(&engines.container(3))?;
    let mut losses = said["losses"].as_array().into_iter().flatten();
    let lost = losses
        .find(|it| it["node"].as_str().is_some_and(|it| it.contains("zone=b")))
        .ok_or("`capacity` says nothing of a lost node of zone b")?;
    let left = |it: &Value| Some((it["service"].as_str()?.to_owned(), it["missing"].as_u64()?));
    let left: BTreeMap<String, u64> = lost["without_place"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(left)
        .collect();
    let wanted = BTreeMap::from([("heavy".to_owned(), 1), ("web".to_owned(), 1)]);
    ensure(left == wanted, &format!("`capacity` leaves {left:?} out"))?;
    within(Duration::from_secs(90), || {
        same(&sorted(told(&lost["nodes"])), &sorted(running(&engines)?))?;
        let pending = pending(&engines)?;
        ensure(
            pending == left,
            &format!("without a place are {pending:?}, not {left:?}"),
        )
    })?;
    let text = expect(
        deploy(1, "6")?,
        15,
        "no node has room for a task for 6 seconds",
    )?;
    ensure(
        text.contains("not settled: heavy web"),
        &format!("it does not tell which services have no room:\n{text}"),
    )
}

/// Engines, where they run at all; says so where they do not.
fn start(name: &'static str, count: usize) -> Result<Option<Engines>, Failed> {
    match Engines::start(name, count) {
        Ok(it) => Ok(Some(it)),
        Err(why) => {
            let why = why.message().unwrap_or_default();
            writeln!(
                io::stderr(),
                "skipped, as engines in containers do not run here: {why}"
            )?;
            Ok(None)
        }
    }
}

const REGIONS: &str = r#"project regions {
  edition  = 2026
  registry = "127.0.0.1:5000/nodes"
}

environment test {
  engine  = swarm
  stack   = "svcc-regions"
  regions = ["FIRST", "SECOND"]
}

## For an engine that is too old for it.
environment old {
  engine  = compose
  context = "svcc-regions"
}

base shell from "debian:bookworm-slim" { user app(uid = 10001) }

service agent from shell {
  command = ["/bin/sleep", "infinity"]
  memory  = 16MiB
}
"#;

/// Two Swarms of one node each.
fn regions() -> Result<(), Failed> {
    let Some(engines) = start("svcc-e2e-region", 2)? else {
        return Ok(());
    };
    let hosts = [engines.host(1), engines.host(2)];
    for (at, host) in [(1, &hosts[0]), (2, &hosts[1])] {
        let address = engines.address(at)?;
        let init = [
            "--host",
            host,
            "swarm",
            "init",
            "--advertise-addr",
            &address,
        ];
        run(".".as_ref(), "docker", &init)?;
    }
    let text = REGIONS
        .replace("FIRST", &hosts[0])
        .replace("SECOND", &hosts[1]);
    let place = Place::written(&text, "svcc-regions")?;
    place.release("release.env", &["agent"])?;
    let deploy = |region| {
        let variables = [("DEPLOY_REGION", region)];
        script(&place, SCRIPT, &["release.env"], &variables)
    };
    let runs = |at| {
        let list = ["service", "ls", "--format", "{{.Name}} {{.Replicas}}"];
        engines
            .docker(at, &list)
            .map(|it| it.trim() == "svcc-regions_agent 1/1")
    };
    let old = [("DOCKER_HOST", hosts[0].as_str())];
    let old = script(&place, "deploy/old/deploy.sh", &["release.env"], &old)?;
    expect(old, 10, "is older than 26")?;
    expect(deploy("nowhere")?, 2, "there is no region 'nowhere'")?;
    expect(deploy(&hosts[1])?, 0, "the release runs")?;
    let only = !runs(1)? && runs(2)?;
    ensure(only, "one region was asked for, and others changed")?;
    let text = expect(deploy("")?, 0, &format!("region {}", hosts[0]))?;
    ensure(
        text.contains(&format!("region {}", hosts[1])),
        "the second region was left out",
    )?;
    ensure(runs(1)? && runs(2)?, "a region does not run it")?;

    engines.docker(1, &["swarm", "leave", "--force"])?;
    let text = expect(deploy("")?, 10, "the regions after it keep what they run")?;
    ensure(
        !text.contains(&format!("region {}\n", hosts[1])),
        "after a region that failed, the next was deployed to",
    )
}

/// What `svcc capacity` has on each node.
fn told(nodes: &Value) -> Runs {
    let services = |node: &Value| {
        let runs = node["runs"].as_array().into_iter().flatten();
        runs.filter_map(|it| Some((it["service"].as_str()?.to_owned(), it["tasks"].as_u64()?)))
            .collect()
    };
    nodes
        .as_array()
        .into_iter()
        .flatten()
        .map(services)
        .collect()
}

/// What runs on each node that is up.
fn running(engines: &Engines) -> Result<Runs, Failed> {
    let up = engines.docker(1, &["node", "ls", "--format", "{{.Hostname}} {{.Status}}"])?;
    let mut nodes: BTreeMap<&str, BTreeMap<String, u64>> = up
        .lines()
        .filter_map(|it| it.strip_suffix(" Ready"))
        .map(|it| (it, BTreeMap::new()))
        .collect();
    let tasks = tasks(engines, "{{.Node}} {{.CurrentState}} {{.Name}}")?;
    for task in tasks.lines() {
        let mut words = task.split(' ');
        let (node, state) = (words.next().unwrap_or_default(), words.next());
        if let (Some(node), Some("Running"), Some(name)) =
            (nodes.get_mut(node), state, words.next_back())
        {
            *node.entry(service(name)).or_default() += 1;
        }
    }
    Ok(nodes.into_values().collect())
}

/// How many tasks of each service have no node.
fn pending(engines: &Engines) -> Result<BTreeMap<String, u64>, Failed> {
    let mut pending = BTreeMap::new();
    let tasks = tasks(engines, "{{.CurrentState}} {{.Name}}")?;
    for task in tasks.lines().filter(|it| it.starts_with("Pending")) {
        let name = task.rsplit(' ').next().unwrap_or_default();
        *pending.entry(service(name)).or_default() += 1;
    }
    Ok(pending)
}

fn tasks(engines: &Engines, format: &str) -> Result<String, Failed> {
    let list = [
        "stack",
        "ps",
        "--filter",
        "desired-state=running",
        "--format",
        format,
        STACK,
    ];
    engines.docker(1, &list)
}

/// `web` of the task `svcc-nodes_web.2`.
fn service(task: &str) -> String {
    let name = task.strip_prefix("svcc-nodes_").unwrap_or(task);
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Which of two nodes alike has what is the Swarm's business.
fn sorted(mut runs: Runs) -> Runs {
    runs.sort();
    runs
}

fn same(said: &Runs, seen: &Runs) -> Result<(), Failed> {
    ensure(
        said == seen,
        &format!("`capacity` said {said:?}, and there runs {seen:?}"),
    )
}
