//! `svcc pin` against a registry and a web server: what moves there changes nothing until it is pinned again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::lanes::Test;
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

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::new("a pinned tag may move", moved),
        Test::new("a pinned download may not change", changed),
    ]
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

/// Serves one file, whatever is asked for, until the test's process ends.
fn serve(file: PathBuf) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/tool.txt", listener.local_addr()?);
    let answer = move |mut stream: TcpStream| -> std::io::Result<()> {
        let mut lines = BufReader::new(&stream).lines();
        while lines.next().transpose()?.is_some_and(|it| !it.is_empty()) {}
        let content = fs::read(&file)?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            content.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&content)
    };
    // One that hangs up before its answer is no concern of the others.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(&answer);
        }
    });
    Ok(address)
}

fn changed() -> Result<(), Failed> {
    let (root, other) = (TempDir::new()?, TempDir::new()?);
    let folder = root.path();
    let file = other.path().join("tool.txt");
    // BuildKit keeps what it has once downloaded, under its hash: no earlier run may have had this.
    let first = format!("first, of {}", other.path().display());
    fs::write(&file, &first)?;
    let address = serve(file.clone())?;
    let fleet = FLEET.replace(IMAGE, "debian:bookworm-slim").replace(
        "  file ",
        &format!("  fetch \"{address}\" to \"/tool.txt\"\n  file "),
    );
    fs::write(folder.join("fleet.svc"), fleet)?;
    ensure(
        svcc(folder, &["compile"]).is_err(),
        "a download of which nobody says what it holds is compiled",
    )?;
    // The image cannot be looked up here; the download is pinned all the same.
    let _ = svcc(folder, &["pin"]);
    svcc(folder, &["compile"])?;

    fs::write(&file, "second")?;
    ensure(
        svcc(folder, &["pin", "--check"]).is_err(),
        "the download has changed, and nothing says so",
    )?;
    let _ = svcc(folder, &["pin"]);
    svcc(folder, &["compile", "--check"])?;
    let build = [
        "build",
        "--quiet",
        "--file",
        "deploy/images/web/Dockerfile",
        ".",
    ];
    ensure(
        output(folder, "docker", &build).is_err(),
        "the build took what stands at the address now",
    )?;
    fs::write(&file, &first)?;
    let built = output(folder, "docker", &build)?;
    run(folder, "docker", &["image", "rm", "--force", built.trim()])
}
