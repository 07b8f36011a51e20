//! `compose.yml`: the whole fleet on one machine, from sources; where the machine is named, from a release, as its `deploy.sh`
//! brings it there (`deployed.rs`).
//!
//! Bases are services with no replicas; what stands on one builds with it as an additional context, under
//! the name that stands after `FROM`, so that compose builds it first and no registry is asked.

mod deployed;
mod model;

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use self::model::{
    Build, Condition, Deploy, Develop, File, FileMount, FileSource, Network, Port, Resources,
    Service, Watch,
};
use super::service_keys::{self, Escaped, Volume, healthcheck, plain};
use super::{Context, Output, Target};
use crate::encode::Entries;
use crate::encode::yaml::Printed;
use crate::model::image::{ImageKind, Probe};
use crate::model::secret::{ConfigContent, SecretSource};
use crate::model::service::{self, Merged, Protocol, RestartCondition, ServiceImage};
use crate::model::{Engine, Fleet, Given};
use crate::plan::{PlannedImage, objects, secrets};
use crate::vocab::Capability;

/// `--only compose`
pub const TARGET: &dyn Target = &Compose;

struct Compose;

impl Target for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[
            Capability::Replicas,
            Capability::BindMount,
            Capability::Watch,
            Capability::PublishAddress,
        ]
    }

    fn engine(&self) -> Option<Engine> {
        Some(Engine::Compose)
    }

    fn emit(&self, context: &Context<'_>) -> Vec<Output> {
        let fleets = &context.model.fleets;
        let composed = fleets
            .iter()
            .filter(|it| it.environment.engine.value == Engine::Compose);
        composed.flat_map(|it| fleet(context, it)).collect()
    }
}

fn fleet(context: &Context<'_>, fleet: &Fleet) -> Vec<Output> {
    let name = &fleet.environment.name;
    let path = context.path(format_args!("{name}/compose.yml"));
    // The file's folder is where its relative paths begin.
    let root = "../".repeat(path.split('/').count() - 1);
    let jobs = jobs_before(fleet);
    let printer = Printer {
        context,
        fleet,
        jobs,
        root: &root,
    };
    let notice = context.notice(context.model.project.span.file);
    let file = printer.file();
    let text = service_keys::document(&notice, &file.services, &file);
    let mut outputs = vec![Output {
        path,
        text,
        executable: false,
    }];
    for (config, content) in printer.used_configs() {
        if let ConfigContent::Inline(text) = content {
            let path = context.path(format_args!("{name}/configs/{config}"));
            outputs.push(Output {
                path,
                text: text.to_string(),
                executable: false,
            });
        }
    }
    outputs
}

struct Printer<'a> {
    context: &'a Context<'a>,
    fleet: &'a Fleet,
    /// The jobs that each service waits for.
    jobs: BTreeMap<&'a str, Vec<&'a str>>,
    root: &'a str,
}

/// The jobs that run before each service.
fn jobs_before(fleet: &Fleet) -> BTreeMap<&str, Vec<&str>> {
    let mut jobs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for job in &fleet.services {
        for service in job.job.iter().flat_map(|it| &it.before) {
            jobs.entry(&service.value).or_default().push(&job.name);
        }
    }
    jobs
}

impl<'a> Printer<'a> {
    fn file(&self) -> File {
        let fleet = self.fleet;
        let services: Vec<&service::Service> = fleet.services.iter().map(|it| &**it).collect();
        let mut services = service_keys::printed(&services, |it| self.service(it));
        if !self.is_deployed() {
            services.0.extend(self.bases());
        }
        let used: BTreeSet<&EcoString> = fleet
            .services
            .iter()
            .flat_map(|it| it.secrets.iter().map(|(name, _)| name))
            .collect();
        let networks: BTreeSet<&EcoString> = fleet
            .services
            .iter()
            .filter_map(|it| it.networks.as_ref())
            .flat_map(|it| it.value.iter().map(|it| &it.value))
            .collect();
        let volumes: BTreeSet<&EcoString> = fleet
            .services
            .iter()
            .flat_map(|it| &it.mounts)
            .filter_map(|(_, it)| match &it.value {
                service::Mount::Volume { name, .. } => Some(name),
                service::Mount::Bind { .. } | service::Mount::Tmpfs { .. } => None,
            })
            .collect();
        File {
            name: fleet.environment.stack.value.to_string(),
            services,
            networks: networks
                .into_iter()
                .map(|it| (it.to_string(), self.network(it)))
                .collect(),
            volumes: volumes
                .into_iter()
                .map(|it| (it.to_string(), self.volume(it)))
                .chain(deployed::objects(fleet))
                .collect(),
            secrets: used
                .into_iter()
                .filter(|_| !self.is_deployed())
                .map(|it| (it.to_string(), self.secret(it)))
                .collect(),
            configs: self
                .used_configs()
                .into_iter()
                .filter(|_| !self.is_deployed())
                .map(|(name, content)| {
                    let file = match content {
                        ConfigContent::File { path, .. } => self.seen_from_here(path),
                        ConfigContent::Inline(_) => Escaped::new(&format!("./configs/{name}")),
                    };
                    (name.to_string(), FileSource { file })
                })
                .collect(),
        }
    }

    /// The bases that built services stand on, as services that are built and never started.
    fn bases(&self) -> Vec<(String, Printed)> {
        let images = self.context.plan.images.iter();
        let bases = images.filter(|it| it.image.kind == ImageKind::Base);
        bases
            .map(|it| {
                let service = Service {
                    image: Some(Escaped::new(&it.reference())),
                    build: Some(self.build(it)),
                    deploy: Some(Deploy {
                        replicas: Some(0),
                        resources: None,
                    }),
                    ..Service::default()
                };
                let service = Printed::new(service_keys::INDENT, &service);
                (base_service(&it.image.name), service)
            })
            .collect()
    }

    fn build(&self, image: &PlannedImage) -> Build {
        let bases = image
            .bases
            .iter()
            .filter_map(|it| self.context.plan.image(it));
        let folder = image.image.context.as_str();
        let dockerfile = self
            .context
            .path(format_args!("images/{}/Dockerfile", image.image.name));
        Build {
            context: format!("{}{folder}", self.root),
            dockerfile: image.to_root.clone() + &dockerfile,
            additional_contexts: bases
                .map(|it| {
                    (
                        it.reference(),
                        format!("service:{}", base_service(&it.image.name)),
                    )
                })
                .collect(),
        }
    }

    fn service(&self, it: &'a service::Service) -> Service {
        let name = it.name.as_str();
        let text = |text: &crate::value::Text| Escaped::fixed(text, name);
        let texts = |list: &Given<Vec<crate::value::Text>>| list.value.iter().map(text).collect();
        let map = |map: &Merged<crate::value::Text>| {
            map.iter()
                .map(|(key, it)| (key.to_string(), text(&it.value)))
                .collect()
        };
        let list =
            |list: &Given<Vec<EcoString>>| list.value.iter().map(EcoString::to_string).collect();
        let (image, build) = match &it.image {
            ServiceImage::Ready(image) => (Some(Escaped::new(&image.value)), None),
            ServiceImage::Built(name) if self.is_deployed() => (
                Some(Escaped::released(&objects::image_variable(name))),
                None,
            ),
            ServiceImage::Built(name) => {
                (None, self.context.plan.image(name).map(|it| self.build(it)))
            }
        };
        let service = Service {
            image,
            build,
            profiles: Vec::new(),
            entrypoint: it.entrypoint.as_deref().map(texts),
            command: it.command.as_deref().map(texts),
            working_dir: it.workdir.as_ref().map(|it| Escaped::new(&it.value)),
            user: it.user.as_ref().map(|it| Escaped::new(&it.value)),
            hostname: it.hostname.as_ref().map(|it| text(&it.value)),
            environment: map(&it.env),
            // Who publishes a port of a server means the server's network.
            ports: ports(
                it,
                if self.is_deployed() {
                    None
                } else {
                    Some("127.0.0.1")
                },
            ),
            volumes: it
                .mounts
                .iter()
                .map(|(target, it)| {
                    service_keys::mount(target, &it.value, |it| self.seen_from_here(it))
                })
                .collect(),
            secrets: it
                .secrets
                .iter()
                .map(|(name, it)| FileMount {
                    source: name.to_string(),
                    target: Escaped::new(&it.value.target),
                })
                .collect(),
            configs: it
                .configs
                .iter()
                .map(|(name, it)| FileMount {
                    source: name.to_string(),
                    target: Escaped::new(&it.value.target),
                })
                .collect(),
            networks: it
                .networks
                .iter()
                .flat_map(|it| it.value.iter().map(|it| it.value.to_string()))
                .collect(),
            depends_on: self.depends_on(it),
            healthcheck: it.health.as_ref().map(|it| healthcheck(&it.value)),
            deploy: deploy(it),
            restart: restart(it),
            labels: map(&it.labels),
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
            develop: (!it.watch.is_empty()).then(|| Develop {
                watch: it
                    .watch
                    .iter()
                    .map(|it| Watch {
                        action: "sync",
                        path: self.seen_from_here(&it.value.source),
                        target: Escaped::new(&it.value.target),
                    })
                    .collect(),
            }),
        };
        if self.is_deployed() {
            deployed::service(self.fleet, it, service)
        } else {
            service
        }
    }

    /// Whether it is brought to a machine from a release.
    fn is_deployed(&self) -> bool {
        self.fleet.environment.is_deployed()
    }

    /// What must be up, healthy or done before a service starts.
    fn depends_on(&self, it: &service::Service) -> Entries<Condition> {
        let mut conditions = BTreeMap::new();
        for name in it.refers_to.iter().map(|it| &it.value) {
            let Some(other) = self.fleet.service(name) else {
                continue;
            };
            // Two services that refer to each other cannot both wait.
            if other
                .refers_to
                .iter()
                .any(|back| back.value == it.name && it.name < other.name)
            {
                continue;
            }
            let gated = other
                .health
                .as_ref()
                .is_some_and(|it| it.value.probe != Probe::Off);
            let condition = match (&other.job, gated) {
                (Some(_), _) => "service_completed_successfully",
                (None, true) => "service_healthy",
                (None, false) => "service_started",
            };
            conditions.insert(name.to_string(), condition);
        }
        for job in self.jobs.get(it.name.as_str()).into_iter().flatten() {
            conditions.insert((*job).to_owned(), "service_completed_successfully");
        }
        conditions
            .into_iter()
            .map(|(name, condition)| (name, Condition { condition }))
            .collect()
    }

    /// A path from the root, as seen from the file.
    fn seen_from_here(&self, path: &str) -> Escaped {
        if path.starts_with('/') {
            Escaped::new(path)
        } else {
            Escaped::new(&format!("{}{path}", self.root))
        }
    }

    /// The file that a secret is read from; one that has to be made first is expected among the ignored ones.
    fn secret(&self, name: &str) -> FileSource {
        let source = self.fleet.secret(name).and_then(|it| it.source.as_ref());
        let file = match source.map(|it| &it.value) {
            Some(SecretSource::File(path)) => self.seen_from_here(path),
            _ => self.seen_from_here(&secrets::local_file(name)),
        };
        FileSource { file }
    }

    fn used_configs(&self) -> Vec<(&'a EcoString, &'a ConfigContent)> {
        let used: BTreeSet<&EcoString> = self
            .fleet
            .services
            .iter()
            .flat_map(|it| it.configs.iter().map(|(name, _)| name))
            .collect();
        let configs = self
            .fleet
            .configs
            .iter()
            .filter(|it| used.contains(&it.name));
        configs
            .filter_map(|it| Some((&it.name, &it.content.as_ref()?.value)))
            .collect()
    }

    fn network(&self, name: &str) -> Network {
        let Some(it) = self.fleet.networks.iter().find(|it| it.name == name) else {
            return Network::default();
        };
        Network {
            internal: it.internal,
            name: it.external.as_ref().map(|it| it.value.to_string()),
            external: it.external.is_some(),
        }
    }

    fn volume(&self, name: &str) -> Volume {
        let volume = self.fleet.volumes.iter().find(|it| it.name == name);
        volume.map(service_keys::volume).unwrap_or_default()
    }
}

/// The compose service that builds a base. No service of the project has a dot in its name.
fn base_service(name: &str) -> String {
    format!("base.{name}")
}

/// `otherwise` is the address of a port that is published without one.
fn ports(it: &service::Service, otherwise: Option<&str>) -> Vec<Port> {
    let published = it.publish.iter().filter_map(|(name, publish)| {
        let (_, target) = it.ports.iter().find(|(port, _)| port == name)?;
        let address = publish.value.address.as_ref();
        Some(Port {
            target: target.value,
            published: publish.value.port.to_string(),
            protocol: match publish.value.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
            },
            host_ip: address
                .map(EcoString::as_str)
                .or(otherwise)
                .map(str::to_owned),
        })
    });
    published.collect()
}

fn deploy(it: &service::Service) -> Option<Deploy> {
    let resources = service_keys::limits(it).map(|limits| Resources { limits });
    // A published port can be held by one container only.
    let replicas = it
        .replicas
        .as_ref()
        .map(|it| it.value)
        .filter(|_| it.publish.is_empty());
    (replicas.is_some() || resources.is_some()).then_some(Deploy {
        replicas,
        resources,
    })
}

fn restart(it: &service::Service) -> Option<String> {
    if it.job.is_some() {
        return Some("no".into());
    }
    let condition = it.restart.condition.as_ref()?;
    Some(match (condition.value, &it.restart.max_attempts) {
        (RestartCondition::None, _) => "no".into(),
        (RestartCondition::OnFailure, Some(most)) => format!("on-failure:{}", most.value),
        (RestartCondition::OnFailure, None) => "on-failure".into(),
        (RestartCondition::Any, _) => "unless-stopped".into(),
    })
}
