//! `svcc capacity`: how an environment's services fit on its nodes, and what happens when one is lost.

use std::path::Path;

use serde::Serialize;

use super::End;
use super::args::TableFormat;
use super::model::checked;
use super::terminal::Terminal;
use crate::check::capacity::table::{report, word};
use crate::check::capacity::{self, Assessment, LeftOut, NodeUse, Outcome};
use crate::encode::json;
use crate::model::Fleet;

pub(super) fn run(env: Option<&str>, dir: &Path, format: TableFormat, terminal: &Terminal) -> End {
    // What does not fit is an error, which shows the same table.
    let Some(compilation) = checked(dir, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let wanted = |it: &&Fleet| env.is_none_or(|env| it.environment.name == env);
    let fleets: Vec<&Fleet> = model.fleets.iter().filter(wanted).collect();
    if let (Some(name), true) = (env, fleets.is_empty()) {
        terminal.error(&format!("there is no environment `{name}`"));
        return End::Usage;
    }
    let assess = |it: &&Fleet| Some((it.environment.name.to_string(), capacity::assess(it)?));
    let assessed: Vec<(String, Assessment)> = fleets.iter().filter_map(assess).collect();
    match format {
        TableFormat::Json => {
            let all: Vec<Shown<'_>> = assessed.iter().map(|(name, it)| shown(name, it)).collect();
            terminal.print(&json::to_string(&all));
        }
        TableFormat::Human if assessed.is_empty() => {
            terminal.say("no environment here gives its `nodes`, so there is nothing to place on");
        }
        TableFormat::Human => {
            let all: Vec<String> = assessed.iter().map(|(name, it)| report(name, it)).collect();
            terminal.print(&all.join("\n"));
        }
    }
    End::Fine
}

#[derive(Serialize)]
struct Shown<'a> {
    environment: &'a str,
    #[serde(flatten)]
    whole: ShownOutcome<'a>,
    losses: Vec<ShownLoss<'a>>,
    jobs_without_place: Vec<ShownLeftOut<'a>>,
    no_headroom: Vec<&'a str>,
}

#[derive(Serialize)]
struct ShownOutcome<'a> {
    verdict: &'static str,
    nodes: Vec<ShownNode<'a>>,
    without_place: Vec<ShownLeftOut<'a>>,
}

#[derive(Serialize)]
struct ShownLoss<'a> {
    node: &'a str,
    pinned: Vec<&'a str>,
    #[serde(flatten)]
    outcome: ShownOutcome<'a>,
}

#[derive(Serialize)]
struct ShownNode<'a> {
    name: &'a str,
    cpus_used: f64,
    cpus: Option<f64>,
    memory_used: u64,
    memory: Option<u64>,
    runs: Vec<ShownTasks<'a>>,
}

#[derive(Serialize)]
struct ShownTasks<'a> {
    service: &'a str,
    tasks: u32,
}

#[derive(Serialize)]
struct ShownLeftOut<'a> {
    service: &'a str,
    missing: u32,
    of: u32,
}

fn shown<'a>(environment: &'a str, it: &'a Assessment) -> Shown<'a> {
    let loss = it.losses.iter().map(|it| ShownLoss {
        node: &it.node,
        pinned: it.pinned.iter().map(|it| it.as_str()).collect(),
        outcome: outcome(&it.outcome),
    });
    Shown {
        environment,
        whole: outcome(&it.whole),
        losses: loss.collect(),
        jobs_without_place: left_out(&it.jobs),
        no_headroom: it.cramped.iter().map(|it| it.as_str()).collect(),
    }
}

fn outcome(it: &Outcome) -> ShownOutcome<'_> {
    ShownOutcome {
        verdict: word(it.verdict),
        nodes: it.nodes.iter().map(node).collect(),
        without_place: left_out(&it.left_out),
    }
}

fn node(it: &NodeUse) -> ShownNode<'_> {
    let runs = it.services.iter().map(|(service, tasks)| ShownTasks {
        service,
        tasks: *tasks,
    });
    ShownNode {
        name: &it.name,
        // Billionths are summed up; what floating point adds below them is noise.
        cpus_used: (it.cpus.0 * 1e9).round() / 1e9,
        cpus: it.cpus.1,
        memory_used: it.memory.0,
        memory: it.memory.1,
        runs: runs.collect(),
    }
}

fn left_out(all: &[LeftOut]) -> Vec<ShownLeftOut<'_>> {
    all.iter()
        .map(|it| ShownLeftOut {
            service: &it.service,
            missing: it.missing,
            of: it.of,
        })
        .collect()
}
