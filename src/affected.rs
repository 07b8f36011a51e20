//! What a change touches: two compilations of a fleet, before and after it, and the files that differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecow::EcoString;
use serde_json::Value;

use crate::check::Checked;
use crate::compile::Compilation;
use crate::emit::view;
use crate::model::{Model, Service};
use crate::plan::{self, Affected, Plan, pipeline};
use crate::source::Disk;

/// Services by environment.
type Services = BTreeMap<String, BTreeSet<EcoString>>;

/// What of `now`, whose files `disk` has, differs from `before`: images that take one of the files at `paths` or are made
/// in another way, what stands on them, services that run something else, tests that run with another one.
pub fn between(
    before: &Compilation,
    now: &Compilation,
    disk: &dyn Disk,
    paths: &[String],
) -> Affected {
    let mut affected = Affected::default();
    let (Some(old), Some(model)) = (&before.model, &now.model) else {
        return affected;
    };
    let registry = |of: &Model| of.project.registry.as_ref().map(|it| it.value.clone());
    if registry(old) != registry(model) {
        // Another registry has none of the images.
        return Affected::all(model);
    }
    let mut differing = Services::new();
    outputs(before, now, model, &mut affected, &mut differing);
    views(old, model, &mut affected, &mut differing);
    affected.services = differing.values().flatten().cloned().collect();
    let tested = pipeline::test_fleet(model);
    let tested = tested.and_then(|it| differing.remove(it.environment.name.as_str()));
    let plan = plan::plan(model, disk);
    let unknown = made_elsewhere(&plan, disk);
    affected.images.extend(unknown.map(|it| it.0.clone()));
    affected.follow(model, &plan, paths, &tested.unwrap_or_default());
    affected
}

/// What changed files alone touch, where no source of the fleet is among them.
pub fn by_paths(
    model: &Checked<Model>,
    plan: &Plan,
    disk: &dyn Disk,
    paths: &[String],
) -> Affected {
    let mut affected = Affected::default();
    let unknown = made_elsewhere(plan, disk);
    affected.images.extend(unknown.map(|it| it.0.clone()));
    affected.follow(model, plan, paths, &BTreeSet::new());
    affected
}

/// Images that take what git ignores, each with the first such path: a program that is made before the build. Whether it
/// differs no revision can tell, so that these always count as touched.
pub fn made_elsewhere<'p>(
    plan: &'p Plan,
    disk: &'p dyn Disk,
) -> impl Iterator<Item = (&'p EcoString, &'p str)> {
    plan.images.iter().filter_map(|it| {
        let mut inputs = it.inputs.iter();
        let input = inputs.find(|it| disk.ignored(it) == Some(true))?;
        Some((&it.image.name, input.as_str()))
    })
}

/// Images and services that are written differently.
fn outputs(
    before: &Compilation,
    now: &Compilation,
    model: &Model,
    affected: &mut Affected,
    differing: &mut Services,
) {
    let text = |path: &str| {
        let at = before
            .outputs
            .binary_search_by(|it| it.path.as_str().cmp(path));
        at.ok().map(|at| before.outputs[at].text.as_str())
    };
    for output in &now.outputs {
        let mut parts = output.path.rsplit('/');
        let (file, folder) = (parts.next(), parts.next().unwrap_or_default());
        let above = parts.next().unwrap_or_default();
        let old = text(&output.path);
        if old == Some(&output.text) {
            continue;
        }
        match file {
            Some("Dockerfile" | "Dockerfile.dockerignore") => {
                affected.images.insert(folder.into());
            }
            Some("compose.yml" | "compose.stack.yml") => {
                let found = differing.entry(folder.to_owned()).or_default();
                services(
                    &parsed(old.unwrap_or_default()),
                    &parsed(&output.text),
                    found,
                );
            }
            // A compose file names a config's file only.
            Some(config) if folder == "configs" => {
                let mut fleets = model.fleets.iter();
                let Some(fleet) = fleets.find(|it| it.environment.name == above) else {
                    continue;
                };
                let mounts = |it: &&Arc<Service>| it.configs.iter().any(|(name, _)| name == config);
                let found = fleet.services.iter().filter(mounts);
                let found = found.map(|it| it.name.clone());
                differing.entry(above.to_owned()).or_default().extend(found);
            }
            Some(_) | None => {}
        }
    }
}

/// What the stacks do not show: tests, and what only deploy.sh knows.
fn views(
    old: &Checked<Model>,
    now: &Checked<Model>,
    affected: &mut Affected,
    differing: &mut Services,
) {
    let (old, now) = (viewed(old), viewed(now));
    for environment in list(&now, "environments") {
        let mut olds = list(&old, "environments");
        let before = olds.find(|it| it["name"] == environment["name"]);
        let before: BTreeMap<&str, &Value> = before
            .into_iter()
            .flat_map(|it| list(it, "services"))
            .filter_map(|it| Some((it["name"].as_str()?, it)))
            .collect();
        for service in list(environment, "services") {
            let Some(name) = service["name"].as_str() else {
                continue;
            };
            let same = before.get(name).copied();
            if same != Some(service) && !same.is_some_and(|it| runs_as(it, service)) {
                let environment = environment["name"].as_str().unwrap_or_default();
                let found = differing.entry(environment.to_owned()).or_default();
                found.insert(name.into());
            }
            for test in list(service, "tests") {
                let mut olds = same.into_iter().flat_map(|it| list(it, "tests"));
                if !olds.any(|it| it == test)
                    && let Some(test) = test["name"].as_str()
                {
                    affected.tests.insert((name.into(), test.into()));
                }
            }
        }
    }
}

/// What of a service says nothing of what runs: how it is documented and tested, where it is declared, who gave a value.
const ASIDE: [&str; 5] = ["doc", "folder", "refers_to", "tests", "watch"];

fn runs_as(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return false;
    };
    new.iter().all(|(key, it)| {
        let values = |of: &Value| -> Vec<Value> {
            let all = of.as_object().into_iter().flatten();
            all.map(|(name, it)| Value::from(vec![Value::from(name.as_str()), it["value"].clone()]))
                .collect()
        };
        let before = old.get(key).unwrap_or(&Value::Null);
        before == it
            || ASIDE.contains(&key.as_str())
            || (key == "env" && values(before) == values(it))
    })
}

fn viewed(of: &Checked<Model>) -> Value {
    serde_json::to_value(view::view(of, None)).unwrap_or_default()
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
