//! The steps of an image to instructions: what each step means, and whom it runs as.

use std::borrow::Cow;

use ecow::EcoString;

use super::env::env;
use super::files::download;
use super::instruction::{Instruction, Line};
use super::system::{self, Script};
use crate::emit::Context;
use crate::model::image::{Run, User};
use crate::model::{From, ImageKind, Stage, Step, StepKind, System};
use crate::plan::PlannedImage;
use crate::source::Span;

/// How many instructions there are up to the end of a step, and where that step stands; `None` for those of no step.
type Steps = Vec<(usize, Option<Span>)>;

/// The instructions of an image, stages first, and which steps they come from.
pub(super) fn lines<'a>(
    context: &'a Context<'a>,
    image: &'a PlannedImage,
) -> (Vec<Line<'a>>, Steps) {
    let mut out = Vec::with_capacity(16);
    let mut steps_of = Steps::new();
    for stage in &image.image.stages {
        let steps = &stage.steps;
        Writer::new(context, image, &stage.from.value, stage.system, steps).section(
            Some(&stage.name),
            &mut out,
            &mut steps_of,
        );
    }
    let it = &image.image;
    Writer::new(context, image, &it.from.value, it.system, &it.steps).section(
        None,
        &mut out,
        &mut steps_of,
    );
    (out, steps_of)
}

/// Writes one `FROM` and what follows it.
pub(super) struct Writer<'a> {
    context: &'a Context<'a>,
    pub(super) image: &'a PlannedImage,
    from: &'a From,
    system: System,
    pub(super) steps: &'a [Step],
    /// Who steps run as now; `None` where the outside image decides.
    current: Option<(u32, u32)>,
    /// Who the image runs as in the end.
    pub(super) owner: Option<(u32, u32)>,
    /// Whether pipes fail as they should.
    pipes: bool,
    /// Whether a relative path has a folder to be relative to.
    pub(super) placed: bool,
}

impl<'a> Writer<'a> {
    fn new(
        context: &'a Context<'a>,
        image: &'a PlannedImage,
        from: &'a From,
        system: System,
        steps: &'a [Step],
    ) -> Writer<'a> {
        let inherited = user_of(context, image, from);
        let owner = last_user(steps).or(inherited);
        Writer {
            context,
            image,
            from,
            system,
            steps,
            current: inherited,
            owner,
            pipes: false,
            placed: false,
        }
    }

    fn section(mut self, stage: Option<&'a str>, out: &mut Vec<Line<'a>>, steps_of: &mut Steps) {
        self.downloads(stage, out);
        let image = self.stand(self.from);
        push(
            out,
            Instruction::From {
                image,
                stage: stage.map(Cow::Borrowed),
            },
        );
        steps_of.push((out.len(), None));
        let mut fetched = 0;
        for step in self.steps {
            match &step.kind {
                StepKind::Install(packages) => self.install(packages, out),
                StepKind::Run(run) => self.run(run, out),
                StepKind::Copy(copy) => self.copy(copy, out),
                StepKind::File(file) => self.file(file, out),
                StepKind::Fetch(fetch) => {
                    if fetch.unpack.is_some_and(|it| it > 0) {
                        fetched += 1;
                    }
                    self.fetch(fetch, &download(stage, fetched), out);
                }
                StepKind::Raw(lines) => push(out, Instruction::Raw(lines)),
                StepKind::Env(pairs) => env(pairs, out),
                StepKind::Labels(pairs) => {
                    let pairs = pairs
                        .iter()
                        .map(|(key, value)| (borrow(key), borrow(value)));
                    push(out, Instruction::Label(pairs.collect()));
                }
                StepKind::Workdir(path) => {
                    self.placed = true;
                    push(out, Instruction::Workdir(path));
                }
                StepKind::User(user) => self.user(user, out),
                StepKind::Expose(ports) => push(out, Instruction::Expose(ports.clone())),
                // Only the last of each counts, and a second one is flagged: they are written at the end.
                StepKind::StopSignal(_) | StepKind::Entrypoint(_) | StepKind::Command(_) => {}
            }
            steps_of.push((out.len(), Some(step.span)));
        }
        if stage.is_none() {
            self.closing(out);
        }
        self.start(out);
        steps_of.push((out.len(), None));
    }

    /// What labels and ports say of the finished image.
    fn closing(&self, out: &mut Vec<Line<'a>>) {
        let image = &self.image.image;
        if image.kind == ImageKind::Service {
            let fleets = self.context.model.fleets.iter();
            let services = fleets.filter_map(|it| it.service(&image.name));
            let mut ports: Vec<u16> = services
                .flat_map(|it| it.ports.iter().map(|it| it.1.value))
                .collect();
            ports.sort_unstable();
            ports.dedup();
            if !ports.is_empty() {
                push(out, Instruction::Expose(ports));
            }
        }
        let mut labels = vec![(
            Cow::Borrowed("org.opencontainers.image.title"),
            borrow(&image.name),
        )];
        if let Some(source) = &self.context.model.project.source {
            labels.push((
                Cow::Borrowed("org.opencontainers.image.source"),
                borrow(&source.value),
            ));
        }
        let base = match self.from {
            From::External(name) if name == "scratch" => None,
            From::External(name) => {
                let (name, _) = name.split_once('@').unwrap_or((name, ""));
                Some(qualified(name))
            }
            From::Base(_) => Some(self.stand(self.from)),
            From::Stage(_) => None,
        };
        if let Some(base) = base {
            labels.push((Cow::Borrowed("org.opencontainers.image.base.name"), base));
        }
        push(out, Instruction::Label(labels));
    }

    /// How the image starts. A new entrypoint drops the command of what the image stands on, so that is said again.
    fn start(&self, out: &mut Vec<Line<'a>>) {
        let mut last = Start::default();
        self.steps.iter().for_each(|it| last.take(&it.kind));
        if let Some(signal) = last.signal {
            push(out, Instruction::StopSignal(signal));
        }
        if let Some(words) = last.entrypoint {
            push(out, Instruction::Entrypoint(words));
            if last.command.is_none() {
                last.command = inherited_command(self.context, self.image, self.from);
            }
        }
        if let Some(words) = last.command {
            push(out, Instruction::Command(words));
        }
    }

    fn install(&mut self, packages: &[EcoString], out: &mut Vec<Line<'a>>) {
        if let Some(script) = system::install(self.system, packages, &self.cache_id()) {
            self.as_root(script, out);
        }
    }

    fn user(&mut self, user: &'a User, out: &mut Vec<Line<'a>>) {
        if let Some(script) = system::create_user(self.system, user)
            && user.uid != 0
        {
            if script.text.contains(" | ") {
                self.pipes(out);
            }
            self.as_root(script, out);
        }
        self.become_user((user.uid, user.gid), out);
    }

    /// Runs a script of svcc's own, which needs root, and goes back to whom the steps run as.
    fn as_root(&mut self, script: Script, out: &mut Vec<Line<'a>>) {
        let before = self.current;
        if before.is_some_and(|it| it.0 != 0) {
            self.become_user((0, 0), out);
        }
        let Script { text, flags, notes } = script;
        out.push(Line {
            notes,
            instruction: Instruction::Run {
                flags,
                script: Cow::Owned(text),
            },
        });
        if let Some(before) = before {
            self.become_user(before, out);
        }
    }

    fn become_user(&mut self, (uid, gid): (u32, u32), out: &mut Vec<Line<'a>>) {
        if self.current == Some((uid, gid)) {
            return;
        }
        self.current = Some((uid, gid));
        // hadolint cannot know that another USER follows, or that root is asked for.
        let ends_as_root = uid == 0 && self.owner.is_some_and(|it| it.0 == 0);
        let notes = if ends_as_root {
            vec![
                Cow::Borrowed("The fleet asks for root."),
                Cow::Borrowed("hadolint ignore=DL3002"),
            ]
        } else {
            Vec::new()
        };
        out.push(Line {
            notes,
            instruction: Instruction::User(uid, gid),
        });
    }

    fn pipes(&mut self, out: &mut Vec<Line<'a>>) {
        if !self.pipes
            && let Some(shell) = system::pipefail(self.system)
        {
            push(out, Instruction::Shell(shell));
            self.pipes = true;
        }
    }

    fn run(&mut self, run: &'a Run, out: &mut Vec<Line<'a>>) {
        let mut flags = Vec::new();
        let owner = self.current.filter(|it| it.0 != 0);
        let as_owner = owner.map_or(String::new(), |(uid, gid)| format!(",uid={uid},gid={gid}"));
        for path in &run.caches {
            let slug = path.trim_matches('/').replace(['/', ' ', ','], "-");
            flags.push(format!(
                "--mount=type=cache,id={}-{slug},target={path}{as_owner}",
                self.cache_id()
            ));
        }
        for secret in &run.secrets {
            flags.push(format!(
                "--mount=type=secret,id={},required=true{as_owner}",
                secret.value
            ));
        }
        for mount in &run.mounts {
            let from = mount.from.as_ref().map_or(String::new(), |it| {
                format!(",from={}", self.stand(&it.value))
            });
            let source = match mount.source.value.as_str() {
                "" => ".",
                source => source,
            };
            flags.push(format!(
                "--mount=type=bind,source={source},target={}{from}",
                mount.target
            ));
        }
        if run.offline {
            flags.push("--network=none".to_owned());
        }
        let mut notes = Vec::new();
        if pipes(&run.script) {
            self.pipes(out);
            if !self.pipes {
                notes.push(Cow::Borrowed(
                    "Not every shell knows `pipefail`, and this image's is not known.",
                ));
                notes.push(Cow::Borrowed("hadolint ignore=DL4006"));
            }
        }
        if run
            .script
            .lines()
            .any(|it| it.trim_start().starts_with("cd "))
        {
            notes.push(Cow::Borrowed("The folder is changed for this step only."));
            notes.push(Cow::Borrowed("hadolint ignore=DL3003"));
        }
        // What a script prints stands in the build's log: with a secret in it, commands are not printed.
        let mode = if run.secrets.is_empty() {
            "set -eux"
        } else {
            "set -eu"
        };
        out.push(Line {
            notes,
            instruction: Instruction::Run {
                flags,
                script: strict(&run.script, mode),
            },
        });
    }

    /// What stands after `FROM` or `--from=`.
    pub(super) fn stand(&self, from: &'a From) -> Cow<'a, str> {
        match from {
            From::External(name) | From::Stage(name) => borrow(name),
            From::Base(name) => match self.context.plan.image(name) {
                Some(base) => Cow::Owned(base.reference()),
                None => borrow(name),
            },
        }
    }

    fn cache_id(&self) -> String {
        format!(
            "{}-{}",
            self.context.model.project.name, self.image.image.name
        )
    }
}

/// The last of each property that says how an image starts.
#[derive(Default)]
struct Start<'a> {
    signal: Option<&'a str>,
    entrypoint: Option<&'a [EcoString]>,
    command: Option<&'a [EcoString]>,
}

impl<'a> Start<'a> {
    fn take(&mut self, kind: &'a StepKind) {
        if let StepKind::StopSignal(signal) = kind {
            self.signal = Some(signal);
        } else if let StepKind::Entrypoint(words) = kind {
            self.entrypoint = Some(words);
        } else if let StepKind::Command(words) = kind {
            self.command = Some(words);
        }
    }
}

pub(super) fn push<'a>(out: &mut Vec<Line<'a>>, instruction: Instruction<'a>) {
    out.push(Line {
        notes: Vec::new(),
        instruction,
    });
}

fn borrow(text: &EcoString) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// A script that fails at its first failing line. One that names its interpreter is that language's, unless a shell's.
fn strict<'a>(script: &'a str, mode: &str) -> Cow<'a, str> {
    let Some(rest) = script.strip_prefix("#!") else {
        return Cow::Owned(format!("{mode}\n{script}"));
    };
    let (interpreter, body) = rest.split_once('\n').unwrap_or((rest, ""));
    if interpreter.trim_end().ends_with("sh") {
        Cow::Owned(format!("#!{interpreter}\n{mode}\n{body}"))
    } else {
        Cow::Borrowed(script)
    }
}

/// Whether a script has a pipe: a single `|`.
fn pipes(script: &str) -> bool {
    script.replace("||", "").contains('|') && !script.starts_with("#!")
}

fn last_user(steps: &[Step]) -> Option<(u32, u32)> {
    steps.iter().rev().find_map(|it| {
        let StepKind::User(user) = &it.kind else {
            return None;
        };
        Some((user.uid, user.gid))
    })
}

/// Who an image or stage runs as, as far as the project says.
fn user_of(context: &Context<'_>, image: &PlannedImage, from: &From) -> Option<(u32, u32)> {
    match from {
        From::External(_) => None,
        From::Base(name) => {
            let base = context.plan.image(name)?;
            last_user(&base.image.steps).or_else(|| user_of(context, base, &base.image.from.value))
        }
        From::Stage(name) => {
            let stage = stage(image, name)?;
            last_user(&stage.steps).or_else(|| user_of(context, image, &stage.from.value))
        }
    }
}

/// The command that an image or stage has, as far as the project says.
fn inherited_command<'a>(
    context: &'a Context<'a>,
    image: &'a PlannedImage,
    from: &From,
) -> Option<&'a [EcoString]> {
    let (image, steps, below) = match from {
        From::External(_) => return None,
        From::Base(name) => {
            let base = context.plan.image(name)?;
            (base, &base.image.steps, &base.image.from.value)
        }
        From::Stage(name) => {
            let stage = stage(image, name)?;
            (image, &stage.steps, &stage.from.value)
        }
    };
    let mut own = Start::default();
    steps.iter().for_each(|it| own.take(&it.kind));
    own.command
        .or_else(|| inherited_command(context, image, below))
}

fn stage<'a>(image: &'a PlannedImage, name: &str) -> Option<&'a Stage> {
    image.image.stages.iter().find(|it| it.name == name)
}

/// An image's name with its registry: `docker.io/library/ubuntu:24.04`.
fn qualified(name: &str) -> Cow<'_, str> {
    match name.split_once('/') {
        None => Cow::Owned(format!("docker.io/library/{name}")),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => Cow::Borrowed(name),
        Some(_) => Cow::Owned(format!("docker.io/{name}")),
    }
}
