//! The codes and wordings of this stage.

use crate::diag::Diagnostic;
use crate::diag::code::codes;
use crate::model::PipelineSystem;
use crate::source::Span;
use crate::vocab::Capability;

codes! {
    MISSING_TEMPLATE = "missing-template", Error;
    OUTPUT_COLLISION = "output-collision", Error;
    OUTPUT_PATH = "output-path", Error;
    PIPELINE_DOCKER = "pipeline-docker", Error;
    PIPELINE_RETRIES = "pipeline-retries", Error;
    PIPELINE_WORD = "pipeline-word", Error;
    TEMPLATE_ERROR = "template-error", Error;
    UNFILLED_PLACEHOLDER = "unfilled-placeholder", Error;
    UNSUPPORTED_PROPERTY = "unsupported-property", Error;
}

/// A template that cannot be read.
pub fn missing_template(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &MISSING_TEMPLATE,
        span,
        format!("there is no file `{path}`"),
    )
    .label("the template is to be read from it")
    .help("write the template there; a path is relative to the folder of the `.svc` file")
}

pub(super) fn output_collision(span: Span, path: &str, first: Option<Span>) -> Diagnostic {
    let it = Diagnostic::new(
        &OUTPUT_COLLISION,
        span,
        format!("`{path}` would be written twice"),
    );
    match first {
        Some(first) if first != span => it.label("also here").related(first, "already here"),
        Some(_) => it
            .label("more than one file gets this path")
            .help("name in the path what there is one file of: `'{{ environment.name }}/{{ service.name }}.txt'`"),
        None => it
            .label("svcc writes this file itself")
            .help("choose another path"),
    }
}

pub(super) fn output_path(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(
        &OUTPUT_PATH,
        span,
        format!("`{}` is not the path of a file below the output folder", path.escape_debug()),
    )
    .label("this is where the file goes")
    .help("write a path without `..`, `\\`, `:` and a slash at either end: `'{{ service.name }}.txt'`")
}

pub(super) fn pipeline_docker(span: Span, system: &str) -> Diagnostic {
    Diagnostic::new(
        &PIPELINE_DOCKER,
        span,
        format!("jobs of `pipeline {system}` have no Docker Engine of their own"),
    )
    .label("only GitLab starts one beside each job")
    .help("take the runner's: `docker = socket`, or leave it out")
}

/// What GitLab does not take.
pub(super) fn pipeline_retries(span: Option<Span>, retries: u32) -> Diagnostic {
    Diagnostic::new(
        &PIPELINE_RETRIES,
        span,
        format!("a job cannot be tried again {retries} times"),
    )
    .label("GitLab takes at most 2")
    .help("write `retries = 2`")
}

/// A word of a pipeline that another CI system has a use for.
pub(super) fn pipeline_word(span: Option<Span>, word: &str, system: PipelineSystem) -> Diagnostic {
    let help = match (word, system) {
        ("file", _) => "GitHub finds workflows in `.github/workflows` only: leave it out",
        ("approval" | "approvers", PipelineSystem::Gitlab) => {
            "protect the environment in the settings of the GitLab project, and leave this out"
        }
        ("approvers", PipelineSystem::Github | PipelineSystem::Jenkins) => {
            "give the environment reviewers in the settings of the repository, and write `approval = environment`"
        }
        ("approval", PipelineSystem::Github | PipelineSystem::Jenkins) => {
            "say who may answer its question: `approvers = [\"operations\"]`"
        }
        ("schedule", _) => {
            "make a pipeline schedule in the settings of the GitLab project, with the variable `REBUILD` set to `1`"
        }
        _ => "only GitLab tells a runner that failed from a job that failed: leave it out",
    };
    Diagnostic::new(
        &PIPELINE_WORD,
        span,
        format!("`{word}` has no meaning in `pipeline {}`", system.word()),
    )
    .help(help)
}

pub(super) fn template_error(
    span: Span,
    what: &str,
    help: Option<&str>,
    used: Option<Span>,
) -> Diagnostic {
    let it = Diagnostic::new(
        &TEMPLATE_ERROR,
        span,
        format!("the template cannot be rendered: {what}"),
    )
    .related(used, "the template of this target");
    match help {
        Some(help) => it.help(help),
        None => it,
    }
}

pub(super) fn unfilled_placeholder(span: Span, word: &str, path: &str) -> Diagnostic {
    Diagnostic::new(
        &UNFILLED_PLACEHOLDER,
        span,
        format!("nothing fills in `{path}` in `{word}`"),
    )
    .label("Swarm fills it in in `env` and `hostname` only")
    .help(format!(
        "hand it over as a variable, `env {{ VALUE = {path} }}`, and let a shell or the program read that"
    ))
}

pub(super) fn unsupported_property(
    span: Span,
    word: &str,
    needed: Capability,
    environments: &[&str],
) -> Diagnostic {
    let names: Vec<String> = environments.iter().map(|it| format!("`{it}`")).collect();
    Diagnostic::new(
        &UNSUPPORTED_PROPERTY,
        span,
        format!(
            "`{word}` holds only where an engine cannot honour it: {}",
            names.join(", ")
        ),
    )
    .label(what_is_missing(needed))
    .help(way_out(needed))
}

fn what_is_missing(needed: Capability) -> &'static str {
    match needed {
        Capability::Replicas => "several replicas are not to be had there",
        Capability::GlobalMode => "there is one machine only",
        Capability::Placement => "there are no nodes to choose from",
        Capability::RollingUpdate => "containers are replaced at once there",
        Capability::BindMount => "folders of the machine cannot be mounted there",
        Capability::Watch => "nothing is synchronised into a running container there",
        Capability::HostPort => "every port is the machine's own there",
        Capability::PublishAddress => "a port listens on all addresses there",
        Capability::Schedule => "nothing runs by itself there",
        Capability::Placeholders => "there are no nodes and no numbered tasks there",
    }
}

fn way_out(needed: Capability) -> &'static str {
    match needed {
        Capability::Replicas => "leave it out",
        Capability::GlobalMode => {
            "leave it out, or set it for an environment with `engine = swarm`"
        }
        Capability::Placement | Capability::RollingUpdate => {
            "set it for an environment with `engine = swarm`"
        }
        Capability::BindMount => "mount a volume or a config",
        Capability::Watch => {
            "`copy` the folder into the image, or set it for an environment with `engine = compose`"
        }
        Capability::HostPort => "publish the port by its number: `publish { http = 80 }`",
        Capability::PublishAddress => {
            "leave the address out: `publish { http = 80 }`, or `host(80)` for the node of each replica only"
        }
        Capability::Placeholders => {
            "write the value itself, or set it for an environment with `engine = swarm`"
        }
        Capability::Schedule => {
            "leave the schedule out and run the job by hand, or set it for an environment with `engine = swarm`"
        }
    }
}
