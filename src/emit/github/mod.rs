//! `.github/workflows/PROJECT.yml`: check, build, test and the deploys that CI decides on; and for each environment that a
//! person decides on `PROJECT-ENV.yml`, started by hand with the run whose release is meant. Both order jobs, hand over
//! artifacts and credentials, and call the scripts. No expression stands in a script: values come through `env`.

mod jobs;
mod model;
mod steps;

use std::collections::BTreeMap;

use model::{Branches, Concurrency, Defaults, Dispatch, Input, Run, Schedule, Triggers, Workflow};

use super::{Context, Output, Target, ci};
use crate::encode::Entries;
use crate::encode::yaml;
use crate::model::pipeline::Approval;
use crate::model::{Pipeline, PipelineSystem};
use crate::plan::{self, JobKind, Stage, gather};
use crate::vocab::Capability;

/// `--only github`
pub const TARGET: &dyn Target = &Github;

/// The job that puts the digests together, and what it leaves behind.
const RELEASE: &str = "release";
/// The job that builds and tests what comes from a fork.
const FORK: &str = "fork";
/// The most jobs that build or test: more than a run shows well, and fewer than GitHub takes.
const MOST_JOBS: usize = 200;
struct Github;

impl Target for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let mut pipelines = context.model.pipelines.iter();
        match pipelines.find(|it| it.system == PipelineSystem::Github) {
            Some(pipeline) => Writer::new(context, pipeline).files(),
            None => Vec::new(),
        }
    }
}

struct Writer<'a> {
    context: &'a Context<'a>,
    pipeline: &'a Pipeline,
    stages: Vec<Stage>,
    /// The id of each job of the plan, by its name there.
    ids: BTreeMap<String, String>,
    /// The manual environment with whose workflow an environment is deployed; absent where CI decides on all up to it.
    files: BTreeMap<&'a str, &'a str>,
}

impl<'a> Writer<'a> {
    fn new(context: &'a Context<'a>, pipeline: &'a Pipeline) -> Writer<'a> {
        let mut writer = Writer {
            context,
            pipeline,
            stages: gather::gathered(&context.plan.stages, MOST_JOBS),
            ids: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let asks = pipeline.approval.as_ref().map(|it| it.value) != Some(Approval::Environment);
        for job in writer.stages.iter().flat_map(|it| &it.jobs) {
            // `test a b-c` and `test a-b c` would be one id.
            let plain = job.name.replace(' ', "-");
            let mut id = plain.clone();
            let mut number = 2;
            while [RELEASE, FORK].contains(&id.as_str()) || writer.ids.values().any(|it| *it == id)
            {
                id = format!("{plain}_{number}");
                number += 1;
            }
            writer.ids.insert(job.name.clone(), id);
        }
        for job in context.plan.stages.iter().flat_map(|it| &it.jobs) {
            if let JobKind::Deploy { environment, after } = &job.kind {
                let before = after.as_ref().and_then(|it| writer.files.get(it.as_str()));
                let file = if asks && ci::is_manual(context, environment) {
                    Some(environment.as_str())
                } else {
                    before.copied()
                };
                if let Some(file) = file {
                    writer.files.insert(environment, file);
                }
            }
        }
        writer
    }

    fn files(&self) -> Vec<Output> {
        let mut files = vec![self.main()];
        let jobs = self.stages.iter().flat_map(|it| &it.jobs);
        for job in jobs {
            if let JobKind::Deploy { environment, after } = &job.kind
                && self.files.get(environment.as_str()) == Some(&environment.as_str())
            {
                files.push(self.manual(environment, after.as_deref()));
            }
        }
        files
    }

    /// What runs on every push and for every pull request.
    fn main(&self) -> Output {
        let mut jobs = Vec::new();
        let mut before: Vec<String> = Vec::new();
        let mut releases = false;
        for job in self.stages.iter().flat_map(|it| &it.jobs) {
            let id = self.ids[job.name.as_str()].clone();
            match &job.kind {
                JobKind::Check | JobKind::Build { .. } | JobKind::Test { .. } => {
                    releases |= !ci::digests(self.context, job).is_empty();
                    before.push(id.clone());
                    jobs.push((id, self.job(job)));
                }
                JobKind::Deploy { environment, .. } => {
                    if !self.files.contains_key(environment.as_str()) {
                        jobs.push((id, self.deploy(job, None)));
                    }
                }
            }
        }
        if let Some(fork) = self.fork() {
            jobs.push((FORK.to_owned(), fork));
        }
        let deploys = |it: &plan::Job| matches!(it.kind, JobKind::Deploy { .. });
        let mut all = self.stages.iter().flat_map(|it| &it.jobs);
        if all.any(deploys) {
            let at = before.len();
            jobs.insert(at, (RELEASE.to_owned(), self.release(before, releases)));
        }
        let project = &self.context.model.project.name;
        let branch = self.pipeline.branch.to_string();
        self.output(
            project,
            Workflow {
                name: project.to_string(),
                on: Triggers {
                    push: Some(Branches {
                        branches: vec![branch],
                    }),
                    pull_request: Some(Branches {
                        branches: vec!["**".to_owned()],
                    }),
                    schedule: self
                        .pipeline
                        .schedule
                        .iter()
                        .map(|it| Schedule {
                            cron: it.value.to_string(),
                        })
                        .collect(),
                    workflow_dispatch: None,
                },
                permissions: Entries::default(),
                concurrency: Concurrency {
                    group: "${{ github.workflow }}-${{ github.ref }}".to_owned(),
                    // What is on the branch is brought to its end; of a pull request only the newest state matters.
                    cancel_in_progress: "${{ github.event_name == 'pull_request' }}".into(),
                },
                defaults: BASH,
                jobs: jobs.into_iter().collect(),
            },
        )
    }

    /// The workflow that a person starts to deploy to `environment`, and what follows it by itself.
    fn manual(&self, environment: &str, after: Option<&str>) -> Output {
        let project = &self.context.model.project.name;
        let mut jobs = Vec::new();
        for job in self.stages.iter().flat_map(|it| &it.jobs) {
            if let JobKind::Deploy {
                environment: it, ..
            } = &job.kind
                && self.files.get(it.as_str()) == Some(&environment)
            {
                let first = it == environment;
                let id = self.ids[job.name.as_str()].clone();
                jobs.push((id, self.deploy(job, first.then_some("${{ inputs.run }}"))));
            }
        }
        let passed = match after {
            Some(after) => format!("that deployed it to {after}"),
            None => format!("of `{project}` that built it"),
        };
        let run = Input {
            description: format!(
                "The release: the id of the run {passed}, as in the address of the run"
            ),
            required: true,
            r#type: "string",
        };
        let name = format!("{project}-{environment}");
        self.output(
            &name,
            Workflow {
                name: format!("{project}: deploy {environment}"),
                on: Triggers {
                    workflow_dispatch: Some(Dispatch {
                        inputs: [("run".to_owned(), run)].into_iter().collect(),
                    }),
                    ..Triggers::default()
                },
                permissions: Entries::default(),
                concurrency: Concurrency {
                    group: "${{ github.workflow }}".to_owned(),
                    cancel_in_progress: false.into(),
                },
                defaults: BASH,
                jobs: jobs.into_iter().collect(),
            },
        )
    }

    fn output(&self, name: &str, workflow: Workflow) -> Output {
        let mut text = format!(
            "# {}\n#\n\
             # The repository's settings may hold:\n\
             #   variable SVCC_IMAGE                       an image with svcc, where the runner has none, for the check of generated files\n",
            self.context.notice(self.pipeline.span.file)
        );
        if self.ghcr() {
            text += "#   secrets REGISTRY_USER, REGISTRY_PASSWORD  a login that lasts, for nodes to pull with: a job's own ends with the job\n";
        } else {
            text += "#   secrets REGISTRY_USER, REGISTRY_PASSWORD  a login for the registry\n";
        }
        for it in ci::other_logins(self.pipeline) {
            text += &format!(
                "#   secrets {0}_USER, {0}_PASSWORD  a login for {1}\n",
                it.prefix, it.host
            );
        }
        text += "#   secrets of the names that the `env` of its steps mentions, in an environment where only one deploy needs them\n\n";
        text += &yaml::to_string(&workflow);
        Output {
            path: format!(".github/workflows/{name}.yml"),
            text,
            executable: false,
        }
    }
}

/// `bash` alone would be run without `pipefail`.
const BASH: Defaults = Defaults {
    run: Run { shell: "bash" },
};
