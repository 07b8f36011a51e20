//! A picture as text that other programs draw: Mermaid's and Graphviz's.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Graph, How, Kind, Node};

/// A short name for each node, by its id: both languages know only words.
fn words(graph: &Graph) -> BTreeMap<&str, String> {
    let numbered = (0..).zip(&graph.nodes);
    numbered
        .map(|(at, it): (usize, &Node)| (it.id.as_str(), format!("n{at}")))
        .collect()
}

/// The nodes of each stage, in order; one group without a number where there are no stages.
fn stages(graph: &Graph) -> BTreeMap<Option<usize>, Vec<&Node>> {
    let mut stages: BTreeMap<Option<usize>, Vec<&Node>> = BTreeMap::new();
    for node in &graph.nodes {
        stages.entry(node.stage).or_default().push(node);
    }
    stages
}

/// Mermaid's flowchart, which GitHub and GitLab draw in Markdown.
pub fn mermaid(graph: &Graph) -> String {
    // A `#` begins a character's name; quotes end the text.
    let text = |it: &str| {
        it.replace('#', "#35;")
            .replace('"', "#quot;")
            .replace('<', "#lt;")
            .replace('>', "#gt;")
    };
    let words = words(graph);
    let mut out = format!(
        "---\ntitle: \"{}\"\n---\nflowchart LR\n",
        text(&graph.title)
    );
    for (stage, nodes) in stages(graph) {
        if let Some(stage) = stage {
            let _ = writeln!(
                out,
                "  subgraph stage{stage}[\"{}\"]",
                text(&graph.stages[stage])
            );
        }
        for node in nodes {
            let (open, close) = match node.kind {
                Kind::Service | Kind::Check | Kind::Build | Kind::Test => ("[", "]"),
                Kind::Job | Kind::Deploy => ("([", "])"),
                Kind::Base | Kind::Image => ("[[", "]]"),
                Kind::Secret => ("{{", "}}"),
                Kind::Config => ("[/", "/]"),
                Kind::Volume => ("[(", ")]"),
                Kind::Network => ("((", "))"),
            };
            let label = match node.note.as_str() {
                "" => text(&node.name),
                note => format!("{}<br/><small>{}</small>", text(&node.name), text(note)),
            };
            let word = &words[node.id.as_str()];
            let _ = writeln!(out, "  {word}{open}\"{label}\"{close}");
        }
        if stage.is_some() {
            out.push_str("  end\n");
        }
    }
    for edge in &graph.edges {
        let (from, to) = (&words[edge.from.as_str()], &words[edge.to.as_str()]);
        let _ = match edge.how {
            How::RefersTo | How::Before => writeln!(out, "  {from} --> {to}"),
            how => writeln!(out, "  {from} -. {} .-> {to}", how.words()),
        };
    }
    out
}

/// Graphviz's language.
pub fn dot(graph: &Graph) -> String {
    let text = |it: &str| it.replace('\\', "\\\\").replace('"', "\\\"");
    let words = words(graph);
    let mut out = format!(
        "digraph \"{}\" {{\n  rankdir = LR\n  node [shape = box]\n",
        text(&graph.title)
    );
    for (stage, nodes) in stages(graph) {
        if let Some(stage) = stage {
            let _ = writeln!(
                out,
                "  subgraph cluster{stage} {{\n  label = \"{}\"",
                text(&graph.stages[stage])
            );
        }
        for node in nodes {
            let shape = match node.kind {
                Kind::Service | Kind::Check | Kind::Build | Kind::Test => "box",
                Kind::Job | Kind::Deploy => "ellipse",
                Kind::Base | Kind::Image => "box3d",
                Kind::Secret => "hexagon",
                Kind::Config => "note",
                Kind::Volume => "cylinder",
                Kind::Network => "circle",
            };
            let label = match node.note.as_str() {
                "" => text(&node.name),
                note => format!("{}\\n{}", text(&node.name), text(note)),
            };
            let word = &words[node.id.as_str()];
            let _ = writeln!(out, "  {word} [label = \"{label}\", shape = {shape}]");
        }
        if stage.is_some() {
            out.push_str("  }\n");
        }
    }
    for edge in &graph.edges {
        let (from, to) = (&words[edge.from.as_str()], &words[edge.to.as_str()]);
        let _ = match edge.how {
            How::RefersTo | How::Before => writeln!(out, "  {from} -> {to}"),
            how => writeln!(
                out,
                "  {from} -> {to} [label = \"{}\", style = dashed]",
                how.words()
            ),
        };
    }
    out.push_str("}\n");
    out
}
