//! How images are made.

use std::fmt;

use ecow::EcoString;

use crate::source::{Span, Spanned};
use crate::value::Duration;

/// A base, or the image of a service or job that is built. The same in every environment.
#[derive(Debug, Clone)]
pub struct Image {
    /// `catalog`; unique among bases and services.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// The `##` lines above it.
    pub doc: EcoString,
    /// Base or service.
    pub kind: ImageKind,
    /// What it stands on.
    pub from: Spanned<From>,
    /// Whose package manager it has.
    pub system: System,
    /// The build context: a folder relative to the root, the declaring file's unless `context` says otherwise; empty for the root.
    pub context: EcoString,
    /// The stages that come before the image's own steps, in order.
    pub stages: Vec<Stage>,
    /// The image's own steps, layers unfolded, in order.
    pub steps: Vec<Step>,
    /// What the layers here and below provide: `java`.
    pub provides: Vec<EcoString>,
    /// As what the pipeline of its package publishes it: then it is not built here.
    pub published: Option<EcoString>,
}

/// Which kind of declaration made an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// `base`
    Base,
    /// `service` or `job`
    Service,
}

/// What an image or a stage stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// An image from outside: `ubuntu:24.04`, `scratch`.
    External(EcoString),
    /// A base of the project.
    Base(EcoString),
    /// A stage of the same image, declared before.
    Stage(EcoString),
}

/// `stage NAME from … { steps }`
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// What it stands on.
    pub from: Spanned<From>,
    /// Whose package manager it has.
    pub system: System,
    /// Its steps, layers unfolded.
    pub steps: Vec<Step>,
}

/// Whose package manager an image has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// apt: Debian, Ubuntu.
    Debian,
    /// apk.
    Alpine,
    /// dnf or microdnf: RHEL, Fedora, UBI, Rocky, Alma.
    Rhel,
    /// None at all: `scratch`, distroless.
    None,
    /// Not known: an image that svcc does not know, without `system =`.
    Unknown,
}

/// One step of an image.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The statement that says so.
    pub span: Span,
    /// The layers that it comes from, outermost first; empty for a step written in the image itself.
    pub layers: Vec<EcoString>,
    /// Where the outermost layer is applied, if the statement is the library's or a package's: what a project can mend.
    pub applied: Option<Span>,
}

impl Step {
    /// Where a project can mend what it says: its own statement, or the line that applies the layer of another.
    pub fn place(&self) -> Span {
        self.applied.unwrap_or(self.span)
    }

    /// The stages, bases and outside images that it takes files from.
    pub fn takes_from(&self) -> impl Iterator<Item = &Spanned<From>> {
        let (copied, mounted) = match &self.kind {
            StepKind::Copy(copy) => (copy.from.as_ref(), &[][..]),
            StepKind::Run(run) => (None, run.mounts.as_slice()),
            _ => (None, &[][..]),
        };
        copied
            .into_iter()
            .chain(mounted.iter().filter_map(|it| it.from.as_ref()))
    }

    /// The same, to be changed.
    pub fn takes_from_mut(&mut self) -> impl Iterator<Item = &mut Spanned<From>> {
        let (copied, mounted) = match &mut self.kind {
            StepKind::Copy(copy) => (copy.from.as_mut(), &mut [][..]),
            StepKind::Run(run) => (None, run.mounts.as_mut_slice()),
            _ => (None, &mut [][..]),
        };
        copied
            .into_iter()
            .chain(mounted.iter_mut().filter_map(|it| it.from.as_mut()))
    }
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// `install ["curl", "tini"]`
    Install(Vec<EcoString>),
    /// `run """…"""`
    Run(Run),
    /// `copy "src" to "dst"`
    Copy(Copy),
    /// `file "/etc/x.conf" """…"""`
    File(File),
    /// `fetch "https://…" to "dst"`
    Fetch(Fetch),
    /// `dockerfile """…"""`: instructions as they are, judged but not understood.
    Raw(EcoString),
    /// `env { K = "v" }`
    Env(Vec<(EcoString, EcoString)>),
    /// `labels { k = "v" }`
    Labels(Vec<(EcoString, EcoString)>),
    /// `workdir "/app"`
    Workdir(EcoString),
    /// `user app(uid = 10001)`, `user "1000:1000"`
    User(User),
    /// `expose [8080]`: only said of an image, never opened by it.
    Expose(Vec<u16>),
    /// `stop_signal = "SIGQUIT"`
    StopSignal(EcoString),
    /// `entrypoint = ["…"]`; in a service, where the image is built, a run-time property instead.
    Entrypoint(Vec<EcoString>),
    /// `command = ["…"]`; likewise.
    Command(Vec<EcoString>),
}

/// A shell script, run as one layer.
#[derive(Debug, Clone)]
pub struct Run {
    /// The script, unindented.
    pub script: EcoString,
    /// Folders kept between builds.
    pub caches: Vec<EcoString>,
    /// Names of secrets that are mounted at `/run/secrets/NAME` while it runs.
    pub secrets: Vec<Spanned<EcoString>>,
    /// Parts of the context seen while it runs: source (relative to the root) and target.
    pub mounts: Vec<BindMount>,
    /// `network = none`
    pub offline: bool,
}

/// A part of the context or of a stage, seen while a step runs.
#[derive(Debug, Clone)]
pub struct BindMount {
    /// Relative to the image's context, or a path in `from`.
    pub source: Spanned<EcoString>,
    /// Where it is seen.
    pub target: EcoString,
    /// A stage, base or outside image that it is from, if it is not from the context.
    pub from: Option<Spanned<From>>,
}

/// `copy "src" to "dst"`
#[derive(Debug, Clone)]
pub struct Copy {
    /// Relative to the image's context, without `./`, or paths in `from`. May hold `*` and `?`.
    pub sources: Vec<Spanned<EcoString>>,
    /// A stage, base or outside image that it is from, if it is not from the context.
    pub from: Option<Spanned<From>>,
    /// Where it goes.
    pub target: EcoString,
    /// `owner`: `10001:10001`; the image's user where not set, as files must never belong to root by accident.
    pub owner: Option<EcoString>,
    /// `mode`, as octal digits: `0644`.
    pub mode: Option<EcoString>,
    /// Patterns that are left out.
    pub exclude: Vec<EcoString>,
}

/// A small file, written inline.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it goes.
    pub target: EcoString,
    /// What is in it.
    pub content: EcoString,
    /// As for [`Copy::owner`].
    pub owner: Option<EcoString>,
    /// As for [`Copy::mode`].
    pub mode: Option<EcoString>,
}

/// A download of which is known what it holds.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Where it comes from.
    pub url: EcoString,
    /// Where it goes: a file, or a folder that ends in `/`.
    pub target: EcoString,
    /// 64 hexadecimal digits: from the sources, or else from `svcc.pins`. A checked model has them.
    pub sha256: Option<EcoString>,
    /// As for [`Copy::owner`].
    pub owner: Option<EcoString>,
    /// As for [`Copy::mode`].
    pub mode: Option<EcoString>,
    /// Unpack the archive in the target folder, leaving out this many leading folders of its paths.
    pub unpack: Option<u32>,
}

/// Who the image's processes run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name to create where it is missing; none for a numeric user.
    pub name: Option<EcoString>,
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// The home folder; none is made where not set.
    pub home: Option<EcoString>,
}

/// How it is found out whether a container works.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// How it is asked.
    pub probe: Probe,
    /// How often.
    pub interval: Option<Duration>,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// How long failures do not count after the start.
    pub start: Option<Duration>,
    /// How many failures in a row make it unhealthy.
    pub retries: Option<u32>,
}

/// How a container is asked whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// `http("/healthz", port)`: a GET that must be answered with 2xx or 3xx.
    Http {
        /// The path.
        path: EcoString,
        /// The port in the container.
        port: u16,
    },
    /// `tcp(port)`: a connection that must be taken.
    Tcp {
        /// The port in the container.
        port: u16,
    },
    /// `command("pg_isready", "-U", "postgres")`
    Command(Vec<EcoString>),
    /// `none`: the image's own check is turned off.
    Off,
}

impl Health {
    /// How long it takes until something that never works is found unhealthy, with Docker's own values for what is not
    /// said: 30 seconds between, 30 seconds to answer, 3 times.
    pub fn until_unhealthy(&self) -> Duration {
        let or = |it: Option<Duration>| it.unwrap_or(Duration::seconds(30)).millis;
        let once = or(self.interval).saturating_add(or(self.timeout));
        let failing = once.saturating_mul(u64::from(self.retries.unwrap_or(3)));
        let start = self.start.unwrap_or_default().millis;
        Duration {
            millis: start.saturating_add(failing),
        }
    }
}

impl System {
    /// Its word in the language, if it has one.
    pub fn word(self) -> Option<&'static str> {
        match self {
            System::Debian => Some("debian"),
            System::Alpine => Some("alpine"),
            System::Rhel => Some("rhel"),
            System::None => Some("none"),
            System::Unknown => None,
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word().unwrap_or("unknown"))
    }
}

impl Image {
    /// The user that the image itself sets last, if any.
    pub fn user(&self) -> Option<&User> {
        self.steps.iter().rev().find_map(|it| match &it.kind {
            StepKind::User(user) => Some(user),
            _ => None,
        })
    }
}
