//! The end-to-end suite: the files that svcc writes for `examples/local`, driven on a real Docker Engine with a one-node
//! Swarm and a registry on 127.0.0.1:5000. It deploys, so it runs only where SVCC_E2E=1 asks for it; then an engine that
//! does not answer is a failure.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

const IMAGES: [&str; 3] = ["api", "migrate", "site"];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if std::env::var_os("SVCC_E2E").is_none_or(|it| it != "1") {
        return say("e2e: skipped, SVCC_E2E=1 runs it", ExitCode::SUCCESS);
    }
    let manager = ["info", "--format", "{{.Swarm.ControlAvailable}}"];
    if output(Path::new("."), "docker", &manager).is_ok_and(|it| it.trim() == "true") {
        arguments.test_threads = Some(1);
    } else {
        return say(
            "e2e: no Docker Engine answers that manages a Swarm",
            ExitCode::FAILURE,
        );
    }
    let place = match Place::new() {
        Ok(place) => Arc::new(place),
        Err(error) => {
            return say(
                error.message().unwrap_or("e2e: no place to work"),
                ExitCode::FAILURE,
            );
        }
    };
    let stack = place.fleet.join("deploy/test/compose.stack.yml").exists();
    let compose = place.fleet.join("deploy/local/compose.yml").exists()
        || place.fleet.join("deploy/dev/compose.yml").exists();
    let trials = vec![
        trial(&place, "bake builds every image", true, bake),
        trial(&place, "build.sh pushes every image once", true, push),
        // A target that is not written yet is shown as ignored, not as passed.
        trial(
            &place,
            "the stack comes up, and a changed config rolls it",
            stack,
            deploy,
        ),
        trial(
            &place,
            "the compose file comes up and down",
            compose,
            compose_up,
        ),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials);
    place.clean();
    conclusion.exit_code()
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    // Nowhere is left to say that standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
    code
}

fn trial(
    place: &Arc<Place>,
    name: &str,
    exists: bool,
    test: fn(&Place) -> Result<(), Failed>,
) -> Trial {
    let place = Arc::clone(place);
    Trial::test(name, move || test(&place)).with_ignored_flag(!exists)
}

/// A copy of the example in a git repository of its own.
struct Place {
    root: TempDir,
    fleet: PathBuf,
}

impl Place {
    fn new() -> Result<Self, Failed> {
        let root = TempDir::new()?;
        let fleet = root.path().join("local");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/local");
        let example = example
            .to_str()
            .ok_or("the repository's path is not UTF-8")?;
        run(root.path(), "cp", &["-r", example, "local"])?;
        fs::write(fleet.join(".gitignore"), ".secrets/\n.release/\n")?;
        fs::create_dir_all(fleet.join(".secrets"))?;
        fs::write(fleet.join(".secrets/token"), "a local token")?;
        let place = Self { root, fleet };
        place.compile()?;
        place.git(&["init", "--quiet"])?;
        place.commit()?;
        Ok(place)
    }

    fn compile(&self) -> Result<(), Failed> {
        run(&self.fleet, env!("CARGO_BIN_EXE_svcc"), &["compile"])
    }

    fn git(&self, arguments: &[&str]) -> Result<(), Failed> {
        let identity = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"];
        run(&self.fleet, "git", &[&identity[..], arguments].concat())
    }

    fn commit(&self) -> Result<(), Failed> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", "the fleet"])
    }

    /// The release file: one line for each image that build.sh made.
    fn release(&self) -> Result<String, Failed> {
        let mut lines = String::new();
        for name in IMAGES {
            lines += &fs::read_to_string(self.fleet.join(format!(".release/{name}.env")))?;
        }
        Ok(lines)
    }

    fn clean(&self) {
        // What was never made cannot be removed, which is no failure of a test.
        let _ = output(&self.fleet, "docker", &["stack", "rm", "local"]);
        for kind in ["secret", "config"] {
            let listed = output(
                &self.fleet,
                "docker",
                &[kind, "ls", "--format", "{{.Name}}"],
            );
            let listed = listed.unwrap_or_default();
            for name in listed.lines().filter(|it| it.starts_with("local_")) {
                let gone = || output(&self.fleet, "docker", &[kind, "rm", name]).map(drop);
                let _ = within(Duration::from_secs(60), gone);
            }
        }
    }
}

/// Runs a program, keeping what it says for the report of a failure.
fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Failed> {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("TOKEN", "a token for the test")
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(text);
    }
    let errors = String::from_utf8_lossy(&done.stderr);
    Err(format!(
        "{program} {}: {}\n{text}{errors}",
        arguments.join(" "),
        done.status
    )
    .into())
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), Failed> {
    output(folder, program, arguments).map(drop)
}

/// Tries until it succeeds; the last failure where it never does.
fn within(limit: Duration, mut attempt: impl FnMut() -> Result<(), Failed>) -> Result<(), Failed> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(_) if start.elapsed() < limit => thread::sleep(Duration::from_secs(1)),
            result => return result,
        }
    }
}

fn ensure(holds: bool, text: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(text.into()) }
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
    let first = place.release()?;
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
        first == place.release()?,
        "a second build.sh gives other digests",
    )
}

fn deploy(place: &Place) -> Result<(), Failed> {
    let release = place.release()?;
    fs::write(place.fleet.join("release.env"), &release)?;
    let script = ["deploy/test/deploy.sh", "release.env"];
    run(&place.fleet, "sh", &script)?;
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
    let file = ["deploy/dev/compose.yml", "deploy/local/compose.yml"]
        .into_iter()
        .find(|it| place.fleet.join(it).exists())
        .ok_or("no compose file")?;
    let up = output(
        place.root.path().join("local").as_path(),
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
