//! Targets of the project's own: templates, rendered from the published view of the model.

use std::collections::BTreeMap;

use super::text::{self, Failure, Scope};
use super::{LOCK, Output, errors, view};
use crate::diag::{Diagnostic, Sink};
use crate::model::Model;
use crate::model::pipeline::{CustomTarget, Each};
use crate::source::{FileId, Source, Sources, Span};

/// A file of a target of the project's own.
#[derive(Debug)]
pub struct Rendered {
    /// The place in `Model::targets`.
    pub target: usize,
    /// The environment that it is for, if it is for one.
    pub environment: Option<String>,
    /// The file.
    pub output: Output,
}

/// Renders every target whose template could be read: `templates` holds the templates as sources, in the order of
/// `Model::targets`. A text of blanks only is no file, so a template can leave out what it has nothing to say of.
pub fn render(
    model: &Model,
    templates: &[Option<FileId>],
    sources: &Sources,
    sink: &mut Sink,
) -> Vec<Rendered> {
    if model.targets.is_empty() {
        return Vec::new();
    }
    let all = Scope::new(&view::view(model, None));
    let mut rendered = Vec::new();
    for (at, (target, file)) in model.targets.iter().zip(templates).enumerate() {
        let Some(file) = *file else { continue };
        let template = Template {
            target,
            file,
            source: sources.get(file),
            folder: &model.project.output,
        };
        for (environment, scope) in scopes(model, &all, target.each) {
            match template.output(&scope) {
                Ok(Some(output)) => rendered.push(Rendered {
                    target: at,
                    environment,
                    output,
                }),
                Ok(None) => {}
                Err(said) => {
                    // The next file would most likely fail for the same reason.
                    sink.push(*said);
                    break;
                }
            }
        }
    }
    rendered
}

/// Reports files that two would write: two targets, two files of one, or a target and svcc itself (`own`).
pub fn every_file_is_written_once<'o>(
    model: &Model,
    rendered: &'o [Rendered],
    own: impl IntoIterator<Item = &'o Output>,
    sink: &mut Sink,
) {
    let lock = format!("{}/{LOCK}", model.project.output);
    let mut seen: BTreeMap<&str, Option<Span>> = own
        .into_iter()
        .map(|it| (it.path.as_str(), None))
        .chain([(lock.trim_start_matches('/'), None)])
        .collect();
    let mut said = vec![false; model.targets.len()];
    for it in rendered {
        let target = &model.targets[it.target];
        let place = Some(target.output.span);
        if let Some(first) = seen.insert(&it.output.path, place)
            && !said[it.target]
        {
            said[it.target] = true;
            let path = &it.output.path;
            sink.push(errors::output_collision(target.output.span, path, first));
        }
    }
}

/// What the template of each file sees, with the environment that it is for.
fn scopes(model: &Model, all: &Scope, each: Each) -> Vec<(Option<String>, Scope)> {
    if each == Each::Project {
        return vec![(None, all.clone())];
    }
    let environments = all.field("environments").items();
    let mut scopes = Vec::new();
    for (fleet, environment) in model.fleets.iter().zip(&environments) {
        let name = Some(fleet.environment.name.to_string());
        let scope = all.with("environment", environment);
        match each {
            Each::Service => {
                let services = environment.field("services").items();
                let of_service = |it: &Scope| (name.clone(), scope.with("service", it));
                scopes.extend(services.iter().map(of_service));
            }
            Each::Environment | Each::Project => scopes.push((name, scope)),
        }
    }
    scopes
}

struct Template<'a> {
    target: &'a CustomTarget,
    file: FileId,
    source: &'a Source,
    folder: &'a str,
}

impl Template<'_> {
    fn output(&self, scope: &Scope) -> Result<Option<Output>, Box<Diagnostic>> {
        let whole = self.target.output.span;
        // Where in the literal it stands is lost with its escapes.
        let path = text::render(&self.target.output.value, scope)
            .map_err(|it| errors::template_error(whole, &it.what, it.help, None))?;
        if !is_below(&path) {
            return Err(errors::output_path(whole, &path).into());
        }
        let mut text =
            text::render(&self.source.text, scope).map_err(|it| self.in_template(&it))?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let path = match self.folder {
            "" => path,
            folder => format!("{folder}/{path}"),
        };
        let executable = text.starts_with("#!");
        Ok(Some(Output {
            path,
            text,
            executable,
        }))
    }

    fn in_template(&self, failure: &Failure) -> Diagnostic {
        let (start, end) = (failure.range.start as u32, failure.range.end as u32);
        let lines = self.source.lines();
        let first = lines.line(start);
        // A label over many lines would print them all.
        let line_end = lines.start(first) + lines.text(&self.source.text, first).len() as u32;
        let span = Span::new(self.file, start, end.min(line_end).max(start));
        let used = self.target.template.span;
        errors::template_error(span, &failure.what, failure.help, Some(used))
    }
}

/// Whether a path stays below the folder that it is relative to, on every system.
fn is_below(path: &str) -> bool {
    let is_name = |it: &str| !matches!(it, "" | "." | "..");
    path.split('/').all(is_name)
        && !path.contains(['\\', ':'])
        && !path.chars().any(char::is_control)
}
