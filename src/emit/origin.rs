//! From a line of an emitted file back to what was written: the way that `svcc why FILE:LINE` goes.
//!
//! YAML is read by its indentation, as svcc's own writer makes it: keys and items lead to a property of a service. A Dockerfile
//! is written again, and its instructions counted.

use super::{Context, Output, dockerfile};
use crate::model::{Engine, Fleet, Service};
use crate::source::Span;

/// What a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A property of a service: `catalog.memory`.
    Property {
        /// The environment.
        environment: String,
        /// The service.
        service: String,
        /// The property, as `svcc why` takes it.
        property: String,
    },
    /// One statement.
    Statement {
        /// What it is: "a step of the image `catalog`".
        what: String,
        /// Where it stands.
        span: Span,
    },
}

/// Where line `line`, from 1, of an emitted file comes from; `None` where it is of no single statement.
pub fn origin(context: &Context<'_>, output: &Output, line: usize) -> Option<Origin> {
    for fleet in &context.model.fleets {
        let folder = context.path(format_args!("{}/", fleet.environment.name));
        let Some(below) = output.path.strip_prefix(&folder) else {
            continue;
        };
        let is_fleet = match fleet.environment.engine.value {
            Engine::Compose => below == "compose.yml",
            Engine::Swarm => below.ends_with("stack.yml"),
        };
        if is_fleet {
            return in_fleet(fleet, &path_at(&output.text, line));
        }
        let config = below.strip_prefix("configs/");
        if let Some(config) = config.and_then(|it| fleet.config(it)) {
            return statement(format!("the config `{}`", config.name), config.span);
        }
    }
    let images = context.path(format_args!("images/"));
    let below = output.path.strip_prefix(&images)?;
    let (name, file) = below.split_once('/')?;
    let image = context.plan.image(name)?;
    let step = (file == "Dockerfile").then(|| dockerfile::step_at(context, image, line));
    match step.flatten() {
        Some(span) => statement(format!("a step of the image `{name}`"), span),
        None => statement(format!("the image `{name}`"), image.image.span),
    }
}

fn statement(what: String, span: Span) -> Option<Origin> {
    Some(Origin::Statement { what, span })
}

/// A part of the way to a line of a YAML file.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// The value of this key.
    Key(String),
    /// An item of a list: what its first lines say.
    Item(Vec<(String, String)>),
}

impl Part {
    fn says(&self, key: &str) -> Option<&str> {
        match self {
            Part::Key(_) => None,
            Part::Item(pairs) => {
                let pair = pairs.iter().find(|(it, _)| it == key);
                pair.map(|(_, value)| value.as_str())
            }
        }
    }
}

/// The way to a line, from 1.
fn path_at(text: &str, line: usize) -> Vec<Part> {
    let lines: Vec<&str> = text.lines().collect();
    let mut path: Vec<(usize, Part)> = Vec::new();
    // The indentation of the key whose script is being passed over.
    let mut script: Option<usize> = None;
    for (at, whole) in lines.iter().enumerate().take(line) {
        let content = whole.trim_start();
        let mut indent = whole.len() - content.len();
        if content.is_empty() || content.starts_with('#') || script.is_some_and(|it| indent > it) {
            continue;
        }
        script = None;
        let mut content = content;
        while let Some(rest) = content.strip_prefix("- ") {
            while path.last().is_some_and(|(it, part)| {
                *it > indent || (*it == indent && matches!(part, Part::Item(_)))
            }) {
                path.pop();
            }
            path.push((indent, Part::Item(item(&lines[at..], indent))));
            content = rest;
            indent += 2;
        }
        let Some((key, value)) = pair(content) else {
            continue;
        };
        while path.last().is_some_and(|(it, _)| *it >= indent) {
            path.pop();
        }
        path.push((indent, Part::Key(key)));
        if value.starts_with('|') {
            script = Some(indent);
        }
    }
    path.into_iter().map(|(_, part)| part).collect()
}

/// What an item that begins in the first line says with keys of its own.
fn item(lines: &[&str], indent: usize) -> Vec<(String, String)> {
    let inside = indent + 2;
    let mut pairs = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let depth = line.len() - line.trim_start().len();
        if at > 0 && depth < inside {
            break;
        }
        if at == 0 || depth == inside {
            pairs.extend(line.get(inside..).and_then(pair));
        }
    }
    pairs
}

/// `key: value`; a key or value in double quotes is unquoted.
fn pair(text: &str) -> Option<(String, String)> {
    let (key, rest) = if text.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = keys.next()?.ok()?;
        (key, text.get(keys.byte_offset()..)?.strip_prefix(':')?)
    } else {
        match text.split_once(": ") {
            Some((key, rest)) => (key.to_owned(), rest),
            None => (text.strip_suffix(':')?.to_owned(), ""),
        }
    };
    let value = rest.trim();
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
    Some((key, value))
}

/// What a place in a stack or compose file comes from.
fn in_fleet(fleet: &Fleet, path: &[Part]) -> Option<Origin> {
    let keys: Vec<&str> = path
        .iter()
        .filter_map(|it| match it {
            Part::Key(key) => Some(key.as_str()),
            Part::Item(_) => None,
        })
        .collect();
    let environment = fleet.environment.name.as_str();
    let (["services", name, rest @ ..], item) = (keys.as_slice(), path.get(3)) else {
        let (section, name) = (keys.first()?, keys.get(1)?);
        let span = match *section {
            "secrets" => fleet.secret(name)?.span,
            "configs" => fleet.config(name)?.span,
            "volumes" => match name.split_once('.') {
                Some(("secret", name)) => fleet.secret(name)?.span,
                Some((_, name)) => fleet.config(name)?.span,
                None => fleet.volumes.iter().find(|it| it.name == *name)?.span,
            },
            "networks" => fleet.networks.iter().find(|it| it.name == *name)?.span,
            _ => return None,
        };
        let kind = section.trim_end_matches('s');
        return statement(format!("the {kind} `{name}`"), span);
    };
    let service = fleet.service(name)?;
    Some(match property(service, rest, item) {
        Some(property) => Origin::Property {
            environment: environment.to_owned(),
            service: (*name).to_owned(),
            property,
        },
        None => Origin::Statement {
            what: format!("the service `{name}`"),
            span: service.span,
        },
    })
}

/// The property that a key of a service comes from.
fn property(service: &Service, keys: &[&str], item: Option<&Part>) -> Option<String> {
    let says = |key: &str| item.and_then(|it| it.says(key));
    Some(match keys {
        ["environment", key] => format!("env.{key}"),
        ["labels", key] => format!("labels.{key}"),
        ["deploy", "labels", key] => format!("deploy_labels.{key}"),
        ["sysctls", key] => format!("sysctls.{key}"),
        ["extra_hosts", key] => format!("extra_hosts.{key}"),
        ["ulimits", key, ..] => format!("ulimits.{key}"),
        ["secrets", ..] => format!("secrets.{}", says("source")?),
        ["configs", ..] => format!("configs.{}", says("source")?),
        ["volumes", ..] => match says("source").and_then(|it| it.split_once('.')) {
            Some(("secret", name)) => format!("secrets.{name}"),
            Some(("config", name)) => format!("configs.{name}"),
            _ => format!("mount.{}", says("target")?),
        },
        ["ports", ..] => {
            let target = says("target")?;
            let mut ports = service.ports.iter();
            let (name, _) = ports.find(|(_, it)| it.value.to_string() == target)?;
            format!("publish.{name}")
        }
        ["logging", "driver"] => "logging.driver".to_owned(),
        ["logging", "options", key] => format!("logging.options.{key}"),
        ["cap_add", ..] => "capabilities.add".to_owned(),
        ["cap_drop", ..] => "capabilities.drop".to_owned(),
        ["deploy", "resources", "limits", key] => (*key).to_owned(),
        ["deploy", "resources", "reservations", key] => format!("reserve.{key}"),
        ["deploy", "placement", "constraints"] => "placement".to_owned(),
        ["deploy", "placement", "preferences", ..] => "spread".to_owned(),
        ["deploy", "placement", "max_replicas_per_node"] => "max_per_node".to_owned(),
        ["deploy", "restart_policy", key] => format!("restart.{key}"),
        ["deploy", "update_config", key] => format!("update.{}", rollout(key)),
        ["deploy", "rollback_config", key] => format!("rollback.{}", rollout(key)),
        ["deploy", key @ ("mode" | "replicas")] => (*key).to_owned(),
        ["restart"] => "restart.condition".to_owned(),
        ["healthcheck", ..] => "health".to_owned(),
        ["working_dir"] => "workdir".to_owned(),
        ["stop_grace_period"] => "stop_grace".to_owned(),
        [
            key @ ("image" | "entrypoint" | "command" | "user" | "hostname" | "networks" | "init"
            | "read_only" | "dns" | "stop_signal"),
            ..,
        ] => (*key).to_owned(),
        _ => return None,
    })
}

fn rollout(key: &str) -> &str {
    match key {
        "failure_action" => "failure",
        key => key,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, path_at};

    #[test]
    fn every_line_has_its_path() {
        let text = "# x\nservices:\n  web:\n    command:\n      - a: b\n      - |\n        x: y\n    secrets:\n      - source: token\n        target: /t\n    \"on\": 1\n";
        let keys = |line| -> Vec<String> {
            let path = path_at(text, line);
            let shown = path.iter().map(|it| match it {
                Part::Key(key) => key.clone(),
                Part::Item(_) => format!("[{}]", it.says("source").unwrap_or_default()),
            });
            shown.collect()
        };
        assert_eq!(keys(1), [""; 0]);
        assert_eq!(keys(3), ["services", "web"]);
        assert_eq!(
            keys(10),
            ["services", "web", "secrets", "[token]", "target"]
        );
        assert_eq!(keys(11), ["services", "web", "on"]);
    }
}
