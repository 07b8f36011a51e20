//! Keys of a service that `docker stack deploy` and compose read alike, and text as both interpolate it.

use ecow::EcoString;
use rayon::prelude::*;
use serde::Serialize;

use super::probe;
use crate::encode::Entries;
use crate::encode::yaml::{self, Printed};
use crate::model;
use crate::model::image::Health;
use crate::model::service::{self, Merged};
use crate::value::{Duration, Runtime, Text};

/// Something mounted, in long form.
#[derive(Serialize)]
pub(super) struct Mount {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Escaped>,
    pub(super) target: Escaped,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tmpfs: Option<Tmpfs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) volume: Option<Subpath>,
}

/// A part of a volume.
#[derive(Serialize)]
pub(super) struct Subpath {
    pub(super) subpath: &'static str,
}

/// Options of memory that is mounted.
#[derive(Serialize)]
pub(super) struct Tmpfs {
    pub(super) size: u64,
}

/// How a container is asked whether it works.
#[derive(Serialize, Default)]
pub(super) struct Healthcheck {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) disable: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) test: Vec<Escaped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_period: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retries: Option<u32>,
}

/// What a container gets at most, or must be sure to get.
#[derive(Serialize, Default, PartialEq)]
pub(super) struct Amounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpus: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pids: Option<u32>,
}

/// A limit of the kernel's.
#[derive(Serialize)]
pub(super) struct Ulimit {
    pub(super) soft: u64,
    pub(super) hard: u64,
}

/// Where logs go.
#[derive(Serialize)]
pub(super) struct Logging {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) driver: Option<String>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) options: Entries<Escaped>,
}

/// A volume: one of the engine's own, or one that is there already.
#[derive(Serialize, Default)]
pub(super) struct Volume {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) external: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) driver: Option<String>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) driver_opts: Entries<Escaped>,
    #[serde(skip_serializing_if = "Entries::is_empty")]
    pub(super) labels: Entries<Escaped>,
}

/// Text that docker interpolates: a literal `$` is written twice.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Escaped(String);

impl Escaped {
    /// Characters where Swarm expands no templates.
    pub(super) fn new(text: &str) -> Escaped {
        Escaped(twice(text))
    }

    /// A built image, filled in from a release file; a deploy without it stops.
    pub(super) fn released(variable: &str) -> Escaped {
        Escaped(format!("${{{variable}:?not in the release file}}"))
    }

    /// A text of the service `name` on a single machine: what only Swarm knows has one value there.
    pub(super) fn fixed(text: &Text, name: &str) -> Escaped {
        let runtime = |it: Runtime| match it {
            Runtime::NodeHostname | Runtime::NodeId => "localhost".to_owned(),
            Runtime::TaskSlot | Runtime::TaskId => "1".to_owned(),
            Runtime::ServiceName => name.to_owned(),
        };
        Escaped(text.render(runtime, twice).into_owned())
    }

    /// A text where Swarm expands no templates; what only it knows cannot stand there.
    pub(super) fn text(text: &Text) -> Escaped {
        Escaped::new(&text.preview())
    }

    /// A text that Swarm reads as a Go template (environment, host name): a literal `{{` is written as one that prints
    /// itself, and placeholders as Swarm's own.
    pub(super) fn template(text: &Text) -> Escaped {
        let literal = |it: &str| {
            if !it.contains('{') {
                return twice(it);
            }
            let text = twice(it).replace("{{", r#"{{"{{"}}"#);
            // A brace right before a placeholder would be read as part of it.
            match text.strip_suffix('{') {
                Some(before) => format!(r#"{before}{{{{"{{"}}}}"#),
                None => text,
            }
        };
        let runtime = |it: Runtime| {
            let field = match it {
                Runtime::NodeHostname => "Node.Hostname",
                Runtime::NodeId => "Node.ID",
                Runtime::TaskSlot => "Task.Slot",
                Runtime::TaskId => "Task.ID",
                Runtime::ServiceName => "Service.Name",
            };
            format!("{{{{.{field}}}}}")
        };
        Escaped(text.render(runtime, literal).into_owned())
    }
}

/// A text with each `$` written twice.
fn twice(text: &str) -> String {
    if text.contains('$') {
        text.replace('$', "$$")
    } else {
        text.to_owned()
    }
}

/// How far the keys of a service are indented.
pub(super) const INDENT: usize = 4;

/// Services as a file has them, made and written side by side: most of a file's text, and each on its own.
pub(super) fn printed<T: Serialize>(
    services: &[&service::Service],
    make: impl Fn(&service::Service) -> T + Sync,
) -> Entries<Printed> {
    let print = |it: &&service::Service| (it.name.to_string(), Printed::new(INDENT, &make(it)));
    Entries(services.par_iter().with_min_len(16).map(print).collect())
}

/// A file's text: the notice, then what it holds, most of which is its services.
pub(super) fn document<T: Serialize>(
    notice: &str,
    services: &Entries<Printed>,
    file: &T,
) -> String {
    let of_services = services
        .0
        .iter()
        .map(|(name, it)| name.len() + it.size() + 4);
    let mut text = String::with_capacity(of_services.sum::<usize>() + (16 << 10));
    text.extend(["# ", notice, "\n"]);
    yaml::append(&mut text, file);
    text.shrink_to_fit();
    text
}

/// Entries of plain characters.
pub(super) fn plain(map: &Merged<EcoString>) -> Entries<Escaped> {
    map.iter()
        .map(|(key, it)| (key.to_string(), Escaped::new(&it.value)))
        .collect()
}

/// A mount at `target`; `bind` says where a folder of the machine is, as the file sees it.
pub(super) fn mount(
    target: &str,
    mount: &service::Mount,
    bind: impl FnOnce(&str) -> Escaped,
) -> Mount {
    let (kind, source, read_only, size) = match mount {
        service::Mount::Volume { name, read_only } => {
            ("volume", Some(Escaped::new(name)), *read_only, None)
        }
        service::Mount::Bind { source, read_only } => {
            ("bind", Some(bind(source)), *read_only, None)
        }
        service::Mount::Tmpfs { size } => ("tmpfs", None, false, *size),
    };
    Mount {
        r#type: kind,
        source,
        target: Escaped::new(target),
        read_only,
        tmpfs: size.map(|it| Tmpfs { size: it.bytes }),
        volume: None,
    }
}

/// The health check of a service.
pub(super) fn healthcheck(health: &Health) -> Healthcheck {
    let test = probe::command(&health.probe);
    let time = |it: Option<Duration>| it.map(|it| it.to_string());
    Healthcheck {
        disable: test.is_empty(),
        test: test.iter().map(|it| Escaped::new(it)).collect(),
        interval: time(health.interval),
        timeout: time(health.timeout),
        start_period: time(health.start),
        retries: health.retries,
    }
}

/// The most that a service gets, where something is limited.
pub(super) fn limits(it: &service::Service) -> Option<Amounts> {
    amounts(Amounts {
        cpus: it.cpus.as_ref().map(|it| it.value.to_string()),
        memory: it.memory.as_ref().map(|it| it.value.docker()),
        pids: it.pids.as_ref().map(|it| it.value),
    })
}

/// What a node must have free for a service, where something is reserved.
pub(super) fn reservations(it: &service::Service) -> Option<Amounts> {
    amounts(Amounts {
        cpus: it.reserve_cpus.as_ref().map(|it| it.value.to_string()),
        memory: it.reserve_memory.as_ref().map(|it| it.value.docker()),
        pids: None,
    })
}

fn amounts(it: Amounts) -> Option<Amounts> {
    (it != Amounts::default()).then_some(it)
}

/// The limits of the kernel for a service.
pub(super) fn ulimits(it: &service::Service) -> Entries<Ulimit> {
    it.ulimits
        .iter()
        .map(|(key, it)| {
            let (soft, hard) = it.value;
            (key.to_string(), Ulimit { soft, hard })
        })
        .collect()
}

/// Where a service's logs go, where it says so.
pub(super) fn logging(it: &service::Service) -> Option<Logging> {
    let says = it.logging_driver.is_some() || !it.logging_options.is_empty();
    says.then(|| Logging {
        driver: it.logging_driver.as_ref().map(|it| it.value.to_string()),
        options: plain(&it.logging_options),
    })
}

/// A declared volume; of one from outside only the name counts.
pub(super) fn volume(it: &model::Volume) -> Volume {
    if let Some(name) = &it.external {
        return Volume {
            name: Some(name.value.to_string()),
            external: true,
            ..Volume::default()
        };
    }
    Volume {
        name: None,
        external: false,
        driver: it.driver.as_ref().map(|it| it.value.to_string()),
        driver_opts: plain(&it.options),
        labels: plain(&it.labels),
    }
}
