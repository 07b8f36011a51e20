//! `examples/local`: built, pushed, deployed, rolled, and brought up on one machine.

use std::fs;
use std::time::Duration;

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, output, run, within};

const IMAGES: [&str; 3] = ["api", "migrate", "site"];

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(|| Place::new("local", "local"));
    vec![
        place.test("bake builds every image", bake),
        place.test("build.sh pushes every image once", push),
        place.test("the stack comes up, and a changed config rolls it", deploy),
        place.test("the compose file comes up and down", compose_up),
    ]
}

fn bake(place: &Place) -> Result<(), Failed> {
    run(
        &place.fleet,
        "docker",
        &["buildx", "bake", "--file", "deploy/images/docker-bake.json"],
    )
}

fn push(place: &Place) -> Result<(), Failed> {
    let build = [&["deploy/images/build.sh"][..], &IMAGES].concat();
    run(&place.fleet, "sh", &build)?;
    let first = place.digests(&IMAGES)?;
    for line in first.lines() {
        let (_, image) = line.split_once('=').ok_or("a release line without `=`")?;
        run(
            &place.fleet,
            "docker",
            &["buildx", "imagetools", "inspect", image],
        )?;
    }
    run(&place.fleet, "sh", &build)?;
    ensure(
        first == place.digests(&IMAGES)?,
        "a second build.sh gives other digests",
    )
}

fn deploy(place: &Place) -> Result<(), Failed> {
    let release = place.digests(&IMAGES)?;
    fs::write(place.fleet.join("release.env"), &release)?;
    let script = ["deploy/test/deploy.sh", "release.env"];
    // The engine frees the addresses of a stack that another test removed a while after it says so, and rejects tasks until then.
    within(Duration::from_secs(60), || run(&place.fleet, "sh", &script))?;
    let wanted = release.lines().find_map(|it| it.strip_prefix("API_IMAGE="));
    let wanted = wanted.ok_or("the release has no API_IMAGE")?;
    let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
    let image = output(
        &place.fleet,
        "docker",
        &["service", "inspect", "local_api", "--format", format],
    )?;
    let digest = wanted.split_once('@').map_or(wanted, |it| it.1);
    ensure(
        image.contains(digest),
        "the service runs another digest than the release's",
    )?;
    within(Duration::from_secs(60), || {
        let secret = inside(place, "cat /run/secrets/token")?;
        ensure(
            secret == "a token for the test",
            "the secret is not what its source says",
        )
    })?;
    ensure(
        inside(place, "cat /etc/greeting")? == "hello from test\n",
        "the config is not mounted",
    )?;

    let fleet = place.fleet.join("fleet.svc");
    let changed = fs::read_to_string(&fleet)?.replace("hello from", "good day from");
    fs::write(&fleet, changed)?;
    place.compile()?;
    run(&place.fleet, "sh", &script)?;
    within(Duration::from_secs(60), || {
        ensure(
            inside(place, "cat /etc/greeting")? == "good day from test\n",
            "the changed config did not roll",
        )
    })
}

/// What a command says inside the running container of the api.
fn inside(place: &Place, script: &str) -> Result<String, Failed> {
    let filter = "label=com.docker.swarm.service.name=local_api";
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
        .ok_or("no healthy container of the api")?;
    output(
        &place.fleet,
        "docker",
        &["exec", container, "sh", "-c", script],
    )
}

fn compose_up(place: &Place) -> Result<(), Failed> {
    let file = "deploy/dev/compose.yml";
    let up = output(
        &place.fleet,
        "docker",
        &[
            "compose",
            "--project-name",
            "svcc-e2e",
            "--file",
            file,
            "up",
            "--build",
            "--detach",
            "--wait",
            "api",
            "site",
        ],
    );
    let down = run(
        &place.fleet,
        "docker",
        &[
            "compose",
            "--project-name",
            "svcc-e2e",
            "--file",
            file,
            "down",
            "--volumes",
        ],
    );
    up.and(down)
}
