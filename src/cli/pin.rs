//! `svcc pin`: looks up what the names of outside images stand for and what downloads hold. The only command that, through
//! `docker` and `curl`, asks a registry or a server.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::End;
use super::args::Pin;
use super::disk::RealDisk;
use super::download;
use super::files;
use super::model::sound;
use super::terminal::{Terminal, plural};
use crate::compile;
use crate::model::Model;
use crate::pins::{self, FILE, Pinned, Pins};
use crate::source::Disk;

pub(super) fn run(arguments: &Pin, terminal: &Terminal) -> End {
    let root = &arguments.dir;
    let Some(compilation) = sound(compile::check_unpinned(&RealDisk::new(root)), terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let old = &compilation.pins;
    let names: Vec<String> = old.names(model).into_iter().collect();
    let addresses = old.addresses(model);
    // What stands at an address is not to change, so it is downloaded once; whether it did, `--check` tells.
    let is_asked = |it: &String| arguments.check || old.digest(Pinned::Download, it).is_none();
    let asked: Vec<String> = addresses
        .iter()
        .filter(|it| is_asked(it))
        .cloned()
        .collect();
    let (found, downloaded, mut failures) = if arguments.from_outputs {
        let (found, failures) = from_outputs(root, model, &names, old);
        (found, BTreeMap::new(), failures)
    } else {
        let (found, mut failures) = look_up(&names, inspect, terminal);
        let (downloaded, more) = look_up(&asked, download::digest, terminal);
        failures.extend(more);
        (found, downloaded, failures)
    };
    let mut new = old.clone();
    new.keep(&names.iter().cloned().collect(), &addresses);
    let mut moved = Vec::new();
    let images = found.iter().map(|it| (Pinned::Image, it));
    let downloads = downloaded.iter().map(|it| (Pinned::Download, it));
    for (kind, (name, digest)) in images.chain(downloads) {
        match old.digest(kind, name) {
            Some(was) if was == digest => continue,
            Some(was) => moved.push(format!("{name}: {} -> {}", short(was), short(digest))),
            None => moved.push(format!("{name}: {}", short(digest))),
        }
        // Only a person can say that what stands at an address may have changed.
        if kind == Pinned::Download && old.digest(kind, name).is_some() {
            failures.push(format!(
                "{name} holds something else than before; if that is meant, remove its line from {FILE} and run `svcc pin`"
            ));
        } else {
            new.set(kind, name, digest);
        }
    }
    for line in &moved {
        terminal.print(&format!("{line}\n"));
    }
    for why in &failures {
        terminal.error(why);
    }
    let end = |fine: bool| if fine { End::Fine } else { End::Findings };
    if arguments.check {
        let stale = new != *old;
        if stale {
            terminal.say(&format!("{FILE} is not up to date; `svcc pin` writes it"));
        } else if failures.is_empty() {
            terminal.say(&format!("{} up to date", plural(new.len(), "pin")));
        }
        return end(!stale && failures.is_empty());
    }
    if new != *old
        && let Err(it) = files::write(&root.join(FILE), new.to_text().as_bytes(), false)
    {
        terminal.error(&format!("cannot write {FILE}: {it}"));
        return End::Findings;
    }
    terminal.say(&format!(
        "{} in {FILE}, {} changed; next: svcc compile",
        plural(new.len(), "pin"),
        moved.len()
    ));
    end(failures.is_empty())
}

/// The first digits of a digest, for people.
fn short(digest: &str) -> &str {
    digest.get(.."sha256:".len() + 12).unwrap_or(digest)
}

/// Digests by name, and what could not be found out.
type Found = (BTreeMap<String, String>, Vec<String>);

/// Asks the registries, or whoever `ask` asks.
fn look_up(
    names: &[String],
    ask: fn(&str) -> Result<String, String>,
    terminal: &Terminal,
) -> Found {
    let done = AtomicUsize::new(0);
    let answers: Vec<Result<String, String>> = names
        .par_iter()
        .map(|name| {
            let answer = ask(name);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            terminal.progress(&format!("{done}/{} {name}", names.len()));
            answer
        })
        .collect();
    terminal.progress("");
    let (mut found, mut failures) = (BTreeMap::new(), Vec::new());
    for (name, answer) in names.iter().zip(answers) {
        match answer {
            Ok(digest) => {
                found.insert(name.clone(), digest);
            }
            Err(why) => failures.push(why),
        }
    }
    (found, failures)
}

/// The digest of the whole image: of its index, where it is built for several platforms.
fn inspect(name: &str) -> Result<String, String> {
    let run = Command::new("docker")
        .args(["buildx", "imagetools", "inspect"])
        .args(["--format", "{{json .Manifest}}", "--", name])
        .output()
        .map_err(|it| format!("cannot run docker: {it}"))?;
    // Every format but JSON is answered with a summary for people by some versions.
    let manifest = serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap_or_default();
    if let Some(digest) = manifest["digest"].as_str()
        && run.status.success()
        && pins::is_digest(digest)
    {
        return Ok(digest.to_owned());
    }
    let said = String::from_utf8_lossy(&run.stderr);
    let said = said.trim().lines().last().unwrap_or("no digest came back");
    Err(format!("cannot look up {name}: {said}"))
}

/// Takes the digests over that somebody, most likely an update bot, wrote into emitted files. Of two for one name, the one
/// that is not pinned yet is the news.
fn from_outputs(root: &Path, model: &Model, names: &[String], old: &Pins) -> Found {
    let disk = RealDisk::new(root);
    let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut failures = Vec::new();
    let files = disk.files(&model.project.output).unwrap_or_default();
    for path in files.iter().filter(|it| is_read(it)) {
        let Ok(bytes) = disk.read(path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let lines = (1..).zip(text.lines());
        let written = lines.flat_map(|(at, line)| references(line).map(move |it| (at, it)));
        for (line, (name, digest)) in written {
            let place = format!("{path}:{line}");
            if !names.iter().any(|it| it == name) {
                let same = names.iter().find(|it| repository(it) == repository(name));
                failures.extend(same.map(|it| {
                    format!("{place} has `{name}`, and the sources say `{it}`; change it there")
                }));
                continue;
            }
            let known = old.digest(Pinned::Image, name);
            match found.get(name) {
                Some((first, _)) if first == digest || known == Some(digest) => continue,
                Some((first, at)) if known != Some(first.as_str()) => {
                    failures.push(format!(
                        "{place} and {at} have two new digests of `{name}`; undo one"
                    ));
                    continue;
                }
                Some(_) | None => {}
            }
            found.insert(name.to_owned(), (digest.to_owned(), place));
        }
    }
    let digests = found.into_iter().map(|(name, (digest, _))| (name, digest));
    (digests.collect(), failures)
}

/// Whether a file is one in which images are named.
fn is_read(path: &str) -> bool {
    path.ends_with("/Dockerfile") || path.ends_with(".yml")
}

/// The `name@sha256:…` of a line.
fn references(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = line.split([' ', '"', '\'', '=', ',']);
    let pairs = words.filter_map(|it| it.split_once('@'));
    pairs.filter(|(name, digest)| !name.is_empty() && pins::is_digest(digest))
}

/// A name without its tag.
fn repository(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}
