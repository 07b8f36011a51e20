//! What a pipeline does, in order: one plan for every CI system.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::{Affected, PlannedImage, affected, images};
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
        /// Their names; one, unless jobs were [gathered](gathered).
        images: Vec<EcoString>,
    },
    /// Runs tests of services in their images.
    Test {
        /// The tests; one, unless jobs were [gathered](gathered).
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

/// The stages with at most `most` jobs that build or test: what is too many for a CI system shares jobs, each of which does
/// as much as the others of its stage.
pub fn gathered(stages: &[Stage], most: usize) -> Vec<Stage> {
    let is_work = |it: &&Job| matches!(it.kind, JobKind::Build { .. } | JobKind::Test { .. });
    let count = stages
        .iter()
        .flat_map(|it| &it.jobs)
        .filter(is_work)
        .count();
    if count <= most {
        return stages.to_vec();
    }
    let mut renamed: BTreeMap<&str, String> = BTreeMap::new();
    let mut gathered = Vec::with_capacity(stages.len());
    for stage in stages {
        let mut jobs: Vec<Job> = Vec::new();
        let mut kinds = [Vec::new(), Vec::new()];
        for job in &stage.jobs {
            match job.kind {
                JobKind::Build { .. } => kinds[0].push(job),
                JobKind::Test { .. } => kinds[1].push(job),
                JobKind::Check | JobKind::Deploy { .. } => jobs.push(job.clone()),
            }
        }
        for all in kinds.into_iter().filter(|it| !it.is_empty()) {
            // Of the jobs that there may be, a stage gets its share, and one at least.
            let share = (all.len() * most / count).max(1);
            let size = all.len().div_ceil(share);
            for (number, part) in (1..).zip(all.chunks(size)) {
                let name = match all.len() > size {
                    true => format!("{} part {number}", stage.name),
                    false => stage.name.clone(),
                };
                renamed.extend(part.iter().map(|it| (it.name.as_str(), name.clone())));
                jobs.push(together(name, part));
            }
        }
        gathered.push(Stage {
            name: stage.name.clone(),
            jobs,
        });
    }
    for job in gathered.iter_mut().flat_map(|it| &mut it.jobs) {
        let needs: BTreeSet<String> = job
            .needs
            .iter()
            .map(|it| renamed.get(it.as_str()).unwrap_or(it).clone())
            .collect();
        job.needs = needs.into_iter().collect();
    }
    gathered
}

/// One job that does what several do.
fn together(name: String, jobs: &[&Job]) -> Job {
    let (mut images, mut tests) = (Vec::new(), Vec::new());
    let (mut needs, mut credentials) = (BTreeSet::new(), BTreeSet::new());
    for job in jobs {
        match &job.kind {
            JobKind::Build { images: all } => images.extend(all.iter().cloned()),
            JobKind::Test { tests: all } => tests.extend(all.iter().cloned()),
            JobKind::Check | JobKind::Deploy { .. } => {}
        }
        needs.extend(job.needs.iter().cloned());
        credentials.extend(job.credentials.iter().cloned());
    }
    Job {
        name,
        kind: if tests.is_empty() {
            JobKind::Build { images }
        } else {
            JobKind::Test { tests }
        },
        needs: needs.into_iter().collect(),
        credentials: credentials.into_iter().collect(),
    }
}

/// How many images one job asks the registry for that are not touched: a second or two each.
const OTHERS: usize = 20;

/// The stages with the builds and tests of what is touched only. More jobs find the digests of the other services: a
/// release names all of them, and tests may run beside them.
pub fn narrowed(stages: &[Stage], affected: &Affected, images: &[PlannedImage]) -> Vec<Stage> {
    let mut narrowed: Vec<Stage> = Vec::with_capacity(stages.len());
    // What takes the place of a build that is left out; nothing for a base, which the registry has.
    let mut instead: BTreeMap<String, Option<String>> = BTreeMap::new();
    for stage in stages {
        let mut jobs = Vec::new();
        let mut others: Vec<&Job> = Vec::new();
        for job in &stage.jobs {
            let is_touched = match &job.kind {
                JobKind::Check | JobKind::Deploy { .. } => true,
                JobKind::Build { images } => images.iter().any(|it| affected.images.contains(it)),
                JobKind::Test { tests } => tests.iter().any(|it| {
                    let test = (it.service.clone(), it.test.clone());
                    affected.tests.contains(&test)
                }),
            };
            let of_service = |it: &EcoString| {
                let mut images = images.iter();
                images.any(|all| all.image.name == *it && all.key.is_none())
            };
            match &job.kind {
                _ if is_touched => jobs.push(job.clone()),
                JobKind::Build { images } if images.iter().any(of_service) => others.push(job),
                JobKind::Check
                | JobKind::Build { .. }
                | JobKind::Test { .. }
                | JobKind::Deploy { .. } => {
                    instead.insert(job.name.clone(), None);
                }
            }
        }
        for (number, part) in (1..).zip(others.chunks(OTHERS)) {
            let name = match others.len() > OTHERS {
                true => format!("digests of the others {number}"),
                false => "digests of the others".to_owned(),
            };
            let left_out = part.iter().map(|it| (it.name.clone(), Some(name.clone())));
            instead.extend(left_out);
            jobs.push(Job {
                needs: Vec::new(),
                ..together(name, part)
            });
        }
        narrowed.push(Stage {
            name: stage.name.clone(),
            jobs,
        });
    }
    for job in narrowed.iter_mut().flat_map(|it| &mut it.jobs) {
        let needs: BTreeSet<String> = job
            .needs
            .iter()
            .filter_map(|it| instead.get(it).cloned().unwrap_or(Some(it.clone())))
            .collect();
        job.needs = needs.into_iter().collect();
    }
    narrowed.retain(|it| !it.jobs.is_empty());
    narrowed
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
    let used = fleet.secrets.iter().filter(|secret| {
        let mut services = fleet.services.iter();
        services.any(|it| it.secrets.iter().any(|(name, _)| *name == secret.name))
    });
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
