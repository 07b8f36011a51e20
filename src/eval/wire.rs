//! Wiring: what the strings of a service mention.

use std::sync::Arc;

use crate::model::origin::Given;
use crate::model::service::{ConfigMount, SecretMount, Service};
use crate::source::Spanned;
use crate::value::Kind;

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
            found.push((mention.kind, mention.name.clone(), span, giver.clone()));
        }
    }
    for (kind, name, span, giver) in found {
        match kind {
            Kind::Secret if !service.secrets.iter().any(|(it, _)| *it == name) => {
                let target = ecow::eco_format!("/run/secrets/{name}");
                let value = SecretMount {
                    target,
                    mentioned: true,
                };
                service.secrets.push((
                    name,
                    Arc::new(Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    }),
                ));
            }
            Kind::Config if !service.configs.iter().any(|(it, _)| *it == name) => {
                let target = ecow::eco_format!("/{name}");
                let value = ConfigMount {
                    target,
                    mentioned: true,
                };
                service.configs.push((
                    name,
                    Arc::new(Given {
                        value,
                        span,
                        giver,
                        overrode: None,
                    }),
                ));
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
