//! What the pipelines of all CI systems say in shell, and what they know of a plan.

use super::Context;
use crate::model::{DeployMode, Environment};
use crate::plan::{Job, JobKind};

/// Fails where generated files are not what the sources say. Says so where neither svcc nor an image with it is there.
pub(super) const CHECK: &str = "\
if command -v svcc >/dev/null; then
  svcc compile --check
elif [ -n \"${SVCC_IMAGE:-}\" ]; then
  docker run --rm --volume \"$PWD:/project:ro\" --workdir /project \"$SVCC_IMAGE\" svcc compile --check
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

/// Puts the digests of all builds together, with the commit that they were built from.
pub(super) fn release(context: &Context<'_>) -> String {
    let mut jobs = context.plan.stages.iter().flat_map(|it| &it.jobs);
    let digests = if jobs.any(|it| leaves_digest(context, it)) {
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
         trap 'ssh-agent -k >/dev/null' EXIT\n\
         ssh-add -q - {key}\n"
    )
}

/// What a job runs, but for what it must be given first.
pub(super) fn command(context: &Context<'_>, job: &Job) -> String {
    match &job.kind {
        JobKind::Check => CHECK.to_owned(),
        JobKind::Build { image } => format!(
            "sh {} {image}",
            context.path(format_args!("images/build.sh"))
        ),
        JobKind::Test { service, test, .. } => format!(
            "sh {} {service} {test}",
            context.path(format_args!("tests/run.sh"))
        ),
        JobKind::Deploy { environment, .. } => format!(
            "sh {} .release/release.env",
            context.path(format_args!("{environment}/deploy.sh"))
        ),
    }
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

/// Whether a job leaves the digest of a service's image behind.
pub(super) fn leaves_digest(context: &Context<'_>, job: &Job) -> bool {
    match &job.kind {
        JobKind::Build { image } => context.plan.image(image).is_some_and(|it| it.key.is_none()),
        JobKind::Check | JobKind::Test { .. } | JobKind::Deploy { .. } => false,
    }
}
