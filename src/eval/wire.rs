//! Wiring: what the strings of a service mention.

use std::sync::Arc;

use ecow::EcoString;

use crate::model::origin::{Given, Giver};
use crate::model::service::{ConfigMount, Merged, SecretMount, Service};
use crate::source::{Span, Spanned};
use crate::value::{Kind, Mention};

/// What mentions bring: secrets and configs are mounted, services referred to.
pub(super) fn wire(service: &mut Service) {
    let mut found = Vec::new();
    let lists = service.command.iter().chain(&service.entrypoint);
    let texts = lists
        .flat_map(|it| it.value.iter().map(move |text| (text, it.span, &it.giver)))
        .chain(
            service
                .hostname
                .iter()
                .map(|it| (&it.value, it.span, &it.giver)),
        )
        .chain(
            [&service.env, &service.labels, &service.deploy_labels]
                .into_iter()
                .flatten()
                .map(|(_, it)| (&it.value, it.span, &it.giver)),
        );
    for (text, span, giver) in texts {
        for mention in text.mentions() {
            found.push((mention.clone(), span, giver.clone()));
        }
    }
    for (mention, span, giver) in found {
        let Mention {
            kind,
            name,
            text: target,
        } = mention;
        let mentioned = true;
        match kind {
            Kind::Secret => {
                let mount = SecretMount { target, mentioned };
                add(&mut service.secrets, name, mount, (span, giver));
            }
            Kind::Config => {
                let mount = ConfigMount { target, mentioned };
                add(&mut service.configs, name, mount, (span, giver));
            }
            Kind::Service
                if name != service.name && !service.refers_to.iter().any(|it| it.value == name) =>
            {
                let at = span.unwrap_or(service.span);
                service.refers_to.push(Spanned::new(name, at));
            }
            _ => {}
        }
    }
    service.refers_to.sort_by(|a, b| a.value.cmp(&b.value));
}

/// Mounts what is mentioned, unless it is mounted already.
fn add<T>(mounts: &mut Merged<T>, name: EcoString, value: T, (span, giver): (Option<Span>, Giver)) {
    if mounts.iter().any(|(it, _)| *it == name) {
        return;
    }
    let given = Given {
        value,
        span,
        giver,
        overrode: None,
    };
    mounts.push((name, Arc::new(given)));
}
