//! Does everything fit on the nodes, and still with one of them lost? A real placement, not a sum.
//!
//! Swarm places each task where it sees room and never moves one again, so there are two questions: what Swarm would do
//! ([`place`]), and whether there is any way at all ([`search`]). Only what cannot be is an error.

mod place;
mod search;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use self::place::{Demand, Load, Machine};
use self::search::Answer;
use super::{errors, placement, rollout};
use crate::diag::Sink;
use crate::model::environment::Node;
use crate::model::service::{Mode, Service};
use crate::model::{Engine, Fleet};
use crate::source::Span;

/// The most nodes and tasks that are placed one by one; a fleet beyond is not assessed.
const MOST: u64 = 4_000;
/// The most placements of single tasks, times nodes, in one assessment.
const MOST_WORK: u64 = 20_000_000;

/// How an environment's services fit on its nodes.
#[derive(Debug)]
pub struct Assessment {
    /// With every node there.
    pub whole: Outcome,
    /// With one node lost, for one of each kind; none where not even all nodes are enough.
    pub losses: Vec<Loss>,
    /// Jobs that do not fit beside the services.
    pub jobs: Vec<LeftOut>,
    /// Services that start the new before they stop the old, and have no room for one more.
    pub cramped: Vec<EcoString>,
}

/// What happens when a node is lost.
#[derive(Debug)]
pub struct Loss {
    /// The node.
    pub node: String,
    /// Where everything runs then.
    pub outcome: Outcome,
    /// Services that may run on that node only, and are down until it is back.
    pub pinned: Vec<EcoString>,
}

/// Where everything runs.
#[derive(Debug)]
pub struct Outcome {
    /// What is known.
    pub verdict: Verdict,
    /// Each node, in the order in which they are given.
    pub nodes: Vec<NodeUse>,
    /// What has no place.
    pub left_out: Vec<LeftOut>,
}

/// What is known of a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Swarm would place everything.
    Fits,
    /// There is a way, which Swarm, placing one after the other, may not find.
    Tight,
    /// There is no way.
    Impossible,
    /// Swarm might not find a way, and there are too many to try.
    Unsure,
}

/// What runs on a node.
#[derive(Debug)]
pub struct NodeUse {
    /// `node 4 (db=true)`
    pub name: String,
    /// Processors reserved, and there; `None` where the node does not say.
    pub cpus: (f64, Option<f64>),
    /// Bytes reserved, and there.
    pub memory: (u64, Option<u64>),
    /// Services with how many of their tasks.
    pub services: Vec<(EcoString, u32)>,
}

/// A service that has not all of its tasks.
#[derive(Debug)]
pub struct LeftOut {
    /// The service.
    pub service: EcoString,
    /// How many tasks have no place.
    pub missing: u32,
    /// How many there should be.
    pub of: u32,
}

/// Says how a fleet fits; nothing where its nodes are not given, or are too many to place tasks on.
pub fn assess(fleet: &Fleet) -> Option<Assessment> {
    let all = Nodes::of(fleet)?;
    let (services, jobs): (Vec<&Service>, Vec<&Service>) = fleet
        .services
        .iter()
        .map(|it| &**it)
        .partition(|it| it.job.is_none());
    let subjects: Vec<(&Service, Demand)> = services
        .into_iter()
        .map(|it| (it, all.demand(it)))
        .collect();
    let tasks: u64 = subjects.iter().map(|(_, it)| u64::from(it.tasks())).sum();
    let rounds = fleet.environment.nodes.len() as u64 + 1;
    if tasks.saturating_mul(all.machines.len() as u64 * rounds) > MOST_WORK {
        return None;
    }
    let (whole, loads) = all.outcome(&subjects);
    let mut losses = Vec::new();
    let mut beside = Vec::new();
    let mut cramped = Vec::new();
    if matches!(whole.verdict, Verdict::Fits | Verdict::Tight) {
        losses = all.losses(&subjects);
        for job in jobs {
            let demand = all.demand(job);
            let left_out = all.beside(&subjects, &loads, &demand);
            beside.extend(left_out.map(|missing| LeftOut {
                service: job.name.clone(),
                missing,
                of: demand.tasks(),
            }));
        }
    }
    if whole.verdict == Verdict::Fits {
        cramped = all.cramped(&subjects, &loads);
    }
    Some(Assessment {
        whole,
        losses,
        jobs: beside,
        cramped,
    })
}

/// Everything has a place, now and with one node lost, and there is room to update it.
pub(super) fn everything_fits(fleet: &Fleet, sink: &mut Sink) {
    let Some(assessment) = assess(fleet) else {
        return;
    };
    let nodes = fleet.environment.nodes.first().map(|it| it.span);
    let whole = &assessment.whole;
    for it in &whole.left_out {
        let place = place_of(fleet, &it.service);
        match whole.verdict {
            Verdict::Fits | Verdict::Tight => {}
            Verdict::Impossible => sink.push(errors::rollout::does_not_fit(
                place,
                &it.service,
                (it.missing, it.of),
                nodes,
                &table::table(whole),
            )),
            Verdict::Unsure => sink.push(errors::rollout::tight_fit(
                place,
                &it.service,
                false,
                nodes,
                &table::table(whole),
            )),
        }
    }
    if whole.verdict == Verdict::Tight {
        let first = whole.left_out.first().map(|it| it.service.clone());
        let name = first.unwrap_or_default();
        let place = place_of(fleet, &name);
        sink.push(errors::rollout::tight_fit(
            place,
            &name,
            true,
            nodes,
            &table::table(whole),
        ));
    }
    // One loss says enough: the others are shown by `svcc capacity`.
    let lost = assessment
        .losses
        .iter()
        .find(|it| it.outcome.verdict == Verdict::Impossible);
    if let Some(loss) = lost
        && let Some(it) = loss.outcome.left_out.first()
    {
        sink.push(errors::rollout::no_room_after_loss(
            place_of(fleet, &it.service),
            &it.service,
            (it.missing, it.of),
            &loss.node,
            nodes,
            &table::table(&loss.outcome),
        ));
    }
    for it in &assessment.jobs {
        sink.push(errors::rollout::does_not_fit(
            place_of(fleet, &it.service),
            &it.service,
            (it.missing, it.of),
            nodes,
            &table::table(whole),
        ));
    }
    for name in &assessment.cramped {
        let place = place_of(fleet, name);
        sink.push(errors::rollout::no_headroom(
            place,
            name,
            nodes,
            &table::table(whole),
        ));
    }
}

/// The line that says most about how much a service needs.
fn place_of(fleet: &Fleet, name: &str) -> Option<Span> {
    let it = fleet.service(name)?;
    let memory = it.reserve_memory.as_ref().and_then(|it| it.span);
    let cpus = it.reserve_cpus.as_ref().and_then(|it| it.span);
    let replicas = it.replicas.as_ref().and_then(|it| it.span);
    memory.or(cpus).or(replicas).or(Some(it.span))
}

/// The nodes of an environment, one by one.
struct Nodes<'a> {
    nodes: Vec<&'a Node>,
    machines: Vec<Machine>,
    /// Where each kind of node begins.
    kinds: Vec<usize>,
}

impl<'a> Nodes<'a> {
    fn of(fleet: &'a Fleet) -> Option<Nodes<'a>> {
        let given = &fleet.environment.nodes;
        let count: u64 = given.iter().map(|it| u64::from(it.value.count)).sum();
        if fleet.environment.engine.value != Engine::Swarm || count == 0 || count > MOST {
            return None;
        }
        let (mut nodes, mut kinds) = (Vec::new(), Vec::new());
        for node in given.iter().map(|it| &it.value).filter(|it| it.count > 0) {
            kinds.push(nodes.len());
            nodes.extend((0..node.count).map(|_| node));
        }
        let machines = nodes
            .iter()
            .map(|it| Machine {
                cpus: if it.cpus > 0.0 {
                    billionths(it.cpus)
                } else {
                    u64::MAX
                },
                memory: if it.memory.bytes > 0 {
                    it.memory.bytes
                } else {
                    u64::MAX
                },
            })
            .collect();
        Some(Nodes {
            nodes,
            machines,
            kinds,
        })
    }

    fn demand(&self, it: &Service) -> Demand {
        let scheduled = it.job.as_ref().is_some_and(|it| it.schedule.is_some());
        let global = it.mode.as_ref().is_some_and(|it| it.value == Mode::Global) && !scheduled;
        let replicas = it.replicas.as_ref().map_or(1, |it| it.value);
        let most = it.max_per_node.as_ref().map_or(0, |it| it.value);
        let host = it.publish.iter().filter(|(_, it)| it.value.host);
        let spread = it.spread.iter().flat_map(|it| &it.value);
        // A constraint that no node meets was reported as such.
        let fit: Vec<bool> = self
            .nodes
            .iter()
            .map(|node| placement::may_run(it, node))
            .collect();
        let hopeless = !fit.contains(&true);
        Demand {
            cpus: it
                .reserve_cpus
                .as_ref()
                .map_or(0, |it| billionths(it.value)),
            memory: it.reserve_memory.as_ref().map_or(0, |it| it.value.bytes),
            count: match (
                hopeless && placement::has_an_unmet(it, &self.nodes),
                scheduled,
            ) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => replicas,
            },
            global,
            most: if most == 0 || global { u32::MAX } else { most },
            ports: host
                .map(|(_, it)| (it.value.port, it.value.protocol))
                .collect(),
            eligible: fit,
            branches: self.branches(spread.map(|it| it.value.as_str())),
        }
    }

    /// For each level of spreading, which branch each node is in: that of the levels above, and its own label's value.
    fn branches<'s>(&self, spread: impl Iterator<Item = &'s str>) -> Vec<Vec<usize>> {
        let mut paths: Vec<Vec<&str>> = vec![Vec::new(); self.nodes.len()];
        let mut levels = Vec::new();
        for descriptor in spread {
            let Some(label) = descriptor.strip_prefix("node.labels.") else {
                continue;
            };
            let mut numbers: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
            let mut level = Vec::with_capacity(self.nodes.len());
            for (path, node) in paths.iter_mut().zip(&self.nodes) {
                let value = node.labels.iter().rev().find(|(key, _)| key == label);
                path.push(value.map_or("", |(_, it)| it.as_str()));
                let next = numbers.len();
                level.push(*numbers.entry(path.clone()).or_insert(next));
            }
            levels.push(level);
        }
        levels
    }

    /// What Swarm would do, and whether there is another way where that is not enough.
    fn outcome(&self, subjects: &[(&Service, Demand)]) -> (Outcome, Vec<Load>) {
        let demands: Vec<Demand> = subjects.iter().map(|(_, it)| it.clone()).collect();
        let (placement, loads) = place::as_swarm_would(&self.machines, &demands);
        let left_out = |at: usize, missing: u32| LeftOut {
            service: subjects[at].0.name.clone(),
            missing,
            of: demands[at].tasks(),
        };
        let missing = placement.missing.iter().enumerate();
        let short: Vec<LeftOut> = missing
            .filter(|(_, it)| **it > 0)
            .map(|(at, it)| left_out(at, *it))
            .collect();
        if short.is_empty() {
            let nodes = self.uses(subjects, &placement.on);
            let outcome = Outcome {
                verdict: Verdict::Fits,
                nodes,
                left_out: short,
            };
            return (outcome, loads);
        }
        let (verdict, on, left_out) = match search::solve(&self.machines, &demands) {
            Answer::Fits(found) => (Verdict::Tight, found.on, short),
            Answer::Unknown => (Verdict::Unsure, placement.on, short),
            Answer::Impossible(blamed) => {
                // Others are left out as a consequence.
                let blamed: Vec<LeftOut> = blamed
                    .into_iter()
                    .map(|at| left_out(at, placement.missing[at]))
                    .filter(|it| it.missing > 0)
                    .collect();
                let left_out = if blamed.is_empty() { short } else { blamed };
                (Verdict::Impossible, placement.on, left_out)
            }
        };
        let nodes = self.uses(subjects, &on);
        let outcome = Outcome {
            verdict,
            nodes,
            left_out,
        };
        (outcome, loads)
    }

    fn losses(&self, subjects: &[(&Service, Demand)]) -> Vec<Loss> {
        if self.nodes.len() < 2 {
            return Vec::new();
        }
        let lose = |lost: usize| {
            let mut pinned = Vec::new();
            let mut rest: Vec<(&Service, Demand)> = Vec::with_capacity(subjects.len());
            for (service, demand) in subjects {
                let mut demand = demand.clone();
                if demand.eligible[lost] {
                    demand.eligible[lost] = false;
                    if demand.fit() == 0 {
                        demand.count = 0;
                        pinned.push(service.name.clone());
                    }
                }
                rest.push((service, demand));
            }
            let (mut outcome, _) = self.outcome(&rest);
            let node = outcome.nodes.remove(lost).name;
            Loss {
                node,
                outcome,
                pinned,
            }
        };
        self.kinds.iter().map(|it| lose(*it)).collect()
    }

    /// How many tasks of a job have no place beside the services; nothing where all have, or where it is not known.
    fn beside(&self, subjects: &[(&Service, Demand)], loads: &[Load], job: &Demand) -> Option<u32> {
        let (_, missing) = place::one(&mut loads.to_vec(), job);
        if missing == 0 {
            return None;
        }
        let mut demands: Vec<Demand> = subjects.iter().map(|(_, it)| it.clone()).collect();
        demands.push(job.clone());
        let answer = search::solve(&self.machines, &demands);
        matches!(answer, Answer::Impossible(_)).then_some(missing)
    }

    /// Services whose update starts new tasks first, where none of its nodes has room for one more.
    fn cramped(&self, subjects: &[(&Service, Demand)], loads: &[Load]) -> Vec<EcoString> {
        let (placement, _) = {
            let demands: Vec<Demand> = subjects.iter().map(|(_, it)| it.clone()).collect();
            place::as_swarm_would(&self.machines, &demands)
        };
        let mut cramped = BTreeSet::new();
        for ((service, demand), on) in subjects.iter().zip(&placement.on) {
            if demand.tasks() == 0 || !rollout::starts_first(service) {
                continue;
            }
            let fits = |at: usize| {
                // Of a global service the new task must run beside the old one on the same node.
                let already = if demand.global { 0 } else { on[at] };
                demand.eligible[at] && loads[at].room(demand, already) > 0
            };
            let mut nodes = 0..self.nodes.len();
            let enough = if demand.global {
                nodes.all(|at| on[at] == 0 || fits(at))
            } else {
                nodes.any(fits)
            };
            if !enough {
                cramped.insert(service.name.clone());
            }
        }
        cramped.into_iter().collect()
    }

    fn uses(&self, subjects: &[(&Service, Demand)], on: &[Vec<u32>]) -> Vec<NodeUse> {
        let mut uses: Vec<NodeUse> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(at, node)| NodeUse {
                name: name_of(at, node),
                cpus: (0.0, (node.cpus > 0.0).then_some(node.cpus)),
                memory: (0, (node.memory.bytes > 0).then_some(node.memory.bytes)),
                services: Vec::new(),
            })
            .collect();
        for ((service, demand), on) in subjects.iter().zip(on) {
            for (it, tasks) in uses.iter_mut().zip(on).filter(|(_, tasks)| **tasks > 0) {
                it.cpus.0 += demand.cpus as f64 / 1e9 * f64::from(*tasks);
                it.memory.0 += demand.memory * u64::from(*tasks);
                it.services.push((service.name.clone(), *tasks));
            }
        }
        uses
    }
}

fn billionths(cpus: f64) -> u64 {
    // A cast saturates, and takes what is negative for nothing.
    (cpus * 1e9).round() as u64
}

fn name_of(at: usize, node: &Node) -> String {
    let labels = node
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    let role = node.manager.then(|| "manager".to_owned());
    let more: Vec<String> = labels.chain(role).collect();
    match more.as_slice() {
        [] => format!("node {}", at + 1),
        more => format!("node {} ({})", at + 1, more.join(", ")),
    }
}

/// The nodes that a service may run on.
pub(super) fn nodes_for(fleet: &Fleet, service: &Service) -> Option<u64> {
    let nodes = &fleet.environment.nodes;
    let fit = nodes
        .iter()
        .filter(|it| placement::may_run(service, &it.value));
    (!nodes.is_empty()).then(|| fit.map(|it| u64::from(it.value.count)).sum())
}

#[cfg(test)]
mod tests;
