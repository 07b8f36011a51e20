//! The GitLab pipeline of `examples/local`, executed by gitlab-ci-local with the shell executor: from the builds to the
//! deploy to test, then the job that a person starts. The registry keeps what earlier runs pushed, so sources are made
//! new first.

use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::lanes::Test;
use crate::support::{Place, Shared, ensure, nonce, run, running};

pub(crate) fn tests() -> Vec<Test> {
    let place = Shared::new(place);
    vec![
        place.test(
            "gitlab: what is tested is what runs in test, then in prod",
            push,
        ),
        place.test("gitlab: the unchanged commit builds nothing", unchanged),
        place.test("gitlab: a change in a service builds that", service),
        place.test("gitlab: a child pipeline does what is touched", child),
        place.test("gitlab: a change in a base builds what stands on it", base),
        place.test("gitlab: a failing test stops all that follows", failing),
    ]
}

fn place() -> Result<Place, Failed> {
    let place = Place::new("local", "gitlab-test")?;
    place.edit("fleet.svc", |it| {
        it.replace("\"local\"", "\"gitlab-test\"")
            .replace("\"local-prod\"", "\"gitlab-prod\"")
            .replace("5000/local\"", "5000/gitlab\"")
    })?;
    place.edit(".gitignore", |it| {
        format!("{it}.gitlab-ci-local/\nrelease.env\n")
    })?;
    let new = nonce();
    for file in ["site/index.html", "api/www/index.html"] {
        place.edit(file, |it| format!("{it}<!-- {new} -->\n"))?;
    }
    place.edit("fleet.svc", |it| {
        it.replace(
            "  user app",
            &format!("  labels {{ made = \"{new}\" }}\n  user app"),
        )
    })?;
    place.compile()?;
    place.commit()?;
    place.git(&["branch", "--move", "main"])?;
    place.clean_stack("gitlab-prod");
    Ok(place)
}

/// What a pipeline said, and whether it passed.
struct Ran {
    passed: bool,
    log: String,
}

impl Ran {
    fn must_pass(self) -> Result<Ran, Failed> {
        ensure(self.passed, &self.log)?;
        Ok(self)
    }

    /// The images that `build.sh` built, each once.
    fn built(&self) -> Vec<&str> {
        let said = self.log.lines().filter_map(|it| {
            let (_, said) = it.split_once("build.sh: ")?;
            said.split_once(": building ").map(|it| it.0)
        });
        let mut built: Vec<&str> = said.collect();
        built.sort_unstable();
        built.dedup();
        built
    }
}

/// Runs the pipeline, or the jobs that the arguments name.
fn pipeline(place: &Place, arguments: &[&str]) -> Result<Ran, Failed> {
    let done = Command::new("gitlab-ci-local")
        .args(["--force-shell-executor", "--shell-isolation"])
        .args(["--no-color", "--variable", "TOKEN=a token for the test"])
        .args(arguments)
        .current_dir(&place.fleet)
        .stdin(Stdio::null())
        .output()
        .map_err(|it| format!("gitlab-ci-local: {it}; .ci/run says how it is installed"))?;
    let log = [done.stdout, done.stderr].concat();
    Ok(Ran {
        passed: done.status.success(),
        log: String::from_utf8_lossy(&log).into_owned(),
    })
}

/// The builds and the test, without the deploys.
const UNTIL_TEST: [&str; 3] = ["--needs", "build migrate", "test site smoke"];

fn push(place: &Place) -> Result<(), Failed> {
    let ran = pipeline(place, &[])?.must_pass()?;
    ensure(ran.built() == ["api", "migrate", "root", "site"], &ran.log)?;
    let tested = ran.log.lines().find_map(|it| {
        let (_, said) = it.split_once("run.sh: site smoke: testing ")?;
        said.trim().split_once('@').map(|it| it.1.to_owned())
    });
    let tested = tested.ok_or_else(|| format!("no digest was tested\n{}", ran.log))?;
    ensure(tested.starts_with("sha256:"), &tested)?;
    ensure(
        running(place, "gitlab-test_site")?.contains(&tested),
        "test runs another image than the one that was tested",
    )?;
    ensure(
        running(place, "gitlab-prod_site").is_err(),
        "prod was deployed although nobody asked",
    )?;
    let prod = pipeline(place, &["deploy prod"]).and_then(Ran::must_pass);
    let runs = running(place, "gitlab-prod_site");
    place.clean_stack("gitlab-prod");
    ensure(prod?.built().is_empty(), "prod builds")?;
    ensure(runs?.contains(&tested), "prod runs another image than test")
}

fn unchanged(place: &Place) -> Result<(), Failed> {
    let ran = pipeline(place, &UNTIL_TEST)?.must_pass()?;
    ensure(ran.built().is_empty(), &ran.log)
}

fn service(place: &Place) -> Result<(), Failed> {
    place.edit("site/index.html", |it| format!("{it}<p>more</p>\n"))?;
    place.commit()?;
    let ran = pipeline(place, &UNTIL_TEST)?.must_pass()?;
    ensure(ran.built() == ["site"], &ran.log)
}

fn child(place: &Place) -> Result<(), Failed> {
    place.edit("site/index.html", |it| format!("{it}<p>and more</p>\n"))?;
    place.commit()?;
    let svcc = env!("CARGO_BIN_EXE_svcc");
    let arguments = [
        "compile",
        "--only",
        "pipeline",
        "--affected-since",
        "HEAD~1",
        "-o",
        "child.yml",
    ];
    run(&place.fleet, svcc, &arguments)?;
    let ran = pipeline(place, &["--file", "child.yml"])?.must_pass();
    std::fs::remove_file(place.fleet.join("child.yml"))?;
    let ran = ran?;
    ensure(ran.built() == ["site"], &ran.log)?;
    let others =
        |it: &&str| it.contains("digests of the others") && it.contains("the registry has");
    ensure(ran.log.lines().any(|it| others(&it)), &ran.log)?;
    ensure(ran.log.contains("the release runs in test"), &ran.log)
}

fn base(place: &Place) -> Result<(), Failed> {
    place.edit("fleet.svc", |it| {
        it.replace("  user app", "  labels { more = \"1\" }\n  user app")
    })?;
    place.compile()?;
    place.commit()?;
    let ran = pipeline(place, &UNTIL_TEST)?.must_pass()?;
    ensure(ran.built() == ["api", "migrate", "root", "site"], &ran.log)
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
    let before = running(place, "gitlab-test_site")?;
    let ran = pipeline(place, &[])?;
    ensure(!ran.passed, "the pipeline passed")?;
    let failed = |it: &str| it.contains("FAIL") && it.contains("test site smoke");
    ensure(ran.log.lines().any(failed), &ran.log)?;
    ensure(!ran.log.contains("deploy.sh"), "something was deployed")?;
    ensure(
        running(place, "gitlab-test_site")? == before,
        "test runs something else",
    )
}
