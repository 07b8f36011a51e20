//! `svcc pin` against a registry: a tag that moves changes nothing until it is pinned again.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::support::{ensure, output, run};

const IMAGE: &str = "127.0.0.1:5000/pins/root:1";

const FLEET: &str = r#"project pins {
  edition  = 2026
  registry = "127.0.0.1:5000/pins"
}

service web from "127.0.0.1:5000/pins/root:1" {
  system = debian
  user app(uid = 10001)
  file "/etc/motd" "hello\n"
}
"#;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("a pinned tag may move", moved)]
}

fn svcc(folder: &Path, arguments: &[&str]) -> Result<String, Failed> {
    output(folder, env!("CARGO_BIN_EXE_svcc"), arguments)
}

/// Pushes another image under the same name.
fn push(folder: &Path, label: &str) -> Result<(), Failed> {
    fs::write(
        folder.join("Dockerfile"),
        format!("FROM debian:bookworm-slim\nLABEL pins={label}\n"),
    )?;
    run(folder, "docker", &["build", "--quiet", "--tag", IMAGE, "."])?;
    run(folder, "docker", &["push", "--quiet", IMAGE])
}

fn moved() -> Result<(), Failed> {
    let (root, other) = (TempDir::new()?, TempDir::new()?);
    let folder = root.path();
    fs::write(folder.join("fleet.svc"), FLEET)?;
    push(other.path(), "first")?;
    ensure(
        svcc(folder, &["pin", "--check"]).is_err(),
        "what was never pinned is not up to date",
    )?;
    svcc(folder, &["pin"])?;
    svcc(folder, &["compile"])?;
    let dockerfile = fs::read_to_string(folder.join("deploy/images/web/Dockerfile"))?;
    let from = format!("FROM {IMAGE}@sha256:");
    ensure(dockerfile.contains(&from), "the digest is not after FROM")?;
    svcc(folder, &["pin", "--check"])?;

    push(other.path(), "second")?;
    svcc(folder, &["compile", "--check"])?;
    ensure(
        svcc(folder, &["pin", "--check"]).is_err(),
        "the tag has moved, and nothing says so",
    )?;
    let build = [
        "build",
        "--quiet",
        "--file",
        "deploy/images/web/Dockerfile",
        ".",
    ];
    let built = output(folder, "docker", &build)?;
    let label = [
        "inspect",
        "--format",
        "{{.Config.Labels.pins}}",
        built.trim(),
    ];
    let label = output(folder, "docker", &label)?;
    ensure(
        label.trim() == "first",
        "the build took what the tag is now",
    )?;

    svcc(folder, &["pin"])?;
    svcc(folder, &["compile"])?;
    let again = fs::read_to_string(folder.join("deploy/images/web/Dockerfile"))?;
    ensure(again != dockerfile, "the new digest was not taken over")?;
    run(
        folder,
        "docker",
        &["image", "rm", "--force", built.trim(), IMAGE],
    )
}
