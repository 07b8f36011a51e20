//! What a pipeline does, in order: one plan for every CI system.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::{PlannedImage, affected, images};
use crate::model::secret::SecretSource;
use crate::model::service::ServiceImage;
use crate::model::{Fleet, ImageKind, Model};

/// Jobs that run side by side, after those of the stages before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name: `build`, `deploy test`.
    pub name: String,
    /// Its jobs, in the order in which they are listed.
    pub jobs: Vec<Job>,
}

/// One thing that a pipeline does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, unique in the pipeline: `build catalog`.
    pub name: String,
    /// What it does.
    pub kind: JobKind,
    /// The jobs whose results it uses; it may begin once these are done.
    pub needs: Vec<String>,
    /// The variables that hold what it must be trusted with, but for the registry's login: `DB_PASSWORD`, `VAULT_TOKEN`.
    pub credentials: Vec<String>,
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Are the generated files up to date?
    Check,
    /// Makes sure that the registry has images: bases, or those of services.
    Build {
        /// Their names; one, unless jobs were [gathered](super::gather::gathered).
        images: Vec<EcoString>,
    },
    /// Runs tests of services in their images.
    Test {
        /// The tests; one, unless jobs were [gathered](super::gather::gathered).
        tests: Vec<PlannedTest>,
    },
    /// Brings a release to an environment.
    Deploy {
        /// The environment.
        environment: EcoString,
        /// The environment that the release went through before.
        after: Option<EcoString>,
    },
}

/// A test of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTest {
    /// The service.
    pub service: EcoString,
    /// The test.
    pub test: EcoString,
    /// Whether it leaves JUnit files in `.report/SERVICE-TEST`.
    pub reports: bool,
}

/// The stages of a model's pipeline; those without jobs are left out.
pub(super) fn plan(model: &Model, images: &[PlannedImage]) -> Vec<Stage> {
    let mut stages = vec![Stage {
        name: "check".into(),
        jobs: vec![Job {
            name: "check".into(),
            kind: JobKind::Check,
            needs: Vec::new(),
            credentials: Vec::new(),
        }],
    }];
    // Without a registry nothing can be handed from one job to the next.
    let images = match model.project.registry {
        Some(_) => images,
        None => &[],
    };
    let of = |kind: ImageKind| images.iter().filter(move |it| it.image.kind == kind);
    for level in base_levels(images) {
        let name = match stages.len() {
            1 => "bases".into(),
            n => format!("bases {n}"),
        };
        stages.push(Stage {
            name,
            jobs: level.into_iter().map(build).collect(),
        });
    }
    stages.push(Stage {
        name: "build".into(),
        jobs: of(ImageKind::Service).map(build).collect(),
    });
    stages.push(Stage {
        name: "test".into(),
        jobs: match model.project.registry {
            Some(_) => tests(model),
            None => Vec::new(),
        },
    });
    stages.extend(deploys(model));
    stages.retain(|it| !it.jobs.is_empty());
    stages
}

fn build(image: &PlannedImage) -> Job {
    Job {
        name: format!("build {}", image.image.name),
        kind: JobKind::Build {
            images: vec![image.image.name.clone()],
        },
        needs: image.bases.iter().map(|it| format!("build {it}")).collect(),
        credentials: images::build_secrets(&image.image)
            .into_iter()
            .map(images::secret_variable)
            .collect(),
    }
}

/// Bases, first those that stand on nothing of the project, then those that stand on them, and so on.
fn base_levels(images: &[PlannedImage]) -> Vec<Vec<&PlannedImage>> {
    let mut levels: Vec<Vec<&PlannedImage>> = Vec::new();
    let mut done: Vec<(&str, usize)> = Vec::new();
    for image in images.iter().filter(|it| it.image.kind == ImageKind::Base) {
        let below = image.bases.iter().filter_map(|base| {
            let found = done.iter().find(|(name, _)| name == base)?;
            Some(found.1 + 1)
        });
        let level = below.max().unwrap_or(0);
        done.push((&image.image.name, level));
        if levels.len() == level {
            levels.push(Vec::new());
        }
        levels[level].push(image);
    }
    levels
}

/// The fleet that tests run in: their services are wired as in the first local environment, else as in the first one.
pub fn test_fleet(model: &Model) -> Option<&Fleet> {
    let local = model.fleets.iter().find(|it| !it.environment.is_deployed());
    local.or(model.fleets.first())
}

fn tests(model: &Model) -> Vec<Job> {
    let Some(fleet) = test_fleet(model) else {
        return Vec::new();
    };
    let mut jobs = Vec::new();
    for service in &fleet.services {
        for test in &service.tests {
            let built: BTreeSet<String> = affected::used(fleet, service, test)
                .filter_map(|it| match &it.image {
                    ServiceImage::Built(name) => Some(format!("build {name}")),
                    ServiceImage::Ready(_) => None,
                })
                .collect();
            jobs.push(Job {
                name: format!("test {} {}", service.name, test.name.value),
                kind: JobKind::Test {
                    tests: vec![PlannedTest {
                        service: service.name.clone(),
                        test: test.name.value.clone(),
                        reports: test.report.is_some(),
                    }],
                },
                needs: built.into_iter().collect(),
                credentials: Vec::new(),
            });
        }
    }
    jobs
}

/// One stage per step of `after`: an environment comes later than the one that it follows.
fn deploys(model: &Model) -> Vec<Stage> {
    let deployed: Vec<&Fleet> = model
        .fleets
        .iter()
        .filter(|it| it.environment.is_deployed())
        .collect();
    let predecessor = |fleet: &Fleet| {
        let after = fleet.environment.after.as_ref()?;
        deployed
            .iter()
            .copied()
            .find(|it| it.environment.name == after.value)
    };
    let mut stages: Vec<Stage> = Vec::new();
    for fleet in &deployed {
        let before = predecessor(fleet);
        // A cycle of `after` is an error of the check stage; the bound only keeps this total.
        let depth = std::iter::successors(before, |it| predecessor(it))
            .take(deployed.len())
            .count();
        while stages.len() <= depth {
            stages.push(Stage {
                name: String::new(),
                jobs: Vec::new(),
            });
        }
        let name = &fleet.environment.name;
        let stage = &mut stages[depth];
        if stage.name.is_empty() {
            stage.name = format!("deploy {name}");
        }
        stage.jobs.push(Job {
            name: format!("deploy {name}"),
            kind: JobKind::Deploy {
                environment: name.clone(),
                after: before.map(|it| it.environment.name.clone()),
            },
            needs: before
                .iter()
                .map(|it| format!("deploy {}", it.environment.name))
                .collect(),
            credentials: deploy_credentials(fleet),
        });
    }
    stages
}

/// What the sources of a fleet's secrets and its manager ask for.
fn deploy_credentials(fleet: &Fleet) -> Vec<String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mounted = fleet.services.iter().flat_map(|it| &it.secrets);
    let mounted: BTreeSet<&str> = mounted.map(|(name, _)| name.as_str()).collect();
    let secrets = fleet.secrets.iter();
    let used = secrets.filter(|it| mounted.contains(it.name.as_str()));
    for source in used.filter_map(|it| it.source.as_ref()) {
        match &source.value {
            SecretSource::Env(name) | SecretSource::Ci(name) => {
                names.insert(name);
            }
            SecretSource::Vault { .. } => names.extend(["VAULT_ADDR", "VAULT_TOKEN"]),
            SecretSource::Sops { .. } => names.extend(["SOPS_AGE_KEY"]),
            SecretSource::OnePassword(_) => names.extend(["OP_SERVICE_ACCOUNT_TOKEN"]),
            SecretSource::Aws { .. } => {
                names.extend(["AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"]);
            }
            SecretSource::File(_) | SecretSource::Swarm(_) | SecretSource::Generate { .. } => {}
        }
    }
    if fleet.environment.reached_by_ssh() {
        names.extend(["SSH_KNOWN_HOSTS", "SSH_PRIVATE_KEY"]);
    }
    names.into_iter().map(str::to_owned).collect()
}
