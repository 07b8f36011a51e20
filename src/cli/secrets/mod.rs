//! `svcc secrets`: which secrets there are, where their values come from, and who mounts them. Never a value.

mod check;
mod local;
mod readers;

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::End;
use super::args::{Listing, Secrets, SecretsCommand};
use super::model::checked;
use super::terminal::Terminal;
use crate::encode::json;
use crate::model::{Fleet, Model};
use crate::plan::secrets;

/// A secret in one environment.
#[derive(Serialize)]
struct Row {
    secret: String,
    environment: String,
    source: Option<String>,
    version: u32,
    object: Option<String>,
    services: Vec<String>,
}

pub(super) fn run(arguments: &Secrets, terminal: &Terminal) -> End {
    match &arguments.command {
        None => {
            let env = arguments.env.as_deref();
            list(env, arguments.format, &arguments.dir, terminal)
        }
        Some(SecretsCommand::Check { env, dir }) => check::run(env, dir, terminal),
        Some(SecretsCommand::Local { dir }) => local::run(dir, terminal),
    }
}

fn list(env: Option<&str>, format: Listing, folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    if let Some(name) = env
        && fleet(model, name, terminal).is_none()
    {
        return End::Usage;
    }
    let fleets = model.fleets.iter();
    let fleets = fleets.filter(|it| env.is_none_or(|name| it.environment.name == name));
    let mut rows: Vec<Row> = fleets.flat_map(rows).collect();
    rows.sort_by(|a, b| a.secret.cmp(&b.secret));
    terminal.print(&match format {
        Listing::Json => json::to_string(&rows),
        Listing::Text => table(&rows),
    });
    End::Fine
}

/// The fleet of an environment; says so where there is none.
pub(super) fn fleet<'m>(model: &'m Model, name: &str, terminal: &Terminal) -> Option<&'m Fleet> {
    let found = model.fleets.iter().find(|it| it.environment.name == name);
    if found.is_none() {
        terminal.error(&format!("there is no environment `{name}`"));
    }
    found
}

fn rows(fleet: &Fleet) -> Vec<Row> {
    let needs = secrets::needs(fleet);
    let row = |secret: &crate::model::Secret| {
        let need = needs.iter().find(|it| it.name == secret.name);
        let source = secret.source.as_ref();
        let deployed = fleet.environment.is_deployed();
        Row {
            secret: secret.name.to_string(),
            environment: fleet.environment.name.to_string(),
            source: source.map(|it| it.value.to_string()),
            version: secret.version.value,
            object: need.filter(|_| deployed).map(|it| it.object.clone()),
            services: need.map_or_else(Vec::new, |it| {
                it.services.iter().map(|it| (*it).to_owned()).collect()
            }),
        }
    };
    fleet.secrets.iter().map(row).collect()
}

/// Columns as wide as what stands in them.
fn table(rows: &[Row]) -> String {
    let header = ["SECRET", "ENVIRONMENT", "SOURCE", "VERSION", "SERVICES"];
    let mut lines = vec![header.map(str::to_owned)];
    lines.extend(rows.iter().map(|it| {
        let or_dash = |text: String| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text
            }
        };
        [
            it.secret.clone(),
            it.environment.clone(),
            or_dash(it.source.clone().unwrap_or_default()),
            it.version.to_string(),
            or_dash(it.services.join(", ")),
        ]
    }));
    let width = |at: usize| lines.iter().map(|it| it[at].chars().count()).max();
    let widths = [0, 1, 2, 3].map(|at| width(at).unwrap_or_default());
    let mut text = String::new();
    for [secret, environment, source, version, services] in &lines {
        let [a, b, c, d] = widths;
        let _ = writeln!(
            text,
            "{secret:a$}  {environment:b$}  {source:c$}  {version:d$}  {services}"
        );
    }
    text
}
