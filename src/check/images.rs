//! Images.

use ecow::EcoString;

use super::{errors, grammar};
use crate::diag::Sink;
use crate::model::image::{From, Step, StepKind, System};
use crate::model::service::ServiceImage;
use crate::model::{ImageKind, Model, Service};
use crate::source::Spanned;

/// The longest line of a Dockerfile that BuildKit reads.
const LONGEST_LINE: usize = 65_535;

/// A step that installs packages has something to install them with.
pub(super) fn every_install_has_a_package_manager(model: &Model, sink: &mut Sink) {
    let mut judge = |steps: &[Step], system: System, image: &str, stands_on: Option<&From>| {
        let known = match system {
            System::Debian | System::Alpine | System::Rhel => return,
            System::None => true,
            System::Unknown => false,
        };
        for step in steps
            .iter()
            .filter(|it| matches!(it.kind, StepKind::Install(_)))
        {
            let place = step.place();
            sink.push(match (stands_on, step.applied) {
                // A layer of another's says no system for its stages, but what they stand on may be a base that does.
                (Some(From::External(name)), Some(_)) if !known => {
                    errors::no_package_manager_below(place, name)
                }
                _ => errors::no_package_manager(place, image, known),
            });
        }
    };
    for image in &model.images {
        judge(&image.steps, image.system, &image.name, None);
        for stage in &image.stages {
            judge(
                &stage.steps,
                stage.system,
                &image.name,
                Some(&stage.from.value),
            );
        }
    }
}

/// What is deployed is pulled from a registry.
pub(super) fn built_images_have_a_registry(model: &Model, sink: &mut Sink) {
    let deployed = model.fleets.iter().any(|it| it.environment.is_deployed());
    let built = model.images.iter().find(|it| it.kind == ImageKind::Service);
    if let (true, Some(image), None) = (deployed, built, &model.project.registry) {
        sink.push(errors::no_registry(model.project.span, Some(image.span)));
    }
}

/// What runs has something to run. A layer may give the image, so only the merged service can tell.
pub(super) fn every_service_has_an_image(service: &Service, sink: &mut Sink) {
    if let ServiceImage::Ready(it) = &service.image
        && it.span.is_none()
    {
        sink.push(errors::no_image(service.span, &service.name));
    }
}

/// Names of images from outside are such: what a service runs as it is.
pub(super) fn every_ready_image_is_one(service: &Service, sink: &mut Sink) {
    // An image without a place is one that nothing names: a mistake of its own.
    if let ServiceImage::Ready(it) = &service.image
        && it.span.is_some()
        && let Some(problem) = grammar::image_problem(&it.value)
    {
        sink.push(errors::words::wrong_image(it.span, &it.value, problem));
    }
    for image in service.tests.iter().filter_map(|it| it.image.as_ref()) {
        if let Some(problem) = grammar::image_problem(&image.value) {
            sink.push(errors::words::wrong_image(
                image.span,
                &image.value,
                problem,
            ));
        }
    }
}

/// Likewise what images stand on and take files from.
pub(super) fn every_outside_image_is_one(model: &Model, sink: &mut Sink) {
    let mut judge = |from: &Spanned<From>| {
        if let From::External(name) = &from.value
            && let Some(problem) = grammar::image_problem(name)
        {
            sink.push(errors::words::wrong_image(from.span, name, problem));
        }
    };
    for image in &model.images {
        judge(&image.from);
        image.stages.iter().for_each(|it| judge(&it.from));
        let stages = image.stages.iter().flat_map(|it| &it.steps);
        for step in image.steps.iter().chain(stages) {
            step.takes_from().for_each(&mut judge);
        }
    }
}

/// A Dockerfile can say what steps hold: names of variables, values on one line, lines that are not too long.
pub(super) fn every_step_can_be_written(model: &Model, sink: &mut Sink) {
    for image in &model.images {
        let stages = image.stages.iter().flat_map(|it| &it.steps);
        for step in image.steps.iter().chain(stages) {
            step_can_be_written(step, sink);
        }
    }
}

fn step_can_be_written(step: &Step, sink: &mut Sink) {
    match &step.kind {
        StepKind::Env(pairs) => {
            for (name, value) in pairs {
                if !grammar::is_variable(name) {
                    sink.push(errors::words::wrong_variable(step.place(), name));
                }
                value_can_be_written(step, name, value, sink);
            }
        }
        StepKind::Labels(pairs) => {
            for (key, value) in pairs {
                if !grammar::is_label_key(key) {
                    let problem = "has `=`, a blank or nothing in it";
                    sink.push(errors::words::wrong_label(step.place(), key, problem));
                }
                value_can_be_written(step, key, value, sink);
            }
        }
        StepKind::StopSignal(signal) if !grammar::is_signal(signal) => {
            sink.push(errors::words::wrong_signal(step.place(), signal));
        }
        StepKind::Run(run) => lines_fit(step, &run.script, sink),
        StepKind::File(file) => lines_fit(step, &file.content, sink),
        StepKind::Raw(lines) => lines_fit(step, lines, sink),
        StepKind::Command(words) | StepKind::Entrypoint(words) => {
            let length: usize = words.iter().map(|it| it.len() + 4).sum();
            if length > LONGEST_LINE {
                sink.push(errors::long_line(step.place(), length, LONGEST_LINE));
            }
        }
        StepKind::Workdir(path) if !path.starts_with('/') => {
            sink.push(errors::words::wrong_workdir(step.place(), path));
        }
        StepKind::Install(_)
        | StepKind::Copy(_)
        | StepKind::Fetch(_)
        | StepKind::Workdir(_)
        | StepKind::User(_)
        | StepKind::Expose(_)
        | StepKind::StopSignal(_) => {}
    }
}

fn value_can_be_written(step: &Step, key: &str, value: &EcoString, sink: &mut Sink) {
    if value.contains(['\n', '\r', '\0']) {
        sink.push(errors::multiline_value(step.place(), key));
    } else if value.len() + key.len() > LONGEST_LINE - 8 {
        sink.push(errors::long_line(step.place(), value.len(), LONGEST_LINE));
    }
}

fn lines_fit(step: &Step, text: &str, sink: &mut Sink) {
    // Most texts are shorter than a line may be.
    if text.len() > LONGEST_LINE
        && let Some(line) = text.lines().find(|it| it.len() > LONGEST_LINE)
    {
        sink.push(errors::long_line(step.place(), line.len(), LONGEST_LINE));
    }
}
