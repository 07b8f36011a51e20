//! `images/build.sh`: makes sure that the registry has the images.

use std::fmt::Write;

use super::{fill, quote, root};
use crate::emit::Context;
use crate::model::{Attestation, ImageKind};
use crate::plan::{PlannedImage, images};

/// The script.
pub(super) fn script(context: &Context<'_>) -> String {
    let mut cases = String::new();
    for image in &context.plan.images {
        case(image, &mut cases);
    }
    let project = &context.model.project;
    fill(
        include_str!("build.sh"),
        &[
            ("NOTICE", &context.notice(project.span.file)),
            ("ROOT", &root(context)),
            ("OUTPUT", &project.output),
            ("IMAGES_FOLDER", &context.path(format_args!("images"))),
            ("ATTEST", &attestations(context)),
            ("CASES", &cases),
        ],
    )
}

/// What the builder is to say of a service's image, as options of buildx; empty where nothing is.
fn attestations(context: &Context<'_>) -> String {
    let asked = &context.model.project.attest;
    let mut options = Vec::new();
    if !asked.is_empty() {
        // Without being told otherwise buildx adds a short provenance of its own.
        options.push(match asked.contains(&Attestation::Provenance) {
            true => "--provenance=mode=max",
            false => "--provenance=false",
        });
        if asked.contains(&Attestation::Sbom) {
            options.push("--sbom=true");
        }
    }
    options.join(" ")
}

fn case(image: &PlannedImage, out: &mut String) {
    let name = &image.image.name;
    let context = match image.image.context.as_str() {
        "" => ".",
        folder => folder,
    };
    let _ = write!(
        out,
        "    {name})\n        repository={} context={}",
        quote(&image.repository),
        quote(context)
    );
    if let Some(key) = &image.key {
        let _ = write!(out, " key={key}");
    }
    if image.image.kind == ImageKind::Service {
        let _ = write!(out, " variable_name={}", image.variable);
    }
    if !image.bases.is_empty() {
        let _ = write!(out, " bases='{}'", image.bases.join(" "));
    }
    if !image.published.is_empty() {
        let _ = write!(out, " published={}", quote(&image.published.join(" ")));
    }
    let secrets: Vec<&str> = images::build_secrets(&image.image).into_iter().collect();
    if !secrets.is_empty() {
        let _ = write!(out, " secrets='{}'", secrets.join(" "));
    }
    if image.key.is_none() && !image.inputs.is_empty() {
        // `=` keeps the input that is the root, whose path is empty, apart from no input.
        let inputs: Vec<String> = image.inputs.iter().map(|it| format!("={it}")).collect();
        let _ = write!(out, "\n        inputs={}", quote(&inputs.join("\n")));
    }
    out.push_str("\n        ;;\n");
}
