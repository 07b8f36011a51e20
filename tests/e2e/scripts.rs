//! `build.sh` and `run.sh` where things are not as usual: no buildx, a registry in trouble, a tree that is not clean, a test
//! that fails, hangs or is interrupted.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::lanes::Test;
use crate::support::{Place, Shared, ended, ensure, expect, nonce, output, run, script};

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(place);
    vec![
        place.test("build.sh: without buildx, plain docker does it", plain),
        place.test("build.sh: a registry in trouble is asked again", trouble),
        place.test("build.sh: a registry that stays away is told", away),
        place.test("build.sh: a build that fails is not tried again", broken),
        place.test(
            "build.sh: a tree that is not clean has keys of its own",
            dirty,
        ),
        place.test("build.sh: a shallow clone has the same keys", shallow),
        place.test(
            "build.sh: attestations need a builder that can",
            attestations,
        ),
        place.test(
            "run.sh: a test that fails shows what the others said",
            failing,
        ),
        place.test("run.sh: a test that hangs is ended", hanging),
        place.test("run.sh: what is interrupted leaves nothing", interrupted),
        place.test("run.sh: what is missing is told from what fails", missing),
        place.test(
            "run.sh: two with the number of one process do not meet",
            alike,
        ),
    ]
}

fn place() -> Result<Place, Failed> {
    let place = Place::new("local", "scripts-test")?;
    place.edit("fleet.svc", |it| {
        it.replace("5000/local\"", "5000/scripts\"")
    })?;
    place.edit("api/api.svc", |it| {
        it.replace(
            "command = [\"/usr/local/bin/httpd\", \"/srv/api\", \"8080\"]",
            "command = [\"/bin/sh\", \"-c\", \"echo the api is here; exec /usr/local/bin/httpd /srv/api 8080\"]",
        )
    })?;
    fresh(&place)?;
    Ok(place)
}

/// Makes the sources new, so that no registry has them.
fn fresh(place: &Place) -> Result<(), Failed> {
    let line = format!("<!-- {} -->\n", nonce());
    place.edit("site/index.html", |it| format!("{it}{line}"))?;
    place.compile()?;
    place.commit()
}

/// A `docker` that does what these lines of shell say, or what the real one does: `$real`.
struct Docker {
    folder: TempDir,
}

impl Docker {
    fn new(lines: &str) -> Result<Docker, Failed> {
        let folder = TempDir::new()?;
        let real = output(folder.path(), "sh", &["-c", "command -v docker"])?;
        let text = format!(
            "#!/bin/sh\nreal='{}'\nhere='{}'\n{lines}\nexec \"$real\" \"$@\"\n",
            real.trim(),
            folder.path().display()
        );
        fs::write(folder.path().join("docker"), text)?;
        run(folder.path(), "chmod", &["+x", "docker"])?;
        Ok(Docker { folder })
    }

    fn path(&self) -> String {
        let rest = std::env::var("PATH").unwrap_or_default();
        format!("{}:{rest}", self.folder.path().display())
    }

    fn build(&self, place: &Place, images: &[&str]) -> Result<Command, Failed> {
        script(
            place,
            "deploy/images/build.sh",
            images,
            &[("PATH", &self.path())],
        )
    }
}

fn build(place: &Place, images: &[&str]) -> Result<Command, Failed> {
    script(place, "deploy/images/build.sh", images, &[])
}

fn released(place: &Place) -> Result<String, Failed> {
    Ok(fs::read_to_string(place.fleet.join(".release/site.env"))?)
}

fn plain(place: &Place) -> Result<(), Failed> {
    let docker = Docker::new(
        "[ \"$1\" != buildx ] || exit 1\n\
         if [ \"$1\" = build ]; then\n  [ \"$DOCKER_BUILDKIT\" = 1 ] || exit 9\n  shift\n  \
         exec \"$real\" buildx build --provenance=false --load \"$@\"\nfi",
    )?;
    expect(docker.build(place, &["site"])?, 0, "site: building")?;
    let image = released(place)?;
    let image = image.trim().split_once('=').map_or("", |it| it.1);
    ensure(image.contains("@sha256:"), image)?;
    run(
        &place.fleet,
        "docker",
        &["buildx", "imagetools", "inspect", image],
    )?;
    let first = released(place)?;
    expect(docker.build(place, &["site"])?, 0, "site: the registry has")?;
    ensure(
        first == released(place)?,
        "plain docker finds another digest",
    )?;
    expect(build(place, &["site"])?, 0, "site: the registry has")?;
    ensure(first == released(place)?, "buildx finds another digest")
}

fn trouble(place: &Place) -> Result<(), Failed> {
    fresh(place)?;
    let docker = Docker::new(
        "case \"$2\" in imagetools | build)\n  \
         if [ ! -e \"$here/$2\" ]; then\n    : >\"$here/$2\"\n    \
         echo 'failed to do request: unexpected status: 503 Service Unavailable' >&2\n    exit 1\n  fi ;;\nesac",
    )?;
    let said = expect(
        docker.build(place, &["site"])?,
        0,
        "the registry does not answer",
    )?;
    ensure(said.contains("in trouble; trying again"), &said)?;
    ensure(released(place)?.contains("@sha256:"), "no digest")
}

fn away(place: &Place) -> Result<(), Failed> {
    let docker = Docker::new(
        "[ \"$2\" != imagetools ] || { echo 'dial tcp: connect: connection refused' >&2; exit 1; }",
    )?;
    expect(
        docker.build(place, &["site"])?,
        5,
        "the registry cannot be asked",
    )
    .map(drop)
}

fn broken(place: &Place) -> Result<(), Failed> {
    place.edit("site/site.svc", |it| {
        it.replace(
            "  copy \"index.html\"",
            "  run \"exit 7\"\n  copy \"index.html\"",
        )
    })?;
    place.compile()?;
    let said = expect(build(place, &["site"])?, 4, "the build of")?;
    place.git(&["checkout", "--quiet", "."])?;
    ensure(!said.contains("trying again"), &said)
}

fn dirty(place: &Place) -> Result<(), Failed> {
    let clean = released(place)?;
    place.edit("site/index.html", |it| format!("{it}<p>not yet</p>\n"))?;
    expect(build(place, &["site"])?, 0, "the working tree differs")?;
    ensure(released(place)? != clean, "a change is not built")?;
    place.git(&["checkout", "--quiet", "."])?;
    fs::write(place.fleet.join("api/www/new.html"), "new")?;
    let untracked = expect(build(place, &["api"])?, 0, "the working tree differs");
    fs::remove_file(place.fleet.join("api/www/new.html"))?;
    untracked?;
    let said = expect(build(place, &["site"])?, 0, "site: the registry has")?;
    ensure(!said.contains("differs"), &said)?;
    ensure(
        released(place)? == clean,
        "the same sources have another digest",
    )
}

fn shallow(place: &Place) -> Result<(), Failed> {
    fresh(place)?;
    fresh(place)?;
    expect(build(place, &["site"])?, 0, "site: building")?;
    let folder = TempDir::new()?;
    let from = format!("file://{}", place.fleet.display());
    run(
        folder.path(),
        "git",
        &["clone", "--quiet", "--depth", "1", &from, "it"],
    )?;
    let mut command = Command::new("sh");
    command
        .args(["deploy/images/build.sh", "site"])
        .current_dir(folder.path().join("it"));
    expect(command, 0, "site: the registry has").map(drop)
}

fn attestations(place: &Place) -> Result<(), Failed> {
    place.edit("fleet.svc", |it| {
        it.replace(
            "  edition  = 2026",
            "  edition  = 2026\n  attest   = [provenance, sbom]",
        )
    })?;
    place.compile()?;
    let able = "[ \"$2\" != inspect ] || { echo 'Driver: docker-container'; exit; }\n\
                if [ \"$2\" = build ]; then\n  echo \"called with $*\"\n  exit 1\nfi";
    let docker = Docker::new(able)?;
    let able = expect(
        docker.build(place, &["site"])?,
        4,
        "--provenance=mode=max --sbom=true --push",
    );
    let refused = expect(build(place, &["site"])?, 3, "this builder cannot attest");
    place.git(&["checkout", "--quiet", "."])?;
    able?;
    refused.map(drop)
}

/// Gives the site's test another command and limit, with images that are built.
fn test(place: &Place, command: &str) -> Result<(), Failed> {
    place.git(&["checkout", "--quiet", "."])?;
    place.edit("site/site.svc", |it| {
        it.replace(
            "run  = [\"/usr/local/bin/probe\", \"8080\"]",
            &format!("run  = [\"/bin/sh\", \"-c\", \"{command}\"]\n    timeout = 5s"),
        )
    })?;
    place.compile()?;
    run(
        &place.fleet,
        "sh",
        &["deploy/images/build.sh", "site", "api"],
    )
}

fn smoke(place: &Place) -> Result<Command, Failed> {
    script(place, "deploy/tests/run.sh", &["site", "smoke"], &[])
}

/// What run.sh left on the engine.
fn left(place: &Place) -> Result<String, Failed> {
    let format = ["--filter", "name=svcc-test-", "--format"];
    let containers = [&["ps", "--all"], &format[..], &["{{.Names}}"]].concat();
    let networks = [&["network", "ls"], &format[..], &["{{.Name}}"]].concat();
    let containers = output(&place.fleet, "docker", &containers)?;
    Ok(containers + &output(&place.fleet, "docker", &networks)?)
}

fn failing(place: &Place) -> Result<(), Failed> {
    test(place, "echo no good; exit 3")?;
    let said = expect(smoke(place)?, 1, "no good")?;
    ensure(
        said.contains("the last that api said:\nthe api is here"),
        &said,
    )?;
    ensure(left(place)?.is_empty(), "something is left behind")
}

fn hanging(place: &Place) -> Result<(), Failed> {
    test(place, "sleep 300")?;
    expect(smoke(place)?, 124, "the test is not done after 5 seconds")?;
    ensure(left(place)?.is_empty(), "something is left behind")
}

fn interrupted(place: &Place) -> Result<(), Failed> {
    test(place, "sleep 300")?;
    // Each time at another moment: while services come up, and while the test runs.
    for said in ["", "testing"] {
        let mut command = smoke(place)?;
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let lines = BufReader::new(child.stderr.take().ok_or("no error output")?);
        if said.is_empty() {
            std::thread::sleep(Duration::from_secs(2));
        } else {
            let mut lines = lines.lines().map_while(Result::ok);
            ensure(lines.any(|it| it.contains(said)), "the test never began")?;
        }
        let start = Instant::now();
        run(Path::new("."), "kill", &["-TERM", &child.id().to_string()])?;
        let status = child.wait()?;
        ensure(
            status.code() == Some(130),
            &format!("it ended with {status}"),
        )?;
        ensure(
            start.elapsed() < Duration::from_secs(20),
            "it was deaf for long",
        )?;
        ensure(left(place)?.is_empty(), "something is left behind")?;
    }
    Ok(())
}

fn missing(place: &Place) -> Result<(), Failed> {
    test(place, "true")?;
    expect(
        smoke(place)?,
        0,
        "site smoke: testing 127.0.0.1:5000/scripts/site@sha256:",
    )?;
    let release = PathBuf::from(&place.fleet).join(".release/api.env");
    let digest = fs::read_to_string(&release)?;
    fs::remove_file(&release)?;
    expect(smoke(place)?, 4, "has a digest for API_IMAGE")?;
    fs::write(&release, digest)?;
    place.edit("api/api.svc", |it| {
        it.replace(
            "exec /usr/local/bin/httpd",
            "echo and away; exit 1; exec /usr/local/bin/httpd",
        )
    })?;
    place.compile()?;
    let said = expect(smoke(place)?, 5, "api does not come up: exited")?;
    ensure(said.contains("and away"), &said)?;
    let (code, _) = ended(script(
        place,
        "deploy/tests/run.sh",
        &["site", "other"],
        &[],
    )?)?;
    ensure(code == 2, "a test that is not there")?;
    ensure(left(place)?.is_empty(), "something is left behind")
}

/// As in containers that share an engine.
fn alike(place: &Place) -> Result<(), Failed> {
    test(place, "true")?;
    let taken = "docker network create svcc-test-$$ >.release/taken && exec sh deploy/tests/run.sh site smoke";
    let mut command = Command::new("sh");
    command.args(["-c", taken]).current_dir(&place.fleet);
    let passed = expect(command, 0, "site smoke: testing");
    let free = "docker network rm $(cat .release/taken)";
    run(&place.fleet, "sh", &["-c", free])?;
    passed?;
    ensure(left(place)?.is_empty(), "something is left behind")
}
