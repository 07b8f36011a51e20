//! `docker-bake.json`: every image as one BuildKit graph. A base is a `target:` context of what stands on it, under the
//! name that stands after `FROM`, so that a build needs no registry.
//!
//! Paths are relative to the project's root, from where it is called:
//! `docker buildx bake -f deploy/images/docker-bake.json catalog`.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use serde::Serialize;

use super::{Context, Output, Target};
use crate::encode::json;
use crate::model::{ImageKind, StepKind};
use crate::plan::{PlannedImage, images};
use crate::vocab::Capability;

/// `--only bake`
pub const TARGET: &dyn Target = &Bake;

struct Bake;

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "//")]
    notice: String,
    group: BTreeMap<&'a str, Group<'a>>,
    target: BTreeMap<&'a str, Build<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    targets: Vec<&'a str>,
}

#[derive(Serialize)]
struct Build<'a> {
    context: &'a str,
    dockerfile: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    contexts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secret: Vec<String>,
    tags: Vec<String>,
}

impl Target for Bake {
    fn name(&self) -> &'static str {
        "bake"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let plan = context.plan;
        if plan.images.is_empty() {
            return Vec::new();
        }
        // Bases are built for what stands on them; where nothing does, they are what the project is for.
        let is_service = |it: &&PlannedImage| it.image.kind == ImageKind::Service;
        let only_bases = !plan.images.iter().any(|it| is_service(&it));
        let wanted = plan.images.iter().filter(|it| only_bases || is_service(it));
        let mut default: Vec<&str> = wanted.map(|it| it.image.name.as_str()).collect();
        default.sort_unstable();
        let file = File {
            notice: context.notice(context.model.project.span.file),
            group: BTreeMap::from([("default", Group { targets: default })]),
            target: plan
                .images
                .iter()
                .map(|it| (it.image.name.as_str(), build(context, it)))
                .collect(),
        };
        vec![Output {
            path: context.path(format_args!("images/docker-bake.json")),
            text: json::to_string(&file),
            executable: false,
        }]
    }
}

fn build<'a>(context: &Context<'_>, image: &'a PlannedImage) -> Build<'a> {
    let folder = match image.image.context.as_str() {
        "" => ".",
        folder => folder,
    };
    let dockerfile = context.path(format_args!("images/{}/Dockerfile", image.image.name));
    let bases = image.bases.iter().filter_map(|it| context.plan.image(it));
    let tag = match image.image.kind {
        ImageKind::Base => image.reference(),
        ImageKind::Service => format!("{}:latest", image.repository),
    };
    Build {
        context: folder,
        dockerfile: image.to_root.clone() + &dockerfile,
        contexts: bases
            .map(|it| (it.reference(), format!("target:{}", it.image.name)))
            .collect(),
        secret: secrets(image),
        tags: vec![tag],
    }
}

/// The secrets that steps see. Their values come from the environment of the builder: `npm_token` from `NPM_TOKEN`.
fn secrets(image: &PlannedImage) -> Vec<String> {
    let mut names: BTreeSet<&EcoString> = BTreeSet::new();
    for step in images::steps(&image.image) {
        if let StepKind::Run(run) = &step.kind {
            names.extend(run.secrets.iter().map(|it| &it.value));
        }
    }
    let variable = |it: &EcoString| it.to_ascii_uppercase().replace("-", "_");
    names
        .into_iter()
        .map(|it| format!("type=env,id={it},env={}", variable(it)))
        .collect()
}
