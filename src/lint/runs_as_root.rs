//! `runs-as-root`: processes of an image that is built here run as root. Of a ready image nobody knows without looking inside.

use rustc_hash::FxHashMap;

use super::image_name::{ImageName, chain};
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::model::image::Image;
use crate::model::service::{Service, ServiceImage};
use crate::source::Span;

pub(super) static LINT: Lint = Lint::warn(
    "runs-as-root",
    "A service whose own image leaves it to run as root.",
    check,
);

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    // An image is the same in every environment.
    let mut chains = FxHashMap::default();
    for fleet in &context.model.fleets {
        for service in &fleet.services {
            let built = match &service.image {
                ServiceImage::Built(name) => chains
                    .entry(name.as_str())
                    .or_insert_with(|| chain(context.model, name)),
                ServiceImage::Ready(_) => &mut (Vec::new(), None),
            };
            let Some(root) = root(service, &built.0, built.1.map(|it| it.as_str())) else {
                continue;
            };
            let kind = if service.job.is_some() {
                "job"
            } else {
                "service"
            };
            let said = Diagnostic::new(
                &LINT.code,
                service.span,
                format!("{kind} `{}` runs as root", service.name),
            )
            .label("what breaks into it is root there")
            .related(root.said, "said here")
            .help("add `user app(uid = 10001)` at the end of its image, or of the base that it stands on");
            let mut finding = Finding::new(said).within(&fleet.environment.name);
            finding.about.extend(built.0.iter().map(|it| it.span));
            found.push(finding);
        }
    }
}

/// That it is root.
struct Root {
    /// Where somebody says so; nowhere where nobody says anything.
    said: Option<Span>,
}

fn root(service: &Service, chain: &[&Image], outside: Option<&str>) -> Option<Root> {
    if let Some(user) = &service.user {
        let name = user.value.split(':').next().unwrap_or_default();
        return matches!(name, "root" | "0").then_some(Root { said: user.span });
    }
    if let Some(user) = chain.iter().find_map(|it| it.user()) {
        return (user.uid == 0).then_some(Root { said: None });
    }
    // Images that are known to bring a user of their own.
    let outside = outside?;
    let name = ImageName::parse(outside);
    let has_user = name.path.contains("unprivileged")
        || name.path.contains("nonroot")
        || name.tag.is_some_and(|it| it.contains("nonroot"))
        || ["bitnami/", "chainguard/"]
            .iter()
            .any(|it| name.path.contains(it));
    (!has_user).then_some(Root { said: None })
}
