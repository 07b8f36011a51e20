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

/// Puts the digests of all builds together, with the commit that they were built from.
pub(super) const RELEASE: &str = "\
cat .release/*.env >release.env
rm .release/*.env
mv release.env .release/release.env
git rev-parse HEAD >.release/revision
";

/// Makes ready for a manager that is reached by ssh. `$SSH_PRIVATE_KEY` and `$SSH_KNOWN_HOSTS` hold the texts themselves.
pub(super) const SSH: &str = "\
mkdir -p ~/.ssh
chmod 700 ~/.ssh
touch ~/.ssh/known_hosts
printf '%s\\n' \"$SSH_KNOWN_HOSTS\" | sort -u -o ~/.ssh/known_hosts - ~/.ssh/known_hosts
eval \"$(ssh-agent -s)\" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
printf '%s\\n' \"$SSH_PRIVATE_KEY\" | ssh-add -q -
";

/// The host of the project's registry.
pub(super) fn registry_host<'a>(context: &'a Context<'_>) -> Option<&'a str> {
    let registry = context.model.project.registry.as_ref()?;
    registry.value.split('/').next()
}

/// Logs in to the registry where a login is given.
pub(super) fn login(host: &str) -> String {
    format!(
        "if [ -n \"${{REGISTRY_PASSWORD:-}}\" ]; then\n  printf '%s' \"$REGISTRY_PASSWORD\" | docker login --username \"$REGISTRY_USER\" --password-stdin {host}\nfi\n"
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
