//! `compose.stack.yml`: what `docker stack deploy` takes, for each environment on Swarm.
//!
//! A `before` job is a file of its own, `jobs/NAME.stack.yml`: every deploy of a stack runs the jobs in it again, so a deploy
//! script runs those once per release.

mod model;
mod rollout;

pub use rollout::starts_first;

use std::collections::BTreeSet;

use ecow::EcoString;

use self::model::{
    Config, Deploy, File, FileMount, Image, Ipam, Network, Placement, Port, Preference, Resources,
    RestartPolicy, Secret, Service, Subnet,
};
use super::service_keys::{self, Escaped, Volume, healthcheck, plain};
use super::{Context, Output, Target};
use crate::encode::Entries;
use crate::model::secret::{ConfigContent, SecretSource};
use crate::model::service::{self, Merged, Mode, Protocol, RestartCondition, ServiceImage};
use crate::model::{Engine, Fleet, Given, Slot};
use crate::plan::objects;
use crate::value::Text;
use crate::vocab::Capability;

/// `--only stack`
pub const TARGET: &dyn Target = &Stack;

/// Read by everybody in the container: what Docker itself gives a mounted file.
const READABLE: u32 = 0o444;
/// Read by its owner only.
const PRIVATE: u32 = 0o400;

struct Stack;

impl Target for Stack {
    fn name(&self) -> &'static str {
        "stack"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Replicas,
            Capability::GlobalMode,
            Capability::Placement,
            Capability::RollingUpdate,
            Capability::BindMount,
            Capability::HostPort,
            Capability::Schedule,
            Capability::Placeholders,
        ]
    }

    fn engine(&self) -> Option<Engine> {
        Some(Engine::Swarm)
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let fleets = &context.model.fleets;
        let swarms = fleets
            .iter()
            .filter(|it| it.environment.engine.value == Engine::Swarm);
        swarms.flat_map(|it| fleet(context, it)).collect()
    }
}

fn fleet(context: &Context<'_>, fleet: &Fleet) -> Vec<Output> {
    let name = &fleet.environment.name;
    let is_before = |it: &service::Service| it.job.as_ref().is_some_and(|it| !it.before.is_empty());
    let (before, stays): (Vec<&service::Service>, Vec<&service::Service>) = fleet
        .services
        .iter()
        .map(|it| &**it)
        .partition(|it| is_before(it));
    let path = context.path(format_args!("{name}/compose.stack.yml"));
    let mut outputs = vec![file(context, fleet, &stays, path)];
    for job in before {
        let path = context.path(format_args!("{name}/jobs/{}.stack.yml", job.name));
        outputs.push(file(context, fleet, &[job], path));
    }
    let used: BTreeSet<&EcoString> = fleet
        .services
        .iter()
        .flat_map(|it| it.configs.iter().map(|(name, _)| name))
        .collect();
    for config in fleet.configs.iter().filter(|it| used.contains(&it.name)) {
        if let Some(ConfigContent::Inline(text)) = config.content.as_ref().map(|it| &it.value) {
            let path = context.path(format_args!("{name}/configs/{}", config.name));
            outputs.push(Output {
                path,
                text: text.to_string(),
                executable: false,
            });
        }
    }
    outputs
}

fn file(
    context: &Context<'_>,
    fleet: &Fleet,
    services: &[&service::Service],
    path: String,
) -> Output {
    let up = path.split('/').count() - 1;
    let printer = Printer {
        context,
        fleet,
        services,
        root: "../".repeat(up),
        up,
    };
    let notice = context.notice(context.model.project.span.file);
    let file = printer.file();
    let text = service_keys::document(&notice, &file.services, &file);
    Output {
        path,
        text,
        executable: false,
    }
}

struct Printer<'a> {
    context: &'a Context<'a>,
    fleet: &'a Fleet,
    services: &'a [&'a service::Service],
    root: String,
    up: usize,
}

impl Printer<'_> {
    fn file(&self) -> File {
        let stack = &self.fleet.environment.stack.value;
        let names = |of: fn(&service::Service) -> Vec<&EcoString>| -> BTreeSet<&EcoString> {
            self.services.iter().flat_map(|it| of(it)).collect()
        };
        let secrets = names(|it| it.secrets.iter().map(|(name, _)| name).collect());
        let configs = names(|it| it.configs.iter().map(|(name, _)| name).collect());
        let networks = names(|it| {
            it.networks
                .iter()
                .flat_map(|it| it.value.iter().map(|it| &it.value))
                .collect()
        });
        let volumes = names(|it| {
            let mounts = it.mounts.iter().map(|(_, it)| &it.value);
            let volumes = mounts.filter_map(|it| match it {
                service::Mount::Volume { name, .. } => Some(name),
                service::Mount::Bind { .. } | service::Mount::Tmpfs { .. } => None,
            });
            volumes.collect()
        });
        File {
            services: service_keys::printed(self.services, |it| self.service(it)),
            networks: networks
                .into_iter()
                .map(|it| (it.to_string(), self.network(it)))
                .collect(),
            volumes: volumes
                .into_iter()
                .map(|it| (it.to_string(), self.volume(it)))
                .collect(),
            secrets: secrets
                .into_iter()
                .filter_map(|name| {
                    let secret = self.fleet.secret(name)?;
                    let name = match secret.source.as_ref().map(|it| &it.value) {
                        Some(SecretSource::Swarm(name)) => name.to_string(),
                        _ => objects::secret_object(stack, name, secret.version.value),
                    };
                    Some((
                        secret.name.to_string(),
                        Secret {
                            external: true,
                            name,
                        },
                    ))
                })
                .collect(),
            configs: configs
                .into_iter()
                .filter_map(|name| {
                    let content = &self.fleet.config(name)?.content.as_ref()?.value;
                    let hash = objects::config_hash(content);
                    let file = match content {
                        ConfigContent::File { path, .. } => format!("{}{path}", self.root),
                        ConfigContent::Inline(_) => self.config_file(name),
                    };
                    let config = Config {
                        name: objects::config_object(stack, name, &hash),
                        file: Escaped::new(&file),
                    };
                    Some((name.to_string(), config))
                })
                .collect(),
        }
    }

    /// The file of an inline config, as seen from this one.
    fn config_file(&self, name: &str) -> String {
        let output = self.context.path(format_args!(
            "{}/configs/{name}",
            self.fleet.environment.name
        ));
        let folder = self
            .context
            .path(format_args!("{}", self.fleet.environment.name));
        let below = self.up - folder.split('/').count();
        let inside = output
            .strip_prefix(&folder)
            .unwrap_or(&output)
            .trim_start_matches('/');
        match below {
            0 => format!("./{inside}"),
            below => "../".repeat(below) + inside,
        }
    }

    fn service(&self, it: &service::Service) -> Service {
        let list =
            |list: &Given<Vec<EcoString>>| list.value.iter().map(EcoString::to_string).collect();
        let image = match &it.image {
            ServiceImage::Ready(image) => Image::ready(&image.value),
            ServiceImage::Built(name) => Image::released(&objects::image_variable(name)),
        };
        let owner = self.context.plan.user(it);
        Service {
            image,
            entrypoint: it.entrypoint.as_deref().map(texts),
            command: it.command.as_deref().map(texts),
            working_dir: it.workdir.as_ref().map(|it| Escaped::new(&it.value)),
            user: it.user.as_ref().map(|it| Escaped::new(&it.value)),
            hostname: it.hostname.as_ref().map(|it| Escaped::template(&it.value)),
            environment: it
                .env
                .iter()
                .map(|(key, it)| (key.to_string(), Escaped::template(&it.value)))
                .collect(),
            ports: ports(it),
            volumes: it
                .mounts
                .iter()
                .map(|(target, it)| service_keys::mount(target, &it.value, Escaped::new))
                .collect(),
            secrets: it
                .secrets
                .iter()
                .map(|(name, it)| FileMount {
                    source: name.to_string(),
                    target: Escaped::new(&it.value.target),
                    uid: owner.as_ref().map(|(uid, _)| uid.clone()),
                    gid: owner.as_ref().map(|(_, gid)| gid.clone()),
                    mode: if owner.is_some() { PRIVATE } else { READABLE },
                })
                .collect(),
            configs: it
                .configs
                .iter()
                .map(|(name, it)| FileMount {
                    source: name.to_string(),
                    target: Escaped::new(&it.value.target),
                    uid: None,
                    gid: None,
                    mode: READABLE,
                })
                .collect(),
            networks: it
                .networks
                .iter()
                .flat_map(|it| it.value.iter().map(|it| it.value.to_string()))
                .collect(),
            healthcheck: it.health.as_ref().map(|it| healthcheck(&it.value)),
            labels: entries(&it.labels),
            stop_grace_period: it.stop_grace.as_ref().map(|it| it.value.to_string()),
            stop_signal: it.stop_signal.as_ref().map(|it| it.value.to_string()),
            init: it.init.as_ref().map(|it| it.value),
            read_only: it.read_only.as_ref().map(|it| it.value),
            cap_add: it.capabilities_add.as_deref().map(list),
            cap_drop: it.capabilities_drop.as_deref().map(list),
            ulimits: service_keys::ulimits(it),
            sysctls: plain(&it.sysctls),
            dns: it.dns.as_deref().map(list),
            extra_hosts: plain(&it.extra_hosts),
            logging: service_keys::logging(it),
            deploy: deploy(it),
        }
    }

    fn network(&self, name: &str) -> Network {
        let Some(it) = self.fleet.networks.iter().find(|it| it.name == name) else {
            return Network::default();
        };
        if let Some(name) = &it.external {
            return Network {
                name: Some(name.value.to_string()),
                external: true,
                ..Network::default()
            };
        }
        let encrypted = it.encrypted.then_some(("encrypted".to_owned(), "true"));
        let subnet = |it: &Given<EcoString>| Ipam {
            config: vec![Subnet {
                subnet: it.value.to_string(),
            }],
        };
        Network {
            driver: Some("overlay"),
            driver_opts: encrypted.into_iter().collect(),
            internal: it.internal,
            attachable: it.attachable,
            ipam: it.subnet.as_ref().map(subnet),
            name: None,
            external: false,
        }
    }

    fn volume(&self, name: &str) -> Volume {
        let volume = self.fleet.volumes.iter().find(|it| it.name == name);
        volume.map(service_keys::volume).unwrap_or_default()
    }
}

fn texts(list: &Given<Vec<Text>>) -> Vec<Escaped> {
    list.value.iter().map(Escaped::text).collect()
}

fn entries(map: &Merged<Text>) -> Entries<Escaped> {
    map.iter()
        .map(|(key, it)| (key.to_string(), Escaped::text(&it.value)))
        .collect()
}

fn ports(it: &service::Service) -> Vec<Port> {
    let published = it.publish.iter().filter_map(|(name, publish)| {
        let (_, target) = it.ports.iter().find(|(port, _)| port == name)?;
        Some(Port {
            target: target.value,
            published: publish.value.port,
            protocol: match publish.value.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
            },
            mode: if publish.value.host {
                "host"
            } else {
                "ingress"
            },
        })
    });
    published.collect()
}

fn deploy(it: &service::Service) -> Deploy {
    let replicas = it.replicas.as_ref().map(|it| it.value);
    let scheduled = it.job.as_ref().and_then(|it| it.schedule.as_ref());
    let (mode, replicas) = match (&it.job, it.mode.as_ref().map(|it| it.value)) {
        // A schedule's controller scales the service up when it is due; see the labels.
        (Some(_), _) if scheduled.is_some() => ("replicated", Some(0)),
        (Some(_), Some(Mode::Global)) => ("global-job", None),
        (Some(_), _) => ("replicated-job", Some(replicas.unwrap_or(1))),
        (None, Some(Mode::Global)) => ("global", None),
        (None, Some(Mode::Replicated) | None) => ("replicated", Some(replicas.unwrap_or(1))),
    };
    let mut labels = entries(&it.deploy_labels);
    if let Some(schedule) = scheduled {
        let controller = [
            ("swarm.cronjob.enable", "true"),
            ("swarm.cronjob.schedule", schedule.value.as_str()),
            ("swarm.cronjob.skip-running", "true"),
        ];
        labels
            .0
            .extend(controller.map(|(key, value)| (key.to_owned(), Escaped::new(value))));
    }
    let rolls = it.job.is_none();
    Deploy {
        mode,
        replicas,
        labels,
        placement: placement(it),
        resources: resources(it),
        restart_policy: restart(it),
        update_config: rolls.then(|| rollout::update(it)),
        rollback_config: rolls.then(|| rollout::rollback(it)),
    }
}

fn placement(it: &service::Service) -> Option<Placement> {
    let list = |list: &Slot<Vec<crate::source::Spanned<EcoString>>>| -> Vec<Escaped> {
        list.iter()
            .flat_map(|it| it.value.iter().map(|it| Escaped::new(&it.value)))
            .collect()
    };
    let placement = Placement {
        constraints: list(&it.placement),
        preferences: list(&it.spread)
            .into_iter()
            .map(|spread| Preference { spread })
            .collect(),
        max_replicas_per_node: it.max_per_node.as_ref().map(|it| it.value),
    };
    let says = !placement.constraints.is_empty()
        || !placement.preferences.is_empty()
        || placement.max_replicas_per_node.is_some();
    says.then_some(placement)
}

fn resources(it: &service::Service) -> Option<Resources> {
    let (limits, reservations) = (service_keys::limits(it), service_keys::reservations(it));
    (limits.is_some() || reservations.is_some()).then_some(Resources {
        limits,
        reservations,
    })
}

fn restart(it: &service::Service) -> Option<RestartPolicy> {
    let restart = &it.restart;
    let condition = restart.condition.as_ref().map(|it| match it.value {
        RestartCondition::None => "none",
        RestartCondition::OnFailure => "on-failure",
        RestartCondition::Any => "any",
    });
    // A job that fails is told to the one who deploys; Swarm would try for ever.
    let condition = condition.or(it.job.as_ref().map(|_| "none"));
    let policy = RestartPolicy {
        condition,
        delay: restart.delay.as_ref().map(|it| it.value.to_string()),
        max_attempts: restart.max_attempts.as_ref().map(|it| it.value),
        window: restart.window.as_ref().map(|it| it.value.to_string()),
    };
    let says = condition.is_some()
        || policy.delay.is_some()
        || policy.max_attempts.is_some()
        || policy.window.is_some();
    says.then_some(policy)
}
