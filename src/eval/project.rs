//! The project, its pipelines and its own targets.

use ecow::EcoString;

use super::errors;
use super::world::Evaluator;
use crate::model::Project;
use crate::model::origin::Given;
use crate::model::pipeline::{CustomTarget, DockerAccess, Each, Pipeline, PipelineSystem};
use crate::source::Spanned;
use crate::value::{Duration, Kind};

/// The editions of the language that this svcc knows.
const EDITIONS: [i64; 1] = [2026];

impl Evaluator<'_, '_> {
    /// The project; `None` where there is none.
    pub(super) fn project(&mut self) -> Option<Project> {
        let declared = self.world.all(Kind::Project).first()?.clone();
        let mut it = Project {
            name: declared.name.clone(),
            span: declared.span,
            edition: EDITIONS[0],
            registry: None,
            output: "deploy".into(),
            source: None,
            syntax: None,
            attest: Vec::new(),
        };
        for (statement, scope) in self.body(declared.statement.body(), &declared.scope, None) {
            let Some(value) = &statement.value else {
                continue;
            };
            let span = value.span;
            let text = |this: &mut Self| this.ask::<EcoString>(value, &scope).given();
            match statement.word.text.as_str() {
                "edition" => {
                    let Some(edition) = self.need::<i64>(value, &scope) else {
                        continue;
                    };
                    if !EDITIONS.contains(&edition) {
                        self.sink
                            .push(errors::unknown_edition(span, edition, &EDITIONS));
                    }
                    it.edition = edition;
                }
                "registry" => {
                    let registry = text(self).map(|it| EcoString::from(it.trim_end_matches('/')));
                    it.registry = registry.map(|it| Given::own(it, span));
                }
                "source" => it.source = text(self).map(|it| Given::own(it, span)),
                "syntax" => it.syntax = text(self).map(|it| Given::own(it, span)),
                "attest" => {
                    let all = self.each(value, &scope);
                    it.attest = all.into_iter().map(|it| it.value).collect();
                }
                "output" => {
                    let path = text(self).and_then(|it| self.path_from_root(&it, span));
                    it.output = path.unwrap_or(it.output);
                }
                _ => {}
            }
        }
        Some(it)
    }

    /// The pipelines, in the order in which they are declared.
    pub(super) fn pipelines(&mut self) -> Vec<Pipeline> {
        let mut pipelines = Vec::new();
        for declared in self.world.all(Kind::Pipeline) {
            let system = match declared.name.as_str() {
                "gitlab" => PipelineSystem::Gitlab,
                "github" => PipelineSystem::Github,
                "jenkins" => PipelineSystem::Jenkins,
                other => {
                    self.sink
                        .push(errors::unknown_pipeline(declared.span, other));
                    continue;
                }
            };
            let mut it = Pipeline {
                system,
                span: declared.span,
                branch: "main".into(),
                docker: Given::default(DockerAccess::Dind),
                runners: Vec::new(),
                timeout: Given::default(Duration::seconds(3600)),
                file: None,
                approval: None,
                approvers: None,
                schedule: None,
                retries: None,
                logins: Vec::new(),
            };
            for (statement, scope) in self.body(declared.statement.body(), &declared.scope, None) {
                let Some(value) = &statement.value else {
                    continue;
                };
                let span = value.span;
                match statement.word.text.as_str() {
                    "branch" => it.branch = self.need(value, &scope).unwrap_or(it.branch),
                    "docker" => {
                        let access = self.need(value, &scope).map(|it| Given::own(it, span));
                        it.docker = access.unwrap_or(it.docker);
                    }
                    "runners" => {
                        let names = self.each(value, &scope);
                        it.runners = names.into_iter().map(|it| it.value).collect();
                    }
                    "timeout" => {
                        let timeout = self.need(value, &scope).map(|it| Given::own(it, span));
                        it.timeout = timeout.unwrap_or(it.timeout);
                    }
                    "file" => {
                        let path = self.need::<EcoString>(value, &scope);
                        let path = path.and_then(|it| self.path_from_root(&it, span));
                        it.file = path.map(|it| Given::own(it, span));
                    }
                    "approval" => {
                        let approval = self.need(value, &scope);
                        it.approval = approval.map(|it| Given::own(it, span));
                    }
                    "approvers" => {
                        let names = self.each(value, &scope).into_iter().map(|it| it.value);
                        it.approvers = Some(Given::own(names.collect(), span));
                    }
                    "schedule" => {
                        let schedule = self.need(value, &scope);
                        it.schedule = schedule.map(|it| Given::own(it, span));
                    }
                    "retries" => {
                        it.retries = self.need(value, &scope).map(|it| Given::own(it, span));
                    }
                    "logins" => it.logins = self.each(value, &scope),
                    _ => {}
                }
            }
            pipelines.push(it);
        }
        pipelines
    }

    /// The project's own targets.
    pub(super) fn targets(&mut self) -> Vec<CustomTarget> {
        let mut targets = Vec::new();
        for declared in self.world.all(Kind::Target) {
            let (mut template, mut each, mut output) = (None, Each::Project, None);
            for (statement, scope) in self.body(declared.statement.body(), &declared.scope, None) {
                let Some(value) = &statement.value else {
                    continue;
                };
                match statement.word.text.as_str() {
                    "template" => {
                        let path = self.need::<EcoString>(value, &scope);
                        let path = path.and_then(|it| self.path_from_root(&it, value.span));
                        template = path.map(|it| Spanned::new(it, value.span));
                    }
                    "each" => each = self.need(value, &scope).unwrap_or(each),
                    "output" => {
                        output = self
                            .need(value, &scope)
                            .map(|it| Spanned::new(it, value.span));
                    }
                    _ => {}
                }
            }
            let (Some(template), Some(output)) = (template, output) else {
                continue;
            };
            let name = Spanned::new(declared.name.clone(), declared.span);
            targets.push(CustomTarget {
                name,
                template,
                each,
                output,
            });
        }
        targets
    }
}
