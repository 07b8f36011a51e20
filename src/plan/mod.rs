//! Model to plan: what is built, tested and deployed, in which order. Knows no file format.

mod affected;
pub mod change;
pub mod images;
pub mod objects;
pub mod pipeline;
pub mod secrets;

use std::collections::BTreeMap;

use ecow::EcoString;

use crate::check::Checked;
use crate::model::Model;
use crate::source::Disk;

pub use affected::Affected;
pub use images::PlannedImage;
pub use pipeline::{Job, JobKind, Stage};

/// What is done with a model.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every image, each after those that it stands on.
    pub images: Vec<PlannedImage>,
    /// The stages of a pipeline, in order, with their jobs.
    pub stages: Vec<Stage>,
    by_name: BTreeMap<EcoString, usize>,
}

/// Plans a model. `disk` is read for the content keys of bases.
pub fn plan(model: &Checked<Model>, disk: &dyn Disk) -> Plan {
    let images = images::plan(model, disk);
    let stages = pipeline::plan(model, &images);
    let by_name = (0..)
        .zip(&images)
        .map(|(at, it)| (it.image.name.clone(), at))
        .collect();
    Plan {
        images,
        stages,
        by_name,
    }
}

impl Plan {
    /// The image of this name.
    pub fn image(&self, name: &str) -> Option<&PlannedImage> {
        self.by_name.get(name).map(|at| &self.images[*at])
    }

    /// The image and those that it stands on, itself first, up to one from outside.
    pub fn lineage<'a>(
        &'a self,
        image: &'a PlannedImage,
    ) -> impl Iterator<Item = &'a PlannedImage> {
        std::iter::successors(Some(image), |it| {
            it.parent().and_then(|name| self.image(name))
        })
    }
}
