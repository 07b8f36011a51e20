//! Images.

use super::errors;
use crate::diag::Sink;
use crate::model::image::{Step, StepKind, System};
use crate::model::{Engine, ImageKind, Model};

/// A step that installs packages has something to install them with.
pub(super) fn every_install_has_a_package_manager(model: &Model, sink: &mut Sink) {
    let mut judge = |steps: &[Step], system: System, image: &str| {
        let known = match system {
            System::Debian | System::Alpine | System::Rhel => return,
            System::None => true,
            System::Unknown => false,
        };
        for step in steps
            .iter()
            .filter(|it| matches!(it.kind, StepKind::Install(_)))
        {
            sink.push(errors::no_package_manager(step.span, image, known));
        }
    };
    for image in &model.images {
        judge(&image.steps, image.system, &image.name);
        for stage in &image.stages {
            judge(&stage.steps, stage.system, &image.name);
        }
    }
}

/// Nodes of a Swarm pull what is built from a registry.
pub(super) fn built_images_have_a_registry(model: &Model, sink: &mut Sink) {
    let swarm = model
        .fleets
        .iter()
        .any(|it| it.environment.engine.value == Engine::Swarm);
    let built = model.images.iter().find(|it| it.kind == ImageKind::Service);
    if let (true, Some(image), None) = (swarm, built, &model.project.registry) {
        sink.push(errors::no_registry(model.project.span, Some(image.span)));
    }
}
