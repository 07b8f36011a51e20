//! `deploy.sh` on `examples/deploying`, whose services are as well as their `mode` file says: what it brings up, what it
//! refuses and how it says so, and that no secret's value is seen on its way.

mod codes;
mod run;

use std::fs;
use std::time::Duration;

use libtest_mimic::Failed;

use self::run::{command, deploy, ensure_runs, expect, inside, names, release, tasks};
use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, killed_at, output, run, within};
use crate::watch::{self, Watch};

/// What the stub of each client says, and the very call that it wants.
const CLIENTS: [(&str, &str, &str); 4] = [
    (
        "vault",
        "kv get -field=password kv/shop/db",
        "canary-from-vault",
    ),
    (
        "sops",
        "decrypt --extract [\"db\"][\"password\"] secrets.enc.yaml",
        "canary-from-sops",
    ),
    (
        "op",
        "read --no-newline op://shop/db/password",
        "canary-from-op",
    ),
    (
        "aws",
        "secretsmanager get-secret-value --secret-id shop/db --query SecretString --output text",
        "{\"password\":\"canary-from-aws\"}",
    ),
];

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| {
        let place = Place::new("deploying", "svcc-deploy")?;
        clients(&place)?;
        Ok(place)
    });
    vec![
        place.test(
            "deploy.sh: what cannot be deployed is refused, each with its code",
            codes::refusals,
        ),
        place.test(
            "deploy.sh: a first deploy that crashes ends by timeout",
            crashes,
        ),
        place.test(
            "deploy.sh: a deploy brings everything up, and again changes nothing",
            healthy,
        ),
        place.test(
            "deploy.sh: what fails its health check is rolled back and told",
            rolled_back,
        ),
        place.test(
            "deploy.sh: where a migration fails nothing rolls",
            migration_fails,
        ),
        place.test(
            "deploy.sh: a new version of a secret rolls, and the old one goes a deploy later",
            rotation,
        ),
        place.test(
            "deploy.sh: a deploy that was killed is completed by the next",
            killed,
        ),
        place.test(
            "deploy.sh: a paused update, a full node and others are told",
            codes::stuck,
        ),
        place.test(
            "deploy.sh: what others do meanwhile, and what the Swarm refuses, is told",
            codes::disturbed,
        ),
        place.test(
            "deploy.sh: a registry that wants a login gets it, and so do the nodes",
            codes::login,
        ),
    ]
}

/// Programs in the place of the clients: each answers one call only.
fn clients(place: &Place) -> Result<(), Failed> {
    let folder = place.fleet.join(".release/bin");
    fs::create_dir_all(&folder)?;
    for (name, call, answer) in CLIENTS {
        let text = format!(
            "#!/bin/sh\n[ \"$*\" = '{call}' ] || {{ echo \"{name} was called with $*\" >&2; exit 9; }}\necho '{answer}'\n"
        );
        fs::write(folder.join(name), text)?;
        run(&folder, "chmod", &["+x", name])?;
    }
    Ok(())
}

fn ensure_token(place: &Place, wanted: &str) -> Result<(), Failed> {
    within(Duration::from_secs(30), || {
        let token = inside(place, "/run/secrets/token")?;
        ensure(
            token == wanted,
            &format!("the token is `{token}`, not `{wanted}`"),
        )
    })
}

fn crashes(place: &Place) -> Result<(), Failed> {
    release(place, "crash.env", "crash", "well")?;
    let short = [("DEPLOY_TIMEOUT", "10")];
    expect(place, 12, "the web cannot start", &["crash.env"], &short)
}

fn healthy(place: &Place) -> Result<(), Failed> {
    release(place, "well.env", "well", "well")?;
    // The network may go while it is asked to.
    within(Duration::from_secs(30), || {
        run(&place.fleet, "docker", &["stack", "rm", "svcc-deploy"])
    })?;
    within(Duration::from_secs(60), || {
        let networks = names(place, "network")?;
        let left = networks.iter().any(|it| it == "svcc-deploy_default");
        ensure(!left, "the network of the removed stack is still there")
    })?;
    for secret in names(place, "secret")? {
        within(Duration::from_secs(30), || {
            run(&place.fleet, "docker", &["secret", "rm", &secret])
        })?;
    }
    let check = format!(
        "PATH=.release/bin:$PATH && {} secrets check --env test | sh",
        env!("CARGO_BIN_EXE_svcc")
    );
    let check = |token: &str| {
        output(
            &place.fleet,
            "sh",
            &["-c", &format!("TOKEN={token} && export TOKEN && {check}")],
        )
    };
    let said = check("");
    ensure(
        said.is_err_and(|it| {
            it.message()
                .is_some_and(|it| it.contains("missing: token from env"))
        }),
        "`secrets check` does not miss the token",
    )?;
    check("a")?;
    watch::ensure_sees()?;
    let watch = Watch::start();
    let first = deploy(place, &["well.env"], &[]);
    watch.end()?;
    let (code, text) = first?;
    ensure(code == 0, &format!("it ended with {code}:\n{text}"))?;
    ensure(
        !text.contains("canary-"),
        "a value is in what the script says",
    )?;
    let services = names(place, "service")?;
    let looks = [&["service", "inspect"][..], &["service", "logs"]];
    watch::ensure_nowhere(place, "well.env", &looks, &services)?;
    ensure_runs(place, "well.env")?;
    // What is in the Swarm is not asked of its source.
    check("")?;
    for (secret, value) in [
        ("token", "canary-from-env"),
        ("key", "a local token"),
        ("vaulted", "canary-from-vault"),
        ("encrypted", "canary-from-sops"),
        ("kept", "canary-from-op"),
        ("cloud", "canary-from-aws"),
    ] {
        let found = inside(place, &format!("/run/secrets/{secret}"))?;
        ensure(found == value, &format!("{secret} is `{found}`"))?;
    }
    ensure(
        inside(place, "/run/secrets/salt")?.len() == 24,
        "the made value is not 24 long",
    )?;

    let before = (
        tasks(place)?,
        names(place, "secret")?,
        names(place, "config")?,
    );
    let (code, text) = deploy(place, &["well.env"], &[])?;
    ensure(code == 0, &format!("again it ended with {code}:\n{text}"))?;
    ensure(
        text.contains("job migrate: done for this release"),
        "the job ran again",
    )?;
    let after = (
        tasks(place)?,
        names(place, "secret")?,
        names(place, "config")?,
    );
    ensure(
        before == after,
        &format!("a second deploy changed something: {before:?} {after:?}"),
    )
}

fn rolled_back(place: &Place) -> Result<(), Failed> {
    release(place, "sick.env", "sick", "well")?;
    let (code, text) = deploy(place, &["sick.env"], &[])?;
    ensure(code == 14, &format!("it ended with {code}:\n{text}"))?;
    ensure(
        text.contains("the web is sick"),
        &format!("the failing task's log is not shown:\n{text}"),
    )?;
    ensure_runs(place, "well.env")?;
    ensure_token(place, "canary-from-env")
}

fn migration_fails(place: &Place) -> Result<(), Failed> {
    let before = tasks(place)?;
    release(place, "unmigrated.env", "well, but newer", "sick")?;
    expect(
        place,
        6,
        "the migration cannot go on",
        &["unmigrated.env"],
        &[],
    )?;
    ensure_runs(place, "well.env")?;
    let after = tasks(place)?;
    ensure(
        before.is_subset(&after),
        "a service rolled although the migration failed",
    )
}

/// `svcc rotate token`, which leaves the rest of the file as it is.
fn rotate(place: &Place, version: u32) -> Result<(), Failed> {
    let svcc = env!("CARGO_BIN_EXE_svcc");
    let file = place.fleet.join("fleet.svc");
    let before = fs::read_to_string(&file)?;
    let said = output(&place.fleet, svcc, &["rotate", "token", "--env", "test"]);
    said.map_err(|it| format!("it does not rotate: {it:?}"))?;
    let now = fs::read_to_string(&file)?;
    let changed: Vec<&str> = now
        .lines()
        .filter(|it| !before.lines().any(|old| old == *it))
        .collect();
    let wanted = format!("  in test {{ source = env(\"TOKEN\"), version = {version} }}");
    ensure(
        changed == [wanted.as_str()],
        &format!("it changed {changed:?}"),
    )?;
    run(&place.fleet, svcc, &["fmt", "--check"])?;
    place.compile()
}

fn rotation(place: &Place) -> Result<(), Failed> {
    expect(place, 0, "the release runs", &["well.env"], &[])?;
    rotate(place, 2)?;
    let new = [("TOKEN", "canary-from-env-2")];
    let has = |name: &str| Ok::<_, Failed>(names(place, "secret")?.iter().any(|it| it == name));
    expect(
        place,
        0,
        "secret svcc-deploy_token_v2: made",
        &["well.env"],
        &new,
    )?;
    ensure_token(place, "canary-from-env-2")?;
    ensure(has("svcc-deploy_token_v1")?, "the old version went at once")?;
    run(
        &place.fleet,
        "docker",
        &["service", "rollback", "--quiet", "svcc-deploy_web"],
    )?;
    ensure_token(place, "canary-from-env")?;
    expect(place, 0, "the release runs", &["well.env"], &new)?;
    ensure_token(place, "canary-from-env-2")?;
    ensure(
        has("svcc-deploy_token_v1")?,
        "what a rollback needs is gone",
    )?;
    expect(
        place,
        0,
        "secret svcc-deploy_token_v1: removed",
        &["well.env"],
        &new,
    )?;
    ensure(
        !has("svcc-deploy_token_v1")?,
        "the old version is still there",
    )?;
    ensure_token(place, "canary-from-env-2")
}

/// `kill -9` when the script says each of its steps.
fn killed(place: &Place) -> Result<(), Failed> {
    rotate(place, 3)?;
    release(place, "newer.env", "well, but newer", "well, but newer")?;
    let new = [("TOKEN", "canary-from-env-3")];
    for step in [
        "checking the registry",
        "secrets",
        "secret svcc-deploy_token_v3",
        "job migrate: running",
        "deploying the stack",
        "waiting for the services",
    ] {
        let deploy = command(place, &["newer.env"], &new)?;
        let said = killed_at(deploy, &format!("deploy.sh: {step}"))?;
        // A later step than one that is done already is not said again.
        ensure(
            said || step.starts_with("job"),
            &format!("it never said `{step}`"),
        )?;
    }
    expect(place, 0, "the release runs", &["newer.env"], &new)?;
    ensure_runs(place, "newer.env")?;
    ensure_token(place, "canary-from-env-3")?;

    // There and back again: what a release did once, it did.
    expect(place, 0, "job migrate: done", &["well.env"], &new)?;
    ensure_runs(place, "well.env")?;
    let again = "job migrate: done for this release";
    expect(place, 0, again, &["newer.env"], &new)?;
    ensure_runs(place, "newer.env")
}
