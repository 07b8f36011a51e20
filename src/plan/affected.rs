//! Which images, services and tests a change touches, as far as paths and what stands on what tell it.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::images::matches;
use super::{Plan, pipeline};
use crate::model::secret::ConfigContent;
use crate::model::service::{ServiceImage, Test};
use crate::model::{Fleet, Model, Service};

/// What is touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affected {
    /// Images to build.
    pub images: BTreeSet<EcoString>,
    /// Services and jobs that run something else than before.
    pub services: BTreeSet<EcoString>,
    /// Tests that could end in another way, each with its service before it.
    pub tests: BTreeSet<(EcoString, EcoString)>,
}

impl Affected {
    /// Everything that there is.
    pub fn all(model: &Model) -> Affected {
        let services = || model.fleets.iter().flat_map(|it| &it.services);
        let tests = services().flat_map(|service| {
            let tests = service.tests.iter();
            tests.map(|it| (service.name.clone(), it.name.value.clone()))
        });
        Affected {
            images: model
                .images
                .iter()
                .filter(|it| it.published.is_none())
                .map(|it| it.name.clone())
                .collect(),
            services: services().map(|it| it.name.clone()).collect(),
            tests: tests.collect(),
        }
    }

    /// Adds what follows from changed files and from what is touched already: images that take a file or stand on a touched
    /// image, services with a touched image or a changed config, tests that see a file or a touched service. `tested` are
    /// the services that differ in the fleet that tests run in.
    pub fn follow(
        &mut self,
        model: &Model,
        plan: &Plan,
        paths: &[String],
        tested: &BTreeSet<EcoString>,
    ) {
        let is_there = |it: &EcoString| model.fleets.iter().any(|all| all.service(it).is_some());
        self.images.retain(|it| model.image(it).is_some());
        self.services.retain(is_there);
        // What svcc wrote is compared by what it says; no image takes it.
        let output = format!("{}/", model.project.output);
        let is_source = |it: &&str| output == "/" || !it.starts_with(&output);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let paths: Vec<&str> = paths.into_iter().filter(is_source).collect();
        // Bases come before what stands on them.
        for image in &plan.images {
            let takes = |path: &&str| {
                let mut inputs = image.inputs.iter();
                inputs.any(|it| it.is_empty() || matches(it, path))
            };
            let stands = image.bases.iter().any(|it| self.images.contains(it));
            if stands || paths.iter().any(takes) {
                self.images.insert(image.image.name.clone());
            }
        }
        for fleet in &model.fleets {
            for service in &fleet.services {
                if self.has_other_contents(fleet, service, &paths) {
                    self.services.insert(service.name.clone());
                }
            }
        }
        let Some(fleet) = pipeline::test_fleet(model) else {
            return;
        };
        for service in &fleet.services {
            for test in &service.tests {
                let differs = |it: &Service| {
                    tested.contains(&it.name) || self.has_other_contents(fleet, it, &paths)
                };
                if used(fleet, service, test).any(differs) || sees(test, &paths) {
                    let name = test.name.value.clone();
                    self.tests.insert((service.name.clone(), name));
                }
            }
        }
    }

    fn has_other_contents(&self, fleet: &Fleet, service: &Service, paths: &[&str]) -> bool {
        let built = match &service.image {
            ServiceImage::Built(name) => self.images.contains(name),
            ServiceImage::Ready(_) => false,
        };
        built
            || service.configs.iter().any(|(name, _)| {
                let content = fleet.config(name).and_then(|it| it.content.as_ref());
                match content.map(|it| &it.value) {
                    Some(ConfigContent::File { path, .. }) => paths.contains(&path.as_str()),
                    Some(ConfigContent::Inline(_)) | None => false,
                }
            })
    }
}

/// The service of a test, and those that are up beside it.
pub(super) fn used<'f>(
    fleet: &'f Fleet,
    service: &'f Service,
    test: &'f Test,
) -> impl Iterator<Item = &'f Service> {
    let beside = test.with.iter().filter_map(|it| fleet.service(&it.value));
    beside.chain([service])
}

fn sees(test: &Test, paths: &[&str]) -> bool {
    let mut mounts = test.mounts.iter();
    mounts.any(|(source, _)| paths.iter().any(|it| matches(&source.value, it)))
}
