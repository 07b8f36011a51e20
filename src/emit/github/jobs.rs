//! The jobs: to check, build and test, to put a release together, to deploy it.

use super::model::{Concurrency, Job, Setting, Step};
use super::steps::{DOWNLOAD, checkout, digests, entries, secrets, sentence, settings, upload};
use super::{FORK, RELEASE, Writer};
use crate::emit::ci;
use crate::encode::yaml::Commented;
use crate::plan::{self, JobKind};

/// The runner of a job where the project names none.
const RUNNER: &str = "ubuntu-24.04";

/// Whether a run is for a pull request from a fork, whose jobs have no secrets and may not write.
const FROM_FORK: &str = "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository";
const NOT_FROM_FORK: &str = "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository";

/// What a schedule asks of build.sh: also where the registry has the image.
const ON_SCHEDULE: &str = "if [ \"$EVENT\" = schedule ]; then\n  export REBUILD=1\nfi\n";

impl Writer<'_> {
    /// A job that checks, builds or tests.
    pub(super) fn job(&self, job: &plan::Job) -> Job {
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
    pub(super) fn fork(&self) -> Option<Job> {
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
    pub(super) fn release(&self, needs: Vec<String>, releases: bool) -> Job {
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
    pub(super) fn deploy(&self, job: &plan::Job, run: Option<&str>) -> Job {
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
    pub(super) fn ghcr(&self) -> bool {
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
