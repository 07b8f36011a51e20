//! `.gitlab-ci.yml`. It orders jobs, hands over artifacts and credentials, and calls the scripts; it decides nothing.

mod model;

use std::collections::BTreeMap;

use model::{
    Artifacts, Default, Document, Entry, Environment, Reports, Retry, Rule, Service, Workflow,
};

use super::{Context, Output, Target, ci};
use crate::encode::yaml;
use crate::model::pipeline::DockerAccess;
use crate::model::{DeployMode, Pipeline, PipelineSystem};
use crate::plan::{Job, JobKind, Stage, gather};
use crate::vocab::Capability;

/// `--only gitlab`
pub const TARGET: &dyn Target = &Gitlab;

/// The image that jobs run in; it has the docker command line with buildx and compose, git and ssh.
const CLIENT: &str = "docker:28.5.2-cli";
/// The engine of a job's own.
const ENGINE: &str = "docker:28.5.2-dind";
/// The most entries that GitLab takes in `needs`; a job with more waits for whole stages.
const MOST_NEEDS: usize = 50;
/// The most jobs that build or test: GitLab.com takes 500 in a pipeline, with those that deploy.
const MOST_JOBS: usize = 400;

struct Gitlab;

impl Target for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let mut pipelines = context.model.pipelines.iter();
        let pipeline = pipelines.find(|it| it.system == PipelineSystem::Gitlab);
        pipeline.map(|it| file(context, it)).into_iter().collect()
    }
}

fn file(context: &Context<'_>, pipeline: &Pipeline) -> Output {
    let stages = gather::gathered(&context.plan.stages, MOST_JOBS);
    let mut jobs = Vec::new();
    for stage in &stages {
        let entries = stage.jobs.iter();
        jobs.extend(entries.map(|job| (job.name.as_str(), entry(context, pipeline, stage, job))));
    }
    let retries = pipeline.retries.as_ref().map_or(1, |it| it.value);
    let document = Document {
        stages: stages.iter().map(|it| it.name.as_str()).collect(),
        workflow: Workflow {
            // One pipeline for a push: the merge request's where there is one.
            rules: vec![
                rule("$CI_PIPELINE_SOURCE == \"parent_pipeline\""),
                rule("$CI_PIPELINE_SOURCE == \"merge_request_event\""),
                Rule {
                    when: Some("never"),
                    ..rule("$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS")
                },
                rule("$CI_COMMIT_BRANCH"),
            ],
        },
        default: Default {
            image: CLIENT,
            tags: pipeline.runners.iter().map(|it| it.as_str()).collect(),
            interruptible: true,
            retry: (retries > 0).then_some(Retry {
                max: retries,
                when: ["runner_system_failure", "stuck_or_timeout_failure"],
            }),
        },
        jobs,
    };
    let text = format!(
        "{}\n{}",
        head(context, pipeline),
        yaml::to_string(&document)
    );
    let path = pipeline.file.as_ref().map(|it| it.value.to_string());
    Output {
        path: path.unwrap_or_else(|| ".gitlab-ci.yml".to_owned()),
        text,
        executable: false,
    }
}

/// What the project's settings may hold, as comments.
fn head(context: &Context<'_>, pipeline: &Pipeline) -> String {
    let mut variables = vec![
        (
            "SVCC_IMAGE".to_owned(),
            "an image with svcc, for the job that checks that generated files are up to date",
        ),
        (
            "REGISTRY_USER, REGISTRY_PASSWORD".to_owned(),
            "a login for the registry; GitLab's own needs none to push",
        ),
    ];
    for login in ci::other_logins(pipeline) {
        let names = format!("{0}_USER, {0}_PASSWORD", login.prefix);
        variables.push((names, login.host));
    }
    variables.push((
        "SSH_PRIVATE_KEY, SSH_KNOWN_HOSTS".to_owned(),
        "of type file, for a Swarm manager that is reached by ssh",
    ));
    variables.push((
        "REBUILD".to_owned(),
        "1 in a pipeline schedule: everything is built again on fresh images and packages",
    ));
    let width = variables.iter().map(|it| it.0.len()).max().unwrap_or(0);
    let mut text = format!(
        "# {}\n#\n# Variables that the project's CI settings may hold:\n",
        context.notice(pipeline.span.file)
    );
    for (names, what) in variables {
        text += &format!("#   {names:width$}  {what}\n");
    }
    text
}

fn rule(condition: impl Into<String>) -> Rule {
    Rule {
        condition: Some(condition.into()),
        when: None,
        allow_failure: None,
        variables: BTreeMap::new(),
    }
}

fn entry<'a>(
    context: &'a Context<'_>,
    pipeline: &Pipeline,
    stage: &'a Stage,
    job: &'a Job,
) -> Entry<'a> {
    let mut entry = Entry {
        stage: &stage.name,
        image: None,
        services: Vec::new(),
        variables: BTreeMap::new(),
        needs: (job.needs.len() <= MOST_NEEDS).then_some(job.needs.as_slice()),
        rules: Vec::new(),
        environment: None,
        resource_group: None,
        interruptible: None,
        timeout: format!("{} seconds", pipeline.timeout.value.whole_seconds().max(1)),
        script: Vec::new(),
        artifacts: None,
    };
    match &job.kind {
        JobKind::Check => {
            // In the image with svcc where there is one; else the job says that nothing is checked.
            let image = |image, of: Rule| Rule {
                variables: [("CHECK_IMAGE", image)].into_iter().collect(),
                ..of
            };
            entry.image = Some("$CHECK_IMAGE");
            entry.rules.push(image("$SVCC_IMAGE", rule("$SVCC_IMAGE")));
            let otherwise = Rule {
                condition: None,
                when: Some("on_success"),
                ..rule("")
            };
            entry.rules.push(image(CLIENT, otherwise));
            entry.script.push(ci::command(context, job));
        }
        JobKind::Build { .. } => {
            engine(pipeline, &mut entry);
            entry.script.extend(login(context, pipeline, false));
            entry.script.push(ci::command(context, job));
            let digests = ci::digests(context, job);
            if !digests.is_empty() {
                entry.artifacts = Some(kept(digests));
            }
        }
        JobKind::Test { tests } => {
            engine(pipeline, &mut entry);
            entry.script.extend(login(context, pipeline, false));
            entry.script.push(ci::command(context, job));
            let folders = ci::reports(tests);
            if !folders.is_empty() {
                entry.artifacts = Some(Artifacts {
                    reports: Some(Reports {
                        junit: folders.iter().map(|it| format!("{it}/**/*.xml")).collect(),
                    }),
                    when: "always",
                    ..kept(folders.iter().map(|it| format!("{it}/")).collect())
                });
            }
        }
        JobKind::Deploy { environment, after } => {
            deploy(context, pipeline, environment, after.is_some(), &mut entry);
            if after.is_none() {
                // Without `needs` it waits for every job before it and has all that they hand over.
                entry.needs = None;
            }
        }
    }
    entry
}

/// The engine that a job builds or runs containers with.
fn engine(pipeline: &Pipeline, entry: &mut Entry<'_>) {
    match pipeline.docker.value {
        DockerAccess::Dind => {
            entry.services.push(Service {
                name: ENGINE,
                alias: "docker",
            });
            let variables = [
                ("DOCKER_HOST", "tcp://docker:2376"),
                ("DOCKER_TLS_CERTDIR", "/certs"),
                ("DOCKER_TLS_VERIFY", "1"),
                ("DOCKER_CERT_PATH", "/certs/client"),
            ];
            entry
                .variables
                .extend(variables.map(|(key, value)| (key, value.to_owned())));
        }
        DockerAccess::Socket => {}
    }
}

fn deploy<'a>(
    context: &'a Context<'_>,
    pipeline: &Pipeline,
    name: &'a str,
    follows: bool,
    entry: &mut Entry<'a>,
) {
    let fleet = context
        .model
        .fleets
        .iter()
        .find(|it| it.environment.name == name);
    let Some(environment) = fleet.map(|it| &it.environment) else {
        return;
    };
    if let Some(host) = &environment.host {
        entry
            .variables
            .insert("DOCKER_HOST", host.value.as_str().replace('$', "$$"));
    } else if environment.context.is_none() && environment.regions.is_none() {
        engine(pipeline, entry);
    }
    if environment.reached_by_ssh() {
        let key = "<\"$SSH_PRIVATE_KEY\"";
        entry.script.push(ci::ssh("\"$SSH_KNOWN_HOSTS\"", key));
    }
    let branch = pipeline.branch.as_str().replace(['"', '\\'], "");
    let on_branch = rule(format!("$CI_COMMIT_BRANCH == \"{branch}\""));
    entry.rules.push(match environment.deploy.value {
        DeployMode::Automatic => on_branch,
        // Without `allow_failure` a job that nobody starts would leave the pipeline blocked.
        DeployMode::Manual => Rule {
            when: Some("manual"),
            allow_failure: Some(true),
            ..on_branch
        },
    });
    entry.environment = Some(Environment { name });
    entry.resource_group = Some(format!("{}-{name}", context.model.project.name));
    entry.interruptible = Some(false);
    entry.script.extend(login(context, pipeline, true));
    if !follows {
        entry
            .script
            .push("cat .release/*.env >release.env".to_owned());
    }
    entry.script.push(format!(
        "sh {} release.env",
        context.path(format_args!("{name}/deploy.sh"))
    ));
    entry.artifacts = Some(kept(vec!["release.env".to_owned()]));
}

/// Logs in to the registries. A deploy prefers a deploy token: a job's own dies with the job, and nodes could not pull later.
fn login(context: &Context<'_>, pipeline: &Pipeline, deploys: bool) -> Option<String> {
    let mut script = String::new();
    if let Some(host) = ci::registry_host(context) {
        let (user, password) = if deploys {
            (
                "${CI_DEPLOY_USER:-$CI_REGISTRY_USER}",
                "${CI_DEPLOY_PASSWORD:-$CI_REGISTRY_PASSWORD}",
            )
        } else {
            ("$CI_REGISTRY_USER", "$CI_REGISTRY_PASSWORD")
        };
        script += &ci::login(host, "REGISTRY_USER", "REGISTRY_PASSWORD");
        script.truncate(script.len() - "fi\n".len());
        script += &format!(
            "elif [ \"${{CI_REGISTRY:-}}\" = {host} ]; then\n  \
             printf '%s' \"{password}\" | docker login --username \"{user}\" --password-stdin {host}\nfi\n"
        );
    }
    for it in ci::other_logins(pipeline) {
        let (user, password) = (
            format!("{}_USER", it.prefix),
            format!("{}_PASSWORD", it.prefix),
        );
        script += &ci::login(it.host, &user, &password);
    }
    (!script.is_empty()).then_some(script)
}

fn kept(paths: Vec<String>) -> Artifacts {
    Artifacts {
        paths,
        reports: None,
        when: "on_success",
        expire_in: "4 weeks",
    }
}
