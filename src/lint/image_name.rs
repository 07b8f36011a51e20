//! What the name of an image from outside tells.

use ecow::EcoString;

use super::{Context, Finding};
use crate::model::image::From;
use crate::model::service::{Service, ServiceImage};
use crate::model::{Image, Model};
use crate::source::Span;

/// An image's name in its parts: `registry.example.com:5000/team/app:1.2@sha256:…`.
pub(super) struct ImageName<'a> {
    /// The last part of the path: `app`.
    pub(super) name: &'a str,
    /// `team/app`, with the registry, without tag and digest.
    pub(super) path: &'a str,
    /// `1.2`
    pub(super) tag: Option<&'a str>,
    /// Whether a digest says which image it is.
    pub(super) is_pinned: bool,
}

impl<'a> ImageName<'a> {
    pub(super) fn parse(text: &'a str) -> ImageName<'a> {
        let (before, is_pinned) = match text.split_once('@') {
            Some((before, _)) => (before, true),
            None => (text, false),
        };
        let (path, tag) = match before.rsplit_once(':') {
            // A colon before a slash is a registry's port.
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (before, None),
        };
        ImageName {
            name: path.rsplit('/').next().unwrap_or(path),
            path,
            tag,
            is_pinned,
        }
    }
}

/// An image from outside, where its name is written, and the declarations that this is about.
pub(super) struct Outside {
    pub(super) name: EcoString,
    pub(super) span: Span,
    pub(super) about: Vec<Span>,
    pub(super) environment: Option<EcoString>,
}

impl Outside {
    /// A finding about it.
    pub(super) fn finding(&self, said: crate::diag::Diagnostic) -> Finding {
        let found = Finding {
            about: self.about.clone(),
            ..Finding::new(said)
        };
        match &self.environment {
            Some(it) => found.within(it),
            None => found,
        }
    }
}

/// Every image from outside that something is built on, copies from, runs or is tested with.
pub(super) fn all_outside(context: &Context<'_>) -> Vec<Outside> {
    let mut all = Vec::new();
    for image in &context.model.images {
        let mut push = |from: &From, span: Span| {
            if let From::External(name) = from
                && name != "scratch"
            {
                all.push(Outside {
                    name: name.clone(),
                    span,
                    about: vec![image.span],
                    environment: None,
                });
            }
        };
        push(&image.from.value, image.from.span);
        for stage in &image.stages {
            push(&stage.from.value, stage.from.span);
        }
        let stages = image.stages.iter().flat_map(|it| &it.steps);
        for step in stages.chain(&image.steps) {
            for from in step.takes_from() {
                push(&from.value, from.span);
            }
        }
    }
    for fleet in &context.model.fleets {
        let environment = &fleet.environment.name;
        for service in &fleet.services {
            if let ServiceImage::Ready(name) = &service.image {
                all.push(Outside {
                    name: name.value.clone(),
                    span: name.span.unwrap_or(service.span),
                    about: vec![service.span],
                    environment: Some(environment.clone()),
                });
            }
            for image in service.tests.iter().filter_map(|it| it.image.as_ref()) {
                all.push(Outside {
                    name: image.value.clone(),
                    span: image.span,
                    about: vec![service.span],
                    environment: Some(environment.clone()),
                });
            }
        }
    }
    all
}

/// A built image and the bases below it, the topmost first, and the image from outside that all stand on.
pub(super) fn chain<'m>(model: &'m Model, name: &str) -> (Vec<&'m Image>, Option<&'m EcoString>) {
    let mut chain: Vec<&Image> = Vec::new();
    let mut next = model.image(name);
    while let Some(image) = next {
        chain.push(image);
        // A last step of the way through stages: what the image stands on may be one of them.
        let mut from = &image.from.value;
        for stage in image.stages.iter().rev() {
            if matches!(from, From::Stage(it) if *it == stage.name) {
                from = &stage.from.value;
            }
        }
        next = match from {
            From::Base(base) if chain.len() <= model.images.len() => model.image(base),
            From::Base(_) | From::Stage(_) => None,
            From::External(outside) => return (chain, Some(outside)),
        };
    }
    (chain, None)
}

/// What keeps data or work in hand and needs time to stop: its kind, if the service is one.
pub(super) fn data_keeper(service: &Service) -> Option<&'static str> {
    let ServiceImage::Ready(image) = &service.image else {
        return None;
    };
    let name = ImageName::parse(&image.value).name;
    const DATABASES: &[&str] = &[
        "cassandra",
        "clickhouse",
        "clickhouse-server",
        "cockroach",
        "couchdb",
        "elasticsearch",
        "etcd",
        "influxdb",
        "mariadb",
        "mongo",
        "mongodb",
        "mysql",
        "neo4j",
        "opensearch",
        "percona",
        "pgvector",
        "postgis",
        "postgres",
        "postgresql",
        "redis",
        "scylla",
        "timescaledb",
        "valkey",
    ];
    const QUEUES: &[&str] = &[
        "activemq",
        "artemis",
        "kafka",
        "nats",
        "pulsar",
        "rabbitmq",
        "redpanda",
        "zookeeper",
    ];
    if DATABASES.contains(&name) {
        Some("database")
    } else if QUEUES.contains(&name) {
        Some("queue")
    } else {
        None
    }
}
