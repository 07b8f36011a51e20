//! What a deploy would do: two stacks as plain data, and how one becomes the other.

use std::collections::{BTreeMap, BTreeSet};

/// What runs, or is to run, in one environment. Jobs that run before services are left out: they come and go.
#[derive(Debug, Default)]
pub struct Stack {
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
}

/// A service, as far as it is known.
#[derive(Debug, Default)]
pub struct Service {
    /// How many run; `None` for one on each node, or a job.
    pub replicas: Option<u32>,
    /// `replicated`, `global`, `replicated-job`, `global-job`.
    pub mode: String,
    /// What its containers are made from: a change of one makes new ones. `image`, `env NAME`, `secret /path`.
    pub facts: BTreeMap<String, String>,
    /// What is said of the service itself: a change of one restarts nothing. `update`, `service label NAME`, `placement`.
    pub settings: BTreeMap<String, String>,
    /// Whether a new container is up before an old one stops; `None` where that is not known.
    pub starts_first: Option<bool>,
}

/// What happens to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Create,
    /// It goes.
    Remove,
    /// Its mode changes, which Swarm does not do to a service that is there.
    Refuse {
        /// The mode that it has.
        from: String,
        /// The mode that it is to have.
        to: String,
    },
    /// Its containers are replaced.
    Roll {
        /// Nothing serves for a while.
        downtime: bool,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// What is said of the service itself changes; its containers stay, where their nodes still fit.
    Adjust {
        /// What changes.
        reasons: Vec<Reason>,
    },
    /// Containers are added or taken away.
    Scale {
        /// How many there are.
        from: u32,
        /// How many there are to be.
        to: u32,
    },
}

/// A fact that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its name: `env LOG_LEVEL`.
    pub what: String,
    /// What it is; `None` where it was not set.
    pub from: Option<String>,
    /// What it becomes; `None` where it is not set any more.
    pub to: Option<String>,
}

/// What happens to each service that does not stay as it is, by name; one may roll and scale.
pub fn changes(old: &Stack, new: &Stack) -> Vec<(String, Action)> {
    let mut changes = Vec::new();
    let names: BTreeSet<&String> = old.services.keys().chain(new.services.keys()).collect();
    for name in names {
        let actions = match (old.services.get(name), new.services.get(name)) {
            (None, _) => vec![Action::Create],
            (_, None) => vec![Action::Remove],
            (Some(before), Some(after)) => service(before, after),
        };
        changes.extend(actions.into_iter().map(|it| (name.clone(), it)));
    }
    changes
}

fn service(old: &Service, new: &Service) -> Vec<Action> {
    if old.mode != new.mode {
        return vec![Action::Refuse {
            from: old.mode.clone(),
            to: new.mode.clone(),
        }];
    }
    let mut actions = Vec::new();
    let reasons = differences(&old.facts, &new.facts);
    if !reasons.is_empty() {
        let alone = new.mode == "replicated" && old.replicas.min(new.replicas) <= Some(1);
        actions.push(Action::Roll {
            downtime: alone && new.starts_first == Some(false),
            reasons,
        });
    }
    let reasons = differences(&old.settings, &new.settings);
    if !reasons.is_empty() {
        actions.push(Action::Adjust { reasons });
    }
    if let (Some(from), Some(to)) = (old.replicas, new.replicas)
        && from != to
    {
        actions.push(Action::Scale { from, to });
    }
    actions
}

/// The facts that are not on both sides, or not alike.
fn differences(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Reason> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let reasons = names.into_iter().filter_map(|what| {
        let (from, to) = (old.get(what), new.get(what));
        // What an image is, and what a network is called, is told by both sides or not known.
        let untold =
            matches!(what.as_str(), "image" | "networks") && (from.is_none() || to.is_none());
        (from != to && !untold).then(|| Reason {
            what: what.clone(),
            from: from.cloned(),
            to: to.cloned(),
        })
    });
    reasons.collect()
}

/// `["a", "b"]`
pub fn list(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().collect();
    format!("{words:?}")
}
