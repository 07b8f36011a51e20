//! Program to model.
//!
//! In order: [`declare`] works out what is declared (`for` and `when` around declarations); [`images`] makes bases and the
//! images of services, once; [`fleet`] makes the fleet of each environment, where [`said`] merges every service, and [`each`]
//! sees to it that what is the same in all environments is worked out once. Independent images and services are made in
//! parallel. Each stage goes on with [`Value::Unknown`](crate::value::Value::Unknown) where something is wrong, which says
//! nothing more.

mod attach;
mod body;
mod builtins;
mod convert;
mod declare;
mod each;
mod environment;
pub mod errors;
mod expr;
mod fleet;
mod health;
mod images;
mod layers;
mod merge;
mod objects;
mod operators;
mod package;
mod project;
mod raw;
mod reference;
pub mod rules;
mod said;
mod scope;
mod service;
mod steps;
mod test;
mod wire;
mod world;

use ecow::EcoString;
use rayon::prelude::*;

use crate::diag::Sink;
use crate::model::{ByName, ImageKind, Model};
use crate::names::Program;
use crate::source::{Disk, Sources};
use crate::syntax::tree::{Before, Statement};
use crate::value::Kind;
use fleet::Images;
use images::Built;
use world::{Declared, Evaluator, Phase};

/// What the program means; `None` where there is no `project`.
pub fn evaluate(
    sources: &Sources,
    program: &Program,
    disk: &dyn Disk,
    sink: &mut Sink,
) -> Option<Model> {
    let world = declare::declare(sources, program, disk, sink);
    let mut evaluator = Evaluator::new(&world, Phase::Declare);
    let project = evaluator.project();
    let pipelines = evaluator.pipelines();
    let targets = evaluator.targets();
    sink.append(evaluator.sink);
    let project = project?;
    let mut evaluator = Evaluator::new(&world, Phase::Build);
    let bases = images::bases(&mut evaluator);
    sink.append(evaluator.sink);
    let services: Vec<&Declared<'_>> = world
        .all(Kind::Service)
        .iter()
        .filter(|it| images::from_argument(it.statement).is_some())
        .collect();
    let made: Vec<(Option<Built<'_>>, Sink)> = services
        .par_iter()
        .map(|declared| {
            let mut evaluator = Evaluator::new(&world, Phase::Build);
            let built = images::image(&mut evaluator, declared, ImageKind::Service, &bases);
            (built, evaluator.sink)
        })
        .collect();
    let mut built = Images::default();
    for (declared, (image, said)) in services.iter().zip(made) {
        sink.append(said);
        if let Some(image) = image {
            built.insert(declared.name.clone(), image);
        }
    }
    let mut fleets = fleet::fleets(&world, &built, sink);
    let of_bases = bases.into_values().filter_map(|it| it.map(|it| it.image));
    let mut images: Vec<_> = of_bases
        .chain(built.into_values().map(|it| it.image))
        .collect();
    if program.packages.iter().next().is_some() {
        package::drop_unused_bases(&mut images, &program.packages, sink);
        for it in &mut fleets {
            package::drop_unused(it, &images, &program.packages);
        }
    }
    Some(Model {
        project,
        images: ByName::new(images),
        fleets,
        pipelines,
        targets,
    })
}

/// The `##` lines above a statement.
fn doc_of(sources: &Sources, statement: &Statement) -> EcoString {
    let lines = statement.trivia.before().iter().filter_map(|it| match it {
        Before::Doc(span) => Some(sources.slice(*span).trim_start_matches('#').trim()),
        Before::Blank | Before::Comment(_) => None,
    });
    let mut doc = EcoString::new();
    for (at, line) in lines.enumerate() {
        if at > 0 {
            doc.push('\n');
        }
        doc.push_str(line);
    }
    doc
}
