//! `svcc plan`: what a deploy would do to an environment, in words.

mod live;
mod report;
mod revision;
mod viewed;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::End;
use super::args::Plan;
use super::disk::RealDisk;
use super::model::checked;
use super::secrets::fleet;
use super::terminal::Terminal;
use crate::compile::{self, Compilation, Options};
use crate::emit::stack::starts_first;
use crate::emit::view;
use crate::model::{Engine, Fleet, Model, Service};
use crate::plan::change::Stack;
use crate::plan::section;
use report::Report;

pub(super) fn run(arguments: &Plan, terminal: &Terminal) -> End {
    let Some(compilation) = checked(&arguments.dir, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let Some(fleet) = fleet(model, &arguments.env, terminal) else {
        return End::Usage;
    };
    if fleet.environment.engine.value != Engine::Swarm {
        terminal.error(&format!(
            "{} is no environment with `engine = swarm`",
            arguments.env
        ));
        return End::Usage;
    }
    let released = match arguments.release.as_deref().map(release).transpose() {
        Ok(it) => it.unwrap_or_default(),
        Err(why) => {
            terminal.error(&why);
            return End::Findings;
        }
    };
    let (old, new) = match stacks(arguments, model, fleet, &released) {
        Ok(it) => it,
        Err(why) => {
            terminal.error(&why);
            return End::Findings;
        }
    };
    let report = Report::new(&arguments.env, &arguments.against, fleet, &old, &new);
    terminal.print(&report.print(arguments.format));
    End::Fine
}

/// What there is, and what is wanted, told with the same facts.
fn stacks(
    arguments: &Plan,
    model: &Model,
    fleet: &Fleet,
    released: &BTreeMap<String, String>,
) -> Result<(Stack, Stack), String> {
    let file = Path::new(&arguments.against);
    if !file.is_file() {
        return revision::stacks(&arguments.dir, &arguments.against, &arguments.env);
    }
    let named = |it: &dyn std::fmt::Display| format!("{}: {it}", file.display());
    let text = fs::read_to_string(file).map_err(|it| named(&it))?;
    let told: Value = serde_json::from_str(&text).map_err(|it| named(&it))?;
    if !told.is_array() {
        // Both sides as the model's view tells them.
        let old = viewed::stack(&told, &arguments.env).map_err(|it| named(&it))?;
        let view = serde_json::to_value(view::view(model, Some(&arguments.env)));
        let view = view.map_err(|it| named(&it))?;
        let mut new = viewed::stack(&view, &arguments.env)?;
        for (name, service) in &mut new.services {
            service.starts_first = fleet.service(name).map(starts_first);
        }
        return Ok((old, new));
    }
    // A job that ran before the services may still be there.
    let is_before = |it: &Service| it.job.as_ref().is_some_and(|it| !it.before.is_empty());
    let comes_and_goes = |name: &str| fleet.service(name).is_some_and(is_before);
    let stack = &fleet.environment.stack.value;
    let mut old = live::stack(&told, stack, comes_and_goes).map_err(|it| named(&it))?;
    let options = Options {
        environments: Some(vec![arguments.env.clone()]),
        targets: Some(vec!["stack".to_owned()]),
    };
    let compilation = compile::compile(&RealDisk::new(&arguments.dir), &options);
    let new = emitted(&compilation.map_err(|it| it.to_string())?, fleet, released)?;
    for (name, service) in &mut old.services {
        // The engine adds the digest that it found for a tag.
        let wanted = new.services.get(name).and_then(|it| it.facts.get("image"));
        if let (Some(wanted), Some(image)) = (wanted, service.facts.get_mut("image"))
            && image.split_once('@').is_some_and(|(tag, _)| tag == wanted)
        {
            image.clone_from(wanted);
        }
    }
    Ok((old, new))
}

/// What the emitted stack file of an environment says. `images` is what is in each built image, by its variable.
fn emitted(
    compilation: &Compilation,
    fleet: &Fleet,
    images: &BTreeMap<String, String>,
) -> Result<Stack, String> {
    let path = format!("/{}/compose.stack.yml", fleet.environment.name);
    let mut outputs = compilation.outputs.iter();
    let Some(file) = outputs.find(|it| format!("/{}", it.path).ends_with(&path)) else {
        return Ok(Stack::default());
    };
    let told: Value =
        serde_yaml::from_str(&file.text).map_err(|it| format!("{}: {it}", file.path))?;
    Ok(section::stack(
        &told,
        &fleet.environment.stack.value,
        images,
    ))
}

/// The images of a release file, by their variables.
fn release(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = fs::read_to_string(file).map_err(|it| format!("{}: {it}", file.display()))?;
    let lines = text.lines().filter_map(|it| it.split_once('='));
    Ok(lines
        .map(|(name, image)| (name.to_owned(), image.to_owned()))
        .collect())
}
