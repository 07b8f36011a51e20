//! Model to plan: what is built, tested and deployed, in which order. Knows no file format.

mod affected;
pub mod change;
pub mod facts;
pub mod gather;
pub mod images;
pub mod objects;
pub mod pipeline;
pub mod secrets;
pub mod section;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::check::Checked;
use crate::model::service::ServiceImage;
use crate::model::{Model, Service};
use crate::source::Disk;

pub use affected::Affected;
pub use images::PlannedImage;
pub use pipeline::{Job, JobKind, PlannedTest, Stage};

/// What is done with a model.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every image that is built, each after those that it stands on.
    pub images: Vec<PlannedImage>,
    /// The bases that the pipelines of packages publish: what stands on them refers to them there.
    pub published: Vec<PlannedImage>,
    /// The stages of a pipeline, in order, with their jobs.
    pub stages: Vec<Stage>,
    by_name: FxHashMap<EcoString, usize>,
}

/// Plans a model. `disk` is read for the content keys of bases.
pub fn plan(model: &Checked<Model>, disk: &dyn Disk) -> Plan {
    let (published, images): (Vec<_>, Vec<_>) = images::plan(model, disk)
        .into_iter()
        .partition(|it| it.image.published.is_some());
    let stages = pipeline::plan(model, &images);
    let by_name = (0..)
        .zip(images.iter().chain(&published))
        .map(|(at, it)| (it.image.name.clone(), at))
        .collect();
    Plan {
        images,
        published,
        stages,
        by_name,
    }
}

impl Plan {
    /// The image of this name, built or published.
    pub fn image(&self, name: &str) -> Option<&PlannedImage> {
        let at = *self.by_name.get(name)?;
        let published = at.checked_sub(self.images.len());
        match published {
            Some(at) => self.published.get(at),
            None => self.images.get(at),
        }
    }

    /// The numbers of the user and group that a service's processes run as, where they are known.
    pub fn user(&self, it: &Service) -> Option<(String, String)> {
        if let Some(user) = &it.user {
            let (uid, gid) = user
                .value
                .split_once(':')
                .unwrap_or((&user.value, &user.value));
            let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
            return (is_number(uid) && is_number(gid)).then(|| (uid.into(), gid.into()));
        }
        let ServiceImage::Built(name) = &it.image else {
            return None;
        };
        let user = self
            .lineage(self.image(name)?)
            .find_map(|it| it.image.user())?;
        Some((user.uid.to_string(), user.gid.to_string()))
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
