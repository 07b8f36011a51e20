//! `svcc compile`: the fleet to files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use similar::TextDiff;

use super::End;
use super::affected;
use super::args::Compile;
use super::disk::RealDisk;
use super::files::{self, Changes, Policy};
use super::terminal::{Terminal, count, plural};
use super::threads;
use crate::compile::{self, Options};
use crate::emit::{self, Output};
use crate::model::Model;
use crate::plan::Affected;
use crate::render::Format;

pub(super) fn run(arguments: &Compile, terminal: &Terminal) -> End {
    let start = Instant::now();
    let root = &arguments.dir;
    if !root.is_dir() {
        terminal.error(&format!("{} is not a folder", root.display()));
        return End::Usage;
    }
    let some = |names: &[String]| (!names.is_empty()).then(|| names.to_vec());
    let only = arguments.only.iter().flat_map(|it| match it.as_str() {
        "pipeline" => vec![
            "gitlab".to_owned(),
            "github".to_owned(),
            "jenkins".to_owned(),
        ],
        _ => vec![it.clone()],
    });
    let only: Vec<String> = only.collect();
    if arguments.affected_since.is_some() && !only.iter().any(|it| it == "gitlab") {
        terminal.error("`--affected-since` is for a pipeline: `--only pipeline`");
        return End::Usage;
    }
    let options = Options {
        environments: some(&arguments.env),
        // What differs is told by all that is written.
        targets: some(&only).filter(|_| arguments.affected_since.is_none()),
    };
    let disk = RealDisk::new(root);
    threads::set_up(&disk);
    let compilation = match compile::compile(&disk, &options) {
        // The process ends with the command: to free a large fleet piece by piece would only take time.
        Ok(it) => Box::leak(Box::new(it)),
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    let said = &compilation.diagnostics;
    terminal.diagnostics(Format::Human, &compilation.sources, said);
    let Some(model) = &compilation.model else {
        let found = if said.is_empty() {
            "there is no `project` here; `svcc init` writes a first fleet".to_owned()
        } else {
            format!("{}; nothing was written", count(said))
        };
        terminal.say(&found);
        return End::Findings;
    };
    let environments = model.fleets.iter().map(|it| it.environment.name.as_str());
    let own = model.targets.iter().map(|it| it.name.as_str());
    let targets = emit::targets().iter().map(|it| it.name()).chain(own);
    if !(terminal.knows("environment", &arguments.env, environments)
        && terminal.knows("target", &only, targets))
    {
        return End::Usage;
    }
    if let Some(revision) = &arguments.affected_since {
        let found = affected::since(root, revision, compilation);
        let affected = found.unwrap_or_else(|why| {
            terminal.say(&format!("everything counts as touched: {why}"));
            Affected::all(model)
        });
        let Some(pipeline) = compile::child_pipeline(compilation, &disk, &affected) else {
            terminal.error(
                "only GitLab starts a pipeline from a file that is made: `pipeline gitlab { }`",
            );
            return End::Usage;
        };
        return to_one(&[pipeline], arguments, terminal);
    }
    if let Some(release) = &arguments.release
        && let Err(why) = fill_in(release, model, &mut compilation.outputs)
    {
        terminal.error(&why);
        return End::Findings;
    }
    if arguments.to.is_some() {
        return to_one(&compilation.outputs, arguments, terminal);
    }
    if arguments.stdout {
        terminal.print(&in_one(&compilation.outputs));
        return End::Fine;
    }
    let folder = model.project.output.as_str();
    let policy = Policy {
        adopt: arguments.adopt,
        force: arguments.force,
        partial: options.environments.is_some() || options.targets.is_some(),
    };
    let changes = match files::compare(root, folder, &compilation.outputs, policy) {
        Ok(it) => it,
        Err(why) => {
            terminal.error(&why);
            return End::Findings;
        }
    };
    if arguments.check {
        return differences(&changes, terminal);
    }
    if !changes.refusals.is_empty() {
        for why in &changes.refusals {
            terminal.error(why);
        }
        terminal.say("nothing was written");
        return End::Findings;
    }
    if let Err(it) = files::apply(root, folder, &changes) {
        terminal.error(&format!("cannot write: {it}"));
        return End::Findings;
    }
    for path in &changes.left {
        terminal.say(&format!(
            "{path} is no longer wanted, but was edited: it was left"
        ));
    }
    let millis = start.elapsed().as_millis();
    terminal.say(&format!("{} ({millis} ms)", summary(model, &changes)));
    End::Fine
}

/// `compiled 5 services in 3 environments: 14 files written, 3 unchanged`
fn summary(model: &Model, changes: &Changes<'_>) -> String {
    let services: std::collections::BTreeSet<&str> = model
        .fleets
        .iter()
        .flat_map(|it| it.services.iter().map(|it| it.name.as_str()))
        .collect();
    let mut text = format!(
        "compiled {} in {}: ",
        plural(services.len(), "service"),
        plural(model.fleets.len(), "environment")
    );
    if changes.is_empty() {
        let _ = write!(
            text,
            "nothing changed, {} up to date",
            plural(changes.unchanged, "file")
        );
        return text;
    }
    let written = plural(changes.write.len(), "file");
    let _ = write!(text, "{written} written, {} unchanged", changes.unchanged);
    if !changes.remove.is_empty() {
        let _ = write!(text, ", {} removed", changes.remove.len());
    }
    text
}

/// `--check`: what would be written, as a diff.
fn differences(changes: &Changes<'_>, terminal: &Terminal) -> End {
    for (output, old) in &changes.write {
        let old_text = String::from_utf8_lossy(old.as_deref().unwrap_or_default());
        let from = if old.is_some() {
            format!("a/{}", output.path)
        } else {
            "/dev/null".to_owned()
        };
        terminal.print(&diff(
            &old_text,
            &output.text,
            &from,
            &format!("b/{}", output.path),
        ));
    }
    for (path, old) in &changes.remove {
        let old = String::from_utf8_lossy(old);
        terminal.print(&diff(&old, "", &format!("a/{path}"), "/dev/null"));
    }
    for why in &changes.refusals {
        terminal.say(why);
    }
    let stale = changes.write.len() + changes.remove.len();
    if stale == 0 && changes.refusals.is_empty() {
        terminal.say(&format!("{} up to date", plural(changes.unchanged, "file")));
        return End::Fine;
    }
    terminal.say(&format!(
        "{} not up to date; `svcc compile` writes them",
        plural(stale, "file")
    ));
    End::Findings
}

/// A unified diff, with its header also where only the mode differs.
pub(super) fn diff(old: &str, new: &str, from: &str, to: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(from, to)
        .to_string()
}

/// `-o`: the one file that was asked for.
fn to_one(outputs: &[Output], arguments: &Compile, terminal: &Terminal) -> End {
    let [output] = outputs else {
        let count = plural(outputs.len(), "file");
        terminal.error(&format!(
            "`-o` takes one file, and this is {count}: `--only` and `--env` choose"
        ));
        return End::Usage;
    };
    let Some(path) = arguments.to.as_deref().filter(|it| *it != Path::new("-")) else {
        terminal.print(&output.text);
        return End::Fine;
    };
    match std::fs::write(path, &output.text) {
        Ok(()) => End::Fine,
        Err(it) => {
            terminal.error(&format!("cannot write {}: {it}", path.display()));
            End::Findings
        }
    }
}

/// `--stdout`: one file as it is, several each under its path.
fn in_one(outputs: &[Output]) -> String {
    if let [output] = outputs {
        return output.text.clone();
    }
    let mut text = String::new();
    for output in outputs {
        let _ = writeln!(text, "==> {} <==\n{}", output.path, output.text);
    }
    text
}

/// `--release`: the digests of a release file (`CATALOG_IMAGE=…` lines) for the `${CATALOG_IMAGE:?…}` of the stacks.
fn fill_in(file: &Path, model: &Model, outputs: &mut [Output]) -> Result<(), String> {
    let text = std::fs::read_to_string(file)
        .map_err(|it| format!("cannot read {}: {it}", file.display()))?;
    let images: BTreeMap<&str, &str> = text
        .lines()
        .filter(|it| !it.trim_start().starts_with('#'))
        .filter_map(|it| it.split_once('='))
        .map(|(name, image)| (name.trim(), image.trim().trim_matches(['"', '\''])))
        .collect();
    let stacks: Vec<String> = model
        .fleets
        .iter()
        .filter(|it| it.environment.is_deployed())
        .flat_map(|it| {
            let folder = &model.project.output;
            let name = &it.environment.name;
            ["compose.stack.yml", "compose.yml"].map(|file| format!("{folder}/{name}/{file}"))
        })
        .collect();
    for output in outputs {
        if !stacks.contains(&output.path) {
            continue;
        }
        let mut filled = String::with_capacity(output.text.len());
        let mut rest = output.text.as_str();
        while let Some(at) = rest.find("_IMAGE:?") {
            let name_at = rest[..at].rfind("${").map(|it| it + 2);
            let close = rest[at..].find('}').map(|it| at + it);
            let (Some(name_at), Some(close)) = (name_at, close) else {
                break;
            };
            let name = &rest[name_at..at + "_IMAGE".len()];
            let image = images
                .get(name)
                .ok_or_else(|| format!("{} does not say what {name} is", file.display()))?;
            filled.push_str(&rest[..name_at - 2]);
            filled.push_str(image);
            rest = &rest[close + 1..];
        }
        filled.push_str(rest);
        output.text = filled;
    }
    Ok(())
}
