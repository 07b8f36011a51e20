//! `svcc layers`: what layers there are, and how one is used.

use std::path::Path;

use super::End;
use super::disk::RealDisk;
use super::terminal::Terminal;
use crate::compile;
use crate::diag::Sink;
use crate::diag::suggest::did_you_mean;
use crate::source::{Sources, Span};
use crate::syntax::tree::{Before, Statement};

pub(super) fn run(name: Option<&str>, folder: &Path, terminal: &Terminal) -> End {
    let (sources, trees) = match compile::read(&RealDisk::new(folder), &mut Sink::new()) {
        Ok(it) => it,
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    let mut layers: Vec<(String, &Statement)> = Vec::new();
    for tree in &trees {
        for statement in tree.statements.iter().filter(|it| it.word.text == "layer") {
            if let Some(argument) = statement.arguments.first() {
                let header = sources.slice(argument.span);
                let header = header.split_whitespace().collect::<Vec<_>>().join(" ");
                layers.push((header, statement));
            }
        }
    }
    layers.sort_by(|a, b| a.0.cmp(&b.0));
    let plain = |header: &str| header.split('(').next().unwrap_or(header).trim().to_owned();
    let Some(name) = name else {
        let mut list = String::new();
        for (header, statement) in &layers {
            let doc = documentation(&sources, statement);
            let first = doc.lines().next().unwrap_or_default();
            list.push_str(format!("{:<24} {first}", plain(header)).trim_end());
            list.push('\n');
        }
        terminal.print(&list);
        return End::Fine;
    };
    let Some((header, statement)) = layers.iter().find(|(it, _)| plain(it) == name) else {
        let known: Vec<String> = layers.iter().map(|(it, _)| plain(it)).collect();
        let near = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_default();
        terminal.error(format!("there is no layer `{name}`; {near}").trim_end_matches([';', ' ']));
        return End::Usage;
    };
    let place = place(&sources, statement.span);
    let doc = documentation(&sources, statement);
    terminal.print(&format!("layer {header}\n  {place}\n\n{doc}"));
    End::Fine
}

fn place(sources: &Sources, span: Span) -> String {
    let path = &sources.get(span.file).path;
    format!("{path}:{}", sources.position(span).line)
}

/// The `##` lines above a statement.
fn documentation(sources: &Sources, statement: &Statement) -> String {
    let mut text = String::new();
    for line in statement.trivia.before() {
        if let Before::Doc(span) = line {
            let line = sources.slice(*span).trim_start_matches('#');
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            text.push('\n');
        }
    }
    text
}
