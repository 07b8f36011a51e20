//! The fleet as meant: plain data, with where each value was given. Knows no file format.
//!
//! What shapes images is the same in every environment and stands in [`Model::images`]; what runs them is one [`Fleet`]
//! per environment.

pub mod by_name;
pub mod environment;
pub mod image;
pub mod origin;
pub mod pipeline;
pub mod secret;
pub mod service;

use std::sync::Arc;

use ecow::EcoString;

use crate::source::Span;

pub use by_name::ByName;
pub use environment::{DeployMode, Engine, Environment, Node};
pub use image::{From, Image, ImageKind, Stage, Step, StepKind, System};
pub use origin::{Given, Giver, Slot};
pub use pipeline::{CustomTarget, Pipeline, PipelineSystem};
pub use secret::{Config, Network, Secret, SecretSource, Volume};
pub use service::Service;

/// Everything that a project says.
#[derive(Debug, Clone)]
pub struct Model {
    /// The project itself.
    pub project: Project,
    /// Bases and the images of built services and jobs, by name; the same in every environment.
    pub images: ByName<Image>,
    /// One fleet per environment, in the order in which environments are declared.
    pub fleets: Vec<Fleet>,
    /// At most one per CI system.
    pub pipelines: Vec<Pipeline>,
    /// Templates of the project's own.
    pub targets: Vec<CustomTarget>,
}

/// `project NAME { … }`
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// The language's rules: 2026.
    pub edition: i64,
    /// Where images are pushed: `registry.example.com/shop`, no slash at the end.
    pub registry: Option<Given<EcoString>>,
    /// The folder that is written to, `deploy` unless set. Pipelines stand outside.
    pub output: EcoString,
    /// The repository's address, for image labels.
    pub source: Option<Given<EcoString>>,
    /// The Dockerfile front end to ask for where a step needs a newer one: `docker/dockerfile:1`.
    pub syntax: Option<Given<EcoString>>,
    /// What the builder says of the services' images, in the registry beside them.
    pub attest: Vec<Attestation>,
}

/// Something that a builder says of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attestation {
    /// How it was built.
    Provenance,
    /// What is in it.
    Sbom,
}

/// What runs in one environment.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// The environment.
    pub environment: Environment,
    /// The services and jobs that run there, by name; those with `enabled = false` are left out.
    pub services: ByName<Service>,
    /// The secrets, by name; also those that nothing uses.
    pub secrets: Vec<Secret>,
    /// The configs, by name; also those that nothing uses.
    pub configs: Vec<Config>,
    /// The volumes, by name.
    pub volumes: Vec<Volume>,
    /// The networks, by name.
    pub networks: Vec<Network>,
}

impl Model {
    /// The image of this name.
    pub fn image(&self, name: &str) -> Option<&Arc<Image>> {
        self.images.get(name)
    }
}

impl Fleet {
    /// The service or job of this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name).map(|it| &**it)
    }

    /// The secret of this name.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.iter().find(|it| it.name == name)
    }

    /// The config of this name.
    pub fn config(&self, name: &str) -> Option<&Config> {
        self.configs.iter().find(|it| it.name == name)
    }
}
