//! A copy of an example to work in, and the programs that act on it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::lanes::Test;

/// A place that the tests of a module share: made by the first of them, and left clean when the last is done.
pub(crate) struct Shared {
    make: fn() -> Result<Place, Failed>,
    made: OnceLock<Result<Place, String>>,
}

impl Shared {
    pub(crate) fn new(make: fn() -> Result<Place, Failed>) -> Arc<Self> {
        let made = OnceLock::new();
        Arc::new(Self { make, made })
    }

    /// A test of this name in the place.
    pub(crate) fn test(
        self: &Arc<Self>,
        name: &str,
        test: fn(&Place) -> Result<(), Failed>,
    ) -> Test {
        let shared = Arc::clone(self);
        Test::new(name, move || {
            let made = shared.made.get_or_init(|| {
                (shared.make)().map_err(|it| it.message().unwrap_or("no place to work").to_owned())
            });
            test(made.as_ref().map_err(Failed::from)?)
        })
    }
}

/// A copy of an example in a git repository of its own, with the stacks that it deploys.
pub(crate) struct Place {
    /// The fleet's folder.
    pub(crate) fleet: PathBuf,
    stack: &'static str,
    done: Option<fn()>,
    _root: TempDir,
}

impl Place {
    /// Copies and compiles `examples/NAME`. All that the engine has of the stack `stack` goes when the place goes.
    pub(crate) fn new(example: &str, stack: &'static str) -> Result<Self, Failed> {
        Self::copy_of(&format!("examples/{example}"), stack)
    }

    /// The same for a folder of the repository.
    pub(crate) fn copy_of(folder: &str, stack: &'static str) -> Result<Self, Failed> {
        let root = TempDir::new()?;
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let original = original
            .to_str()
            .ok_or("the repository's path is not UTF-8")?;
        run(root.path(), "cp", &["-r", original, "fleet"])?;
        Self::in_folder(root, stack)
    }

    /// A fleet of one file, for the stack `stack`.
    pub(crate) fn written(text: &str, stack: &'static str) -> Result<Self, Failed> {
        let root = TempDir::new()?;
        fs::create_dir(root.path().join("fleet"))?;
        fs::write(root.path().join("fleet/fleet.svc"), text)?;
        Self::in_folder(root, stack)
    }

    fn in_folder(root: TempDir, stack: &'static str) -> Result<Self, Failed> {
        let fleet = root.path().join("fleet");
        fs::write(fleet.join(".gitignore"), ".secrets/\n.release/\n")?;
        fs::create_dir_all(fleet.join(".secrets"))?;
        fs::write(fleet.join(".secrets/token"), "a local token")?;
        let place = Self {
            fleet,
            stack,
            done: None,
            _root: root,
        };
        place.clean();
        place.compile()?;
        place.git(&["init", "--quiet"])?;
        place.commit()?;
        Ok(place)
    }

    pub(crate) fn compile(&self) -> Result<(), Failed> {
        run(&self.fleet, env!("CARGO_BIN_EXE_svcc"), &["compile"])
    }

    /// What build.sh says of these images: a line of a release file for each.
    pub(crate) fn digests(&self, names: &[&str]) -> Result<String, Failed> {
        let mut lines = String::new();
        for name in names {
            lines += &fs::read_to_string(self.fleet.join(format!(".release/{name}.env")))?;
        }
        Ok(lines)
    }

    /// Builds images, and writes their digests to a release file.
    pub(crate) fn release(&self, file: &str, names: &[&str]) -> Result<(), Failed> {
        let arguments = [&["deploy/images/build.sh"], names].concat();
        run(&self.fleet, "sh", &arguments)?;
        Ok(fs::write(self.fleet.join(file), self.digests(names)?)?)
    }

    /// Changes a file of the fleet, which must then be another one.
    pub(crate) fn edit(&self, path: &str, to: impl FnOnce(&str) -> String) -> Result<(), Failed> {
        let path = self.fleet.join(path);
        let old = fs::read_to_string(&path)?;
        let new = to(&old);
        ensure(old != new, &format!("{} is the same", path.display()))?;
        fs::write(&path, new)?;
        Ok(())
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Result<(), Failed> {
        let identity = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"];
        run(&self.fleet, "git", &[&identity[..], arguments].concat())
    }

    pub(crate) fn commit(&self) -> Result<(), Failed> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", "the fleet"])
    }

    fn clean(&self) {
        self.clean_stack(self.stack);
        // The images that a test gives to compose are named for the stack.
        let names = format!("reference={}-*", self.stack);
        let list = ["image", "ls", "--quiet", "--filter", &names];
        let images = output(&self.fleet, "docker", &list).unwrap_or_default();
        for image in images.lines() {
            let _ = output(&self.fleet, "docker", &["image", "rm", "--force", image]);
        }
    }

    /// What is to be done when the place goes, before its stack is removed.
    pub(crate) fn when_done(&mut self, done: fn()) {
        self.done = Some(done);
    }

    /// Removes all that the engine has of a stack.
    pub(crate) fn clean_stack(&self, stack: &str) {
        // What was never made cannot be removed, which is no failure of a test.
        let label = format!("label=com.docker.stack.namespace={stack}");
        let sweep = "docker service ls --quiet --filter \"$0\" | xargs -r docker service rm";
        let _ = output(&self.fleet, "sh", &["-c", sweep, &label]);
        // The addresses of its networks are the next stack's as soon as those are removed: nothing may have them then.
        let _ = within(Duration::from_secs(30), || {
            let list = ["ps", "--all", "--quiet", "--filter", &label];
            let left = output(&self.fleet, "docker", &list)?;
            ensure(left.is_empty(), "a task of the stack is still there")
        });
        // What the Swarm forgot, as of a run that was killed, it never removes.
        let rest = "docker ps --all --quiet --filter \"$0\" | xargs -r docker rm --force --volumes";
        let _ = output(&self.fleet, "sh", &["-c", rest, &label]);
        let _ = output(&self.fleet, "docker", &["stack", "rm", stack]);
        let prefix = format!("{stack}_");
        for kind in ["secret", "config", "volume"] {
            let listed = output(
                &self.fleet,
                "docker",
                &[kind, "ls", "--format", "{{.Name}}"],
            );
            let listed = listed.unwrap_or_default();
            for name in listed.lines().filter(|it| it.starts_with(&prefix)) {
                let gone = || output(&self.fleet, "docker", &[kind, "rm", name]).map(drop);
                let _ = within(Duration::from_secs(60), gone);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What still runs holds its volumes.
        if let Some(done) = self.done {
            done();
        }
        self.clean();
    }
}

/// Runs a program, keeping what it says for the report of a failure.
pub(crate) fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Failed> {
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

pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), Failed> {
    output(folder, program, arguments).map(drop)
}

/// An emitted script with its arguments and variables, not yet started.
pub(crate) fn script(
    place: &Place,
    path: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Command, Failed> {
    let script = place.fleet.join(path);
    ensure(script.exists(), &format!("there is no {path}"))?;
    let mut command = Command::new("sh");
    command
        .arg(script)
        .args(arguments)
        .current_dir(&place.fleet)
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    Ok(command)
}

/// Runs a program, kills it when it says a line that begins so, and waits for what it started. Whether it said one.
pub(crate) fn killed_at(mut command: Command, wanted: &str) -> Result<bool, Failed> {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(child.stderr.take().ok_or("no standard error")?);
    let mut line = String::new();
    while said.read_line(&mut line)? > 0 && !line.starts_with(wanted) {
        line.clear();
    }
    child.kill()?;
    child.wait()?;
    let _ = said.read_to_end(&mut Vec::new())?;
    Ok(line.starts_with(wanted))
}

/// Runs a program: its exit code and all that it says.
pub(crate) fn ended(mut command: Command) -> Result<(i32, String), Failed> {
    let done = command.output()?;
    let text = [done.stdout, done.stderr].concat();
    Ok((
        done.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

/// Runs a program, which must end with a code and say something.
pub(crate) fn expect(command: Command, code: i32, said: &str) -> Result<String, Failed> {
    let name = format!("{command:?}");
    let (ended, text) = ended(command)?;
    let why = format!("{name} ended with {ended}, not {code} and `{said}`:\n{text}");
    ensure(ended == code && text.contains(said), &why)?;
    Ok(text)
}

/// The image that a service of a stack runs.
pub(crate) fn running(place: &Place, service: &str) -> Result<String, Failed> {
    let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
    output(
        &place.fleet,
        "docker",
        &["service", "inspect", service, "--format", format],
    )
}

/// Clones the fleet's repository, as a job of a CI system does.
pub(crate) fn clone(place: &Place, to: &Path) -> Result<(), Failed> {
    let from = place.fleet.to_str().ok_or("a path that is not UTF-8")?;
    let to = to.to_str().ok_or("a path that is not UTF-8")?;
    run(&place.fleet, "git", &["clone", "--quiet", from, to])
}

/// Copies a file, or what is in a folder, into a folder.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to)?;
    if from.is_file() {
        let name = from.file_name().ok_or("a file without a name")?;
        fs::copy(from, to.join(name))?;
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A number that no run before had: the registry keeps what those pushed.
pub(crate) fn nonce() -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |it| it.as_nanos())
}

/// Tries until it succeeds; the last failure where it never does.
pub(crate) fn within(
    limit: Duration,
    mut attempt: impl FnMut() -> Result<(), Failed>,
) -> Result<(), Failed> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(_) if start.elapsed() < limit => thread::sleep(Duration::from_secs(1)),
            result => return result,
        }
    }
}

pub(crate) fn ensure(holds: bool, text: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(text.into()) }
}
