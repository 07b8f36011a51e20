//! Pipelines, rules, and targets of a project's own.

use super::{Arg, Inside, Place, Ty, Word, word};
use crate::value::Kind;

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[
    word("pipeline", &[Place::File], "Writes a pipeline for a CI system.", "pipeline gitlab {\n  branch = \"main\"\n}").header(&[Arg::Declares(Kind::Pipeline)]).block(Inside::Statements(Place::Pipeline)).optional().repeats(),
    word("branch", &[Place::Pipeline], "The branch that is deployed.", "branch = \"main\"").value(Ty::String).default("\"main\""),
    word("docker", &[Place::Pipeline], "How jobs reach a Docker Engine. `dind` is for GitLab; the others use the runner's.", "docker = dind").value(Ty::Words(&["dind", "socket"])).default("dind on GitLab, socket elsewhere"),
    word("runners", &[Place::Pipeline], "The runners' tags or labels.", "runners = [\"docker\"]").value(Ty::List(&Ty::String)),
    word("timeout", &[Place::Pipeline], "How long a job may take.", "timeout = 1h").value(Ty::Duration).default("1h"),
    word("file", &[Place::Pipeline], "Where the pipeline is written, if not where its system looks for it.", "file = \"ci/fleet.gitlab-ci.yml\"").value(Ty::Path).default("`.gitlab-ci.yml`, `Jenkinsfile`"),
    word("approval", &[Place::Pipeline], "Who asks before a deploy that a person decides on: the pipeline, or an environment of GitHub that has reviewers.", "approval = environment").value(Ty::Words(&["pipeline", "environment"])).default("pipeline"),
    word("approvers", &[Place::Pipeline], "The users and groups of Jenkins who may answer its question.", "approvers = [\"operations\"]").value(Ty::List(&Ty::String)),
    word("schedule", &[Place::Pipeline], "When everything is built again on fresh images and packages, tested and deployed as far as CI decides.", "schedule = \"0 4 * * 1\"").value(Ty::String),
    word("retries", &[Place::Pipeline], "How often GitLab tries a job again whose runner failed.", "retries = 2").value(Ty::Int).default("1"),
    word("logins", &[Place::Pipeline], "Registries beside the project's that jobs log in to, such as those of images from outside.", "logins = [\"docker.io\"]").value(Ty::List(&Ty::String)),
    word("rule", &[Place::File], "A rule of the project's own.", "rule \"every prod service survives a node\" {\n  each    = services(prod)\n  require = it.replicas >= 2\n  message = \"{{ it.name }} has one replica\"\n}").header(&[Arg::Declares(Kind::Rule)]).block(Inside::Statements(Place::Rule)).repeats(),
    word("each", &[Place::Rule], "What it goes through; each is `it` in the rest.", "each = services(prod)").value(Ty::Made(&["environments", "images", "jobs", "secrets", "services"])),
    word("require", &[Place::Rule], "What must hold for each.", "require = it.replicas >= 2").value(Ty::Bool),
    word("message", &[Place::Rule], "What is said where it does not.", "message = \"{{ it.name }} has one replica\"").value(Ty::String),
    word("level", &[Place::Rule], "How grave a broken rule is, unless the project's `lint` says so.", "level = warn").value(Ty::Words(&["deny", "warn", "allow"])).default("deny"),
    word("target", &[Place::File], "Files made from a template of the project's own.", "target inventory {\n  template = \"inventory.j2\"\n  output   = \"inventory.txt\"\n}").header(&[Arg::Declares(Kind::Target)]).block(Inside::Statements(Place::Target)).repeats(),
    word("template", &[Place::Target], "The template.", "template = \"inventory.j2\"").value(Ty::Path),
    word("each", &[Place::Target], "What one file is made for.", "each = service").value(Ty::Words(&["service", "environment", "project"])).default("project"),
    word("output", &[Place::Target], "The path of what is written, below the output folder; itself a template.", "output = '{{ service.name }}.txt'").value(Ty::String),
];
