//! The driver: a disk and options to a compilation. The only place that knows the order of the stages.

use std::io;

use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diag::{Diagnostic, Level, Sink};
use crate::emit::{self, Context, Output};
use crate::model::Model;
use crate::names::{self, Program};
use crate::source::{Disk, FileId, Sources};
use crate::syntax::tree::Tree;
use crate::{eval, lint, plan, stdlib, syntax};

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
    let mut compilation = check(disk)?;
    let Some(model) = &compilation.model else {
        return Ok(compilation);
    };
    let plan = plan::plan(model, disk);
    let context = Context {
        model,
        plan: &plan,
        sources: &compilation.sources,
    };
    let wanted = |name: &str| match &options.targets {
        Some(names) => names.iter().any(|it| it == name),
        None => true,
    };
    let targets: Vec<_> = emit::targets()
        .iter()
        .filter(|it| wanted(it.name()))
        .collect();
    let emitted: Vec<Vec<Output>> = targets.par_iter().map(|it| it.emit(&context)).collect();
    let mut outputs: Vec<Output> = emitted.into_iter().flatten().collect();
    if let Some(names) = &options.environments {
        outputs.retain(|output| {
            model.fleets.iter().all(|fleet| {
                let name = &fleet.environment.name;
                let folder = format!("{}/{name}/", model.project.output);
                !output.path.starts_with(&folder) || names.iter().any(|it| it == name)
            })
        });
    }
    outputs.sort_by(|a, b| a.path.cmp(&b.path));
    compilation.outputs = outputs;
    Ok(compilation)
}

/// Finds every mistake of a project, and emits nothing.
pub fn check(disk: &dyn Disk) -> io::Result<Compilation> {
    let mut sink = Sink::new();
    let (sources, trees) = read(disk, &mut sink)?;
    let program = names::resolve(&sources, trees, &mut sink);
    let model = eval::evaluate(&sources, &program, disk, &mut sink);
    let model = model.and_then(|model| {
        let context = lint::Context {
            sources: &sources,
            program: &program,
            model: &model,
            disk,
        };
        // What is unwise is said beside what is wrong, and hides nothing of it.
        let unwise = lint::lint(&context, &sink);
        emit::unsupported(&model, &mut sink);
        let checked = check::check(model, disk, &mut sink);
        let is_denied = unwise.has_errors();
        sink.append(unwise);
        checked.filter(|_| !is_denied)
    });
    Ok(Compilation {
        sources,
        program,
        diagnostics: sink.finish(),
        model,
        outputs: Vec::new(),
    })
}

/// Reads and parses the standard library, then the project's files.
pub fn read(disk: &dyn Disk, sink: &mut Sink) -> io::Result<(Sources, Vec<Tree>)> {
    let library = stdlib::files();
    let own = disk.sources()?;
    let paths: Vec<&str> = library
        .iter()
        .map(|(path, _)| path.as_str())
        .chain(own.iter().map(String::as_str))
        .collect();
    let parsed: Vec<io::Result<(String, Tree, Sink)>> = paths
        .par_iter()
        .enumerate()
        .map(|(at, path)| {
            let file = FileId(u32::try_from(at).expect("fewer than 2^32 files"));
            let mut sink = Sink::new();
            let text = match library.get(at) {
                Some((_, text)) => (*text).to_owned(),
                None => {
                    let named = |it: io::Error| io::Error::new(it.kind(), format!("{path}: {it}"));
                    let bytes = disk.read(path).map_err(named)?;
                    syntax::decode(file, &bytes, &mut sink)
                }
            };
            let tree = syntax::parse(file, &text, &mut sink);
            Ok((text, tree, sink))
        })
        .collect();
    let mut sources = Sources::default();
    let mut trees = Vec::with_capacity(paths.len());
    for (path, parsed) in paths.iter().zip(parsed) {
        let (text, tree, said) = parsed?;
        sources.add(*path, text);
        trees.push(tree);
        sink.append(said);
    }
    Ok((sources, trees))
}
