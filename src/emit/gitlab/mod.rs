//! `.gitlab-ci.yml`. It orders jobs, hands over artifacts and credentials, and calls the scripts; it decides nothing.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Context, Output, Target};
use crate::encode::yaml;
use crate::model::pipeline::DockerAccess;
use crate::model::{DeployMode, Pipeline, PipelineSystem};
use crate::plan::{Job, JobKind};
use crate::vocab::Capability;

/// `--only gitlab`
pub const TARGET: &dyn Target = &Gitlab;

/// The image that jobs run in; it has the docker command line with buildx and compose, git and ssh.
const CLIENT: &str = "docker:28.5.2-cli";
/// The engine of a job's own.
const ENGINE: &str = "docker:28.5.2-dind";
/// The most entries that GitLab takes in `needs`; a job with more waits for whole stages.
const MOST_NEEDS: usize = 50;

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

/// The file: top-level keys, then jobs in order.
struct Document<'a> {
    stages: Vec<&'a str>,
    workflow: Workflow,
    default: Default<'a>,
    jobs: Vec<(&'a str, Entry<'a>)>,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("stages", &self.stages)?;
        map.serialize_entry("workflow", &self.workflow)?;
        map.serialize_entry("default", &self.default)?;
        for (name, job) in &self.jobs {
            map.serialize_entry(name, job)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Workflow {
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    #[serde(rename = "if")]
    condition: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_failure: Option<bool>,
}

#[derive(Serialize)]
struct Default<'a> {
    image: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    interruptible: bool,
    retry: Retry,
}

#[derive(Serialize)]
struct Retry {
    max: u32,
    when: [&'static str; 2],
}

#[derive(Serialize)]
struct Entry<'a> {
    stage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<Service>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interruptible: Option<bool>,
    timeout: String,
    script: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifacts: Option<Artifacts>,
}

#[derive(Serialize)]
struct Service {
    name: &'static str,
    alias: &'static str,
}

#[derive(Serialize)]
struct Environment<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Artifacts {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reports: Option<Reports>,
    when: &'static str,
    expire_in: &'static str,
}

#[derive(Serialize)]
struct Reports {
    junit: String,
}

fn file(context: &Context<'_>, pipeline: &Pipeline) -> Output {
    let mut jobs = Vec::new();
    for stage in &context.plan.stages {
        jobs.extend(stage.jobs.iter().map(|job| {
            (
                job.name.as_str(),
                entry(context, pipeline, &stage.name, job),
            )
        }));
    }
    let document = Document {
        stages: context
            .plan
            .stages
            .iter()
            .map(|it| it.name.as_str())
            .collect(),
        workflow: Workflow {
            // One pipeline for a push: the merge request's where there is one.
            rules: vec![
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
            retry: Retry {
                max: 1,
                when: ["runner_system_failure", "stuck_or_timeout_failure"],
            },
        },
        jobs,
    };
    let text = format!(
        "# {}\n#\n\
         # Variables that the project's CI settings may hold:\n\
         #   SVCC_IMAGE                        an image with svcc, for the job that checks that generated files are up to date\n\
         #   REGISTRY_USER, REGISTRY_PASSWORD  a login for the registry; GitLab's own needs none to push\n\
         #   SSH_PRIVATE_KEY, SSH_KNOWN_HOSTS  of type file, for a Swarm manager that is reached by ssh\n\n{}",
        context.notice(pipeline.span.file),
        yaml::to_string(&document)
    );
    Output {
        path: ".gitlab-ci.yml".to_owned(),
        text,
        executable: false,
    }
}

fn rule(condition: impl Into<String>) -> Rule {
    Rule {
        condition: condition.into(),
        when: None,
        allow_failure: None,
    }
}

fn entry<'a>(
    context: &'a Context<'_>,
    pipeline: &Pipeline,
    stage: &'a str,
    job: &'a Job,
) -> Entry<'a> {
    let mut entry = Entry {
        stage,
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
            entry.image = Some("$SVCC_IMAGE");
            entry.rules.push(rule("$SVCC_IMAGE"));
            entry.script.push("svcc compile --check".to_owned());
        }
        JobKind::Build { image } => {
            engine(pipeline, &mut entry);
            entry.script.extend(login(context, false));
            entry.script.push(format!(
                "sh {} {image}",
                context.path(format_args!("images/build.sh"))
            ));
            if context.plan.image(image).is_some_and(|it| it.key.is_none()) {
                entry.artifacts = Some(kept(vec![format!(".release/{image}.env")]));
            }
        }
        JobKind::Test {
            service,
            test,
            report,
        } => {
            engine(pipeline, &mut entry);
            entry.script.extend(login(context, false));
            entry.script.push(format!(
                "sh {} {service} {test}",
                context.path(format_args!("tests/run.sh"))
            ));
            if report.is_some() {
                let folder = format!(".report/{service}-{test}");
                entry.artifacts = Some(Artifacts {
                    reports: Some(Reports {
                        junit: format!("{folder}/**/*.xml"),
                    }),
                    when: "always",
                    ..kept(vec![format!("{folder}/")])
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
        entry.script.extend(
            [
                "mkdir -p ~/.ssh && chmod 700 ~/.ssh",
                "cp \"$SSH_KNOWN_HOSTS\" ~/.ssh/known_hosts",
                "eval \"$(ssh-agent -s)\"",
                "chmod 400 \"$SSH_PRIVATE_KEY\" && ssh-add \"$SSH_PRIVATE_KEY\"",
            ]
            .map(str::to_owned),
        );
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
    entry.script.extend(login(context, true));
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

/// Logs in to the registry. A deploy prefers a deploy token: a job's own dies with the job, and nodes could not pull later.
fn login(context: &Context<'_>, deploys: bool) -> Option<String> {
    let registry = context.model.project.registry.as_ref()?;
    let host = registry.value.split('/').next()?;
    let own = if deploys {
        (
            "${CI_DEPLOY_USER:-$CI_REGISTRY_USER}",
            "${CI_DEPLOY_PASSWORD:-$CI_REGISTRY_PASSWORD}",
        )
    } else {
        ("$CI_REGISTRY_USER", "$CI_REGISTRY_PASSWORD")
    };
    let command = |user: &str, password: &str| {
        format!(
            "printf '%s' \"{password}\" | docker login --username \"{user}\" --password-stdin {host}"
        )
    };
    Some(format!(
        "if [ -n \"${{REGISTRY_PASSWORD:-}}\" ]; then\n  {}\nelif [ \"${{CI_REGISTRY:-}}\" = {host} ]; then\n  {}\nfi\n",
        command("$REGISTRY_USER", "$REGISTRY_PASSWORD"),
        command(own.0, own.1)
    ))
}

fn kept(paths: Vec<String>) -> Artifacts {
    Artifacts {
        paths,
        reports: None,
        when: "on_success",
        expire_in: "4 weeks",
    }
}
