//! Images in the published shape: what they stand on, and every step, layers unfolded.

use serde::Serialize;

use super::{Reference, reference, strings};
use crate::encode::Entries;
use crate::model::image::{self, From, ImageKind, Probe, StepKind};

#[derive(Debug, Serialize)]
pub(super) struct Image {
    name: String,
    kind: &'static str,
    doc: String,
    from: Reference,
    system: String,
    context: String,
    provides: Vec<String>,
    published: Option<String>,
    stages: Vec<Stage>,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Stage {
    name: String,
    from: Reference,
    system: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    layers: Vec<String>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    Install {
        packages: Vec<String>,
    },
    Run {
        script: String,
        caches: Vec<String>,
        secrets: Vec<String>,
        mounts: Vec<BindMount>,
        offline: bool,
    },
    Copy {
        sources: Vec<String>,
        from: Option<Reference>,
        target: String,
        owner: Option<String>,
        mode: Option<String>,
        exclude: Vec<String>,
    },
    File {
        target: String,
        content: String,
        owner: Option<String>,
        mode: Option<String>,
    },
    Fetch {
        url: String,
        target: String,
        sha256: String,
        owner: Option<String>,
        mode: Option<String>,
        unpack: Option<u32>,
    },
    Dockerfile {
        lines: String,
    },
    Env {
        values: Entries<String>,
    },
    Labels {
        values: Entries<String>,
    },
    Workdir {
        path: String,
    },
    User {
        name: Option<String>,
        uid: u32,
        gid: u32,
        home: Option<String>,
    },
    Expose {
        ports: Vec<u16>,
    },
    StopSignal {
        signal: String,
    },
    Entrypoint {
        words: Vec<String>,
    },
    Command {
        words: Vec<String>,
    },
}

#[derive(Debug, Serialize)]
struct BindMount {
    source: String,
    target: String,
    from: Option<Reference>,
}

#[derive(Debug, Serialize)]
pub(super) struct Health {
    kind: &'static str,
    path: Option<String>,
    port: Option<u16>,
    command: Option<Vec<String>>,
    interval: Option<String>,
    timeout: Option<String>,
    start: Option<String>,
    retries: Option<u32>,
}

pub(super) fn image(it: &image::Image) -> Image {
    Image {
        name: it.name.to_string(),
        kind: match it.kind {
            ImageKind::Base => "base",
            ImageKind::Service => "service",
        },
        doc: it.doc.to_string(),
        from: from(&it.from.value),
        system: it.system.to_string(),
        context: it.context.to_string(),
        provides: strings(&it.provides),
        published: it.published.as_ref().map(ToString::to_string),
        stages: it.stages.iter().map(stage).collect(),
        steps: it.steps.iter().map(step).collect(),
    }
}

pub(super) fn health(it: &image::Health) -> Health {
    let (kind, path, port, command) = match &it.probe {
        Probe::Http { path, port } => ("http", Some(path.to_string()), Some(*port), None),
        Probe::Tcp { port } => ("tcp", None, Some(*port), None),
        Probe::Command(words) => ("command", None, None, Some(strings(words))),
        Probe::Off => ("off", None, None, None),
    };
    Health {
        kind,
        path,
        port,
        command,
        interval: it.interval.map(|it| it.to_string()),
        timeout: it.timeout.map(|it| it.to_string()),
        start: it.start.map(|it| it.to_string()),
        retries: it.retries,
    }
}

fn from(it: &From) -> Reference {
    match it {
        From::External(name) => reference("external", name),
        From::Base(name) => reference("base", name),
        From::Stage(name) => reference("stage", name),
    }
}

fn stage(it: &image::Stage) -> Stage {
    Stage {
        name: it.name.to_string(),
        from: from(&it.from.value),
        system: it.system.to_string(),
        steps: it.steps.iter().map(step).collect(),
    }
}

fn step(it: &image::Step) -> Step {
    let text = |it: &Option<ecow::EcoString>| it.as_ref().map(ToString::to_string);
    let values = |all: &[(ecow::EcoString, ecow::EcoString)]| {
        let pairs = all
            .iter()
            .map(|(key, it)| (key.to_string(), it.to_string()));
        pairs.collect()
    };
    let kind = match &it.kind {
        StepKind::Install(packages) => Kind::Install {
            packages: strings(packages),
        },
        StepKind::Run(it) => Kind::Run {
            script: it.script.to_string(),
            caches: strings(&it.caches),
            secrets: strings(it.secrets.iter().map(|it| &it.value)),
            mounts: it.mounts.iter().map(bind).collect(),
            offline: it.offline,
        },
        StepKind::Copy(it) => Kind::Copy {
            sources: strings(it.sources.iter().map(|it| &it.value)),
            from: it.from.as_ref().map(|it| from(&it.value)),
            target: it.target.to_string(),
            owner: text(&it.owner),
            mode: text(&it.mode),
            exclude: strings(&it.exclude),
        },
        StepKind::File(it) => Kind::File {
            target: it.target.to_string(),
            content: it.content.to_string(),
            owner: text(&it.owner),
            mode: text(&it.mode),
        },
        StepKind::Fetch(it) => Kind::Fetch {
            url: it.url.to_string(),
            target: it.target.to_string(),
            sha256: it.sha256.as_deref().unwrap_or_default().to_owned(),
            owner: text(&it.owner),
            mode: text(&it.mode),
            unpack: it.unpack,
        },
        StepKind::Raw(lines) => Kind::Dockerfile {
            lines: lines.to_string(),
        },
        StepKind::Env(all) => Kind::Env {
            values: values(all),
        },
        StepKind::Labels(all) => Kind::Labels {
            values: values(all),
        },
        StepKind::Workdir(path) => Kind::Workdir {
            path: path.to_string(),
        },
        StepKind::User(it) => Kind::User {
            name: text(&it.name),
            uid: it.uid,
            gid: it.gid,
            home: text(&it.home),
        },
        StepKind::Expose(ports) => Kind::Expose {
            ports: ports.clone(),
        },
        StepKind::StopSignal(signal) => Kind::StopSignal {
            signal: signal.to_string(),
        },
        StepKind::Entrypoint(words) => Kind::Entrypoint {
            words: strings(words),
        },
        StepKind::Command(words) => Kind::Command {
            words: strings(words),
        },
    };
    Step {
        layers: strings(&it.layers),
        kind,
    }
}

fn bind(it: &image::BindMount) -> BindMount {
    BindMount {
        source: it.source.value.to_string(),
        target: it.target.to_string(),
        from: it.from.as_ref().map(|it| from(&it.value)),
    }
}
