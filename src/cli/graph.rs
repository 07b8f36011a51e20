//! `svcc graph`: a fleet or its pipeline as a picture.

use super::End;
use super::args::{Graph as Arguments, GraphFormat, GraphOf};
use super::disk::RealDisk;
use super::model::checked;
use super::terminal::Terminal;
use crate::encode::json;
use crate::graph::{self, Graph};
use crate::plan;

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> End {
    let folder = arguments.dir.as_path();
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let wanted: Vec<String> = arguments.env.iter().cloned().collect();
    let known = model.fleets.iter().map(|it| it.environment.name.as_str());
    if !terminal.knows("environment", &wanted, known) {
        return End::Usage;
    }
    let plan = plan::plan(model, &RealDisk::new(folder));
    let named = |it: &&crate::model::Fleet| wanted.is_empty() || wanted[0] == it.environment.name;
    let mut graphs: Vec<Graph> = Vec::new();
    if arguments.of != Some(GraphOf::Fleet) {
        graphs.push(graph::pipeline(model, &plan));
    }
    if arguments.of != Some(GraphOf::Plan) {
        let fleets = model.fleets.iter().filter(named);
        graphs.splice(0..0, fleets.map(|it| graph::fleet(model, it, &plan)));
    }
    // A page has room for all that is asked for; the others hold one picture, the first.
    terminal.print(&match (arguments.format, graphs.first()) {
        (GraphFormat::Html, _) => graph::page(&model.project.name, &graphs),
        (_, None) => String::new(),
        (GraphFormat::Mermaid, Some(it)) => graph::mermaid(it),
        (GraphFormat::Dot, Some(it)) => graph::dot(it),
        (GraphFormat::Json, Some(it)) => json::to_string(it),
    });
    End::Fine
}
