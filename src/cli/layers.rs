//! `svcc layers`: what layers there are, how one is used, and what it gives.

use std::fmt::Write;
use std::path::Path;

use super::End;
use super::disk::RealDisk;
use super::terminal::Terminal;
use crate::compile;
use crate::diag::Sink;
use crate::diag::suggest::did_you_mean;
use crate::handbook::{self, Layer};

pub(super) fn run(name: Option<&str>, folder: &Path, terminal: &Terminal) -> End {
    let layers = match compile::read(&RealDisk::new(folder), &mut Sink::new()) {
        Ok(files) => handbook::layers(&files.with_whole_library()),
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    let Some(name) = name else {
        let mut list = String::new();
        for it in &layers {
            let first = it.doc.lines().next().unwrap_or_default();
            list.push_str(format!("{:<24} {first}", it.name).trim_end());
            list.push('\n');
        }
        terminal.print(&list);
        return End::Fine;
    };
    let Some(layer) = layers.iter().find(|it| it.name == name) else {
        let near = did_you_mean(name, layers.iter().map(|it| it.name.as_str()));
        let near = near.unwrap_or_default();
        terminal.error(format!("there is no layer `{name}`; {near}").trim_end_matches([';', ' ']));
        return End::Usage;
    };
    terminal.print(&page(layer));
    End::Fine
}

/// All that is known of a layer. What the example gives is shown for the library's own, which compile alone.
fn page(layer: &Layer) -> String {
    let mut text = format!("layer {}\n  {}\n\n{}", layer.name, layer.place, layer.doc);
    if !layer.parameters.is_empty() {
        text.push_str("\nParameters:\n");
        for it in &layer.parameters {
            let _ = writeln!(text, "  {}", it.declaration);
            if !it.doc.is_empty() {
                let _ = writeln!(text, "      {}", it.doc);
            }
        }
    }
    if !layer.systems.is_empty() {
        let _ = writeln!(text, "\nServes: {}", layer.systems.join(", "));
    }
    if !layer.example.is_empty() {
        text.push_str("\nExample:\n");
        for line in layer.example.lines() {
            let _ = writeln!(text, "{}", format!("  {line}").trim_end());
        }
    }
    if layer.place.starts_with("<std>/")
        && let Some(system) = shown_on(layer)
        && let Ok(compilation) = layer.compile(system)
        && let Some((file, shown)) = layer.shown(&compilation)
    {
        let _ = write!(text, "\nIts {file} on {system}:\n\n{shown}");
    }
    text
}

/// The system to show an example on: the one that most know, where it is served.
fn shown_on(layer: &Layer) -> Option<&str> {
    let systems = layer.shown_on();
    let known = systems.iter().find(|it| **it == "debian");
    known.or(systems.first()).copied()
}
