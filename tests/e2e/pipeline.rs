//! The GitHub workflows of `examples/local`, run for real: jobs in the order of `needs`, each in a clone of its own, with
//! the variables and artifacts that the file gives it. It knows what these workflows say and stops at anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use serde_yaml::Value;
use tempfile::TempDir;

use crate::lanes::Test;
use crate::support::{Place, Shared, clone, copy, ensure, nonce, output, running};

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(place);
    vec![
        place.test(
            "a pull request builds and tests, and deploys nothing",
            pull_request,
        ),
        place.test("a fork's pull request is tested, and pushes nothing", fork),
        place.test("what is tested is what runs in test, then in prod", push),
        place.test("a failing test stops all that follows", failing_test),
    ]
}

/// The example under stacks of its own, so that it is nobody else's.
fn place() -> Result<Place, Failed> {
    let place = Place::new("local", "ci-test")?;
    let path = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&path)?;
    let text = text
        .replace("\"local\"", "\"ci-test\"")
        .replace("\"local-prod\"", "\"ci-prod\"");
    fs::write(path, text)?;
    place.compile()?;
    place.commit()?;
    place.git(&["branch", "--move", "main"])?;
    Ok(place)
}

fn pull_request(place: &Place) -> Result<(), Failed> {
    let run = Run::of(place, "local", "pull_request", false, None)?;
    ensure(run.failed.is_empty(), &run.log)?;
    for done in ["build-root", "build-site", "test-site-smoke"] {
        ensure(run.passed.contains(done), &format!("{done} did not run"))?;
    }
    for skipped in ["release", "deploy-test"] {
        ensure(!run.passed.contains(skipped), &format!("{skipped} ran"))?;
    }
    Ok(())
}

fn fork(place: &Place) -> Result<(), Failed> {
    place.edit("site/index.html", |it| format!("{it}<p>{}</p>\n", nonce()))?;
    place.commit()?;
    let run = Run::of(place, "local", "pull_request", true, None)?;
    // What the fork changed is not taken over.
    place.git(&["reset", "--hard", "--quiet", "HEAD~1"])?;
    ensure(run.failed.is_empty(), &run.log)?;
    ensure(
        run.passed.iter().eq(["check", "fork"]),
        &format!("{:?}", run.passed),
    )?;
    let image = run
        .log
        .lines()
        .find_map(|it| it.split_once("site smoke: testing "));
    let (_, image) = image.ok_or_else(|| format!("nothing was tested\n{}", run.log))?;
    let pushed = output(
        &place.fleet,
        "docker",
        &["buildx", "imagetools", "inspect", image],
    );
    output(&place.fleet, "docker", &["image", "rm", image])?;
    ensure(pushed.is_err(), "the image was pushed")
}

fn push(place: &Place) -> Result<(), Failed> {
    let done = deploy_twice(place);
    place.clean_stack("ci-prod");
    done
}

fn deploy_twice(place: &Place) -> Result<(), Failed> {
    let run = Run::of(place, "local", "push", false, None)?;
    ensure(run.failed.is_empty(), &run.log)?;
    ensure(
        !run.log.contains("building"),
        "an image that the pull request built is built again",
    )?;
    let tested = fs::read_to_string(run.artifacts.path().join("image-site/site.env"))?;
    let digest = tested
        .trim()
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_owned();
    ensure(digest.starts_with("sha256:"), "no digest was handed over")?;
    ensure(
        running(place, "ci-test_site")?.contains(&digest),
        "test runs another image than the one that was tested",
    )?;
    let prod = Run::of(place, "local-prod", "workflow_dispatch", false, Some(&run))?;
    ensure(prod.failed.is_empty(), &prod.log)?;
    ensure(
        running(place, "ci-prod_site")?.contains(&digest),
        "prod runs another image than test",
    )
}

fn failing_test(place: &Place) -> Result<(), Failed> {
    let path = place.fleet.join("site/site.svc");
    let text = fs::read_to_string(&path)?;
    fs::write(
        &path,
        text.replace(
            "/probe\", \"8080\"]\n    with",
            "/probe\", \"9\"]\n    with",
        ),
    )?;
    place.compile()?;
    place.commit()?;
    let run = Run::of(place, "local", "push", false, None)?;
    ensure(
        run.failed.iter().eq(["test-site-smoke"]),
        &format!("the test did not fail alone: {:?}\n{}", run.failed, run.log),
    )?;
    for skipped in ["release", "deploy-test"] {
        ensure(!run.passed.contains(skipped), &format!("{skipped} ran"))?;
    }
    Ok(())
}

const FROM_FORK: &str = "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository";
const NOT_FROM_FORK: &str = "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository";

/// One run of a workflow.
struct Run<'a> {
    place: &'a Place,
    event: &'a str,
    /// Whether the pull request comes from a fork.
    is_fork: bool,
    /// The run that `inputs.run` names.
    input: Option<&'a Run<'a>>,
    artifacts: TempDir,
    passed: BTreeSet<String>,
    failed: Vec<String>,
    log: String,
}

impl<'a> Run<'a> {
    fn of(
        place: &'a Place,
        workflow: &str,
        event: &'a str,
        is_fork: bool,
        input: Option<&'a Run<'a>>,
    ) -> Result<Run<'a>, Failed> {
        let path = format!(".github/workflows/{workflow}.yml");
        let text = fs::read_to_string(place.fleet.join(path))?;
        let file: Value = serde_yaml::from_str(&text)?;
        ensure(
            file["on"].get(event).is_some(),
            "the event does not start the workflow",
        )?;
        let mut run = Run {
            place,
            event,
            is_fork,
            input,
            artifacts: TempDir::new()?,
            passed: BTreeSet::new(),
            failed: Vec::new(),
            log: String::new(),
        };
        let jobs = file["jobs"].as_mapping().ok_or("no jobs")?;
        let mut waiting: Vec<(&str, &Value)> = jobs
            .iter()
            .filter_map(|(id, job)| Some((id.as_str()?, job)))
            .collect();
        // A job whose needs did not all pass is skipped, and so is what needs it.
        while let Some(at) = waiting.iter().position(|(_, job)| run.is_ready(job)) {
            let (id, job) = waiting.remove(at);
            if run.is_wanted(job)? {
                run.job(id, job)?;
            }
        }
        Ok(run)
    }

    fn is_ready(&self, job: &Value) -> bool {
        texts(&job["needs"]).all(|it| self.passed.contains(it))
    }

    fn is_wanted(&self, job: &Value) -> Result<bool, Failed> {
        match job["if"].as_str() {
            None => Ok(true),
            Some("github.event_name != 'pull_request' && github.ref == 'refs/heads/main'") => {
                Ok(self.event == "push")
            }
            Some(it) if it == FROM_FORK => Ok(self.event == "pull_request" && self.is_fork),
            Some(it) if it == NOT_FROM_FORK => Ok(self.event == "push" || !self.is_fork),
            Some(other) => {
                Err(format!("a condition that this runner does not know: {other}").into())
            }
        }
    }

    fn job(&mut self, id: &str, job: &Value) -> Result<(), Failed> {
        let folder = TempDir::new()?;
        let work = folder.path().join("work");
        for step in job["steps"].as_sequence().into_iter().flatten() {
            let with = |key: &str| step["with"][key].as_str().unwrap_or_default();
            match step["uses"].as_str() {
                Some(action) if action.starts_with("actions/checkout@") => {
                    clone(self.place, &work)?;
                }
                Some(action) if action.starts_with("actions/upload-artifact@") => {
                    ensure(
                        step["with"]["include-hidden-files"] == Value::Bool(true),
                        "a hidden file is not uploaded",
                    )?;
                    let to = self.artifacts.path().join(with("name"));
                    copy(&work.join(with("path")), &to)?;
                }
                Some(action) if action.starts_with("actions/download-artifact@") => {
                    let from = self.other_or_own(with("run-id"))?;
                    let to = work.join(with("path"));
                    match with("pattern").strip_suffix('*') {
                        Some(prefix) => {
                            for entry in fs::read_dir(from)? {
                                let entry = entry?;
                                if entry.file_name().to_string_lossy().starts_with(prefix) {
                                    copy(&entry.path(), &to)?;
                                }
                            }
                        }
                        None => copy(&from.join(with("name")), &to)?,
                    }
                }
                Some(other) => return Err(format!("an action that nobody knows: {other}").into()),
                None => {
                    if !self.script(&work, step)? {
                        self.failed.push(id.to_owned());
                        return Ok(());
                    }
                }
            }
        }
        self.passed.insert(id.to_owned());
        Ok(())
    }

    fn other_or_own(&self, run: &str) -> Result<PathBuf, Failed> {
        match (run, self.input) {
            ("", _) => Ok(self.artifacts.path().to_owned()),
            ("${{ inputs.run }}", Some(other)) => Ok(other.artifacts.path().to_owned()),
            _ => Err(format!("a run that is not known: {run}").into()),
        }
    }

    /// Runs a script as GitHub does, and says whether it succeeded.
    fn script(&mut self, work: &Path, step: &Value) -> Result<bool, Failed> {
        let script = step["run"].as_str().ok_or("a step that does nothing")?;
        ensure(!script.contains("${{"), "an expression stands in a script")?;
        let mut environment = BTreeMap::new();
        for (key, value) in step["env"].as_mapping().into_iter().flatten() {
            let key = key.as_str().ok_or("a variable without a name")?;
            let value = match value.as_str() {
                Some("${{ secrets.TOKEN }}") => "a token for the test",
                Some("${{ secrets.REGISTRY_USER }}" | "${{ secrets.REGISTRY_PASSWORD }}") => "",
                Some("${{ vars.SVCC_IMAGE }}") => "",
                Some("0") if key == "PUSH" => "0",
                other => return Err(format!("a value that nobody knows: {other:?}").into()),
            };
            environment.insert(key, value);
        }
        let done = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(work)
            .envs(environment)
            .stdin(Stdio::null())
            .output()?;
        self.log += &format!("$ {}\n", step["name"].as_str().unwrap_or_default());
        self.log += &String::from_utf8_lossy(&done.stdout);
        self.log += &String::from_utf8_lossy(&done.stderr);
        Ok(done.status.success())
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_sequence()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
