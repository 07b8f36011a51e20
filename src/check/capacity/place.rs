//! Tasks on machines as Swarm's own scheduler puts them there: one after the other, never moving one again.

use crate::model::service::Protocol;

/// What a machine has for tasks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Machine {
    /// In billionths of a processor, as Swarm counts them.
    pub(super) cpus: u64,
    /// In bytes.
    pub(super) memory: u64,
}

/// What a service asks for, for each of its tasks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Demand {
    pub(super) cpus: u64,
    pub(super) memory: u64,
    /// How many tasks; of a global service it does not matter.
    pub(super) count: u32,
    /// One on every machine that is fit.
    pub(super) global: bool,
    /// The most on one machine.
    pub(super) most: u32,
    /// Ports of the machine that each task takes.
    pub(super) ports: Vec<(u16, Protocol)>,
    /// Which machines are fit.
    pub(super) eligible: Vec<bool>,
    /// For each preference, the branch of each machine: tasks are spread evenly over branches.
    pub(super) branches: Vec<Vec<usize>>,
}

/// How many tasks of each demand are on each machine, and how many have no place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placement {
    pub(super) on: Vec<Vec<u32>>,
    pub(super) missing: Vec<u32>,
}

/// What is left of a machine.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Load {
    pub(super) cpus: u64,
    pub(super) memory: u64,
    pub(super) tasks: u32,
    pub(super) ports: Vec<(u16, Protocol)>,
}

impl Demand {
    /// Whether it takes nothing that could run out.
    pub(super) fn is_weightless(&self) -> bool {
        self.cpus == 0 && self.memory == 0 && self.ports.is_empty() && self.most == u32::MAX
    }

    /// How many machines are fit.
    pub(super) fn fit(&self) -> usize {
        self.eligible.iter().filter(|it| **it).count()
    }

    /// How many tasks there are to place.
    pub(super) fn tasks(&self) -> u32 {
        if self.global {
            u32::try_from(self.fit()).unwrap_or(u32::MAX)
        } else {
            self.count
        }
    }
}

impl Load {
    pub(super) fn of(machine: &Machine) -> Load {
        Load {
            cpus: machine.cpus,
            memory: machine.memory,
            tasks: 0,
            ports: Vec::new(),
        }
    }

    /// How many more tasks fit, where so many are there already.
    pub(super) fn room(&self, demand: &Demand, already: u32) -> u32 {
        let of = |free: u64, each: u64| match free.checked_div(each) {
            Some(it) => u32::try_from(it).unwrap_or(u32::MAX),
            None => u32::MAX,
        };
        let mut most = of(self.cpus, demand.cpus).min(of(self.memory, demand.memory));
        most = most.min(demand.most.saturating_sub(already));
        if demand.ports.is_empty() {
            most
        } else if demand.ports.iter().any(|it| self.ports.contains(it)) {
            0
        } else {
            most.min(1)
        }
    }

    pub(super) fn take(&mut self, demand: &Demand, tasks: u32) {
        self.cpus -= demand.cpus * u64::from(tasks);
        self.memory -= demand.memory * u64::from(tasks);
        self.tasks += tasks;
        if tasks > 0 {
            self.ports.extend(&demand.ports);
        }
    }

    pub(super) fn give_back(&mut self, demand: &Demand, tasks: u32) {
        self.cpus += demand.cpus * u64::from(tasks);
        self.memory += demand.memory * u64::from(tasks);
        self.tasks -= tasks;
        if tasks > 0 {
            self.ports.truncate(self.ports.len() - demand.ports.len());
        }
    }
}

/// Places the demands in their order: each task where fewest of its service are, in the branch that has fewest.
pub(super) fn as_swarm_would(machines: &[Machine], demands: &[Demand]) -> (Placement, Vec<Load>) {
    let mut loads: Vec<Load> = machines.iter().map(Load::of).collect();
    let mut placement = Placement {
        on: Vec::with_capacity(demands.len()),
        missing: Vec::with_capacity(demands.len()),
    };
    for demand in demands {
        let (on, missing) = one(&mut loads, demand);
        placement.on.push(on);
        placement.missing.push(missing);
    }
    (placement, loads)
}

/// Places one demand on what is left.
pub(super) fn one(loads: &mut [Load], demand: &Demand) -> (Vec<u32>, u32) {
    let mut on = vec![0; loads.len()];
    if demand.global {
        let mut missing = 0;
        for (at, load) in loads.iter_mut().enumerate() {
            if !demand.eligible[at] {
                continue;
            }
            if load.room(demand, 0) > 0 {
                load.take(demand, 1);
                on[at] = 1;
            } else {
                missing += 1;
            }
        }
        return (on, missing);
    }
    let mut branches: Vec<Vec<u32>> = demand
        .branches
        .iter()
        .map(|it| vec![0; it.iter().max().map_or(0, |it| it + 1)])
        .collect();
    for placed in 0..demand.count {
        let fits = |at: &usize| demand.eligible[*at] && loads[*at].room(demand, on[*at]) > 0;
        let rank = |at: &usize| {
            let counts = demand.branches.iter().zip(&branches);
            let counts: Vec<u32> = counts.map(|(of, count)| count[of[*at]]).collect();
            (counts, on[*at], loads[*at].tasks, *at)
        };
        let Some(at) = (0..loads.len()).filter(fits).min_by_key(rank) else {
            return (on, demand.count - placed);
        };
        loads[at].take(demand, 1);
        on[at] += 1;
        for (of, count) in demand.branches.iter().zip(&mut branches) {
            count[of[at]] += 1;
        }
    }
    (on, 0)
}
