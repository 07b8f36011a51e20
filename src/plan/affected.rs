//! Which images and services a change touches, as far as paths and what stands on what tell it.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::Plan;
use super::images::matches;
use crate::model::Model;
use crate::model::secret::ConfigContent;
use crate::model::service::ServiceImage;

/// What is touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affected {
    /// Images to build.
    pub images: BTreeSet<EcoString>,
    /// Services and jobs that run something else than before.
    pub services: BTreeSet<EcoString>,
}

impl Affected {
    /// Everything that there is.
    pub fn all(model: &Model) -> Affected {
        let fleets = model.fleets.iter();
        Affected {
            images: model.images.iter().map(|it| it.name.clone()).collect(),
            services: fleets
                .flat_map(|it| it.services.iter().map(|it| it.name.clone()))
                .collect(),
        }
    }

    /// Adds what follows from changed files and from what is touched already: images that take a file or stand on a touched
    /// image, services with a touched image or a changed config.
    pub fn follow<'p>(
        &mut self,
        model: &Model,
        plan: &Plan,
        paths: impl IntoIterator<Item = &'p str> + Clone,
    ) {
        let known = |name: &EcoString| model.image(name).is_some();
        self.images.retain(known);
        // Bases come before what stands on them.
        for image in &plan.images {
            let takes = |path: &str| {
                image
                    .inputs
                    .iter()
                    .any(|it| it.is_empty() || matches(it, path))
            };
            let stands = image.bases.iter().any(|it| self.images.contains(it));
            if stands || paths.clone().into_iter().any(takes) {
                self.images.insert(image.image.name.clone());
            }
        }
        for fleet in &model.fleets {
            for service in &fleet.services {
                let built = match &service.image {
                    ServiceImage::Built(name) => self.images.contains(name),
                    ServiceImage::Ready(_) => false,
                };
                let configured = service.configs.iter().any(|(name, _)| {
                    let content = fleet.config(name).and_then(|it| it.content.as_ref());
                    match content.map(|it| &it.value) {
                        Some(ConfigContent::File { path, .. }) => {
                            paths.clone().into_iter().any(|it| it == path.as_str())
                        }
                        Some(ConfigContent::Inline(_)) | None => false,
                    }
                });
                if built || configured {
                    self.services.insert(service.name.clone());
                }
            }
        }
    }
}
