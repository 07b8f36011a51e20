//! An assessment for people.

use std::fmt::Write;

use super::{Assessment, Outcome, Verdict};

/// The most services that are named on a line.
const NAMED: usize = 6;

/// Node, used, free, what runs there, and what has no place.
pub fn table(outcome: &Outcome) -> String {
    let mut rows =
        vec![["node", "cpus used", "free", "memory used", "free", "runs"].map(str::to_owned)];
    for it in &outcome.nodes {
        let free = |used: f64, of: Option<f64>| of.map_or("?".to_owned(), |it| amount(it - used));
        let memory = |of: Option<u64>| of.map_or("?".to_owned(), |all| bytes(all - it.memory.0));
        rows.push([
            it.name.clone(),
            amount(it.cpus.0),
            free(it.cpus.0, it.cpus.1),
            bytes(it.memory.0),
            memory(it.memory.1),
            runs(&it.services),
        ]);
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let pad = " ".repeat(width - cell.chars().count());
            // Numbers stand to the right.
            if (1..5).contains(&at) {
                let _ = write!(line, "{pad}{cell}  ");
            } else {
                let _ = write!(line, "{cell}{pad}  ");
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    for it in &outcome.left_out {
        if outcome.verdict != Verdict::Tight {
            let _ = writeln!(
                out,
                "no place: {} of {} of {}",
                it.missing, it.of, it.service
            );
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The whole assessment: the table, what a lost node means, what has no room to be updated.
pub fn report(environment: &str, it: &Assessment) -> String {
    let mut out = format!("{environment}: {}\n\n", verdict(it.whole.verdict));
    let _ = writeln!(out, "{}\n", table(&it.whole));
    for loss in &it.losses {
        let _ = write!(
            out,
            "without {}: {}",
            loss.node,
            verdict(loss.outcome.verdict)
        );
        for left in &loss.outcome.left_out {
            if loss.outcome.verdict != Verdict::Tight {
                let _ = write!(
                    out,
                    "; no place for {} of {} of {}",
                    left.missing, left.of, left.service
                );
            }
        }
        if !loss.pinned.is_empty() {
            let _ = write!(
                out,
                "; down, as it may run nowhere else: {}",
                loss.pinned.join(", ")
            );
        }
        out.push('\n');
    }
    for job in &it.jobs {
        let _ = writeln!(
            out,
            "job {}: no place for {} of {} beside the services",
            job.service, job.missing, job.of
        );
    }
    for name in &it.cramped {
        let _ = writeln!(
            out,
            "{name}: no room for one more while it is updated start-first"
        );
    }
    out
}

/// A verdict in one word, for machines.
pub fn word(it: Verdict) -> &'static str {
    match it {
        Verdict::Fits => "fits",
        Verdict::Tight => "tight",
        Verdict::Impossible => "impossible",
        Verdict::Unsure => "unsure",
    }
}

fn verdict(it: Verdict) -> &'static str {
    match it {
        Verdict::Fits => "everything fits",
        Verdict::Tight => "everything fits, but only in a way that Swarm may not find",
        Verdict::Impossible => "not everything fits",
        Verdict::Unsure => "it is not known whether everything fits",
    }
}

fn runs(services: &[(ecow::EcoString, u32)]) -> String {
    let named = services
        .iter()
        .take(NAMED)
        .map(|(name, tasks)| match tasks {
            1 => name.to_string(),
            tasks => format!("{name} x{tasks}"),
        });
    let mut all: Vec<String> = named.collect();
    if services.len() > NAMED {
        all.push(format!("and {} more", services.len() - NAMED));
    }
    all.join(", ")
}

/// Processors, to hundredths.
fn amount(cpus: f64) -> String {
    let text = format!("{cpus:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

fn bytes(it: u64) -> String {
    let gib = it as f64 / (1u64 << 30) as f64;
    match it {
        0 => "0".into(),
        it if it < 1 << 30 => format!("{}MiB", it >> 20),
        _ => format!("{}GiB", amount(gib)),
    }
}
