//! `deploy.sh` of `examples/deploying`, run with releases whose services are as well as they are said to be.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use libtest_mimic::Failed;

use crate::support::{self, Place, ensure, output};

/// `deploy.sh` with its arguments and variables, not yet started.
pub(super) fn command(
    place: &Place,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Command, Failed> {
    let mut path = place.fleet.join(".release/bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = support::script(place, "deploy/test/deploy.sh", arguments, &[])?;
    command
        .env("PATH", path)
        .env("TOKEN", "canary-from-env")
        .env("DEPLOY_TIMEOUT", "120")
        .envs(variables.iter().copied());
    Ok(command)
}

/// Runs `deploy.sh`: its exit code and all that it says.
pub(super) fn deploy(
    place: &Place,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(i32, String), Failed> {
    support::ended(command(place, arguments, variables)?)
}

/// Runs `deploy.sh`, which must end with a code and say something.
pub(super) fn expect(
    place: &Place,
    code: i32,
    said: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(), Failed> {
    support::expect(command(place, arguments, variables)?, code, said).map(drop)
}

/// Builds the images with these modes, and writes their digests to a release file.
pub(super) fn release(place: &Place, file: &str, web: &str, migrate: &str) -> Result<(), Failed> {
    fs::write(place.fleet.join("web/mode"), format!("{web}\n"))?;
    fs::write(place.fleet.join("migrate/mode"), format!("{migrate}\n"))?;
    place.release(file, &["web", "beside", "migrate"])
}

/// Replaces a text of the fleet and compiles it.
pub(super) fn edit(place: &Place, old: &str, new: &str) -> Result<(), Failed> {
    let file = place.fleet.join("fleet.svc");
    let text = fs::read_to_string(&file)?;
    ensure(text.contains(old), &format!("the fleet has no `{old}`"))?;
    fs::write(&file, text.replace(old, new))?;
    place.compile()
}

/// The digest that a release has for an image.
pub(super) fn digest(place: &Place, file: &str, variable: &str) -> Result<String, Failed> {
    let text = fs::read_to_string(place.fleet.join(file))?;
    let image = text
        .lines()
        .find_map(|it| it.strip_prefix(variable)?.strip_prefix('='));
    let digest = image.and_then(|it| it.split_once('@'));
    Ok(digest.ok_or("the release has no such image")?.1.to_owned())
}

pub(super) fn ensure_runs(place: &Place, file: &str) -> Result<(), Failed> {
    let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
    for (service, variable) in [("web", "WEB_IMAGE"), ("beside", "BESIDE_IMAGE")] {
        let name = format!("svcc-deploy_{service}");
        let image = output(
            &place.fleet,
            "docker",
            &["service", "inspect", "--format", format, &name],
        )?;
        let wanted = digest(place, file, variable)?;
        ensure(
            image.contains(&wanted),
            &format!("{service} runs {image}, not {wanted}"),
        )?;
    }
    Ok(())
}

/// The tasks that are meant to run.
pub(super) fn tasks(place: &Place) -> Result<BTreeSet<String>, Failed> {
    let list = [
        "stack",
        "ps",
        "--quiet",
        "--filter",
        "desired-state=running",
        "svcc-deploy",
    ];
    Ok(output(&place.fleet, "docker", &list)?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// The names of what the engine has of the stack.
pub(super) fn names(place: &Place, kind: &str) -> Result<Vec<String>, Failed> {
    let listed = output(
        &place.fleet,
        "docker",
        &[kind, "ls", "--format", "{{.Name}}"],
    )?;
    let names = listed.lines().filter(|it| it.starts_with("svcc-deploy_"));
    Ok(names.map(str::to_owned).collect())
}

/// What a file holds inside the running web.
pub(super) fn inside(place: &Place, path: &str) -> Result<String, Failed> {
    let filter = "label=com.docker.swarm.service.name=svcc-deploy_web";
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
        .ok_or("no healthy container of the web")?;
    output(&place.fleet, "docker", &["exec", container, "cat", path])
}
