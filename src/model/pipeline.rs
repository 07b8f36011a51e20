//! What builds and deploys the fleet, and targets of the project's own.

use ecow::EcoString;

use super::Given;
use crate::source::{Span, Spanned};
use crate::value::Duration;

/// `pipeline gitlab { … }`
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Which CI system.
    pub system: PipelineSystem,
    /// Where its name stands.
    pub span: Span,
    /// The branch that is deployed: `main` unless set.
    pub branch: EcoString,
    /// How jobs reach an engine: `docker = dind | socket`.
    pub docker: Given<DockerAccess>,
    /// The runners' tags or labels.
    pub runners: Vec<EcoString>,
    /// How long a job may take.
    pub timeout: Given<Duration>,
    /// Where the pipeline is written, relative to the root; where its system looks for it unless set.
    pub file: Option<Given<EcoString>>,
    /// Who asks a person before a deploy; the pipeline unless set.
    pub approval: Option<Given<Approval>>,
    /// Who may say yes; everybody who may run the pipeline unless set.
    pub approvers: Option<Given<Vec<EcoString>>>,
    /// When everything is built again on fresh images from outside: `0 4 * * 1`.
    pub schedule: Option<Given<EcoString>>,
    /// How often a job whose runner failed is tried again; once unless set.
    pub retries: Option<Given<u32>>,
    /// Registries beside the project's that jobs log in to.
    pub logins: Vec<Spanned<EcoString>>,
}

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PipelineSystem {
    /// GitLab CI.
    Gitlab,
    /// GitHub Actions.
    Github,
    /// Jenkins, declarative.
    Jenkins,
}

/// How CI jobs reach a Docker Engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DockerAccess {
    /// A Docker Engine of the job's own, beside it, over TLS.
    Dind,
    /// The runner's.
    Socket,
}

/// Who asks a person before a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Approval {
    /// The pipeline: a job, workflow or question that a person starts or answers.
    Pipeline,
    /// The CI system's own environment, which has reviewers.
    Environment,
}

/// `target NAME { template = "k.j2", each = service, output = "…" }`
#[derive(Debug, Clone)]
pub struct CustomTarget {
    /// Its name.
    pub name: Spanned<EcoString>,
    /// The template's path, relative to the root.
    pub template: Spanned<EcoString>,
    /// What one file is made for.
    pub each: Each,
    /// The path of what is written, below the output folder; itself a template.
    pub output: Spanned<EcoString>,
}

/// What a target writes one file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Each {
    /// One file for every service in every environment.
    Service,
    /// One file for every environment.
    Environment,
    /// One file.
    Project,
}

impl PipelineSystem {
    /// Its word in the language.
    pub fn word(self) -> &'static str {
        match self {
            PipelineSystem::Gitlab => "gitlab",
            PipelineSystem::Github => "github",
            PipelineSystem::Jenkins => "jenkins",
        }
    }
}
