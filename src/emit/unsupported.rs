//! What a fleet asks for and its engine cannot do.
//!
//! One line may hold in several environments: constraints in a service are meant for the Swarm and mean nothing on one
//! machine. So a line is wrong only where no environment that it holds in can honour it.

use std::collections::BTreeMap;

use super::{errors, targets};
use crate::diag::Sink;
use crate::model::pipeline::{DockerAccess, PipelineSystem};
use crate::model::service::{Mode, Mount, Rollout, Service};
use crate::model::{Given, Model};
use crate::source::Span;
use crate::value::{Part, Text};
use crate::vocab::{self, Capability, Place};

/// Reports what a property asks for and its environment's target cannot express, at the line that asks.
pub fn unsupported(model: &Model, sink: &mut Sink) {
    let mut asked: BTreeMap<(Span, Capability), Asked<'_>> = BTreeMap::new();
    for fleet in &model.fleets {
        let engine = fleet.environment.engine.value;
        let Some(target) = targets().iter().find(|it| it.engine() == Some(engine)) else {
            continue;
        };
        for service in &fleet.services {
            let mut needs = Needs::default();
            needs.of_service(service);
            for (word, needed, span) in needs.0 {
                let entry = asked.entry((span, needed)).or_insert(Asked {
                    word,
                    honoured: false,
                    lacking: Vec::new(),
                });
                if target.capabilities().contains(&needed) {
                    entry.honoured = true;
                } else if !entry.lacking.contains(&fleet.environment.name.as_str()) {
                    entry.lacking.push(&fleet.environment.name);
                }
            }
        }
    }
    every_placeholder_is_filled_in(model, sink);
    every_pipeline_reaches_its_engine(model, sink);
    every_word_of_a_pipeline_counts(model, sink);
    for ((span, needed), it) in asked {
        if !it.honoured {
            sink.push(errors::unsupported_property(
                span,
                it.word,
                needed,
                &it.lacking,
            ));
        }
    }
}

/// What is known only where a container runs is filled in by the engine, and not everywhere.
fn every_placeholder_is_filled_in(model: &Model, sink: &mut Sink) {
    let mut report = |word: &str, text: &Text, span: Option<Span>| {
        let Some(span) = span else { return };
        for part in text.parts() {
            if let Part::Runtime(it) = part {
                sink.push(errors::unfilled_placeholder(span, word, it.path()));
            }
        }
    };
    for service in model.fleets.iter().flat_map(|it| &it.services) {
        for (word, given) in [
            ("command", &service.command),
            ("entrypoint", &service.entrypoint),
        ] {
            if let Some(given) = given {
                given
                    .value
                    .iter()
                    .for_each(|it| report(word, it, given.span));
            }
        }
        for (word, all) in [
            ("labels", &service.labels),
            ("deploy_labels", &service.deploy_labels),
        ] {
            for (_, given) in all {
                report(word, &given.value, given.span);
            }
        }
    }
}

/// On GitHub and Jenkins, jobs use the engine of their runner.
fn every_pipeline_reaches_its_engine(model: &Model, sink: &mut Sink) {
    for pipeline in &model.pipelines {
        let system = match pipeline.system {
            PipelineSystem::Gitlab => continue,
            PipelineSystem::Github | PipelineSystem::Jenkins => pipeline.system.word(),
        };
        if let (DockerAccess::Dind, Some(span)) = (pipeline.docker.value, pipeline.docker.span) {
            sink.push(errors::pipeline_docker(span, system));
        }
    }
}

/// What only one CI system can do is asked of that one only.
fn every_word_of_a_pipeline_counts(model: &Model, sink: &mut Sink) {
    use PipelineSystem::{Github, Gitlab, Jenkins};
    for it in &model.pipelines {
        let said = [
            (
                "file",
                &[Gitlab, Jenkins][..],
                it.file.as_ref().map(|it| it.span),
            ),
            (
                "approval",
                &[Github],
                it.approval.as_ref().map(|it| it.span),
            ),
            (
                "approvers",
                &[Jenkins],
                it.approvers.as_ref().map(|it| it.span),
            ),
            (
                "schedule",
                &[Github, Jenkins],
                it.schedule.as_ref().map(|it| it.span),
            ),
            ("retries", &[Gitlab], it.retries.as_ref().map(|it| it.span)),
        ];
        for (word, systems, span) in said {
            if let Some(span) = span
                && !systems.contains(&it.system)
            {
                sink.push(errors::pipeline_word(span, word, it.system));
            }
        }
        if let Some(retries) = it.retries.as_ref().filter(|it| it.value > 2) {
            sink.push(errors::pipeline_retries(retries.span, retries.value));
        }
    }
}

/// What is known of one line.
struct Asked<'a> {
    word: &'static str,
    honoured: bool,
    lacking: Vec<&'a str>,
}

/// Words of a service that need something, with the lines that say them.
#[derive(Default)]
struct Needs(Vec<(&'static str, Capability, Span)>);

impl Needs {
    fn of_service(&mut self, it: &Service) {
        self.word("replicas", it.replicas.as_deref(), |_| true);
        self.word("mode", it.mode.as_deref(), |it| *it == Mode::Global);
        self.word("placement", it.placement.as_deref(), |_| true);
        self.word("spread", it.spread.as_deref(), |_| true);
        self.word("max_per_node", it.max_per_node.as_deref(), |_| true);
        self.rollout("update", &it.update);
        self.rollout("rollback", &it.rollback);
        for watch in &it.watch {
            self.word("watch", Some(watch), |_| true);
        }
        let schedule = it.job.as_ref().and_then(|it| it.schedule.as_deref());
        self.word("schedule", schedule, |_| true);
        let is_open = |it: &Text| it.parts().iter().any(|it| matches!(it, Part::Runtime(_)));
        for given in it.env.iter().map(|(_, it)| it) {
            self.capability("env", Capability::Placeholders, given, is_open);
        }
        if let Some(given) = &it.hostname {
            self.capability("hostname", Capability::Placeholders, given, is_open);
        }
        // What these need depends on how they are said, which the vocabulary does not know.
        for (_, publish) in &it.publish {
            self.capability("host", Capability::HostPort, publish, |it| it.host);
            self.capability("address", Capability::PublishAddress, publish, |it| {
                it.address.is_some()
            });
        }
        for (_, mount) in &it.mounts {
            self.capability("mount", Capability::BindMount, mount, |it| match it {
                Mount::Bind { .. } => true,
                Mount::Volume { .. } | Mount::Tmpfs { .. } => false,
            });
        }
    }

    fn rollout(&mut self, word: &'static str, it: &Rollout) {
        self.word(word, it.parallelism.as_deref(), |_| true);
        self.word(word, it.delay.as_deref(), |_| true);
        self.word(word, it.order.as_deref(), |_| true);
        self.word(word, it.failure.as_deref(), |_| true);
        self.word(word, it.monitor.as_deref(), |_| true);
        self.word(word, it.max_failure_ratio.as_deref(), |_| true);
    }

    fn word<T>(&mut self, word: &'static str, given: Option<&Given<T>>, asks: impl Fn(&T) -> bool) {
        let Some(given) = given else { return };
        let known = [Place::Properties, Place::Job]
            .iter()
            .find_map(|it| vocab::lookup(*it, word));
        for needed in known.map_or(&[][..], |it| it.needs) {
            self.capability(word, *needed, given, &asks);
        }
    }

    /// Also what is overridden: a line that loses in one environment may win in another.
    fn capability<T>(
        &mut self,
        word: &'static str,
        needed: Capability,
        given: &Given<T>,
        asks: impl Fn(&T) -> bool,
    ) {
        let mut next = Some(given);
        while let Some(it) = next {
            let span = it.span.filter(|_| asks(&it.value));
            self.0.extend(span.map(|span| (word, needed, span)));
            next = it.overrode.as_deref();
        }
    }
}
