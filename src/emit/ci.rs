//! What the pipelines of all CI systems say in shell, and what they know of a plan.

use super::Context;
use crate::model::{DeployMode, Environment, Pipeline};
use crate::plan::{Job, JobKind, PlannedTest, Stage};

/// Fails where generated files are not what the sources say. Says so where neither svcc nor an image with it is there. The
/// project is copied to the container, as the engine may see other files than the job.
pub(super) const CHECK: &str = "\
if command -v svcc >/dev/null; then
  svcc compile --check
elif [ -n \"${SVCC_IMAGE:-}\" ]; then
  container=$(docker create --workdir /project \"$SVCC_IMAGE\" svcc compile --check)
  docker cp -q . \"$container:/project\"
  code=0
  docker start --attach \"$container\" || code=$?
  docker rm --force \"$container\" >/dev/null
  exit \"$code\"
else
  echo 'svcc is not installed and SVCC_IMAGE is not set: nothing checks that generated files are up to date' >&2
fi
";

/// The host of the project's registry.
pub(super) fn registry_host<'a>(context: &'a Context<'_>) -> Option<&'a str> {
    let registry = context.model.project.registry.as_ref()?;
    registry.value.split('/').next()
}

/// Logs in to the registry where the variables of these names hold a login.
pub(super) fn login(host: &str, user: &str, password: &str) -> String {
    format!(
        "if [ -n \"${{{password}:-}}\" ]; then\n  printf '%s' \"${password}\" | docker login --username \"${user}\" --password-stdin {host}\nfi\n"
    )
}

/// A registry that jobs log in to, and the beginning of the variables that hold the login: `REGISTRY`.
pub(super) struct Login<'a> {
    pub(super) host: &'a str,
    pub(super) prefix: String,
}

/// The registries beside the project's that jobs log in to.
pub(super) fn other_logins(pipeline: &Pipeline) -> impl Iterator<Item = Login<'_>> {
    pipeline.logins.iter().map(|it| {
        let word = |it: char| {
            if it.is_ascii_alphanumeric() {
                it.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        Login {
            host: &it.value,
            prefix: it.value.chars().map(word).collect(),
        }
    })
}

/// Puts the digests of all builds together, with the commit that they were built from.
pub(super) fn release(context: &Context<'_>, stages: &[Stage]) -> String {
    let mut jobs = stages.iter().flat_map(|it| &it.jobs);
    let digests = if jobs.any(|it| !digests(context, it).is_empty()) {
        "cat .release/*.env >release.env\nrm .release/*.env\nmv release.env .release/release.env\n"
    } else {
        "mkdir -p .release\n: >.release/release.env\n"
    };
    format!("{digests}git rev-parse HEAD >.release/revision\n")
}

/// Makes ready for a manager that is reached by ssh. `hosts` is how `sort` reads the known hosts, `key` how `ssh-add` is
/// given the key.
pub(super) fn ssh(hosts: &str, key: &str) -> String {
    format!(
        "mkdir -p ~/.ssh\nchmod 700 ~/.ssh\ntouch ~/.ssh/known_hosts\n\
         sort -u -o ~/.ssh/known_hosts {hosts} ~/.ssh/known_hosts\n\
         eval \"$(ssh-agent -s)\" >/dev/null\n\
         ssh-add -q - {key}\n"
    )
}

/// Ends the agent of [`ssh`] with the script, on machines that live longer than a job. It comes first.
pub(super) const END_SSH: &str =
    "trap '[ -z \"${SSH_AGENT_PID:-}\" ] || ssh-agent -k >/dev/null' EXIT\n";

/// What a job runs, but for what it must be given first.
pub(super) fn command(context: &Context<'_>, job: &Job) -> String {
    match &job.kind {
        JobKind::Check => CHECK.to_owned(),
        JobKind::Build { images } => format!(
            "sh {} {}",
            context.path(format_args!("images/build.sh")),
            images.join(" ")
        ),
        JobKind::Test { tests } => {
            let script = context.path(format_args!("tests/run.sh"));
            let calls = tests
                .iter()
                .map(|it| format!("sh {script} {} {}", it.service, it.test));
            match tests.as_slice() {
                [_] => calls.collect(),
                _ => all_run(calls),
            }
        }
        JobKind::Deploy { environment, .. } => format!(
            "sh {} .release/release.env",
            context.path(format_args!("{environment}/deploy.sh"))
        ),
    }
}

/// Runs all of several commands, and fails where one did.
fn all_run(commands: impl Iterator<Item = String>) -> String {
    let calls: String = commands.map(|it| format!("{it} || code=$?\n")).collect();
    format!("code=0\n{calls}exit \"$code\"\n")
}

/// The files in which a job leaves the digests of services' images.
pub(super) fn digests(context: &Context<'_>, job: &Job) -> Vec<String> {
    let JobKind::Build { images } = &job.kind else {
        return Vec::new();
    };
    let services = images.iter().filter(|it| {
        let image = context.plan.image(it);
        image.is_some_and(|it| it.key.is_none())
    });
    services.map(|it| format!(".release/{it}.env")).collect()
}

/// The folders in which the tests of a job leave their reports.
pub(super) fn reports(tests: &[PlannedTest]) -> Vec<String> {
    let reporting = tests.iter().filter(|it| it.reports);
    reporting
        .map(|it| format!(".report/{}-{}", it.service, it.test))
        .collect()
}

/// The environment of a deploy.
pub(super) fn environment<'a>(context: &'a Context<'_>, name: &str) -> Option<&'a Environment> {
    let mut fleets = context.model.fleets.iter();
    let fleet = fleets.find(|it| it.environment.name == name)?;
    Some(&fleet.environment)
}

/// Whether a person decides on a deploy to this environment.
pub(super) fn is_manual(context: &Context<'_>, name: &str) -> bool {
    let deploy = environment(context, name).map(|it| it.deploy.value);
    deploy == Some(DeployMode::Manual)
}
