//! What `deploy.sh` refuses, and what it finds wrong: each with a code of its own.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;

use libtest_mimic::Failed;

use super::clients;
use super::run::{command, digest, edit, ensure_runs, expect, names, release};
use crate::support::{Place, ensure, output, run};
use crate::watch::Watch;

pub(super) fn refusals(place: &Place) -> Result<(), Failed> {
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
    ensure(
        names(place, "service")?.is_empty(),
        "a refused deploy made a service",
    )
}

pub(super) fn stuck(place: &Place) -> Result<(), Failed> {
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

/// What others do to a stack while it is deployed, what the Swarm refuses, and an image that no node can get.
pub(super) fn disturbed(place: &Place) -> Result<(), Failed> {
    let new = [("TOKEN", "canary-from-env-3"), ("DEPLOY_PENDING", "4")];
    edit(place, "reserve { cpus = 900 }", "reserve { cpus = 0.01 }")?;
    expect(place, 0, "the release runs", &["vast.env"], &new)?;

    let mut child = command(place, &["vast.env"], &new)?
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(child.stderr.take().ok_or("no standard error")?);
    let mut text = String::new();
    while said.read_line(&mut text)? > 0 && !text.contains("waiting for the services") {}
    run(
        &place.fleet,
        "docker",
        &["service", "rm", "svcc-deploy_vast"],
    )?;
    said.read_to_string(&mut text)?;
    let code = child.wait()?.code();
    ensure(
        code == Some(8) && text.contains("vast: is not there"),
        &format!("without the vast it ended with {code:?}:\n{text}"),
    )?;

    let by_hand = "source = env(\"TOKEN\"), version = 3";
    edit(place, by_hand, "source = swarm(\"made-by-nobody\")")?;
    expect(
        place,
        5,
        "made-by-nobody: is to be made by hand",
        &["vast.env"],
        &new,
    )?;
    edit(place, "source = swarm(\"made-by-nobody\")", by_hand)?;

    let vast = "service vast from shell {\n";
    edit(place, vast, &format!("{vast}  mode = global\n"))?;
    expect(place, 0, "the release runs", &["vast.env"], &new)?;
    edit(place, &format!("{vast}  mode = global\n"), vast)?;
    expect(
        place,
        7,
        "the Swarm does not take the stack",
        &["vast.env"],
        &new,
    )?;
    run(
        &place.fleet,
        "docker",
        &["service", "rm", "svcc-deploy_vast"],
    )?;

    let nowhere = "service nowhere {\n  image = \"127.0.0.1:5000/svcc/nowhere:1\"\n}\n\n";
    edit(place, vast, &format!("{nowhere}{vast}"))?;
    expect(
        place,
        11,
        "a node cannot get the image for 4 seconds: nowhere",
        &["vast.env"],
        &new,
    )?;
    edit(place, nowhere, "")
}

/// A registry that wants a login, which the nodes need too.
pub(super) fn login(place: &Place) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let registry = format!("127.0.0.1:{}", listener.local_addr()?.port());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // One that goes away is the engine's business.
            thread::spawn(move || drop(guard(client)));
        }
    });
    edit(
        place,
        "127.0.0.1:5000/deploying",
        &format!("{registry}/deploying"),
    )?;
    let text = fs::read_to_string(place.fleet.join("vast.env"))?;
    fs::write(
        place.fleet.join("guarded.env"),
        text.replace("127.0.0.1:5000", &registry),
    )?;
    // A configuration of its own, with the plugins of the one that is there.
    let made = "mkdir -p .release/docker && ln -sfn \"${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins\" .release/docker/cli-plugins";
    run(&place.fleet, "sh", &["-c", made])?;
    let config = place.fleet.join(".release/docker");
    let config = config.to_str().ok_or("the folder's path is not UTF-8")?;
    let with = |password| {
        [
            ("TOKEN", "canary-from-env-3"),
            ("REGISTRY_USER", "deployer"),
            ("REGISTRY_PASSWORD", password),
            ("DOCKER_CONFIG", config),
        ]
    };
    expect(
        place,
        11,
        "refuses the login",
        &["guarded.env"],
        &with("canary-from-nobody"),
    )?;
    expect(
        place,
        11,
        "or the login may not read",
        &["guarded.env"],
        &with(""),
    )?;
    let watch = Watch::start();
    let deployed = expect(
        place,
        0,
        "the release runs",
        &["guarded.env"],
        &with(PASSWORD),
    );
    watch.end()?;
    deployed?;
    ensure_runs(place, "guarded.env")?;
    let logged_in = output(&place.fleet, "cat", &[".release/docker/config.json"])?;
    ensure(logged_in.contains(&registry), "the login went elsewhere")
}

/// The password that the registry wants of `deployer`.
const PASSWORD: &str = "canary-from-login";
/// Both, as a request has them.
const LOGIN: &str = "basic zgvwbg95zxi6y2fuyxj5lwzyb20tbg9naw4=";

/// Hands a request with the login on to the registry, and asks for one where it is not there.
fn guard(client: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut allowed) = (String::new(), false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let small = line.to_ascii_lowercase();
        allowed |= small.trim_end() == format!("authorization: {LOGIN}");
        if !small.starts_with("connection:") && !small.starts_with("authorization:") {
            head += &line;
        }
    }
    let mut client = client;
    if !allowed {
        return client.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"e2e\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        );
    }
    let mut registry = TcpStream::connect("127.0.0.1:5000")?;
    write!(registry, "{head}Connection: close\r\n\r\n")?;
    io::copy(&mut registry, &mut client).map(drop)
}
