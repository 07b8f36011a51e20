//! `Jenkinsfile`, declarative. It orders stages, hands over stashes and credentials, and calls the scripts. A person is
//! asked on a stage that holds no executor and no lock; the deploy itself is a stage inside of it.

pub mod groovy;

use std::collections::BTreeSet;

use groovy::Writer;

use super::{Context, Output, Target, ci};
use crate::model::{Pipeline, PipelineSystem};
use crate::plan::{Job, JobKind, Stage, gather};
use crate::vocab::Capability;

/// `--only jenkins`
pub const TARGET: &dyn Target = &Jenkins;

/// The id of the login for the registry among Jenkins' credentials.
const REGISTRY: &str = "registry";
/// How many days a person has for a decision.
const PATIENCE: u32 = 14;

/// The most jobs that build or test. All stages of a declarative pipeline become one method, and Java takes 64 KB of code in
/// one; a stage is some hundred bytes.
const MOST_JOBS: usize = 60;

struct Jenkins;

impl Target for Jenkins {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let mut pipelines = context.model.pipelines.iter();
        let pipeline = pipelines.find(|it| it.system == PipelineSystem::Jenkins);
        pipeline.map(|it| file(context, it)).into_iter().collect()
    }
}

fn file(context: &Context<'_>, pipeline: &Pipeline) -> Output {
    let stages = gather::gathered(&context.plan.stages, MOST_JOBS);
    let mut out = Writer::default();
    out.line(format!("// {}", context.notice(pipeline.span.file)));
    out.line("//");
    requirements(context, pipeline, &mut out);
    out.block("pipeline", |out| {
        out.line("agent none");
        out.block("options", |out| {
            out.line("buildDiscarder(logRotator(numToKeepStr: '100'))");
        });
        if let Some(schedule) = &pipeline.schedule {
            let (branch, schedule) = (
                groovy::string(&pipeline.branch),
                groovy::string(&schedule.value),
            );
            out.block("triggers", |out| {
                out.line(format!(
                    "cron(env.BRANCH_NAME == {branch} ? {schedule} : '')"
                ));
            });
        }
        out.block("stages", |out| {
            if pipeline.schedule.is_some() {
                out.block(stage_head("schedule"), |out| {
                    out.block("when", |out| out.line("triggeredBy 'TimerTrigger'"));
                    out.block("steps", |out| {
                        // What build.sh takes for: also where the registry has the image.
                        out.block("script", |out| out.line("env.REBUILD = '1'"));
                    });
                });
            }
            for stage in &stages {
                match stage.jobs.as_slice() {
                    [job] => self::stage(context, pipeline, &stages, job, out),
                    jobs => out.block(stage_head(&stage.name), |out| {
                        out.block("parallel", |out| {
                            for job in jobs {
                                self::stage(context, pipeline, &stages, job, out);
                            }
                        });
                    }),
                }
            }
        });
    });
    Output {
        path: match &pipeline.file {
            Some(file) => file.value.to_string(),
            None => "Jenkinsfile".to_owned(),
        },
        text: out.finish(),
        executable: false,
    }
}

/// What the Jenkins that runs this must have.
fn requirements(context: &Context<'_>, pipeline: &Pipeline, out: &mut Writer) {
    let jobs = || context.plan.stages.iter().flat_map(|it| &it.jobs);
    let mut plugins = vec!["Pipeline", "Pipeline: Multibranch", "Credentials Binding"];
    if jobs().any(|it| matches!(&it.kind, JobKind::Deploy { .. })) {
        plugins.push("Lockable Resources");
    }
    let reports = |it: &Job| match &it.kind {
        JobKind::Test { tests } => tests.iter().any(|it| it.reports),
        JobKind::Check | JobKind::Build { .. } | JobKind::Deploy { .. } => false,
    };
    if jobs().any(reports) {
        plugins.push("JUnit");
    }
    out.line(format!("// Plugins: {}.", plugins.join(", ")));
    if needs_login(context) {
        out.line(format!(
            "// Credential `{REGISTRY}`, a username with a password: the login for the registry."
        ));
    }
    for login in &pipeline.logins {
        out.line(format!(
            "// Credential `{login}`, a username with a password: a login for that registry.",
            login = login.value
        ));
    }
    let names: BTreeSet<&str> = jobs()
        .flat_map(|it| it.credentials.iter().map(String::as_str))
        .collect();
    for name in names {
        let kind = if is_file(name) { "file" } else { "text" };
        out.line(format!("// Credential `{name}`, a secret {kind}."));
    }
    out.line("");
}

/// What ssh reads comes as a file: a secret text of Jenkins has one line.
fn is_file(credential: &str) -> bool {
    credential.starts_with("SSH_")
}

/// A registry on the agent's own machine has no login, and a credential that Jenkins does not have fails a build.
fn needs_login(context: &Context<'_>) -> bool {
    ci::registry_host(context)
        .is_some_and(|it| !it.starts_with("127.") && !it.starts_with("localhost"))
}

fn stage_head(name: &str) -> String {
    format!("stage({})", groovy::string(name))
}

fn stage(
    context: &Context<'_>,
    pipeline: &Pipeline,
    stages: &[Stage],
    job: &Job,
    out: &mut Writer,
) {
    out.block(stage_head(&job.name), |out| match &job.kind {
        JobKind::Check => {
            agent(pipeline, out);
            limit(pipeline, out);
            out.block("steps", |out| shell(&ci::command(context, job), out));
        }
        JobKind::Build { .. } => {
            agent(pipeline, out);
            limit(pipeline, out);
            environment(context, pipeline, job, out);
            out.block("steps", |out| {
                fresh(out);
                shell(
                    &with_login(context, pipeline, &ci::command(context, job)),
                    out,
                );
                let digests = ci::digests(context, job);
                if !digests.is_empty() {
                    let (name, files) = (
                        groovy::string(&stash(job)),
                        groovy::string(&digests.join(",")),
                    );
                    out.line(format!("stash name: {name}, includes: {files}"));
                }
            });
        }
        JobKind::Test { tests } => {
            agent(pipeline, out);
            limit(pipeline, out);
            environment(context, pipeline, job, out);
            out.block("steps", |out| {
                fresh(out);
                let needed = stages.iter().flat_map(|it| &it.jobs);
                for build in needed.filter(|it| job.needs.contains(&it.name)) {
                    unstash(&stash(build), out);
                }
                shell(
                    &with_login(context, pipeline, &ci::command(context, job)),
                    out,
                );
            });
            let reports = ci::reports(tests);
            if !reports.is_empty() {
                let files: Vec<String> =
                    reports.iter().map(|it| format!("{it}/**/*.xml")).collect();
                let files = groovy::string(&files.join(","));
                out.block("post", |out| {
                    out.block("always", |out| {
                        out.line(format!(
                            "junit testResults: {files}, allowEmptyResults: true"
                        ));
                    });
                });
            }
        }
        JobKind::Deploy { environment, .. } => {
            let manual = ci::is_manual(context, environment);
            out.block("when", |out| {
                out.line(if manual {
                    "beforeInput true"
                } else {
                    "beforeAgent true"
                });
                out.line(format!("branch {}", groovy::string(&pipeline.branch)));
            });
            if !manual {
                return deploy(context, pipeline, stages, job, out);
            }
            out.block("options", |out| {
                out.line(format!("timeout(time: {PATIENCE}, unit: 'DAYS')"));
            });
            out.block("input", |out| {
                let question = format!("Deploy this release to {environment}?");
                out.line(format!("message {}", groovy::string(&question)));
                out.line("ok 'Deploy'");
                if let Some(approvers) = &pipeline.approvers {
                    let names = groovy::string(&approvers.value.join(","));
                    out.line(format!("submitter {names}"));
                }
            });
            out.block("stages", |out| {
                out.block(stage_head(&format!("{environment}: deploy")), |out| {
                    deploy(context, pipeline, stages, job, out);
                });
            });
        }
    });
}

fn deploy(
    context: &Context<'_>,
    pipeline: &Pipeline,
    stages: &[Stage],
    job: &Job,
    out: &mut Writer,
) {
    let JobKind::Deploy {
        environment: name,
        after,
    } = &job.kind
    else {
        return;
    };
    agent(pipeline, out);
    environment(context, pipeline, job, out);
    let ssh = ci::environment(context, name).is_some_and(|it| it.reached_by_ssh());
    let mut script = String::new();
    if ssh {
        script += ci::END_SSH;
        script += &ci::ssh("\"$SSH_KNOWN_HOSTS\"", "<\"$SSH_PRIVATE_KEY\"");
    }
    script += &ci::command(context, job);
    out.block("steps", |out| {
        fresh(out);
        match after {
            Some(after) => unstash(&format!("release-{after}"), out),
            None => {
                let jobs = stages.iter().flat_map(|it| &it.jobs);
                for job in jobs.filter(|it| !ci::digests(context, it).is_empty()) {
                    unstash(&stash(job), out);
                }
                shell(&ci::release(context, stages), out);
            }
        }
        let resource = groovy::string(&format!("{}-{name}", context.model.project.name));
        out.block(format!("lock(resource: {resource})"), |out| {
            let minutes = minutes(pipeline);
            out.block(
                format!("timeout(time: {minutes}, unit: 'MINUTES')"),
                |out| {
                    shell(&with_login(context, pipeline, &script), out);
                },
            );
        });
        let left = groovy::string(&format!("release-{name}"));
        out.line(format!("stash name: {left}, includes: '.release/*'"));
        out.line("archiveArtifacts artifacts: '.release/*'");
    });
}

/// An agent of a stage's own, which checks the sources out there.
fn agent(pipeline: &Pipeline, out: &mut Writer) {
    let labels: Vec<&str> = pipeline.runners.iter().map(|it| it.as_str()).collect();
    if labels.is_empty() {
        return out.line("agent any");
    }
    out.block("agent", |out| {
        out.line(format!("label {}", groovy::string(&labels.join(" && "))));
    });
}

fn minutes(pipeline: &Pipeline) -> u64 {
    pipeline.timeout.value.whole_seconds().div_ceil(60).max(1)
}

fn limit(pipeline: &Pipeline, out: &mut Writer) {
    out.block("options", |out| {
        out.line(format!(
            "timeout(time: {}, unit: 'MINUTES')",
            minutes(pipeline)
        ));
    });
}

/// Credentials as variables: the shell fills them in, never Groovy.
fn environment(context: &Context<'_>, pipeline: &Pipeline, job: &Job, out: &mut Writer) {
    let login = needs_login(context);
    if !login && pipeline.logins.is_empty() && job.credentials.is_empty() {
        return;
    }
    out.block("environment", |out| {
        if login {
            out.line(format!(
                "REGISTRY = credentials({})",
                groovy::string(REGISTRY)
            ));
        }
        for login in ci::other_logins(pipeline) {
            let id = groovy::string(login.host);
            out.line(format!("{} = credentials({id})", login.prefix));
        }
        for name in &job.credentials {
            out.line(format!("{name} = credentials({})", groovy::string(name)));
        }
    });
}

/// A workspace is used again: nothing of an earlier build may be taken for this one's.
fn fresh(out: &mut Writer) {
    out.line("sh 'rm -rf .release .report'");
}

fn unstash(name: &str, out: &mut Writer) {
    out.line(format!("unstash {}", groovy::string(name)));
}

/// The name under which a job hands over its digests.
fn stash(job: &Job) -> String {
    let name = job.name.strip_prefix("build ").unwrap_or(&job.name);
    format!("image-{}", name.replace(' ', "-"))
}

fn with_login(context: &Context<'_>, pipeline: &Pipeline, script: &str) -> String {
    let mut logins = String::new();
    if let Some(host) = ci::registry_host(context)
        && needs_login(context)
    {
        logins += &ci::login(host, "REGISTRY_USR", "REGISTRY_PSW");
    }
    for login in ci::other_logins(pipeline) {
        let (user, password) = (
            format!("{}_USR", login.prefix),
            format!("{}_PSW", login.prefix),
        );
        logins += &ci::login(login.host, &user, &password);
    }
    logins + script
}

/// Jenkins shows every command of a script as it runs it, with what the variables hold: not of these.
fn shell(script: &str, out: &mut Writer) {
    let script = format!("set +x\nset -eu\n{}\n", script.trim_end());
    out.line(format!("sh {}", groovy::text(&script)));
}
