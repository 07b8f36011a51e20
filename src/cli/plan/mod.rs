//! `svcc plan`: what a deploy would do to an environment, in words.

mod live;
mod report;
mod revision;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::End;
use super::args::Plan;
use super::model::checked;
use super::secrets::fleet;
use super::terminal::Terminal;
use crate::emit::stack::starts_first;
use crate::emit::view;
use crate::model::{Engine, Fleet, Model};
use crate::plan::change::{self, Stack};
use crate::plan::objects;
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
        Ok(it) => by_name(model, it.unwrap_or_default()),
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
    if told.is_array() {
        let old = live::stack(&told, fleet).map_err(|it| named(&it))?;
        return Ok((old, change::stack(fleet, released, starts_first)));
    }
    // Both sides as the model's view tells them.
    let old = live::viewed(&told, &arguments.env).map_err(|it| named(&it))?;
    let view = serde_json::to_value(view::view(model, Some(&arguments.env)));
    let view = view.map_err(|it| named(&it))?;
    let mut new = live::viewed(&view, &arguments.env)?;
    for (name, service) in &mut new.services {
        service.starts_first = fleet.service(name).map(starts_first);
    }
    Ok((old, new))
}

/// The images of a release file, by the name of what is built.
fn release(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = fs::read_to_string(file).map_err(|it| format!("{}: {it}", file.display()))?;
    let lines = text.lines().filter_map(|it| it.split_once('='));
    Ok(lines
        .map(|(name, image)| (name.to_owned(), image.to_owned()))
        .collect())
}

/// A release by the images' names in place of their variables.
fn by_name(model: &Model, released: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let images = model.images.iter();
    let known = images.filter_map(|it| {
        let image = released.get(&objects::image_variable(&it.name))?;
        Some((it.name.to_string(), image.clone()))
    });
    known.collect()
}
