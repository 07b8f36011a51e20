//! `svcc affected`: which images and services a change touches. Where it cannot be known, everything.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use ecow::EcoString;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use super::End;
use super::args::{Affected as Arguments, AffectedFormat};
use super::disk::RealDisk;
use super::model::checked;
use super::terminal::Terminal;
use crate::compile::{self, Compilation, Options};
use crate::emit::view;
use crate::encode::json;
use crate::plan::{self, Affected};

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> End {
    let folder = arguments.dir.as_path();
    if checked(folder, terminal).is_none() {
        return End::Findings;
    }
    let now = match compile::compile(&RealDisk::new(folder), &Options::default()) {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    let Some(model) = &now.model else {
        return End::Findings;
    };
    let found = match (&arguments.since, &arguments.files) {
        (Some(revision), _) => since(folder, revision, &now),
        (None, Some(list)) => match listed(list) {
            Ok(paths) => from_paths(folder, &paths, &now),
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
    if let Some(reason) = &reason {
        terminal.say(&format!("everything counts as touched: {reason}"));
    }
    terminal.print(&written(&affected, reason.as_deref(), arguments.format));
    End::Fine
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Printed<'a> {
    /// Why everything is named, where it is.
    everything: Option<&'a str>,
    images: Vec<&'a str>,
    services: Vec<&'a str>,
}

#[derive(Serialize)]
struct Matrix<'a> {
    image: Vec<&'a str>,
}

fn written(affected: &Affected, everything: Option<&str>, format: AffectedFormat) -> String {
    let images: Vec<&str> = affected.images.iter().map(|it| it.as_str()).collect();
    let services: Vec<&str> = affected.services.iter().map(|it| it.as_str()).collect();
    match format {
        AffectedFormat::Text => {
            let images = images.iter().map(|it| format!("image {it}\n"));
            images
                .chain(services.iter().map(|it| format!("service {it}\n")))
                .collect()
        }
        AffectedFormat::Json => json::to_string(&Printed {
            everything,
            images,
            services,
        }),
        // A value of a dotenv report has no blanks.
        AffectedFormat::Gitlab => format!(
            "AFFECTED_IMAGES={}\nAFFECTED_SERVICES={}\n",
            images.join(","),
            services.join(",")
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
fn from_paths(folder: &Path, paths: &[String], now: &Compilation) -> Result<Affected, String> {
    if let Some(source) = paths.iter().find(|it| it.ends_with(".svc")) {
        return Err(format!(
            "`{source}` changed, and only `--since` can tell what was written there before"
        ));
    }
    let mut affected = Affected::default();
    follow(&mut affected, folder, paths, now);
    Ok(affected)
}

fn follow(affected: &mut Affected, folder: &Path, paths: &[String], now: &Compilation) {
    if let Some(model) = &now.model {
        let plan = plan::plan(model, &RealDisk::new(folder));
        affected.follow(model, &plan, paths.iter().map(String::as_str));
    }
}

/// What differs between a revision and the working tree: files that images take, and what the fleet compiles to.
fn since(folder: &Path, revision: &str, now: &Compilation) -> Result<Affected, String> {
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
    let mut affected = compare(&before, now);
    // A compose file has the bases among its services.
    let fleets = now.model.iter().flat_map(|it| &it.fleets);
    let known: BTreeSet<&EcoString> = fleets
        .flat_map(|it| it.services.iter().map(|it| &it.name))
        .collect();
    affected.services.retain(|it| known.contains(it));
    follow(&mut affected, folder, &paths, now);
    Ok(affected)
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

/// What the two compile to differently.
fn compare(before: &Compilation, now: &Compilation) -> Affected {
    let mut affected = Affected::default();
    let text = |of: &Compilation, path: &str| {
        let found = of.outputs.iter().find(|it| it.path == path);
        found.map(|it| it.text.clone())
    };
    for output in &now.outputs {
        let mut parts = output.path.rsplit('/');
        let (file, folder) = (parts.next(), parts.next());
        let differs = || text(before, &output.path).as_ref() != Some(&output.text);
        match (file, folder) {
            (Some("Dockerfile" | "Dockerfile.dockerignore"), Some(image)) if differs() => {
                affected.images.insert(image.into());
            }
            (Some("compose.yml" | "compose.stack.yml"), _) if differs() => {
                let old = text(before, &output.path).unwrap_or_default();
                services(&parsed(&old), &parsed(&output.text), &mut affected.services);
            }
            _ => {}
        }
    }
    // What the stacks do not show: tests, and what only deploy.sh knows.
    let (old, new) = (viewed(before), viewed(now));
    for environment in list(&new, "environments") {
        let mut olds = list(&old, "environments");
        let before = olds.find(|it| it["name"] == environment["name"]);
        for service in list(environment, "services") {
            let mut all = before.into_iter().flat_map(|it| list(it, "services"));
            let same = all.any(|it| it == service);
            if !same && let Some(name) = service["name"].as_str() {
                affected.services.insert(name.into());
            }
        }
    }
    affected
}

fn viewed(of: &Compilation) -> Value {
    let view = of.model.as_ref().map(|it| view::view(it, None));
    view.and_then(|it| serde_json::to_value(it).ok())
        .unwrap_or_default()
}

fn list<'v>(of: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    of[key].as_array().into_iter().flatten()
}

fn parsed(text: &str) -> serde_yaml::Value {
    serde_yaml::from_str(text).unwrap_or_default()
}

/// The services of a stack that are written differently, or mention something outside that is.
fn services(old: &serde_yaml::Value, new: &serde_yaml::Value, found: &mut BTreeSet<EcoString>) {
    let mut outside: Vec<&str> = Vec::new();
    for (kind, entries) in new.as_mapping().into_iter().flatten() {
        if kind.as_str() != Some("services") {
            let entries = entries.as_mapping().into_iter().flatten();
            let changed = entries.filter(|(name, it)| old[kind].get(*name) != Some(*it));
            outside.extend(changed.filter_map(|(name, _)| name.as_str()));
        }
    }
    for (name, service) in new["services"].as_mapping().into_iter().flatten() {
        let differs = old["services"].get(name) != Some(service);
        if (differs || outside.iter().any(|it| mentions(service, it)))
            && let Some(name) = name.as_str()
        {
            found.insert(name.into());
        }
    }
}

/// Whether a value has this name somewhere in it.
fn mentions(value: &serde_yaml::Value, name: &str) -> bool {
    match value {
        serde_yaml::Value::String(it) => it == name,
        serde_yaml::Value::Sequence(all) => all.iter().any(|it| mentions(it, name)),
        serde_yaml::Value::Mapping(all) => {
            let mut entries = all.iter();
            entries.any(|(key, it)| mentions(key, name) || mentions(it, name))
        }
        _ => false,
    }
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
