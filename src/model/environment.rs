//! Where a fleet runs.

use ecow::EcoString;

use super::Given;
use super::service::Merged;
use crate::source::{Span, Spanned};
use crate::value::{Size, Value};

/// `environment NAME { … }`
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// What runs the fleet there.
    pub engine: Given<Engine>,
    /// `DOCKER_HOST` of a Swarm manager: `ssh://deploy@swarm.example.com`; the local engine where not set.
    pub host: Option<Given<EcoString>>,
    /// The Docker context that reaches it, in place of a host.
    pub context: Option<Given<EcoString>>,
    /// The hosts of several Swarms, or machines, that all run the fleet: one after the other.
    pub regions: Option<Given<Vec<EcoString>>>,
    /// Who decides that something goes there.
    pub deploy: Given<DeployMode>,
    /// The environment that a release must have gone through before.
    pub after: Option<Spanned<EcoString>>,
    /// The name of the stack or compose project: `PROJECT` for one Swarm per environment, unless set.
    pub stack: Given<EcoString>,
    /// The machines, where they are given.
    pub nodes: Vec<Spanned<Node>>,
    /// `let`s: what `environment.NAME` says.
    pub lets: Merged<Value>,
}

/// What runs a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// `docker compose` on one machine, from sources.
    Compose,
    /// `docker stack deploy`, by digest.
    Swarm,
}

/// Who decides on a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeployMode {
    /// CI, as soon as the tests pass on the branch.
    Automatic,
    /// A person.
    Manual,
}

/// `node(count, cpus, memory, labels, role)`
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// How many of them.
    pub count: u32,
    /// Processors of each.
    pub cpus: f64,
    /// Memory of each.
    pub memory: Size,
    /// `node.labels.*` of each.
    pub labels: Vec<(EcoString, EcoString)>,
    /// Whether they are managers.
    pub manager: bool,
}

impl Environment {
    /// Whether releases are brought to it: to a Swarm, and to compose on a machine that is named. Compose without one is
    /// the machine of who works on the fleet, where it comes from sources.
    pub fn is_deployed(&self) -> bool {
        self.engine.value == Engine::Swarm
            || self.hosts().next().is_some()
            || self.context.is_some()
    }

    /// Where it is: its host, or those of its regions.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let host = self.host.iter().map(|it| it.value.as_str());
        let regions = self.regions.iter().flat_map(|it| &it.value);
        host.chain(regions.map(EcoString::as_str))
    }

    /// Whether it is reached with ssh, which needs a key and the hosts' own.
    pub fn reached_by_ssh(&self) -> bool {
        self.hosts().any(|it| it.starts_with("ssh://"))
    }
}
