//! Packages: the base of a folder beside the project is built with it, that of a package from git is taken from the registry
//! of its own pipeline.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::lanes::Test;
use crate::support::{ended, ensure, output, run};

const BASE: &str = r#"base plain from "debian:bookworm-slim" {
  copy "hello.txt" to "/hello.txt"
  user app(uid = 10001)
}
"#;

const PLATFORM: &str = r#"project platform {
  edition  = 2026
  registry = "127.0.0.1:5000/packages/platform"
}
"#;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::new("a folder's base is built with the project", beside),
        Test::new("a package's base is taken from its registry", published),
    ]
}

/// A project that uses a package.
fn shop(source: &str) -> String {
    format!(
        "use platform from {source}\n\nproject shop {{\n  edition  = 2026\n  registry = \"127.0.0.1:5000/packages/shop\"\n}}\n\n\
         service web from platform.plain {{ }}\n"
    )
}

fn svcc(folder: &Path, arguments: &[&str]) -> Result<(), Failed> {
    run(folder, env!("CARGO_BIN_EXE_svcc"), arguments)
}

fn commit(folder: &Path) -> Result<String, Failed> {
    let identity = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"];
    run(folder, "git", &["add", "--all"])?;
    let arguments = [&identity[..], &["commit", "--quiet", "--message", "all"]].concat();
    run(folder, "git", &arguments)?;
    let commit = output(folder, "git", &["rev-parse", "HEAD"])?;
    Ok(commit.trim().to_owned())
}

/// What a container of the service's image says that runs `cat /hello.txt`, once `build.sh` is done with the image.
fn built(folder: &Path) -> Result<String, Failed> {
    run(folder, "sh", &["deploy/images/build.sh", "web"])?;
    let release = fs::read_to_string(folder.join(".release/web.env"))?;
    let image = release.trim().strip_prefix("WEB_IMAGE=");
    let image = image.ok_or("no release was written")?;
    output(
        folder,
        "docker",
        &["run", "--rm", image, "cat", "/hello.txt"],
    )
}

fn beside() -> Result<(), Failed> {
    let root = TempDir::new()?;
    let (platform, project) = (root.path().join("platform"), root.path().join("shop"));
    fs::create_dir(&platform)?;
    fs::create_dir(&project)?;
    fs::write(platform.join("base.svc"), BASE)?;
    fs::write(platform.join("hello.txt"), "first\n")?;
    fs::write(project.join("fleet.svc"), shop("\"../platform\""))?;
    fs::write(project.join(".gitignore"), ".release/\n")?;
    run(root.path(), "git", &["init", "--quiet"])?;
    svcc(&project, &["compile"])?;
    commit(root.path())?;
    ensure(built(&project)? == "first\n", "the file is another")?;

    // A changed file of the package is another base, and another image on it.
    fs::write(platform.join("hello.txt"), "second\n")?;
    ensure(
        svcc(&project, &["compile", "--check"]).is_err(),
        "the base has the key that it had",
    )?;
    svcc(&project, &["compile"])?;
    commit(root.path())?;
    ensure(built(&project)? == "second\n", "the file is the old one")?;

    // The same graph, without a registry.
    let bake = [
        "buildx",
        "bake",
        "--allow=fs.read=../platform",
        "--file",
        "deploy/images/docker-bake.json",
    ];
    run(&project, "docker", &bake)?;
    let image = "127.0.0.1:5000/packages/shop/web:latest";
    let said = output(
        &project,
        "docker",
        &["run", "--rm", image, "cat", "/hello.txt"],
    )?;
    ensure(said == "second\n", "bake built something else")?;
    run(&project, "docker", &["image", "rm", "--force", image])
}

fn published() -> Result<(), Failed> {
    let root = TempDir::new()?;
    let (platform, project) = (root.path().join("platform"), root.path().join("shop"));
    fs::create_dir(&platform)?;
    fs::create_dir(&project)?;
    fs::write(platform.join("fleet.svc"), PLATFORM)?;
    fs::write(platform.join("base.svc"), BASE)?;
    // Another each time, so that the registry cannot have its base yet.
    let hello = format!("{}\n", root.path().display());
    fs::write(platform.join("hello.txt"), &hello)?;
    run(&platform, "git", &["init", "--quiet"])?;
    svcc(&platform, &["compile"])?;
    let id = commit(&platform)?;

    let source = format!("git(\"file://{}\", commit = \"{id}\")", platform.display());
    fs::write(project.join("fleet.svc"), shop(&source))?;
    fs::write(project.join(".gitignore"), ".release/\n")?;
    run(&project, "git", &["init", "--quiet"])?;
    svcc(&project, &["vendor"])?;
    svcc(&project, &["compile"])?;
    commit(&project)?;
    let mut early = std::process::Command::new("sh");
    early
        .args(["deploy/images/build.sh", "web"])
        .current_dir(&project);
    let (code, said) = ended(early)?;
    ensure(
        code == 6 && said.contains("the pipeline of its package publishes it"),
        &format!("nothing is published, and build.sh ended with {code}:\n{said}"),
    )?;

    run(&platform, "sh", &["deploy/images/build.sh", "plain"])?;
    ensure(built(&project)? == hello, "the base is another one")?;
    svcc(&project, &["vendor", "--check"])?;
    svcc(&project, &["compile", "--check"])
}
