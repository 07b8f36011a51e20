//! The stages of a pipeline with fewer jobs: some that do the work of several, or only those of what a change touches.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::{Affected, Job, JobKind, PlannedImage, Stage};

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
