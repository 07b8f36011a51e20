//! `svcc model`: the resolved fleet as JSON.

use std::io;
use std::path::Path;

use super::End;
use super::disk::RealDisk;
use super::terminal::{Terminal, count};
use crate::compile::{self, Compilation};
use crate::emit::view;
use crate::encode::json;
use crate::render::Format;

pub(super) fn run(env: Option<&str>, folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let wanted: Vec<String> = env.map(str::to_owned).into_iter().collect();
    let known = model.fleets.iter().map(|it| it.environment.name.as_str());
    if !terminal.knows("environment", &wanted, known) {
        return End::Usage;
    }
    terminal.print(&json::to_string(&view::view(model, env)));
    End::Fine
}

/// A project without errors; what is wrong is said.
pub(super) fn checked(folder: &Path, terminal: &Terminal) -> Option<Compilation> {
    sound(compile::check(&RealDisk::new(folder)), terminal)
}

/// A compilation without errors; what is wrong is said.
pub(super) fn sound(compiled: io::Result<Compilation>, terminal: &Terminal) -> Option<Compilation> {
    let compilation = match compiled {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&it.to_string());
            return None;
        }
    };
    if compilation.model.is_some() {
        return Some(compilation);
    }
    let said = &compilation.diagnostics;
    terminal.diagnostics(Format::Human, &compilation.sources, said);
    if said.is_empty() {
        terminal.say("there is no `project` here; `svcc init` writes a first fleet");
    } else {
        terminal.say(&count(said));
    }
    None
}
