//! What packages give and nothing of the project asks for is not the project's: no image is built of it, no secret needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use ecow::EcoString;

use super::errors;
use super::world::{Declared, Evaluator};
use crate::diag::Sink;
use crate::model::Fleet;
use crate::model::image::{From, Image, Stage, Step, StepKind};
use crate::model::service::Mount;
use crate::packages::Packages;
use crate::source::{FileId, Span};

impl Evaluator<'_, '_> {
    /// As what the base that is declared here is published by its package's own pipeline.
    pub(super) fn publication(&self, declared: &Declared<'_>) -> Option<EcoString> {
        let packages = self.world.packages;
        let file = declared.span.file;
        let name = full_name(packages, file, &declared.name);
        packages.publication(file, &name).cloned()
    }
}

/// `platform.jvm` for `platform-jvm`.
fn full_name(packages: &Packages, file: FileId, name: &str) -> String {
    let prefix = packages.prefix(file);
    let own = name.get(prefix.len()..).unwrap_or(name);
    format!("{prefix}{own}")
}

/// Keeps of the packages' bases those that an image of the project stands on or copies from, however far above. Those that are
/// published have to be so as something.
pub(super) fn drop_unused_bases(
    images: &mut Vec<Arc<Image>>,
    packages: &Packages,
    sink: &mut Sink,
) {
    let is_own = |it: &Image| packages.of(it.span.file).is_none();
    let mut wanted: BTreeSet<EcoString> = BTreeSet::new();
    let mut next: Vec<Arc<Image>> = images.iter().filter(|it| is_own(it)).cloned().collect();
    while let Some(image) = next.pop() {
        let is_built = !packages.publishes(image.span.file);
        for (name, span) in bases(&image) {
            let found = images.iter().find(|it| it.name == *name && !is_own(it));
            let Some(base) = found else { continue };
            let file = base.span.file;
            if is_built && base.published.is_none() && packages.publishes(file) {
                let full = full_name(packages, file, name);
                let (package, own) = full.rsplit_once('.').unwrap_or(("", &full));
                sink.push(errors::unpublished_base(span, own, package));
            }
            if wanted.insert(name.clone()) {
                next.push(Arc::clone(base));
            }
        }
    }
    images.retain(|it| is_own(it) || wanted.contains(&it.name));
}

/// The bases that an image names, and where.
fn bases(image: &Image) -> impl Iterator<Item = (&EcoString, Span)> {
    let stages = image.stages.iter();
    let steps = stages.clone().flat_map(|it| &it.steps).chain(&image.steps);
    let taken = steps.flat_map(Step::takes_from);
    let all = stages.map(|it| &it.from).chain([&image.from]).chain(taken);
    all.filter_map(|it| match &it.value {
        From::Base(name) => Some((name, it.span)),
        From::External(_) | From::Stage(_) => None,
    })
}

/// Keeps of the packages' secrets, configs, volumes and networks those that a service or the build of an image uses.
pub(super) fn drop_unused(fleet: &mut Fleet, images: &[Arc<Image>], packages: &Packages) {
    let mut used: BTreeSet<EcoString> = BTreeSet::new();
    for it in &fleet.services {
        used.extend(it.secrets.iter().map(|(name, _)| name.clone()));
        used.extend(it.configs.iter().map(|(name, _)| name.clone()));
        used.extend(it.mounts.iter().filter_map(|(_, it)| match &it.value {
            Mount::Volume { name, .. } => Some(name.clone()),
            Mount::Bind { .. } | Mount::Tmpfs { .. } => None,
        }));
        let networks = it.networks.iter().flat_map(|it| &it.value);
        used.extend(networks.map(|it| it.value.clone()));
        let tested = it.tests.iter().flat_map(|it| &it.env);
        let mentioned = tested.flat_map(|(_, text)| text.mentions());
        used.extend(mentioned.map(|it| it.name.clone()));
    }
    for image in images.iter().filter(|it| it.published.is_none()) {
        let steps = image.stages.iter().flat_map(|it| &it.steps);
        for step in steps.chain(&image.steps) {
            if let StepKind::Run(run) = &step.kind {
                used.extend(run.secrets.iter().map(|it| it.value.clone()));
            }
        }
    }
    let kept = |name: &EcoString, file| packages.of(file).is_none() || used.contains(name);
    fleet.secrets.retain(|it| kept(&it.name, it.span.file));
    fleet.configs.retain(|it| kept(&it.name, it.span.file));
    fleet.volumes.retain(|it| kept(&it.name, it.span.file));
    fleet.networks.retain(|it| kept(&it.name, it.span.file));
}

/// Whether steps take something from their build context. What takes nothing can be built anywhere, and a builder need not be
/// let into the folder of a package beside the project.
pub(super) fn takes_files(stages: &[Stage], steps: &[Step]) -> bool {
    let all = stages.iter().flat_map(|it| &it.steps).chain(steps);
    all.into_iter().any(|it| match &it.kind {
        StepKind::Copy(copy) => copy.from.is_none(),
        StepKind::Run(run) => run.mounts.iter().any(|it| it.from.is_none()),
        _ => false,
    })
}
