//! `.github/workflows/PROJECT.yml`: check, build, test and the deploys that CI decides on; and for each environment that a
//! person decides on `PROJECT-ENV.yml`, started by hand with the run whose release is meant. Both order jobs, hand over
//! artifacts and credentials, and call the scripts. No expression stands in a script: values come through `env`.

mod model;

use std::collections::BTreeMap;

use model::{
    Branches, Concurrency, Defaults, Dispatch, Input, Job, Run, Schedule, Setting, Step, Triggers,
    Workflow,
};

use super::{Context, Output, Target, ci};
use crate::encode::Entries;
use crate::encode::yaml::{self, Commented};
use crate::model::pipeline::Approval;
use crate::model::{Pipeline, PipelineSystem};
use crate::plan::{self, JobKind, Stage, gather};
use crate::vocab::Capability;

/// `--only github`
pub const TARGET: &dyn Target = &Github;

/// The actions, each by the commit that its tag names.
const CHECKOUT: Commented<&str> = Commented(
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
    "v7.0.1",
);
const UPLOAD: Commented<&str> = Commented(
    "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    "v7.0.0",
);
const DOWNLOAD: Commented<&str> = Commented(
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    "v8.0.1",
);
/// The runner of a job where the project names none.
const RUNNER: &str = "ubuntu-24.04";
/// The job that puts the digests together, and what it leaves behind.
const RELEASE: &str = "release";
/// The job that builds and tests what comes from a fork.
const FORK: &str = "fork";
/// The most jobs that build or test: more than a run shows well, and fewer than GitHub takes.
const MOST_JOBS: usize = 200;
/// Whether a run is for a pull request from a fork, whose jobs have no secrets and may not write.
const FROM_FORK: &str = "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository";
const NOT_FROM_FORK: &str = "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository";

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

    /// A job that checks, builds or tests.
    fn job(&self, job: &plan::Job) -> Job {
        let mut it = self.empty(job);
        it.steps.push(checkout());
        let mut run = Step {
            name: sentence(&job.name),
            run: Some(ci::command(self.context, job)),
            ..Step::default()
        };
        match &job.kind {
            JobKind::Check => {
                let image = "${{ vars.SVCC_IMAGE }}".to_owned();
                run.env = entries([("SVCC_IMAGE", image)]);
                it.steps.push(run);
            }
            JobKind::Build { .. } => {
                it.r#if = Some(NOT_FROM_FORK.to_owned());
                if self.ghcr() {
                    let writes =
                        Commented("write", "the image is pushed to the project's packages");
                    it.permissions.0.push(("packages".to_owned(), writes));
                }
                it.steps.extend(self.login(self.ghcr()));
                run.env = secrets(&job.credentials);
                if self.pipeline.schedule.is_some() {
                    let event = "${{ github.event_name }}".to_owned();
                    run.env.0.insert(0, ("EVENT".to_owned(), event));
                    let command = run.run.take().unwrap_or_default();
                    run.run = Some(format!("{ON_SCHEDULE}{command}\n"));
                }
                it.steps.push(run);
                let digests = ci::digests(self.context, job);
                if !digests.is_empty() {
                    let plain = job.name.strip_prefix("build ").unwrap_or(&job.name);
                    let name = format!("image-{}", plain.replace(' ', "-"));
                    it.steps
                        .push(upload("Hand over the digest", &name, &digests.join("\n")));
                }
            }
            JobKind::Test { tests } => {
                it.r#if = Some(NOT_FROM_FORK.to_owned());
                if self.ghcr() {
                    let reads =
                        Commented("read", "the image is pulled from the project's packages");
                    it.permissions.0.push(("packages".to_owned(), reads));
                }
                it.steps.extend(self.login(self.ghcr()));
                if !job.needs.is_empty() {
                    it.steps.push(digests());
                }
                it.steps.push(run);
                let reports = ci::reports(tests);
                if !reports.is_empty() {
                    let plain = job.name.strip_prefix("test ").unwrap_or(&job.name);
                    let name = format!("report-{}", plain.replace(' ', "-"));
                    it.steps.push(Step {
                        r#if: Some("!cancelled()"),
                        ..upload("Keep the report", &name, &reports.join("\n"))
                    });
                }
            }
            JobKind::Deploy { .. } => {}
        }
        it
    }

    /// The one job for a pull request from a fork: it has no login, so that it builds without pushing and tests what it has
    /// built. It is foreign code, and never runs on a runner of one's own.
    fn fork(&self) -> Option<Job> {
        let (mut images, mut tests) = (Vec::new(), Vec::new());
        for job in self.stages.iter().flat_map(|it| &it.jobs) {
            match &job.kind {
                JobKind::Build { images: all } => images.extend(all.iter().cloned()),
                JobKind::Test { tests: all } => tests.extend(all.iter().cloned()),
                JobKind::Check | JobKind::Deploy { .. } => {}
            }
        }
        if images.is_empty() {
            return None;
        }
        let mut it = Job {
            r#if: Some(FROM_FORK.to_owned()),
            runs_on: vec![RUNNER.to_owned()],
            ..self.empty_named(FORK)
        };
        it.steps.push(checkout());
        let command = |kind| {
            let job = plan::Job {
                name: FORK.to_owned(),
                kind,
                needs: Vec::new(),
                credentials: Vec::new(),
            };
            Some(ci::command(self.context, &job))
        };
        it.steps.push(Step {
            name: "Build without pushing".to_owned(),
            env: entries([("PUSH", "0".to_owned())]),
            run: command(JobKind::Build { images }),
            ..Step::default()
        });
        if !tests.is_empty() {
            it.steps.push(Step {
                name: "Test".to_owned(),
                run: command(JobKind::Test { tests }),
                ..Step::default()
            });
        }
        Some(it)
    }

    /// The job that says what a release is, once all before it has passed.
    fn release(&self, needs: Vec<String>, releases: bool) -> Job {
        let mut it = Job {
            name: RELEASE.to_owned(),
            needs,
            r#if: Some(self.on_branch()),
            ..self.empty_named(RELEASE)
        };
        it.steps.push(checkout());
        if releases {
            it.steps.push(digests());
        }
        it.steps.push(Step {
            name: "Put the release together".to_owned(),
            run: Some(ci::release(self.context, &self.stages)),
            ..Step::default()
        });
        it.steps
            .push(upload("Hand over the release", RELEASE, ".release"));
        it
    }

    /// A deploy: of the release of this run, or of the one that `run` names.
    fn deploy(&self, job: &plan::Job, run: Option<&str>) -> Job {
        let mut it = self.empty(job);
        let JobKind::Deploy { environment, after } = &job.kind else {
            return it;
        };
        let project = &self.context.model.project.name;
        it.environment = Some(environment.to_string());
        it.concurrency = Some(Concurrency {
            group: format!("{project}-{environment}"),
            cancel_in_progress: false.into(),
        });
        let artifact = match after {
            Some(after) => format!("{RELEASE}-{after}"),
            None => RELEASE.to_owned(),
        };
        let mut download = vec![
            ("name", Setting::from(artifact.as_str())),
            ("path", ".release".into()),
        ];
        let mut clone = checkout();
        if let Some(run) = run {
            it.needs = Vec::new();
            let reads = Commented("read", "the release is an artifact of another run");
            it.permissions.0.push(("actions".to_owned(), reads));
            download.push(("run-id", run.into()));
            download.push(("github-token", "${{ github.token }}".into()));
        } else if !self.files.contains_key(environment.as_str()) {
            it.r#if = Some(self.on_branch());
            if after.is_none() {
                it.needs = vec![RELEASE.to_owned()];
            }
        }
        let by_hand = self.files.contains_key(environment.as_str());
        if by_hand {
            // The release's own commit may be an older one.
            clone.with.0.push(("fetch-depth".to_owned(), 0.into()));
        }
        it.steps.push(clone);
        it.steps.push(Step {
            name: "Take the release".to_owned(),
            uses: Some(DOWNLOAD),
            with: settings(download),
            ..Step::default()
        });
        if by_hand {
            it.steps.push(Step {
                name: "Go to the release's commit".to_owned(),
                run: Some("git checkout --detach \"$(cat .release/revision)\"".to_owned()),
                ..Step::default()
            });
        }
        it.steps.extend(self.login(false));
        let ssh = ci::environment(self.context, environment).is_some_and(|it| it.reached_by_ssh());
        let command = ci::command(self.context, job);
        it.steps.push(Step {
            name: sentence(&job.name),
            env: secrets(&job.credentials),
            run: Some(if ssh {
                format!(
                    "{}{}{command}",
                    ci::END_SSH,
                    ci::ssh(
                        "<(printf '%s\\n' \"$SSH_KNOWN_HOSTS\")",
                        "<<<\"$SSH_PRIVATE_KEY\""
                    )
                )
            } else {
                command
            }),
            ..Step::default()
        });
        let left = format!("{RELEASE}-{environment}");
        it.steps
            .push(upload("Hand over what went there", &left, ".release"));
        it
    }

    fn empty(&self, job: &plan::Job) -> Job {
        let needs = job.needs.iter().filter_map(|it| self.ids.get(it.as_str()));
        Job {
            needs: needs.cloned().collect(),
            ..self.empty_named(&job.name)
        }
    }

    fn empty_named(&self, name: &str) -> Job {
        let runners: Vec<String> = self
            .pipeline
            .runners
            .iter()
            .map(|it| it.to_string())
            .collect();
        let reads = Commented("read", "the sources are checked out");
        Job {
            name: name.to_owned(),
            needs: Vec::new(),
            r#if: None,
            runs_on: if runners.is_empty() {
                vec![RUNNER.to_owned()]
            } else {
                runners
            },
            timeout_minutes: self
                .pipeline
                .timeout
                .value
                .whole_seconds()
                .div_ceil(60)
                .max(1),
            permissions: [("contents".to_owned(), reads)].into_iter().collect(),
            environment: None,
            concurrency: None,
            steps: Vec::new(),
        }
    }

    /// Nothing is deployed for a pull request, nor from another branch. A schedule runs on the repository's own one.
    fn on_branch(&self) -> String {
        let branch = self.pipeline.branch.as_str().replace('\'', "''");
        format!("github.event_name != 'pull_request' && github.ref == 'refs/heads/{branch}'")
    }

    /// Whether images go to GitHub's own registry, for which a job has a login of its own.
    fn ghcr(&self) -> bool {
        ci::registry_host(self.context) == Some("ghcr.io")
    }

    /// Logs in to the project's registry, and to others.
    fn login(&self, own: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(host) = ci::registry_host(self.context) {
            let (user, password) = if own {
                ("${{ github.actor }}", "${{ github.token }}")
            } else {
                (
                    "${{ secrets.REGISTRY_USER }}",
                    "${{ secrets.REGISTRY_PASSWORD }}",
                )
            };
            steps.push(Step {
                name: "Log in to the registry".to_owned(),
                env: entries([
                    ("REGISTRY_USER", user.to_owned()),
                    ("REGISTRY_PASSWORD", password.to_owned()),
                ]),
                run: Some(ci::login(host, "REGISTRY_USER", "REGISTRY_PASSWORD")),
                ..Step::default()
            });
        }
        steps.extend(ci::other_logins(self.pipeline).map(|it| {
            let (user, password) = (
                format!("{}_USER", it.prefix),
                format!("{}_PASSWORD", it.prefix),
            );
            Step {
                name: format!("Log in to {}", it.host),
                run: Some(ci::login(it.host, &user, &password)),
                env: secrets(&[user, password]),
                ..Step::default()
            }
        }));
        steps
    }
}

/// What a schedule asks of build.sh: also where the registry has the image.
const ON_SCHEDULE: &str = "if [ \"$EVENT\" = schedule ]; then\n  export REBUILD=1\nfi\n";

/// `bash` alone would be run without `pipefail`.
const BASH: Defaults = Defaults {
    run: Run { shell: "bash" },
};

fn checkout() -> Step {
    Step {
        name: "Check out".to_owned(),
        uses: Some(CHECKOUT),
        with: settings([("persist-credentials", false.into())]),
        ..Step::default()
    }
}

/// Takes the digests that builds left behind.
fn digests() -> Step {
    Step {
        name: "Take the digests".to_owned(),
        uses: Some(DOWNLOAD),
        with: settings([
            ("pattern", "image-*".into()),
            ("merge-multiple", true.into()),
            ("path", ".release".into()),
        ]),
        ..Step::default()
    }
}

fn upload(title: &str, name: &str, path: &str) -> Step {
    Step {
        name: title.to_owned(),
        uses: Some(UPLOAD),
        with: settings([
            ("name", name.into()),
            ("path", path.into()),
            // The folder's name begins with a dot.
            ("include-hidden-files", true.into()),
            ("if-no-files-found", "error".into()),
            // A job that is run again replaces what it left behind.
            ("overwrite", true.into()),
        ]),
        ..Step::default()
    }
}

fn settings<'k>(all: impl IntoIterator<Item = (&'k str, Setting)>) -> Entries<Setting> {
    all.into_iter()
        .map(|(key, it)| (key.to_owned(), it))
        .collect()
}

fn entries<const N: usize>(all: [(&str, String); N]) -> Entries<String> {
    all.into_iter()
        .map(|(key, it)| (key.to_owned(), it))
        .collect()
}

/// Each variable from the repository's or environment's secret of its name.
fn secrets(names: &[String]) -> Entries<String> {
    names
        .iter()
        .map(|it| (it.clone(), format!("${{{{ secrets.{it} }}}}")))
        .collect()
}

/// `build api` as the name of a step.
fn sentence(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
