//! `svcc affected`: which images and services a change touches. Where it cannot be known, everything.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;
use tempfile::TempDir;

use super::End;
use super::args::{Affected as Arguments, AffectedFormat};
use super::disk::RealDisk;
use super::model::checked;
use super::terminal::Terminal;
use crate::affected;
use crate::check::Checked;
use crate::compile::{self, Compilation, Options};
use crate::encode::json;
use crate::model::Model;
use crate::plan::{self, Affected, Plan};

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> End {
    let folder = arguments.dir.as_path();
    let disk = RealDisk::new(folder);
    let Some(now) = compiled(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &now.model else {
        return End::Findings;
    };
    let plan = plan::plan(model, &disk);
    let found = match (&arguments.since, &arguments.files) {
        (Some(revision), _) => since(folder, revision, &now),
        (None, Some(list)) => match listed(list) {
            Ok(paths) => from_paths(&paths, model, &plan, &disk),
            Err(it) => {
                terminal.error(&format!("{list}: {it}"));
                return End::Usage;
            }
        },
        (None, None) => return End::Usage,
    };
    let (affected, reason) = match found {
        Ok(it) => (it, None),
        Err(reason) => (Affected::all(model), Some(reason)),
    };
    match &reason {
        Some(reason) => terminal.say(&format!("everything counts as touched: {reason}")),
        None => {
            for (image, input) in affected::made_elsewhere(&plan, &disk) {
                terminal.say(&format!(
                    "`{image}` counts as touched: it takes `{input}`, which git ignores"
                ));
            }
        }
    }
    terminal.print(&written(&affected, reason.as_deref(), arguments.format));
    End::Fine
}

/// A project without errors, with what it compiles to; what is wrong is said.
pub(super) fn compiled(folder: &Path, terminal: &Terminal) -> Option<Compilation> {
    checked(folder, terminal)?;
    match compile::compile(&RealDisk::new(folder), &Options::default()) {
        Ok(it) => Some(it),
        Err(it) => {
            terminal.error(&it.to_string());
            None
        }
    }
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Printed<'a> {
    /// Why everything is named, where it is.
    everything: Option<&'a str>,
    images: Vec<&'a str>,
    services: Vec<&'a str>,
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Test<'a> {
    service: &'a str,
    test: &'a str,
}

#[derive(Serialize)]
struct Matrix<'a> {
    image: Vec<&'a str>,
}

fn written(affected: &Affected, everything: Option<&str>, format: AffectedFormat) -> String {
    let images: Vec<&str> = affected.images.iter().map(|it| it.as_str()).collect();
    let services: Vec<&str> = affected.services.iter().map(|it| it.as_str()).collect();
    let tests = affected.tests.iter();
    match format {
        AffectedFormat::Text => {
            let images = images.iter().map(|it| format!("image {it}\n"));
            images
                .chain(services.iter().map(|it| format!("service {it}\n")))
                .chain(tests.map(|(service, test)| format!("test {service} {test}\n")))
                .collect()
        }
        AffectedFormat::Json => json::to_string(&Printed {
            everything,
            images,
            services,
            tests: tests
                .map(|(service, test)| Test { service, test })
                .collect(),
        }),
        // A value of a dotenv report has no blanks.
        AffectedFormat::Gitlab => format!(
            "AFFECTED_IMAGES={}\nAFFECTED_SERVICES={}\nAFFECTED_TESTS={}\n",
            images.join(","),
            services.join(","),
            tests
                .map(|(service, test)| format!("{service}:{test}"))
                .collect::<Vec<_>>()
                .join(",")
        ),
        AffectedFormat::GithubMatrix => {
            let mut line = serde_json::to_string(&Matrix { image: images }).unwrap_or_default();
            line.push('\n');
            line
        }
    }
}

/// The paths of a list, one a line; `-` is standard input.
fn listed(list: &str) -> io::Result<Vec<String>> {
    let mut text = String::new();
    if list == "-" {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = fs::read_to_string(list)?;
    }
    let lines = text.lines().map(|it| it.trim_start_matches("./"));
    Ok(lines
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect())
}

/// What changed files touch. How a source of the fleet was before is not known here.
fn from_paths(
    paths: &[String],
    model: &Checked<Model>,
    plan: &Plan,
    disk: &RealDisk,
) -> Result<Affected, String> {
    if let Some(source) = paths.iter().find(|it| it.ends_with(".svc")) {
        return Err(format!(
            "`{source}` changed, and only `--since` can tell what was written there before"
        ));
    }
    Ok(affected::by_paths(model, plan, disk, paths))
}

/// What differs between a revision and the working tree: files that images take, and what the fleet compiles to.
pub(super) fn since(folder: &Path, revision: &str, now: &Compilation) -> Result<Affected, String> {
    let commit = format!("{revision}^{{commit}}");
    let commit = git(
        folder,
        &[
            "rev-parse",
            "--quiet",
            "--verify",
            "--end-of-options",
            &commit,
        ],
        None,
    )
    .map_err(|_| format!("git knows no revision `{revision}` here; a shallow clone may lack it"))?;
    let commit = commit.trim();
    let mut paths = changed(folder, commit)?;
    // Packages that stand beside the project are of its sources too.
    let beside = now.program.packages.beside();
    for package in &beside {
        let changed = changed(&folder.join(package), commit)?;
        paths.extend(changed.iter().map(|it| format!("{package}/{it}")));
    }

    let old = TempDir::new().map_err(|it| it.to_string())?;
    let tree = old.path().join("tree");
    let prefix = check_out(folder, commit, old.path())?;
    for package in beside {
        // One that was not there is not used there either, or the old fleet has errors.
        let _ = check_out(&folder.join(package), commit, old.path());
    }
    let before = compile::compile(&RealDisk::new(&tree.join(prefix)), &Options::default());
    let before = before.map_err(|it| format!("`{revision}` cannot be read: {it}"))?;
    if before.model.is_none() {
        return Err(format!("the fleet of `{revision}` has errors"));
    }
    Ok(affected::between(
        &before,
        now,
        &RealDisk::new(folder),
        &paths,
    ))
}

/// The files of a folder that differ from a commit, relative to the folder.
fn changed(folder: &Path, commit: &str) -> Result<Vec<String>, String> {
    let differ = [
        "diff",
        "--name-only",
        "--no-renames",
        "--relative",
        "-z",
        commit,
        "--",
    ];
    let mut paths = git(folder, &differ, None)?;
    paths += &git(
        folder,
        &["ls-files", "--others", "--exclude-standard", "-z"],
        None,
    )?;
    Ok(paths
        .split('\0')
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Writes a folder as a commit has it below `tree/` in another folder; says how it is called from the repository's top.
fn check_out(folder: &Path, commit: &str, to: &Path) -> Result<String, String> {
    let index = to.join("index");
    let prefix = git(folder, &["rev-parse", "--show-prefix"], None)?;
    let prefix = prefix.trim().to_owned();
    git(
        folder,
        &["read-tree", &format!("{commit}:{prefix}")],
        Some(&index),
    )?;
    let top = git(folder, &["rev-parse", "--show-toplevel"], None)?;
    let to = format!("--prefix={}/{prefix}", to.join("tree").display());
    git(
        Path::new(top.trim_end()),
        &["checkout-index", "--all", &to],
        Some(&index),
    )?;
    Ok(prefix)
}

/// What git says, or why it does not.
fn git(folder: &Path, arguments: &[&str], index: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let done = command
        .output()
        .map_err(|it| format!("git cannot be run: {it}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!(
            "git says: {}",
            said.lines().next().unwrap_or("nothing")
        ));
    }
    String::from_utf8(done.stdout).map_err(|_| "a path is not UTF-8".to_owned())
}
