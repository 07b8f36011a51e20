//! `deploy.sh` on `examples/deploying`, whose services are as well as their `mode` file says: what it brings up, what it
//! refuses and how it says so, and that no secret's value is seen on its way.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::support::{Place, Shared, ensure, output, run, within};

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

pub(crate) fn trials() -> Vec<Trial> {
    let place = Shared::new(|| {
        let place = Place::new("deploying", "svcc-deploy")?;
        clients(&place)?;
        Ok(place)
    });
    vec![
        place.trial(
            "deploy.sh: what cannot be deployed is refused, each with its code",
            refusals,
        ),
        place.trial(
            "deploy.sh: a first deploy that crashes ends by timeout",
            crashes,
        ),
        place.trial(
            "deploy.sh: a deploy brings everything up, and again changes nothing",
            healthy,
        ),
        place.trial(
            "deploy.sh: what fails its health check is rolled back and told",
            rolled_back,
        ),
        place.trial(
            "deploy.sh: where a migration fails nothing rolls",
            migration_fails,
        ),
        place.trial(
            "deploy.sh: a new version of a secret rolls, and the old one goes a deploy later",
            rotation,
        ),
        place.trial(
            "deploy.sh: a deploy that was killed is completed by the next",
            killed,
        ),
        place.trial("deploy.sh: a paused update and a full node are told", stuck),
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

/// `deploy.sh` with its arguments and variables, not yet started.
fn command(
    place: &Place,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Command, Failed> {
    let mut path = place.fleet.join(".release/bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let script = place.fleet.join("deploy/test/deploy.sh");
    ensure(script.exists(), "there is no deploy.sh")?;
    let mut command = Command::new("sh");
    command
        .arg(script)
        .args(arguments)
        .current_dir(&place.fleet)
        .env("PATH", path)
        .env("TOKEN", "canary-from-env")
        .env("DEPLOY_TIMEOUT", "120")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    Ok(command)
}

/// Runs `deploy.sh`: its exit code and all that it says.
fn deploy(
    place: &Place,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(i32, String), Failed> {
    let done = command(place, arguments, variables)?.output()?;
    let text = [done.stdout, done.stderr].concat();
    Ok((
        done.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

/// Runs `deploy.sh`, which must end with a code and say something.
fn expect(
    place: &Place,
    code: i32,
    said: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(), Failed> {
    let (ended, text) = deploy(place, arguments, variables)?;
    let why = format!("{arguments:?} ended with {ended}, not {code} and `{said}`:\n{text}");
    ensure(ended == code && text.contains(said), &why)
}

/// Builds the images with these modes, and writes their digests to a release file.
fn release(place: &Place, file: &str, web: &str, migrate: &str) -> Result<(), Failed> {
    fs::write(place.fleet.join("web/mode"), format!("{web}\n"))?;
    fs::write(place.fleet.join("migrate/mode"), format!("{migrate}\n"))?;
    run(
        &place.fleet,
        "sh",
        &["deploy/images/build.sh", "web", "beside", "migrate"],
    )?;
    let mut lines = String::new();
    for name in ["web", "beside", "migrate"] {
        lines += &fs::read_to_string(place.fleet.join(format!(".release/{name}.env")))?;
    }
    fs::write(place.fleet.join(file), lines)?;
    Ok(())
}

/// Replaces a text of the fleet and compiles it.
fn edit(place: &Place, old: &str, new: &str) -> Result<(), Failed> {
    let file = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&file)?;
    ensure(text.contains(old), &format!("the fleet has no `{old}`"))?;
    fs::write(&file, text.replace(old, new))?;
    place.compile()
}

/// The digest that a release has for an image.
fn digest(place: &Place, file: &str, variable: &str) -> Result<String, Failed> {
    let text = fs::read_to_string(place.fleet.join(file))?;
    let image = text
        .lines()
        .find_map(|it| it.strip_prefix(variable)?.strip_prefix('='));
    let digest = image.and_then(|it| it.split_once('@'));
    Ok(digest.ok_or("the release has no such image")?.1.to_owned())
}

fn ensure_runs(place: &Place, file: &str) -> Result<(), Failed> {
    let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
    for (service, variable) in [("web", "WEB_IMAGE"), ("beside", "BESIDE_IMAGE")] {
        let name = format!("svcc-deploy_{service}");
        let image = output(
            &place.fleet,
            "docker",
            &["service", "inspect", "--format", format, &name],
        )?;
        let wanted = digest(place, file, variable)?;
        ensure(
            image.contains(&wanted),
            &format!("{service} runs {image}, not {wanted}"),
        )?;
    }
    Ok(())
}

/// The tasks that are meant to run.
fn tasks(place: &Place) -> Result<BTreeSet<String>, Failed> {
    let list = [
        "stack",
        "ps",
        "--quiet",
        "--filter",
        "desired-state=running",
        "svcc-deploy",
    ];
    Ok(output(&place.fleet, "docker", &list)?
        .lines()
        .map(str::to_owned)
        .collect())
}

fn names(place: &Place, kind: &str) -> Result<Vec<String>, Failed> {
    let listed = output(
        &place.fleet,
        "docker",
        &[kind, "ls", "--format", "{{.Name}}"],
    )?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// What a file holds inside the running web.
fn inside(place: &Place, path: &str) -> Result<String, Failed> {
    let filter = "label=com.docker.swarm.service.name=svcc-deploy_web";
    let list = [
        "ps",
        "--quiet",
        "--filter",
        filter,
        "--filter",
        "health=healthy",
    ];
    let containers = output(&place.fleet, "docker", &list)?;
    let container = containers
        .lines()
        .next()
        .ok_or("no healthy container of the web")?;
    output(&place.fleet, "docker", &["exec", container, "cat", path])
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

fn refusals(place: &Place) -> Result<(), Failed> {
    release(place, "well.env", "well", "well")?;
    expect(place, 2, "usage", &[], &[])?;
    expect(place, 2, "no release file", &["nothing.env"], &[])?;
    run(&place.fleet, "rm", &[".release/bin/op"])?;
    expect(place, 3, "op is not installed", &["well.env"], &[])?;
    clients(place)?;
    let nobody = [("DOCKER_HOST", "unix:///nowhere/docker.sock")];
    expect(
        place,
        9,
        "no engine answers at unix:///nowhere",
        &["well.env"],
        &nobody,
    )?;

    let text = fs::read_to_string(place.fleet.join("well.env"))?;
    let without: String = text
        .lines()
        .filter(|it| !it.starts_with("WEB_"))
        .map(|it| format!("{it}\n"))
        .collect();
    fs::write(place.fleet.join("without.env"), without)?;
    expect(place, 4, "no digest for WEB_IMAGE", &["without.env"], &[])?;
    let wanted = digest(place, "well.env", "WEB_IMAGE")?;
    let unknown = text.replace(&wanted, &format!("sha256:{}", "0".repeat(64)));
    fs::write(place.fleet.join("unknown.env"), unknown)?;
    expect(place, 11, "not in the registry", &["unknown.env"], &[])?;

    let job_token = [("CI_JOB_TOKEN", "t"), ("REGISTRY_PASSWORD", "t")];
    expect(
        place,
        0,
        "dies with this job",
        &["--preflight", "well.env"],
        &job_token,
    )?;
    let no_token = [("TOKEN", "")];
    expect(
        place,
        5,
        "cannot be made from env(\"TOKEN\")",
        &["--preflight", "well.env"],
        &no_token,
    )?;
    expect(
        place,
        5,
        "cannot be made from env(\"TOKEN\")",
        &["well.env"],
        &no_token,
    )?;
    expect(
        place,
        0,
        "service web: would be created",
        &["--dry-run", "well.env"],
        &[],
    )?;
    let services = names(place, "service")?;
    ensure(
        !services.iter().any(|it| it.starts_with("svcc-deploy_")),
        "a refused deploy made a service",
    )
}

fn crashes(place: &Place) -> Result<(), Failed> {
    release(place, "crash.env", "crash", "well")?;
    let short = [("DEPLOY_TIMEOUT", "20")];
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
    for secret in names(place, "secret")?
        .iter()
        .filter(|it| it.starts_with("svcc-deploy_"))
    {
        within(Duration::from_secs(30), || {
            run(&place.fleet, "docker", &["secret", "rm", secret])
        })?;
    }
    let done = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&done);
    let watch = thread::spawn(move || seen_in_arguments(&watched));
    let first = deploy(place, &["well.env"], &[]);
    done.store(true, Ordering::Relaxed);
    let seen = watch.join().map_err(|_| "the watch ended badly")?;
    let (code, text) = first?;
    ensure(code == 0, &format!("it ended with {code}:\n{text}"))?;
    ensure(
        seen.is_none(),
        &format!("a value is an argument of {seen:?}"),
    )?;
    ensure(
        !text.contains("canary-"),
        "a value is in what the script says",
    )?;
    ensure_nowhere(place)?;
    ensure_runs(place, "well.env")?;
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

/// The command line of a program that has a planted value among its arguments, other than the stubs' own shell.
fn seen_in_arguments(done: &AtomicBool) -> Option<String> {
    while !done.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains("canary-from-") {
                return Some(line);
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    None
}

/// No planted value is in a file that svcc wrote, in an image, or in a service's log.
fn ensure_nowhere(place: &Place) -> Result<(), Failed> {
    let found = output(&place.fleet, "grep", &["-rl", "canary-from-", "deploy"]);
    ensure(found.is_err(), "a value is in an emitted file")?;
    let text = fs::read_to_string(place.fleet.join("well.env"))?;
    for image in text.lines().filter_map(|it| it.split_once('=')) {
        run(&place.fleet, "docker", &["pull", "--quiet", image.1])?;
        let history = output(&place.fleet, "docker", &["history", "--no-trunc", image.1])?;
        ensure(
            !history.contains("canary-from-"),
            "a value is in an image's history",
        )?;
    }
    let spec = output(
        &place.fleet,
        "docker",
        &["service", "inspect", "svcc-deploy_web"],
    )?;
    ensure(
        !spec.contains("canary-from-"),
        "a value is in the service's description",
    )?;
    let log = output(
        &place.fleet,
        "docker",
        &["service", "logs", "svcc-deploy_web"],
    )?;
    ensure(
        !log.contains("canary-from-"),
        "a value is in the service's log",
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

fn rotation(place: &Place) -> Result<(), Failed> {
    expect(place, 0, "the release runs", &["well.env"], &[])?;
    edit(
        place,
        "source = env(\"TOKEN\")",
        "source = env(\"TOKEN\"), version = 2",
    )?;
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
    edit(place, "version = 2", "version = 3")?;
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
        let mut child = command(place, &["newer.env"], &new)?
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child.stderr.take().ok_or("no standard error")?;
        let mut said = BufReader::new(said);
        let mut line = String::new();
        let wanted = format!("deploy.sh: {step}");
        while said.read_line(&mut line)? > 0 && !line.starts_with(&wanted) {
            line.clear();
        }
        child.kill()?;
        child.wait()?;
        // Until what it started has ended too.
        let _ = said.read_to_end(&mut Vec::new())?;
        // A later step than one that is done already is not said again.
        ensure(
            line.starts_with(&wanted) || step.starts_with("job"),
            &format!("it never said `{step}`"),
        )?;
    }
    expect(place, 0, "the release runs", &["newer.env"], &new)?;
    ensure_runs(place, "newer.env")?;
    ensure_token(place, "canary-from-env-3")
}

fn stuck(place: &Place) -> Result<(), Failed> {
    let new = [("TOKEN", "canary-from-env-3"), ("DEPLOY_PENDING", "4")];
    edit(
        place,
        "memory     = 64MiB",
        "memory     = 64MiB\n    update { failure = pause }",
    )?;
    expect(place, 13, "the update is paused", &["sick.env"], &new)?;
    edit(
        place,
        "## Stands beside it",
        "service vast from shell {\n  command = [\"/bin/sleep\", \"infinity\"]\n  reserve { cpus = 900 }\n}\n\n## Stands beside it",
    )?;
    run(&place.fleet, "sh", &["deploy/images/build.sh", "vast"])?;
    let vast = fs::read_to_string(place.fleet.join(".release/vast.env"))?;
    let text = fs::read_to_string(place.fleet.join("newer.env"))?;
    fs::write(place.fleet.join("vast.env"), text + &vast)?;
    expect(place, 15, "no node has room", &["vast.env"], &new)
}
