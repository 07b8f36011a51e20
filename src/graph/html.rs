//! Pictures as one HTML page that needs nothing else: an SVG each, a legend, and a few lines of script that show what a
//! node is joined with.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::layout::{Place, layout};
use super::{Graph, How, Kind};

/// How wide a box is, and the gap between columns, in pixels.
const BOX: f64 = 190.0;
const GAP: f64 = 90.0;
/// How high a box and a row are.
const HEIGHT: f64 = 40.0;
const ROW: f64 = 54.0;
const MARGIN: f64 = 12.0;
/// How high the names of the stages are.
const STAGE: f64 = 20.0;
/// How many characters a box has room for: of a name, of a note in smaller letters.
const NAME: usize = 24;
const NOTE: usize = 29;

/// The page.
pub fn page(title: &str, graphs: &[Graph]) -> String {
    let mut out =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n");
    let _ = writeln!(out, "<title>{}</title>", escape(title));
    let _ = writeln!(
        out,
        "<style>\n{}</style>\n</head>\n<body>",
        include_str!("page.css")
    );
    let _ = writeln!(out, "<h1>{}</h1>", escape(title));
    if graphs.len() > 1 {
        out.push_str("<nav>\n");
        for (at, graph) in graphs.iter().enumerate() {
            let _ = writeln!(out, "<a href=\"#g{at}\">{}</a>", escape(&graph.title));
        }
        out.push_str("</nav>\n");
    }
    for (at, graph) in graphs.iter().enumerate() {
        let _ = writeln!(
            out,
            "<section id=\"g{at}\">\n<h2>{}</h2>",
            escape(&graph.title)
        );
        legend(graph, &mut out);
        svg(graph, &mut out);
        out.push_str("</section>\n");
    }
    let _ = writeln!(
        out,
        "<script>\n{}</script>\n</body>\n</html>",
        include_str!("page.js")
    );
    out
}

fn legend(graph: &Graph, out: &mut String) {
    out.push_str("<p class=\"legend\">");
    for kind in Kind::ALL {
        let count = graph.nodes.iter().filter(|it| it.kind == kind).count();
        if count > 0 {
            let word = kind.word();
            let _ = write!(out, "<span><i class=\"{word}\"></i>{word} {count}</span> ");
        }
    }
    out.push_str("</p>\n");
}

fn svg(graph: &Graph, out: &mut String) {
    let layout = layout(graph);
    let width = layout.columns as f64 * (BOX + GAP) - GAP + 2.0 * MARGIN;
    let top = match graph.stages.is_empty() {
        true => MARGIN,
        false => MARGIN + STAGE,
    };
    let height = top + layout.rows * ROW + MARGIN;
    let _ = writeln!(
        out,
        "<div class=\"picture\"><svg width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">",
        escape(&graph.title)
    );
    for (column, stage) in graph.stages.iter().enumerate() {
        let place = Place { column, row: 0.0 };
        let _ = writeln!(
            out,
            "<text class=\"stage\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left(&place),
            MARGIN + 8.0,
            escape(stage)
        );
    }
    let ids: BTreeMap<&str, usize> = graph
        .nodes
        .iter()
        .map(|it| it.id.as_str())
        .zip(0..)
        .collect();
    for (edge, path) in graph.edges.iter().zip(&layout.edges) {
        let how = match edge.how {
            How::RefersTo | How::Before => "wire",
            How::WaitsFor | How::StandsOn | How::Runs | How::Reads | How::Keeps | How::IsOn => {
                "loose"
            }
        };
        let (from, to) = (ids[edge.from.as_str()], ids[edge.to.as_str()]);
        let _ = writeln!(
            out,
            "<g class=\"edge {how}\" data-from=\"{from}\" data-to=\"{to}\"><title>{} {} {}</title><path d=\"{}\"/>{}</g>",
            escape(&graph.nodes[from].name),
            edge.how.words(),
            escape(&graph.nodes[to].name),
            curve(path, top),
            head(path, top)
        );
    }
    for (at, (node, place)) in graph.nodes.iter().zip(&layout.nodes).enumerate() {
        let (x, y) = (left(place), middle(place, top));
        let note = match node.note.as_str() {
            "" => String::new(),
            note => format!(
                "<text class=\"note\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 10.0,
                y + 13.0,
                escape(&cut(note, NOTE))
            ),
        };
        let baseline = if note.is_empty() { y + 4.5 } else { y - 2.5 };
        let _ = writeln!(
            out,
            "<g class=\"node {}\" data-node=\"{at}\" tabindex=\"0\"><title>{} {}{}</title><rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{BOX}\" height=\"{HEIGHT}\" rx=\"6\"/><text x=\"{:.1}\" y=\"{baseline:.1}\">{}</text>{note}</g>",
            node.kind.word(),
            node.kind.word(),
            escape(&node.name),
            if node.note.is_empty() {
                String::new()
            } else {
                format!(": {}", escape(&node.note))
            },
            y - HEIGHT / 2.0,
            x + 10.0,
            escape(&cut(&node.name, NAME))
        );
    }
    out.push_str("</svg></div>\n");
}

fn left(it: &Place) -> f64 {
    MARGIN + it.column as f64 * (BOX + GAP)
}

fn middle(it: &Place, top: f64) -> f64 {
    top + it.row * ROW
}

/// A smooth line through the places, straight over each column that it only passes.
fn curve(path: &[Place], top: f64) -> String {
    let mut out = String::new();
    for pair in path.windows(2) {
        let (x, y) = (left(&pair[0]) + BOX, middle(&pair[0], top));
        let (to_x, to_y) = (left(&pair[1]), middle(&pair[1], top));
        let letter = if out.is_empty() { 'M' } else { 'L' };
        let bend = if to_x > x { (to_x - x) / 2.0 } else { GAP };
        let _ = write!(
            out,
            "{letter}{x:.1} {y:.1}C{:.1} {y:.1} {:.1} {to_y:.1} {to_x:.1} {to_y:.1}",
            x + bend,
            to_x - bend
        );
    }
    out
}

/// The arrow's head, at its end.
fn head(path: &[Place], top: f64) -> String {
    let Some(end) = path.last() else {
        return String::new();
    };
    let (x, y) = (left(end), middle(end, top));
    format!("<path class=\"head\" d=\"M{x:.1} {y:.1}l-8 -4v8z\"/>")
}

/// The beginning of a text that is too long for its box.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room - 1).collect();
    short.push('…');
    short
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
