//! `examples/single`: a release brought to a machine with compose by its `deploy.sh`, with the promises of the one for a Swarm.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{self, Place, Shared, ensure, killed_at, output, run, within};
use crate::watch::{self, Watch};

/// The project, and the context that reaches its machine.
const NAME: &str = "svcc-single";
const SCRIPT: &str = "deploy/stage/deploy.sh";

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| {
        let mut place = Place::new("single", NAME)?;
        place.when_done(clean);
        clean();
        let socket = "host=unix:///var/run/docker.sock";
        run(
            &place.fleet,
            "docker",
            &["context", "create", NAME, "--docker", socket],
        )?;
        Ok(place)
    });
    vec![
        place.test(
            "single: on the machine of a developer another user reads the secrets",
            local,
        ),
        place.test(
            "single: a deploy brings everything up, and again changes nothing",
            healthy,
        ),
        place.test(
            "single: what is not well is told, and a failed job stops all",
            told,
        ),
        place.test(
            "single: a new version of a secret rolls, also after a kill",
            rotation,
        ),
    ]
}

/// Removes all that the engine has of the project.
fn clean() {
    // What is not there cannot be removed, which is no failure of a test.
    let sweep =
        "docker ps --all --quiet --filter name=^svcc-single | xargs -r docker rm --force --volumes
        docker network rm svcc-single_default
        docker volume ls --quiet --filter name=^svcc-single_ | xargs -r docker volume rm
        docker context rm --force svcc-single";
    let _ = output(".".as_ref(), "sh", &["-c", sweep]);
}

fn command(
    place: &Place,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Command, Failed> {
    let mut command = support::script(place, SCRIPT, arguments, &[("DEPLOY_TIMEOUT", "60")])?;
    command
        .env("TOKEN", "canary-from-env")
        .envs(variables.iter().copied());
    Ok(command)
}

fn expect(
    place: &Place,
    code: i32,
    said: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<String, Failed> {
    support::expect(command(place, arguments, variables)?, code, said)
}

/// Builds the images with these modes, and writes their digests to a release file.
fn release(place: &Place, file: &str, web: &str, migrate: &str) -> Result<(), Failed> {
    fs::write(place.fleet.join("web/mode"), format!("{web}\n"))?;
    fs::write(place.fleet.join("migrate/mode"), format!("{migrate}\n"))?;
    place.release(file, &["web", "store", "migrate"])
}

/// What the engine has of the project.
fn listed(place: &Place, list: &[&str]) -> Result<BTreeSet<String>, Failed> {
    let said = output(&place.fleet, "docker", list)?;
    Ok(said.lines().map(str::to_owned).collect())
}

fn containers(place: &Place) -> Result<BTreeSet<String>, Failed> {
    listed(
        place,
        &[
            "ps",
            "--all",
            "--format",
            "{{.ID}} {{.Names}}",
            "--filter",
            "name=^svcc-single",
        ],
    )
}

fn volumes(place: &Place) -> Result<BTreeSet<String>, Failed> {
    listed(
        place,
        &["volume", "ls", "--quiet", "--filter", "name=^svcc-single_"],
    )
}

/// What a command says inside the web.
fn inside(place: &Place, words: &[&str]) -> Result<String, Failed> {
    output(
        &place.fleet,
        "docker",
        &[&["exec", "svcc-single-web-1"][..], words].concat(),
    )
}

fn ensure_token(place: &Place, wanted: &str) -> Result<(), Failed> {
    let token = inside(place, &["cat", "/run/secrets/token"])?;
    ensure(
        token == wanted,
        &format!("the token is `{token}`, not `{wanted}`"),
    )
}

fn healthy(place: &Place) -> Result<(), Failed> {
    release(place, "well.env", "well", "well")?;
    let check = format!(
        "{} secrets check --env stage | sh",
        env!("CARGO_BIN_EXE_svcc")
    );
    let check = |token: &str| {
        let check = format!(
            "TOKEN={token} DOCKER_CONTEXT={NAME} && export TOKEN DOCKER_CONTEXT && {check}"
        );
        output(&place.fleet, "sh", &["-c", &check])
    };
    ensure(
        check("").is_err() && check("a").is_ok(),
        "`secrets check` does not ask the source",
    )?;
    let nobody = [("DOCKER_HOST", "unix:///nowhere/docker.sock")];
    expect(
        place,
        9,
        "no engine answers at unix:///nowhere",
        &["well.env"],
        &nobody,
    )?;
    let no_token = [("TOKEN", "")];
    for arguments in [&["--preflight", "well.env"][..], &["well.env"]] {
        expect(
            place,
            5,
            "cannot be made from env(\"TOKEN\")",
            arguments,
            &no_token,
        )?;
    }
    expect(
        place,
        0,
        "ready to deploy",
        &["--preflight", "well.env"],
        &[],
    )?;
    expect(
        place,
        0,
        "service web: would be created",
        &["--dry-run", "well.env"],
        &[],
    )?;
    ensure(
        containers(place)?.is_empty(),
        "a refused deploy made a container",
    )?;

    let watch = Watch::start();
    let first = expect(place, 0, "job migrate: done", &["well.env"], &[]);
    watch.end()?;
    let text = first?;
    ensure(
        !text.contains("canary-"),
        "a value is in what the script says",
    )?;
    let names = [NAME, "-web-1"].concat();
    let looks = [&["inspect"][..], &["logs"]];
    watch::ensure_nowhere(place, "well.env", &looks, &[names])?;
    ensure(
        check("").is_ok(),
        "`secrets check` does not ask the machine",
    )?;
    // As the user of the image, who is not root.
    ensure(
        inside(place, &["id", "-u"])?.trim() == "10001",
        "it runs as another user",
    )?;
    ensure_token(place, "canary-from-env")?;
    let salt = inside(place, &["cat", "/run/secrets/salt"])?;
    ensure(salt.len() == 24, "the made value is not 24 long")?;
    let greeting = inside(place, &["cat", "/etc/greeting", "/etc/limits"])?;
    ensure(
        greeting == "hello from stage\nrequests = 100\n",
        "the configs are not there",
    )?;

    let before = (containers(place)?, volumes(place)?);
    expect(
        place,
        0,
        "job migrate: done for this release",
        &["well.env"],
        &[],
    )?;
    let after = (containers(place)?, volumes(place)?);
    ensure(
        before == after,
        &format!("again it changed something: {before:?} {after:?}"),
    )
}

/// `docker compose up` by hand, where the web runs as another user than the one whose files its secrets are.
fn local(place: &Place) -> Result<(), Failed> {
    let svcc = env!("CARGO_BIN_EXE_svcc");
    let check = format!("{svcc} secrets check --env dev | sh");
    let said = output(&place.fleet, "sh", &["-c", &check]);
    ensure(
        said.is_err_and(|it| it.message().is_some_and(|it| it.contains("missing: salt"))),
        "a missing secret is not missed",
    )?;
    run(&place.fleet, "chmod", &["600", ".secrets/token"])?;
    let made = output(&place.fleet, svcc, &["secrets", "local"]);
    let why = made
        .err()
        .and_then(|it| it.message().map(str::to_owned))
        .unwrap_or_default();
    let way = why
        .split("may not read it: ")
        .nth(1)
        .and_then(|it| it.lines().next());
    let way = way.ok_or_else(|| format!("who may not read the token is not said:\n{why}"))?;
    run(&place.fleet, "sh", &["-c", way])?;
    run(&place.fleet, svcc, &["secrets", "local"])?;
    run(&place.fleet, "sh", &["-c", &check])?;
    let modes = output(
        &place.fleet,
        "stat",
        &["--format", "%a", ".secrets", ".secrets/salt"],
    )?;
    ensure(modes == "700\n644\n", &format!("the modes are {modes}"))?;

    let compose = [
        "compose",
        "--project-name",
        "svcc-single-dev",
        "--file",
        "deploy/dev/compose.yml",
    ];
    let up = ["up", "--build", "--detach", "--wait", "web"];
    let read = [
        "exec",
        "-T",
        "web",
        "sh",
        "-c",
        "id -u && cat /run/secrets/token /run/secrets/salt",
    ];
    let said = run(&place.fleet, "docker", &[&compose[..], &up].concat())
        .and_then(|()| output(&place.fleet, "docker", &[&compose[..], &read].concat()));
    run(
        &place.fleet,
        "docker",
        &[&compose[..], &["down", "--volumes"]].concat(),
    )?;
    let salt = fs::read_to_string(place.fleet.join(".secrets/salt"))?;
    ensure(
        said? == format!("10001\na local token{salt}"),
        "the web does not read its secrets",
    )
}

fn told(place: &Place) -> Result<(), Failed> {
    let before = containers(place)?;
    release(place, "unmigrated.env", "well, but newer", "sick")?;
    expect(
        place,
        6,
        "the migration cannot go on",
        &["unmigrated.env"],
        &[],
    )?;
    ensure(
        before == containers(place)?,
        "a container changed although the migration failed",
    )?;
    release(place, "sick.env", "sick", "well")?;
    let text = expect(place, 12, "web: is not healthy", &["sick.env"], &[])?;
    ensure(
        text.contains("the web is sick"),
        &format!("its log is not shown:\n{text}"),
    )?;
    release(place, "crash.env", "crash", "well")?;
    let short = [("DEPLOY_TIMEOUT", "10")];
    let text = expect(
        place,
        12,
        "not settled within 10 seconds: web",
        &["crash.env"],
        &short,
    )?;
    ensure(
        text.contains("the web cannot start"),
        &format!("its log is not shown:\n{text}"),
    )?;
    expect(
        place,
        0,
        "job migrate: done for this release",
        &["well.env"],
        &[],
    )
    .map(drop)
}

fn rotation(place: &Place) -> Result<(), Failed> {
    let fleet = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&fleet)?;
    let old = "source = env(\"TOKEN\")";
    fs::write(&fleet, text.replace(old, &format!("{old}, version = 2")))?;
    place.compile()?;
    let new = [("TOKEN", "canary-from-env-2")];
    for step in [
        "secrets",
        "secret svcc-single_token_v2: made",
        "deploying the project",
    ] {
        let deploy = command(place, &["well.env"], &new)?;
        let said = killed_at(deploy, &format!("deploy.sh: {step}"))?;
        ensure(said, &format!("it never said `{step}`"))?;
    }
    expect(place, 0, "the release runs", &["well.env"], &new)?;
    within(Duration::from_secs(10), || {
        ensure_token(place, "canary-from-env-2")
    })?;
    let has = |name: &str| Ok::<_, Failed>(volumes(place)?.contains(name));
    ensure(has("svcc-single_token_v1")?, "the old version went at once")?;
    expect(
        place,
        0,
        "svcc-single_token_v1: removed",
        &["well.env"],
        &new,
    )?;
    ensure(
        !has("svcc-single_token_v1")?,
        "the old version is still there",
    )?;
    ensure(
        !containers(place)?.iter().any(|it| it.contains("keeper")),
        "a helper stayed",
    )
}
