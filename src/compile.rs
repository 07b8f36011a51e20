//! The driver: a disk and options to a compilation. The only place that knows the order of the stages.

use std::io;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diag::{Diagnostic, Level, Sink};
use crate::emit::{self, Context, Output};
use crate::model::{CustomTarget, Model};
use crate::names::{self, Program};
use crate::packages::{self, Package, Packages};
use crate::pins::{self, Pins};
use crate::source::{Disk, FileId, Sources, Spanned};
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
    let Files {
        mut sources,
        trees,
        packages,
    } = read(disk, &mut sink)?;
    let program = names::resolve(&sources, trees, packages, &mut sink);
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
    let own = emitted.iter().flat_map(|(_, it)| it);
    emit::custom::every_file_is_written_once(model, &rendered, own, sink);
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

/// Every file of a compile, parsed.
#[derive(Debug)]
pub struct Files {
    /// Their texts.
    pub sources: Sources,
    /// Their trees.
    pub trees: Vec<Tree>,
    /// Which of them are of a package.
    pub packages: Packages,
}

/// Reads and parses the standard library, then the project's files, then those of the packages that they use.
pub fn read(disk: &dyn Disk, sink: &mut Sink) -> io::Result<Files> {
    let library = stdlib::files();
    let own = disk.sources("")?;
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
            if let Some((_, text)) = library.get(at)
                && let Some(tree) = parsed_library().get(at)
            {
                return Ok(((*text).to_owned(), tree.clone(), sink));
            }
            let named = |it: io::Error| io::Error::new(it.kind(), format!("{path}: {it}"));
            let bytes = disk.read(path).map_err(named)?;
            let text = syntax::decode(file, &bytes, &mut sink);
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
    let mut files = Files {
        sources,
        trees,
        packages: Packages::default(),
    };
    let own = library.len()..files.trees.len();
    let mut next = packages::in_order(&files.trees[own], &files.sources, disk);
    while let Some(file) = next.pop_front() {
        let tree = |files: &Files| files.trees.iter().position(|it| it.file == file);
        let Some(at) = tree(&files) else { continue };
        if let Some(path) = files.packages.lock_to_read(&files.trees[at]) {
            files.read_lock(file, &path, disk, sink);
        }
        let tree = &files.trees[at];
        let used = packages::used(tree, &files.sources, &files.packages, disk, sink);
        for package in used {
            next.extend(files.read_package(package, disk, sink)?);
        }
    }
    Ok(files)
}

impl Files {
    /// Reads the lock that says which packages of a file were vendored, where there is one.
    fn read_lock(&mut self, of: FileId, path: &str, disk: &dyn Disk, sink: &mut Sink) {
        let Ok(bytes) = disk.read(path) else { return };
        let file = self.next_file();
        let text = syntax::decode(file, &bytes, sink);
        self.sources.add(path, text);
        let lock = packages::lock::read(file, self.sources.get(file), sink);
        self.packages.add_lock(of, lock);
    }

    fn next_file(&self) -> FileId {
        FileId(u32::try_from(self.sources.iter().count()).expect("fewer than 2^32 files"))
    }

    /// Reads the files of a package, and says which of them are new here. Those that were read as the project's own, as they
    /// stand below its root, become the package's.
    fn read_package(
        &mut self,
        mut package: Package,
        disk: &dyn Disk,
        sink: &mut Sink,
    ) -> io::Result<Vec<FileId>> {
        let named = |path: &str, it: io::Error| io::Error::new(it.kind(), format!("{path}: {it}"));
        let paths = disk.sources(&package.folder);
        let paths = paths.map_err(|it| named(&package.folder, it))?;
        if paths.is_empty() {
            sink.push(packages::errors::no_sources(package.span, &package.folder));
        }
        let (mut of_package, mut new) = (Vec::with_capacity(paths.len()), Vec::new());
        for path in paths {
            let own = self.trees.iter_mut().find(|it| {
                let is_own = self.packages.of(it.file).is_none();
                is_own && self.sources.get(it.file).path == path
            });
            if let Some(tree) = own {
                of_package.push(tree.file);
                continue;
            }
            let bytes = disk.read(&path).map_err(|it| named(&path, it))?;
            let file = self.next_file();
            let text = syntax::decode(file, &bytes, sink);
            self.trees.push(syntax::parse(file, &text, sink));
            self.sources.add(path, text);
            of_package.push(file);
            new.push(file);
        }
        let is_of_package = |it: &&mut Tree| of_package.contains(&it.file);
        if package.is_vendored {
            let trees = self.trees.iter().filter(|it| of_package.contains(&it.file));
            let own = packages::published(&package.prefix, &package.folder, trees, disk);
            package.published = own.map(Arc::new).or(package.published);
        }
        for tree in self.trees.iter_mut().filter(is_of_package) {
            packages::keep_given(tree);
        }
        self.packages.add(package, of_package);
        Ok(new)
    }
}

/// The trees of the standard library, whose files come first. Parsed once in a process: they never change, and an editor
/// compiles at every key.
fn parsed_library() -> &'static [Tree] {
    static TREES: OnceLock<Vec<Tree>> = OnceLock::new();
    TREES.get_or_init(|| {
        let parse = |(at, (_, text)): (u32, &(String, &'static str))| {
            syntax::parse(FileId(at), text, &mut Sink::new())
        };
        (0..).zip(&stdlib::files()).map(parse).collect()
    })
}
