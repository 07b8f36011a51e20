//! What a deploy would do: two stacks as plain data, and how one becomes the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::service::{Mode, Mount, ServiceImage};
use crate::model::{self, Fleet};
use crate::plan::objects;
use crate::value::{Runtime, Text};

/// What runs, or is to run, in one environment. Jobs that run before services are left out: they come and go.
#[derive(Debug, Default)]
pub struct Stack {
    /// The services, by name.
    pub services: BTreeMap<String, Service>,
    /// Which facts this stack tells of: the first words of their names. Others are not compared.
    pub knows: BTreeSet<&'static str>,
}

/// A service, as far as it is known.
#[derive(Debug, Default)]
pub struct Service {
    /// How many run; `None` for one on each node, or a job.
    pub replicas: Option<u32>,
    /// `replicated`, `global`, `replicated-job`, `global-job`.
    pub mode: String,
    /// What its containers are made from: a change of one makes new ones. `image`, `env NAME`, `secret /path`.
    pub facts: BTreeMap<String, String>,
    /// Whether a new container is up before an old one stops; `None` where that is not known.
    pub starts_first: Option<bool>,
}

/// What happens to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Create,
    /// It goes.
    Remove,
    /// Its mode changes, which Swarm does not do to a service that is there.
    Refuse {
        /// The mode that it has.
        from: String,
        /// The mode that it is to have.
        to: String,
    },
    /// Its containers are replaced.
    Roll {
        /// Nothing serves for a while.
        downtime: bool,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// Containers are added or taken away.
    Scale {
        /// How many there are.
        from: u32,
        /// How many there are to be.
        to: u32,
    },
}

/// A fact that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its name: `env LOG_LEVEL`.
    pub what: String,
    /// What it is; `None` where it was not set.
    pub from: Option<String>,
    /// What it becomes; `None` where it is not set any more.
    pub to: Option<String>,
}

/// What happens to each service that does not stay as it is, by name; one may roll and scale.
pub fn changes(old: &Stack, new: &Stack) -> Vec<(String, Action)> {
    let mut changes = Vec::new();
    let names: BTreeSet<&String> = old.services.keys().chain(new.services.keys()).collect();
    for name in names {
        let actions = match (old.services.get(name), new.services.get(name)) {
            (None, _) => vec![Action::Create],
            (_, None) => vec![Action::Remove],
            (Some(before), Some(after)) => service(before, after, &|fact| {
                old.knows.contains(fact) && new.knows.contains(fact)
            }),
        };
        changes.extend(actions.into_iter().map(|it| (name.clone(), it)));
    }
    changes
}

fn service(old: &Service, new: &Service, compared: &dyn Fn(&str) -> bool) -> Vec<Action> {
    if old.mode != new.mode {
        return vec![Action::Refuse {
            from: old.mode.clone(),
            to: new.mode.clone(),
        }];
    }
    let mut actions = Vec::new();
    let facts: BTreeSet<&String> = old.facts.keys().chain(new.facts.keys()).collect();
    let mut reasons = Vec::new();
    for what in facts {
        let family = what.split(' ').next().unwrap_or_default();
        let (from, to) = (old.facts.get(what), new.facts.get(what));
        // An image that only one side can tell is no difference.
        let untold = family == "image" && (from.is_none() || to.is_none());
        if from != to && compared(family) && !untold {
            reasons.push(Reason {
                what: what.clone(),
                from: from.cloned(),
                to: to.cloned(),
            });
        }
    }
    if !reasons.is_empty() {
        let alone = new.mode == "replicated" && old.replicas.min(new.replicas) <= Some(1);
        actions.push(Action::Roll {
            downtime: alone && new.starts_first == Some(false),
            reasons,
        });
    }
    if let (Some(from), Some(to)) = (old.replicas, new.replicas)
        && from != to
    {
        actions.push(Action::Scale { from, to });
    }
    actions
}

/// A fleet as a stack. `images` names what is in each built image, where that is known: a digest, a hash of its sources.
pub fn stack(
    fleet: &Fleet,
    images: &BTreeMap<String, String>,
    starts_first: fn(&model::Service) -> bool,
) -> Stack {
    let is_before = |it: &&model::Service| it.job.as_ref().is_some_and(|it| !it.before.is_empty());
    let services = fleet.services.iter().filter(|it| !is_before(it)).map(|it| {
        let service = Service {
            replicas: replicas(it),
            mode: mode(it).to_owned(),
            facts: facts(fleet, it, images),
            starts_first: Some(starts_first(it)),
        };
        (it.name.to_string(), service)
    });
    Stack {
        services: services.collect(),
        knows: FACTS.iter().copied().collect(),
    }
}

/// The first words of all facts that a fleet tells of.
pub const FACTS: &[&str] = &[
    "cap",
    "command",
    "config",
    "cpus",
    "entrypoint",
    "env",
    "health",
    "host",
    "hostname",
    "image",
    "init",
    "label",
    "memory",
    "mount",
    "networks",
    "pids",
    "placement",
    "publish",
    "read_only",
    "reserve",
    "secret",
    "stop",
    "sysctl",
    "ulimit",
    "user",
    "workdir",
];

fn replicas(it: &model::Service) -> Option<u32> {
    let scheduled = it.job.as_ref().is_some_and(|it| it.schedule.is_some());
    let replicated = mode(it) == "replicated" && !scheduled;
    replicated.then(|| it.replicas.as_ref().map_or(1, |it| it.value))
}

fn mode(it: &model::Service) -> &'static str {
    let global = it.mode.as_ref().is_some_and(|it| it.value == Mode::Global);
    match &it.job {
        // Its controller starts it as a service.
        Some(job) if job.schedule.is_some() => "replicated",
        Some(_) if global => "global-job",
        Some(_) => "replicated-job",
        None if global => "global",
        None => "replicated",
    }
}

fn facts(
    fleet: &Fleet,
    it: &model::Service,
    images: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.insert(name.to_owned(), value);
        }
    };
    add(
        "image",
        match &it.image {
            ServiceImage::Ready(image) => Some(image.value.to_string()),
            ServiceImage::Built(name) => images.get(name.as_str()).cloned(),
        },
    );
    let words = |words: &Vec<Text>| list(words.iter().map(swarm_text));
    add("command", it.command.as_ref().map(|it| words(&it.value)));
    add(
        "entrypoint",
        it.entrypoint.as_ref().map(|it| words(&it.value)),
    );
    add(
        "workdir",
        it.workdir.as_ref().map(|it| it.value.to_string()),
    );
    add("user", it.user.as_ref().map(|it| it.value.to_string()));
    add(
        "hostname",
        it.hostname.as_ref().map(|it| swarm_text(&it.value)),
    );
    add("memory", it.memory.as_ref().map(|it| it.value.to_string()));
    add("cpus", it.cpus.as_ref().map(|it| it.value.to_string()));
    add("pids", it.pids.as_ref().map(|it| it.value.to_string()));
    add(
        "reserve memory",
        it.reserve_memory.as_ref().map(|it| it.value.to_string()),
    );
    add(
        "reserve cpus",
        it.reserve_cpus.as_ref().map(|it| it.value.to_string()),
    );
    add(
        "health",
        it.health.as_ref().map(|it| format!("{:?}", it.value)),
    );
    add("init", it.init.as_ref().map(|it| it.value.to_string()));
    add(
        "read_only",
        it.read_only.as_ref().map(|it| it.value.to_string()),
    );
    add(
        "stop grace",
        it.stop_grace.as_ref().map(|it| it.value.to_string()),
    );
    add(
        "stop signal",
        it.stop_signal.as_ref().map(|it| it.value.to_string()),
    );
    let strings = |it: &Vec<ecow::EcoString>| list(it.iter().map(ToString::to_string));
    add(
        "cap add",
        it.capabilities_add.as_ref().map(|it| strings(&it.value)),
    );
    add(
        "cap drop",
        it.capabilities_drop.as_ref().map(|it| strings(&it.value)),
    );
    add("host dns", it.dns.as_ref().map(|it| strings(&it.value)));
    let spanned = |it: &Vec<crate::source::Spanned<ecow::EcoString>>| {
        list(it.iter().map(|it| it.value.to_string()))
    };
    add(
        "networks",
        it.networks.as_ref().map(|it| spanned(&it.value)),
    );
    add(
        "placement",
        it.placement.as_ref().map(|it| spanned(&it.value)),
    );
    for (name, it) in &it.env {
        add(&format!("env {name}"), Some(swarm_text(&it.value)));
    }
    for (name, it) in &it.labels {
        add(&format!("label {name}"), Some(swarm_text(&it.value)));
    }
    for (name, it) in &it.sysctls {
        add(&format!("sysctl {name}"), Some(it.value.to_string()));
    }
    for (name, it) in &it.extra_hosts {
        add(&format!("host {name}"), Some(it.value.to_string()));
    }
    for (name, it) in &it.ulimits {
        add(
            &format!("ulimit {name}"),
            Some(format!("{}:{}", it.value.0, it.value.1)),
        );
    }
    for (name, it) in &it.publish {
        add(
            &format!("publish {name}"),
            Some(format!(
                "{}{}",
                it.value.port,
                if it.value.host { " of the host" } else { "" }
            )),
        );
    }
    for (target, it) in &it.mounts {
        add(&format!("mount {target}"), Some(mount(&it.value)));
    }
    let needs = super::secrets::needs(fleet);
    for (name, it) in &it.secrets {
        let need = needs.iter().find(|it| it.name == name.as_str());
        add(
            &format!("secret {}", it.value.target),
            need.map(|it| it.object.clone()),
        );
    }
    for (name, it) in &it.configs {
        let content = fleet.config(name).and_then(|it| it.content.as_ref());
        let stack = &fleet.environment.stack.value;
        let object =
            content.map(|it| objects::config_object(stack, name, &objects::config_hash(&it.value)));
        add(&format!("config {}", it.value.target), object);
    }
    facts
}

fn mount(it: &Mount) -> String {
    let read_only = |it: &bool| if *it { ", read only" } else { "" };
    match it {
        Mount::Volume {
            name,
            read_only: ro,
        } => format!("volume {name}{}", read_only(ro)),
        Mount::Bind {
            source,
            read_only: ro,
        } => format!("folder {source}{}", read_only(ro)),
        Mount::Tmpfs { .. } => "tmpfs".to_owned(),
    }
}

/// `["a", "b"]`
pub fn list(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = words.into_iter().collect();
    format!("{words:?}")
}

/// A text as the Swarm has it, before it fills in its own placeholders.
fn swarm_text(text: &Text) -> String {
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
    text.render(runtime, |it| it.replace("{{", r#"{{"{{"}}"#))
        .into_owned()
}
