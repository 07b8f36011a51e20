//! Places are found wherever trying every assignment finds them, and for a large fleet at once.

use super::place::{Demand, Machine, as_swarm_would};
use super::search::{Answer, solve};

fn machines(sizes: &[u64]) -> Vec<Machine> {
    let machine = |it: &u64| Machine {
        cpus: 1000,
        memory: *it,
    };
    sizes.iter().map(machine).collect()
}

fn demand(memory: u64, count: u32, eligible: &[bool]) -> Demand {
    Demand {
        cpus: 0,
        memory,
        count,
        global: false,
        most: u32::MAX,
        ports: Vec::new(),
        eligible: eligible.to_vec(),
        branches: Vec::new(),
    }
}

/// Whether any assignment of tasks to machines fits, by trying every one.
fn brute_force(machines: &[Machine], demands: &[Demand]) -> bool {
    fn go(free: &mut [u64], tasks: &[(usize, &Demand)], on: &mut Vec<Vec<u32>>) -> bool {
        let Some(((which, demand), rest)) = tasks.split_first() else {
            return true;
        };
        for at in 0..free.len() {
            let fits =
                demand.eligible[at] && free[at] >= demand.memory && on[*which][at] < demand.most;
            if fits {
                free[at] -= demand.memory;
                on[*which][at] += 1;
                if go(free, rest, on) {
                    return true;
                }
                free[at] += demand.memory;
                on[*which][at] -= 1;
            }
        }
        false
    }
    let tasks: Vec<(usize, &Demand)> = demands
        .iter()
        .enumerate()
        .flat_map(|(at, it)| (0..it.count).map(move |_| (at, it)))
        .collect();
    let mut free: Vec<u64> = machines.iter().map(|it| it.memory).collect();
    let mut on = vec![vec![0; machines.len()]; demands.len()];
    go(&mut free, &tasks, &mut on)
}

/// Numbers that look random and are the same every time.
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[test]
fn an_answer_is_what_trying_everything_gives() {
    let mut next = numbers();
    let (mut fits, mut impossible) = (0, 0);
    for _ in 0..3000 {
        let machines = machines(&(0..2 + next(2)).map(|_| 4 + next(7)).collect::<Vec<_>>());
        let demands: Vec<Demand> = (0..1 + next(4))
            .map(|_| {
                let eligible: Vec<bool> = machines.iter().map(|_| next(4) > 0).collect();
                let mut it = demand(1 + next(5), 1 + next(3) as u32, &eligible);
                if next(4) == 0 {
                    it.most = 1;
                }
                it
            })
            .collect();
        let truth = brute_force(&machines, &demands);
        match solve(&machines, &demands) {
            Answer::Fits(found) => {
                assert!(truth, "{machines:?} {demands:?}");
                for (at, machine) in machines.iter().enumerate() {
                    let used = demands.iter().zip(&found.on).map(|(it, on)| {
                        assert!(on[at] <= it.most && (it.eligible[at] || on[at] == 0));
                        it.memory * u64::from(on[at])
                    });
                    assert!(used.sum::<u64>() <= machine.memory);
                }
                for (it, on) in demands.iter().zip(&found.on) {
                    assert_eq!(on.iter().sum::<u32>(), it.count);
                }
                fits += 1;
            }
            Answer::Impossible(_) => {
                assert!(!truth, "{machines:?} {demands:?}");
                impossible += 1;
            }
            Answer::Unknown => panic!("{machines:?} {demands:?}"),
        }
        let (greedy, _) = as_swarm_would(&machines, &demands);
        assert!(truth || greedy.missing.iter().any(|it| *it > 0));
    }
    assert!(fits > 500 && impossible > 500, "{fits} {impossible}");
}

#[test]
fn what_swarm_does_not_find_is_found() {
    // Small tasks first, spread over both machines, leave no room for the large one.
    let machines = machines(&[10, 10]);
    let demands = [demand(2, 2, &[true, true]), demand(10, 1, &[true, true])];
    let (greedy, _) = as_swarm_would(&machines, &demands);
    assert_eq!(greedy.missing, [0, 1]);
    assert!(matches!(solve(&machines, &demands), Answer::Fits(_)));
}

#[test]
fn spreading_goes_over_branches_first() {
    let machines = machines(&[100, 100, 100]);
    let mut it = demand(1, 4, &[true, true, true]);
    it.branches = vec![vec![0, 0, 1]];
    let (found, _) = as_swarm_would(&machines, &[it]);
    assert_eq!(found.on, [[1, 1, 2]]);
}

#[test]
fn a_port_of_the_machine_is_there_once() {
    let machines = machines(&[100, 100]);
    let with_port = |count| Demand {
        ports: vec![(80, crate::model::service::Protocol::Tcp)],
        ..demand(1, count, &[true, true])
    };
    assert!(matches!(
        solve(&machines, &[with_port(1), with_port(1)]),
        Answer::Fits(_)
    ));
    assert_eq!(
        solve(&machines, &[with_port(1), with_port(2)]),
        Answer::Impossible(vec![1])
    );
}

#[test]
fn a_large_fleet_is_answered_at_once() {
    let machines = machines(&[1 << 20; 100]);
    let all = vec![true; 100];
    let demands: Vec<Demand> = (0..1000).map(|it| demand(1000 + it, 10, &all)).collect();
    assert!(!matches!(solve(&machines, &demands), Answer::Impossible(_)));
    let too_many: Vec<Demand> = (0..1000).map(|_| demand(11_000, 10, &all)).collect();
    assert!(matches!(solve(&machines, &too_many), Answer::Impossible(_)));
}
