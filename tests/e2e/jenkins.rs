//! The Jenkinsfile of `examples/local`, run for real: its stages in their order, each in a clone of its own, with the
//! variables that `environment` gives it and what it unstashes. It knows what such a file says, and stops at anything else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::lanes::Test;
use crate::support::{Place, Shared, clone, copy, ensure, running};

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(place);
    vec![
        place.test(
            "jenkins: what is tested is what runs in test, then in prod",
            push,
        ),
        place.test("jenkins: a failing test stops all that follows", failing),
    ]
}

fn place() -> Result<Place, Failed> {
    let place = Place::new("local", "jenkins-test")?;
    place.edit("fleet.svc", |it| {
        it.replace("\"local\"", "\"jenkins-test\"")
            .replace("\"local-prod\"", "\"jenkins-prod\"")
    })?;
    place.compile()?;
    place.commit()?;
    place.git(&["branch", "--move", "main"])?;
    place.clean_stack("jenkins-prod");
    Ok(place)
}

fn push(place: &Place) -> Result<(), Failed> {
    let build = Build::run(place)?;
    let runs = running(place, "jenkins-prod_site");
    place.clean_stack("jenkins-prod");
    ensure(build.failed.is_none(), &build.log)?;
    let wanted = [
        "check",
        "build root",
        "build api",
        "build migrate",
        "build site",
        "test site smoke",
        "deploy test",
        "prod: deploy",
    ];
    ensure(build.passed == wanted, &format!("{:?}", build.passed))?;
    let tested = fs::read_to_string(build.stashes.path().join("image-site/.release/site.env"))?;
    let digest = tested.trim().rsplit('@').next().unwrap_or_default();
    ensure(digest.starts_with("sha256:"), "no digest was handed over")?;
    ensure(
        running(place, "jenkins-test_site")?.contains(digest),
        "test runs another image than the one that was tested",
    )?;
    ensure(runs?.contains(digest), "prod runs another image than test")
}

fn failing(place: &Place) -> Result<(), Failed> {
    place.edit("site/site.svc", |it| {
        it.replace(
            "/probe\", \"8080\"]\n    with",
            "/probe\", \"9\"]\n    with",
        )
    })?;
    place.compile()?;
    place.commit()?;
    let build = Build::run(place)?;
    ensure(
        build.failed.as_deref() == Some("test site smoke"),
        &build.log,
    )?;
    ensure(!build.log.contains("deploy.sh"), "something was deployed")
}

/// One build of the pipeline, in which the person says yes.
struct Build<'a> {
    place: &'a Place,
    stashes: TempDir,
    passed: Vec<String>,
    failed: Option<String>,
    log: String,
}

impl<'a> Build<'a> {
    fn run(place: &'a Place) -> Result<Build<'a>, Failed> {
        let text = fs::read_to_string(place.fleet.join("Jenkinsfile"))?;
        let mut build = Build {
            place,
            stashes: TempDir::new()?,
            passed: Vec::new(),
            failed: None,
            log: String::new(),
        };
        for stage in stages(&text)? {
            build.stage(&stage)?;
            if build.failed.is_some() {
                break;
            }
        }
        Ok(build)
    }

    fn stage(&mut self, stage: &Stage) -> Result<(), Failed> {
        let folder = TempDir::new()?;
        let work = folder.path().join("work");
        clone(self.place, &work)?;
        for step in &stage.steps {
            match step {
                Step::Shell(script) => {
                    let done = Command::new("sh")
                        .args(["-xe", "-c", script])
                        .current_dir(&work)
                        .envs(&stage.variables)
                        .stdin(Stdio::null())
                        .output()?;
                    self.log += &format!("[{}]\n", stage.name);
                    self.log += &String::from_utf8_lossy(&done.stdout);
                    self.log += &String::from_utf8_lossy(&done.stderr);
                    if !done.status.success() {
                        self.failed = Some(stage.name.clone());
                        return Ok(());
                    }
                }
                Step::Stash(name, includes) => {
                    let from = work.join(includes.trim_end_matches('*'));
                    let folder = Path::new(includes).parent().ok_or("a stash of no folder")?;
                    copy(&from, &self.stashes.path().join(name).join(folder))?;
                }
                Step::Unstash(name) => {
                    let from = self.stashes.path().join(name).join(".release");
                    ensure(from.exists(), &format!("nothing was stashed as {name}"))?;
                    copy(&from, &work.join(".release"))?;
                }
            }
        }
        self.passed.push(stage.name.clone());
        Ok(())
    }
}

struct Stage {
    name: String,
    variables: BTreeMap<String, String>,
    steps: Vec<Step>,
}

enum Step {
    Shell(String),
    Stash(String, String),
    Unstash(String),
}

/// The stages that do something, in the order of the file: those of `parallel` one after another.
fn stages(text: &str) -> Result<Vec<Stage>, Failed> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let quoted = |at: usize| line.split('\'').nth(at).unwrap_or_default().to_owned();
        if line.starts_with("stage(") {
            stages.push(Stage {
                name: quoted(1),
                variables: BTreeMap::new(),
                steps: Vec::new(),
            });
            continue;
        }
        let Some(stage) = stages.last_mut() else {
            continue;
        };
        if let Some((name, _)) = line.split_once(" = credentials(") {
            ensure(quoted(1) == "TOKEN", "a credential that nobody has")?;
            stage
                .variables
                .insert(name.to_owned(), "a token for the test".to_owned());
        } else if line.starts_with("branch ") {
            ensure(quoted(1) == "main", "a branch that is not built here")?;
        } else if let Some(first) = line.strip_prefix("sh '''") {
            let mut script = format!("{first}\n");
            for line in lines.by_ref() {
                match line.strip_suffix("'''") {
                    Some(last) => {
                        script += last;
                        break;
                    }
                    None => script += &format!("{line}\n"),
                }
            }
            let script = script.replace("\\'", "'").replace("\\\\", "\\");
            stage.steps.push(Step::Shell(script));
        } else if line.starts_with("sh '") {
            stage.steps.push(Step::Shell(quoted(1)));
        } else if line.starts_with("stash name: ") {
            stage.steps.push(Step::Stash(quoted(1), quoted(3)));
        } else if line.starts_with("unstash ") {
            stage.steps.push(Step::Unstash(quoted(1)));
        } else {
            let known = [
                "//",
                "agent",
                "label ",
                "options",
                "timeout(",
                "steps {",
                "when {",
                "before",
                "input",
                "message ",
                "ok ",
                "stages {",
                "parallel {",
                "environment {",
                "lock(",
                "archiveArtifacts ",
                "}",
            ];
            let is_known = line.is_empty() || known.iter().any(|it| line.starts_with(it));
            ensure(is_known, &format!("a step that nobody knows: {line}"))?;
        }
    }
    stages.retain(|it| !it.steps.is_empty());
    Ok(stages)
}
