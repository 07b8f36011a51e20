//! The driver: a disk and options to a compilation. The only place that knows the order of the stages.

mod files;

use std::io;

use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diag::{Diagnostic, Level, Sink};
use crate::emit::{self, Context, Output};
use crate::model::{CustomTarget, Model};
use crate::names::{self, Program};
use crate::pins::{self, Pins};
use crate::plan::Affected;
use crate::source::{Disk, FileId, Sources, Spanned};
use crate::{eval, lint, plan, syntax};
pub use files::{Files, read};

/// What to emit; everything unless something is named.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only the files of these environments, and those that belong to none.
    pub environments: Option<Vec<String>>,
    /// Only the files of these targets.
    pub targets: Option<Vec<String>>,
}

/// What came of a compile.
#[derive(Debug)]
pub struct Compilation {
    /// The standard library and the project's files.
    pub sources: Sources,
    /// The trees of the sources with their names resolved.
    pub program: Program,
    /// What the names of outside images stand for.
    pub pins: Pins,
    /// What there is to say, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// The fleet, where no error stands.
    pub model: Option<Checked<Model>>,
    /// The files to write; none where an error stands.
    pub outputs: Vec<Output>,
}

impl Compilation {
    /// Whether something was said that stops a compile.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.level == Level::Error)
    }
}

/// Compiles a project to files in memory. Fails only where a source cannot be read.
pub fn compile(disk: &dyn Disk, options: &Options) -> io::Result<Compilation> {
    run(disk, Purpose::Emit(options))
}

/// Finds every mistake of a project, and emits nothing.
pub fn check(disk: &dyn Disk) -> io::Result<Compilation> {
    run(disk, Purpose::Check)
}

/// The same, for those who are about to find out what downloads hold: that nobody says it yet is no mistake.
pub fn check_unpinned(disk: &dyn Disk) -> io::Result<Compilation> {
    run(disk, Purpose::Pin)
}

/// What a compile is for.
enum Purpose<'a> {
    Emit(&'a Options),
    Check,
    Pin,
}

fn run(disk: &dyn Disk, purpose: Purpose<'_>) -> io::Result<Compilation> {
    let options = match purpose {
        Purpose::Emit(options) => Some(options),
        Purpose::Check | Purpose::Pin => None,
    };
    let mut sink = Sink::new();
    let files = read(disk, &mut sink)?;
    let (mut sources, program) = resolve(files, &mut sink);
    let pins = pins(disk, &mut sources, &mut sink);
    let model = eval::evaluate(&sources, &program, disk, &mut sink);
    let model = model.map(|mut it| {
        pins.apply(&mut it);
        if !matches!(purpose, Purpose::Pin) {
            pins::every_download_has_a_hash(&it, &mut sink);
        }
        it
    });
    let mut model = model.and_then(|model| {
        let sound = !sink.has_errors();
        // What is unwise is said beside what is wrong, and hides nothing of it.
        let (checked, beside) = check::check(model, disk, &mut sink, |model| {
            let context = lint::Context {
                sources: &sources,
                program: &program,
                model,
                disk,
            };
            let unsupported = || {
                let mut said = Sink::new();
                emit::unsupported(model, &mut said);
                said
            };
            rayon::join(|| lint::lint(&context, sound), unsupported)
        });
        let ((mut beside, waivers), unsupported) = beside;
        beside.append(unsupported);
        let is_denied = beside.has_errors();
        sink.append(beside);
        lint::weigh_warnings(&program, waivers, &mut sink);
        checked.filter(|_| !is_denied)
    });
    let mut outputs = Vec::new();
    if let Some(checked) = &model {
        // What a project's own targets write is wrong or right only beside the other files.
        if options.is_some() || !checked.targets.is_empty() {
            let templates = templates(checked, disk, &mut sources, &mut sink);
            let options = options.cloned().unwrap_or_default();
            outputs = emit(checked, disk, &sources, &templates, &options, &mut sink);
        }
    }
    if sink.has_errors() {
        model = None;
    }
    if options.is_none() || model.is_none() {
        outputs.clear();
    }
    Ok(Compilation {
        sources,
        program,
        pins,
        diagnostics: sink.finish(),
        model,
        outputs,
    })
}

/// Resolves the names of a compile's files. Where something is wrong, what was meant may be anything in the standard library.
pub fn resolve(mut files: Files, sink: &mut Sink) -> (Sources, Program) {
    let mut said = Sink::new();
    let mut program = names::resolve(&files.sources, files.trees, files.packages, &mut said);
    if said.has_errors() {
        said = Sink::new();
        files.trees = files::with_whole_library(program.trees);
        program = names::resolve(&files.sources, files.trees, program.packages, &mut said);
    }
    sink.append(said);
    (files.sources, program)
}

/// Where line `line`, from 1, of an emitted file comes from; `None` where it is of no single statement.
pub fn origin(
    compilation: &Compilation,
    disk: &dyn Disk,
    path: &str,
    line: usize,
) -> Option<emit::origin::Origin> {
    let model = compilation.model.as_ref()?;
    let output = compilation.outputs.iter().find(|it| it.path == path)?;
    let plan = plan::plan(model, disk);
    let context = Context {
        model,
        plan: &plan,
        sources: &compilation.sources,
    };
    emit::origin::origin(&context, output, line)
}

/// The GitLab pipeline of what is touched only, to be started by another one; `None` where the project has no GitLab
/// pipeline.
pub fn child_pipeline(
    compilation: &Compilation,
    disk: &dyn Disk,
    affected: &Affected,
) -> Option<Output> {
    let model = compilation.model.as_ref()?;
    let mut plan = plan::plan(model, disk);
    plan.stages = plan::gather::narrowed(&plan.stages, affected, &plan.images);
    let context = Context {
        model,
        plan: &plan,
        sources: &compilation.sources,
    };
    emit::gitlab::TARGET.emit(&context).pop()
}

/// What `svcc.pins` says, where there is one.
fn pins(disk: &dyn Disk, sources: &mut Sources, sink: &mut Sink) -> Pins {
    let Ok(bytes) = disk.read(pins::FILE) else {
        return Pins::default();
    };
    let file = FileId(sources.iter().count() as u32);
    let text = syntax::decode(file, &bytes, sink);
    sources.add(pins::FILE, text);
    pins::read(file, sources.get(file), sink)
}

/// The templates of the project's own targets, as sources: a mistake has its place in them.
fn templates(
    model: &Model,
    disk: &dyn Disk,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Vec<Option<FileId>> {
    let read = |target: &CustomTarget| {
        let Spanned { value: path, span } = &target.template;
        let Ok(bytes) = disk.read(path) else {
            sink.push(emit::errors::missing_template(*span, path));
            return None;
        };
        let known = sources.find(path);
        Some(known.unwrap_or_else(|| {
            let file = FileId(sources.iter().count() as u32);
            let text = syntax::decode(file, &bytes, sink);
            sources.add(path.clone(), text)
        }))
    };
    model.targets.iter().map(read).collect()
}

/// The files of a model, sorted by path.
fn emit(
    model: &Checked<Model>,
    disk: &dyn Disk,
    sources: &Sources,
    templates: &[Option<FileId>],
    options: &Options,
    sink: &mut Sink,
) -> Vec<Output> {
    let plan = plan::plan(model, disk);
    let context = Context {
        model,
        plan: &plan,
        sources,
    };
    let wanted = |name: &str| match &options.targets {
        Some(names) => names.iter().any(|it| it == name),
        None => true,
    };
    let rendered = emit::custom::render(model, templates, sources, sink);
    // A file that two would write is wrong also where only some are asked for.
    let may_collide = !rendered.is_empty();
    let targets: Vec<_> = emit::targets()
        .iter()
        .filter(|it| may_collide || wanted(it.name()))
        .collect();
    let emitted: Vec<(&str, Vec<Output>)> = targets
        .par_iter()
        .map(|it| (it.name(), it.emit(&context)))
        .collect();
    if may_collide {
        let own = emitted.iter().flat_map(|(_, it)| it);
        emit::custom::every_file_is_written_once(model, &rendered, own, sink);
    }
    let emitted = emitted.into_iter().filter(|(name, _)| wanted(name));
    let mut outputs: Vec<Output> = emitted.flat_map(|(_, it)| it).collect();
    if let Some(names) = &options.environments {
        outputs.retain(|output| {
            model.fleets.iter().all(|fleet| {
                let name = &fleet.environment.name;
                let folder = format!("{}/{name}/", model.project.output);
                !output.path.starts_with(&folder) || names.iter().any(|it| it == name)
            })
        });
    }
    let wanted_environment = |it: &Option<String>| match (it, &options.environments) {
        (Some(name), Some(names)) => names.contains(name),
        _ => true,
    };
    let rendered = rendered
        .into_iter()
        .filter(|it| wanted(&model.targets[it.target].name) && wanted_environment(&it.environment));
    outputs.extend(rendered.map(|it| it.output));
    outputs.sort_by(|a, b| a.path.cmp(&b.path));
    outputs
}
