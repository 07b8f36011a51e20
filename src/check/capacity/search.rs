//! Is there any placement at all? Says no only where it is proved: by a bound, or by trying everything.

use std::collections::BTreeMap;

use super::place::{self, Demand, Load, Machine, Placement};

/// The most steps of a search; what is not found by then is unknown.
const STEPS: u32 = 50_000;
/// The most machines times demands that are searched; each is a step deep.
const LARGEST: usize = 2_000;

/// What is known of a set of demands.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// All fit so.
    Fits(Placement),
    /// They do not, whatever one tries; some of these are to blame.
    Impossible(Vec<usize>),
    /// There are too many ways to try.
    Unknown,
}

/// Looks for a placement of all demands.
pub(super) fn solve(machines: &[Machine], demands: &[Demand]) -> Answer {
    let mut search = Search::new(machines, demands);
    let blamed = search.blame();
    if !blamed.is_empty() {
        return Answer::Impossible(with_the_rest(machines, demands, blamed));
    }
    for order in search.orders() {
        if let Some(it) = search.pack(&order) {
            return Answer::Fits(it);
        }
    }
    let weighty = search.order.len();
    if weighty * machines.len() > LARGEST {
        return Answer::Unknown;
    }
    match search.demand(0) {
        Some(true) => Answer::Fits(search.finish()),
        Some(false) => {
            // Together they are too much; none of them alone.
            let all = search.order.into_iter();
            Answer::Impossible(all.filter(|it| demands[*it].count > 0).collect())
        }
        None => Answer::Unknown,
    }
}

/// Those to blame, and whoever is to blame even without them.
fn with_the_rest(machines: &[Machine], demands: &[Demand], mut blamed: Vec<usize>) -> Vec<usize> {
    let mut rest = demands.to_vec();
    for it in &blamed {
        rest[*it].count = 0;
        rest[*it].eligible.fill(false);
    }
    // Each turn takes at least one demand away, so this ends.
    if let Answer::Impossible(more) = solve(machines, &rest) {
        blamed.extend(more);
    }
    blamed
}

struct Search<'a> {
    demands: &'a [Demand],
    /// What global services leave, less what the search has placed.
    loads: Vec<Load>,
    on: Vec<Vec<u32>>,
    /// Global tasks without a place.
    crowded_out: Vec<usize>,
    /// The demands to search, the hardest first.
    order: Vec<usize>,
    /// Machines of one class are alike for every demand.
    class: Vec<usize>,
    steps: u32,
}

impl<'a> Search<'a> {
    fn new(machines: &[Machine], demands: &'a [Demand]) -> Search<'a> {
        let mut loads: Vec<Load> = machines.iter().map(Load::of).collect();
        let mut on = vec![Vec::new(); demands.len()];
        let mut crowded_out = Vec::new();
        for (at, demand) in demands.iter().enumerate() {
            if demand.global {
                let (places, missing) = place::one(&mut loads, demand);
                on[at] = places;
                if missing > 0 {
                    crowded_out.push(at);
                }
            } else {
                on[at] = vec![0; machines.len()];
            }
        }
        let mut order: Vec<usize> = (0..demands.len())
            .filter(|at| !demands[*at].global && !demands[*at].is_weightless())
            .collect();
        let size = |it: &Demand| weight(it, machines);
        order.sort_by(|a, b| {
            let (a, b) = (&demands[*a], &demands[*b]);
            a.fit().cmp(&b.fit()).then(size(b).cmp(&size(a)))
        });
        let mut classes: BTreeMap<(u64, u64, Vec<bool>), usize> = BTreeMap::new();
        let class = machines
            .iter()
            .enumerate()
            .map(|(at, it)| {
                let fit = order.iter().map(|demand| demands[*demand].eligible[at]);
                let next = classes.len();
                *classes
                    .entry((it.cpus, it.memory, fit.collect()))
                    .or_insert(next)
            })
            .collect();
        Search {
            demands,
            loads,
            on,
            crowded_out,
            order,
            class,
            steps: 0,
        }
    }

    /// Demands that cannot fit for a reason that needs no search.
    fn blame(&self) -> Vec<usize> {
        let mut blamed = self.crowded_out.clone();
        for (at, demand) in self.demands.iter().enumerate() {
            if !demand.global && self.room_from(demand, &self.on[at], 0) < u64::from(demand.count) {
                blamed.push(at);
            }
        }
        if blamed.is_empty() {
            blamed.extend(self.overcrowded());
        }
        if blamed.is_empty() {
            blamed.extend(self.port_is_wanted_too_often());
        }
        blamed
    }

    /// How many tasks fit on the machines from this one on, if nothing else comes.
    fn room_from(&self, demand: &Demand, on: &[u32], first: usize) -> u64 {
        (first..self.loads.len())
            .filter(|at| demand.eligible[*at])
            .map(|at| u64::from(self.loads[at].room(demand, on[at])))
            .sum()
    }

    /// Demands that may only run on some machines, and are together more than these have.
    fn overcrowded(&self) -> Option<usize> {
        let mut sets: BTreeMap<&[bool], Vec<usize>> = BTreeMap::new();
        for at in &self.order {
            let eligible = self.demands[*at].eligible.as_slice();
            sets.entry(eligible).or_default().push(*at);
        }
        let is_within = |inner: &[bool], outer: &[bool]| {
            inner
                .iter()
                .zip(outer)
                .all(|(inner, outer)| !inner || *outer)
        };
        for outer in sets.keys() {
            let inside = sets.iter().filter(|(inner, _)| is_within(inner, outer));
            let inside: Vec<usize> = inside.flat_map(|(_, it)| it.iter().copied()).collect();
            let wanted = |each: fn(&Demand) -> u64| -> u128 {
                let one = |at: &usize| &self.demands[*at];
                let all = inside.iter().map(one);
                all.map(|it| u128::from(each(it)) * u128::from(it.count))
                    .sum()
            };
            let free = |of: fn(&Load) -> u64| -> u128 {
                let fit = self.loads.iter().zip(outer.iter()).filter(|(_, it)| **it);
                fit.map(|(it, _)| u128::from(of(it))).sum()
            };
            let too_much = wanted(|it| it.cpus) > free(|it| it.cpus)
                || wanted(|it| it.memory) > free(|it| it.memory);
            if too_much {
                let total = |at: &usize| {
                    let it = &self.demands[*at];
                    u128::from(it.memory) * u128::from(it.count)
                };
                return inside.into_iter().max_by_key(total);
            }
        }
        None
    }

    /// Of demands for a port that more tasks want than there are machines to have it, the one with most tasks.
    fn port_is_wanted_too_often(&self) -> Option<usize> {
        let mut wanted: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for at in &self.order {
            for port in &self.demands[*at].ports {
                wanted.entry(*port).or_default().push(*at);
            }
        }
        wanted.into_iter().find_map(|(port, who)| {
            let count = |at: &usize| self.demands[*at].count;
            let tasks: u64 = who.iter().map(|it| u64::from(count(it))).sum();
            let free = self.loads.iter().enumerate().filter(|(at, load)| {
                let fits = |it: &usize| self.demands[*it].eligible[*at];
                !load.ports.contains(&port) && who.iter().any(fits)
            });
            let too_many = tasks > free.count() as u64;
            too_many
                .then(|| who.into_iter().max_by_key(count))
                .flatten()
        })
    }

    /// Orders in which greedy packing is tried.
    fn orders(&self) -> Vec<Vec<usize>> {
        let mut by_memory = self.order.clone();
        by_memory.sort_by_key(|at| std::cmp::Reverse(self.demands[*at].memory));
        let mut by_cpus = self.order.clone();
        by_cpus.sort_by_key(|at| std::cmp::Reverse(self.demands[*at].cpus));
        vec![self.order.clone(), by_memory, by_cpus]
    }

    /// Packs in this order, each task on the fullest machine that takes it.
    fn pack(&self, order: &[usize]) -> Option<Placement> {
        let mut loads = self.loads.clone();
        let mut on = self.on.clone();
        for at in order {
            let demand = &self.demands[*at];
            let mut machines: Vec<usize> = (0..loads.len()).collect();
            machines.sort_by_key(|it| (loads[*it].memory, loads[*it].cpus));
            let mut left = demand.count;
            for machine in machines.into_iter().filter(|it| demand.eligible[*it]) {
                let tasks = loads[machine].room(demand, 0).min(left);
                loads[machine].take(demand, tasks);
                on[*at][machine] = tasks;
                left -= tasks;
            }
            if left > 0 {
                return None;
            }
        }
        Some(self.with_the_weightless(on, loads))
    }

    /// The placement that the search found.
    fn finish(self) -> Placement {
        let (on, loads) = (self.on.clone(), self.loads.clone());
        self.with_the_weightless(on, loads)
    }

    fn with_the_weightless(&self, mut on: Vec<Vec<u32>>, mut loads: Vec<Load>) -> Placement {
        for (at, demand) in self.demands.iter().enumerate() {
            if !demand.global && demand.is_weightless() {
                (on[at], _) = place::one(&mut loads, demand);
            }
        }
        let missing = vec![0; on.len()];
        Placement { on, missing }
    }

    /// Places the demands from this one on; `None` where there are too many ways.
    fn demand(&mut self, at: usize) -> Option<bool> {
        match self.order.get(at) {
            None => Some(true),
            Some(demand) => self.machine(at, 0, self.demands[*demand].count),
        }
    }

    /// Places what is left of a demand on the machines from this one on.
    fn machine(&mut self, at: usize, machine: usize, left: u32) -> Option<bool> {
        self.steps += 1;
        if self.steps > STEPS {
            return None;
        }
        if left == 0 {
            return self.demand(at + 1);
        }
        let which = self.order[at];
        let demand = &self.demands[which];
        if self.room_from(demand, &self.on[which], machine) < u64::from(left) {
            return Some(false);
        }
        let mut most = self.loads[machine].room(demand, 0).min(left);
        if !demand.eligible[machine] {
            most = 0;
        }
        // Of machines that were alike before this demand, the first takes the most: other ways are the same ones.
        let before = |it: usize| {
            let tasks = u64::from(self.on[which][it]);
            let load = &self.loads[it];
            let (cpus, memory) = (demand.cpus * tasks, demand.memory * tasks);
            let ports = load.ports.len() - if tasks > 0 { demand.ports.len() } else { 0 };
            (load.cpus + cpus, load.memory + memory, &load.ports[..ports])
        };
        let alike = (0..machine)
            .rev()
            .find(|it| self.class[*it] == self.class[machine] && before(*it) == before(machine));
        if let Some(alike) = alike {
            most = most.min(self.on[which][alike]);
        }
        for tasks in (0..=most).rev() {
            self.loads[machine].take(demand, tasks);
            self.on[which][machine] = tasks;
            let found = self.machine(at, machine + 1, left - tasks)?;
            if found {
                return Some(true);
            }
            self.loads[machine].give_back(demand, tasks);
            self.on[which][machine] = 0;
        }
        Some(false)
    }
}

/// How much of a machine of the mean size a task takes, in thousandths, the scarcer of the two.
fn weight(demand: &Demand, machines: &[Machine]) -> u128 {
    let share = |each: u64, of: fn(&Machine) -> u64| {
        let all: u128 = machines.iter().map(|it| u128::from(of(it))).sum();
        (u128::from(each) * 1000 * machines.len() as u128)
            .checked_div(all)
            .unwrap_or(0)
    };
    share(demand.cpus, |it| it.cpus).max(share(demand.memory, |it| it.memory))
}
