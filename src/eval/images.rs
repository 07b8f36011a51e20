//! Bases and built services to images: what they stand on, their stages, their steps with layers unfolded.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::body::Seen;
use super::errors;
use super::layers::ServicePart;
use super::package;
use super::scope::Scope;
use super::world::{Declared, Evaluator};
use crate::model::image::{From, Image, ImageKind, Stage, System};
use crate::source::{Span, Spanned};
use crate::syntax::tree::{Expr, Statement};
use crate::value::{Kind, Value};

/// An image, and what its layers give to services that are built on it.
#[derive(Debug, Clone)]
pub(super) struct Built<'p> {
    /// The image.
    pub(super) image: Arc<Image>,
    /// The `service { }` parts of its layers and of the layers below, lowest first.
    pub(super) parts: Vec<ServicePart<'p>>,
}

/// Bases by name; `None` for one that is being made or could not be.
pub(super) type Bases<'p> = FxHashMap<EcoString, Option<Built<'p>>>;

/// What is known while the steps of one image or stage are made.
pub(super) struct Making<'p, 'b> {
    /// Whose package manager there is.
    pub(super) system: System,
    /// What the layers here and below provide.
    pub(super) provides: Vec<EcoString>,
    /// The layers that were applied, here and below, with the place of each that is here.
    pub(super) applied: Vec<(EcoString, Option<Span>)>,
    /// Where the outermost layer is applied, while its steps are made.
    pub(super) applied_at: Option<Span>,
    /// What layers give to services.
    pub(super) parts: Vec<ServicePart<'p>>,
    /// Stages made so far.
    pub(super) stages: Vec<Stage>,
    /// The stages that can be named here: a layer's are its own.
    pub(super) visible: Vec<StageName>,
    /// The bases.
    pub(super) bases: &'b Bases<'p>,
    /// Whether statements with `=` are run-time properties: in a service, outside its layers and stages.
    pub(super) in_service: bool,
    /// The folder that `copy` copies from.
    pub(super) context: EcoString,
}

/// How a stage is written, and its name among those of the image: two layers may each have a stage `build`, and one layer may
/// be applied twice.
#[derive(Debug, Clone)]
pub(super) struct StageName {
    written: EcoString,
    unique: EcoString,
}

/// Makes all bases, each after those that it stands on or copies from.
pub(super) fn bases<'p>(evaluator: &mut Evaluator<'_, 'p>) -> Bases<'p> {
    let mut bases = Bases::default();
    for base in evaluator.world.all(Kind::Base) {
        make_base(evaluator, base, &mut bases, &mut Vec::new());
    }
    bases
}

fn make_base<'p>(
    evaluator: &mut Evaluator<'_, 'p>,
    base: &Declared<'p>,
    bases: &mut Bases<'p>,
    path: &mut Vec<(EcoString, Span)>,
) {
    if bases.contains_key(&base.name) {
        return;
    }
    if let Some(start) = path.iter().position(|(name, _)| *name == base.name) {
        evaluator.sink.push(errors::base_cycle(&path[start..]));
        return;
    }
    path.push((base.name.clone(), base.span));
    let mut made: Vec<EcoString> = Vec::new();
    // Which others it needs shows only while it is made, as layers may name them; what was said without them does not count.
    let built = loop {
        let said = std::mem::take(&mut evaluator.sink);
        let built = image(evaluator, base, ImageKind::Base, bases);
        let attempt = std::mem::replace(&mut evaluator.sink, said);
        let wanted = evaluator.wanted.take().filter(|it| !made.contains(it));
        let Some(wanted) = wanted else {
            evaluator.sink.append(attempt);
            break built;
        };
        if let Some(below) = evaluator.world.find(Kind::Base, &wanted).cloned() {
            make_base(evaluator, &below, bases, path);
        }
        made.push(wanted);
    };
    path.pop();
    bases.entry(base.name.clone()).or_insert(built);
}

/// What stands after `from` in a header.
pub(super) fn from_argument(statement: &Statement) -> Option<&Expr> {
    let arguments = statement.arguments.as_slice();
    let at = arguments
        .iter()
        .position(|it| it.as_name().is_some_and(|it| it.text == "from"))?;
    arguments.get(at + 1)
}

/// Makes one image; `None` where what it stands on is not known.
pub(super) fn image<'p>(
    evaluator: &mut Evaluator<'_, 'p>,
    declared: &Declared<'p>,
    kind: ImageKind,
    bases: &Bases<'p>,
) -> Option<Built<'p>> {
    let statement = declared.statement;
    let argument = from_argument(statement)?;
    let from = evaluator.from(argument, &declared.scope, &[], bases)?;
    let file = declared.span.file;
    let mut making = Making {
        system: System::Unknown,
        provides: Vec::new(),
        applied: Vec::new(),
        applied_at: None,
        parts: Vec::new(),
        stages: Vec::new(),
        visible: Vec::new(),
        bases,
        in_service: kind == ImageKind::Service,
        context: evaluator.world.folder(file).into(),
    };
    making.stand_on(&from);
    evaluator.settings(statement, &declared.scope, &mut making);
    let (system, start) = (making.system, making.applied.len());
    let seen = evaluator.body(statement.body(), &declared.scope, Some(system));
    let mut steps = evaluator.steps(&seen, &mut making, &[]);
    // Most images have one or two; a vector makes room for four.
    steps.shrink_to_fit();
    evaluator.conflicts(&making, start);
    if making.context.starts_with("..") && !package::takes_files(&making.stages, &steps) {
        making.context.clear();
    }
    let image = Image {
        name: declared.name.clone(),
        span: declared.span,
        doc: super::doc_of(evaluator.world.sources, statement),
        kind,
        from,
        system,
        context: making.context,
        stages: making.stages,
        steps,
        provides: making.provides,
        published: evaluator.publication(declared),
    };
    Some(Built {
        image: Arc::new(image),
        parts: making.parts,
    })
}

/// What layers give to a service that runs a ready image: their `service { }` parts, and no steps.
pub(super) fn ready<'p>(
    evaluator: &mut Evaluator<'_, 'p>,
    declared: &Declared<'p>,
) -> Vec<ServicePart<'p>> {
    let bases = Bases::default();
    let mut making = Making {
        system: System::Unknown,
        provides: Vec::new(),
        applied: Vec::new(),
        applied_at: None,
        parts: Vec::new(),
        stages: Vec::new(),
        visible: Vec::new(),
        bases: &bases,
        in_service: true,
        context: EcoString::new(),
    };
    for (statement, scope) in evaluator.body(declared.statement.body(), &declared.scope, None) {
        if statement.word.text != "layer" {
            continue;
        }
        let Some(argument) = statement.arguments.first() else {
            continue;
        };
        let layer = evaluator.layer_named(argument).unwrap_or_default();
        // What is not the same on all systems has steps, whatever they are.
        let known = evaluator.world.find(Kind::Layer, &layer).cloned();
        let builds = known.is_some_and(|it| evaluator.served(&it, System::Unknown).is_some());
        let has_steps = builds
            || !evaluator
                .layer(argument, &scope, &mut making, &[])
                .is_empty();
        if has_steps || !making.stages.is_empty() {
            let found = errors::steps_without_image(argument.span, &declared.name, &layer);
            evaluator.sink.push(found);
            making.stages.clear();
        }
    }
    evaluator.conflicts(&making, 0);
    making.parts
}

impl Making<'_, '_> {
    /// Takes over what the image below knows.
    fn stand_on(&mut self, from: &From) {
        match from {
            From::External(reference) => {
                self.system = system_of(reference);
                self.provides = provided_by(reference);
            }
            From::Base(name) => {
                if let Some(Some(below)) = self.bases.get(name) {
                    self.system = below.image.system;
                    self.provides = below.image.provides.clone();
                    self.parts = below.parts.clone();
                }
            }
            From::Stage(name) => {
                if let Some(stage) = self.stages.iter().find(|it| it.name == *name) {
                    self.system = stage.system;
                }
            }
        }
    }
}

impl<'p> Evaluator<'_, 'p> {
    /// What an image, a stage or a `copy … from` names.
    pub(super) fn from(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        stages: &[StageName],
        bases: &Bases<'p>,
    ) -> Option<Spanned<From>> {
        let from = match self.value(expr, scope) {
            Value::Text(text) => From::External(text.known()?.as_ref().into()),
            Value::Word(name) | Value::Ref(_, name) => {
                if let Some(stage) = stages.iter().find(|it| it.written == name) {
                    From::Stage(stage.unique.clone())
                } else if bases.get(&name).is_some_and(Option::is_some) {
                    From::Base(name)
                } else {
                    let is_to_come = self.world.find(Kind::Base, &name).is_some();
                    if is_to_come && !bases.contains_key(&name) {
                        self.wanted.get_or_insert(name);
                    }
                    return None;
                }
            }
            Value::Unknown => return None,
            other => {
                self.sink
                    .push(errors::wrong_type(expr.span, "an image or a base", &other));
                return None;
            }
        };
        Some(Spanned::new(from, expr.span))
    }

    /// `system = …` and `context = …`, which the steps depend on.
    fn settings(&mut self, statement: &'p Statement, scope: &Scope, making: &mut Making<'p, '_>) {
        for inner in statement.body() {
            let Some(value) = &inner.value else { continue };
            match inner.word.text.as_str() {
                "system" => match self.value(value, scope) {
                    Value::None => making.system = System::None,
                    other => {
                        if let Some(system) = self.convert(&other, value.span).given() {
                            making.system = system;
                        }
                    }
                },
                "context" if making.in_service => {
                    if let Some(path) = self.need::<EcoString>(value, scope)
                        && let Some(path) = self.path_from_root(&path, value.span)
                    {
                        making.context = path;
                    }
                }
                _ => {}
            }
        }
    }

    /// A path as written at `span`, relative to the root.
    pub(super) fn path_from_root(&mut self, path: &str, span: Span) -> Option<EcoString> {
        let found = self.world.resolve(span.file, path);
        if found.is_none() {
            let is_own = self.world.packages.of(span.file).is_none();
            let whose = if is_own { "project" } else { "package" };
            self.sink.push(errors::path_outside_root(span, path, whose));
        }
        found
    }

    /// `stage NAME from … { steps }`
    pub(super) fn stage(&mut self, (statement, scope): &Seen<'p>, making: &mut Making<'p, '_>) {
        let (Some(argument), Some(from)) = (statement.arguments.first(), from_argument(statement))
        else {
            return;
        };
        let Some(name) = self.need::<EcoString>(argument, scope) else {
            return;
        };
        let Some(from) = self.from(from, scope, &making.visible, making.bases) else {
            return;
        };
        let mut inner = Making {
            system: System::Unknown,
            provides: Vec::new(),
            applied: Vec::new(),
            applied_at: making.applied_at,
            parts: Vec::new(),
            stages: std::mem::take(&mut making.stages),
            visible: making.visible.clone(),
            bases: making.bases,
            in_service: false,
            context: making.context.clone(),
        };
        inner.stand_on(&from);
        self.settings(statement, scope, &mut inner);
        let seen = self.body(statement.body(), scope, Some(inner.system));
        let steps = self.steps(&seen, &mut inner, &[]);
        making.stages = inner.stages;
        let span = argument.span;
        let first = making.stages.iter().find(|it| {
            let mut visible = making.visible.iter();
            visible.any(|known| known.written == name && known.unique == it.name)
        });
        if let Some(first) = first {
            self.sink.push(errors::stage_twice(span, &name, first.span));
            return;
        }
        let unique = unique_name(&name, &making.stages);
        making.visible.push(StageName {
            written: name,
            unique: unique.clone(),
        });
        making.stages.push(Stage {
            name: unique,
            span,
            from,
            system: inner.system,
            steps,
        });
    }
}

/// `name`, or `name.2` where the image has that already. svc names hold no dots, so it is no stage of the user's.
fn unique_name(name: &EcoString, stages: &[Stage]) -> EcoString {
    let is_free = |wanted: &EcoString| stages.iter().all(|it| it.name != *wanted);
    let mut numbered = (2..).map(|it| EcoString::from(format!("{name}.{it}")));
    if is_free(name) {
        return name.clone();
    }
    numbered.find(is_free).unwrap_or_else(|| name.clone())
}

/// What a well-known image holds, in the words of the library's `provides`.
fn provided_by(reference: &str) -> Vec<EcoString> {
    let path = reference.split('@').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    let provided: &[&str] = match name {
        "tomcat" => &["java", "tomcat"],
        "amazoncorretto" | "eclipse-temurin" | "gradle" | "jetty" | "maven" | "openjdk" => {
            &["java"]
        }
        "aspnet" | "runtime" => &["dotnet"],
        "nginx" | "nginx-unprivileged" => &["nginx"],
        "node" => &["node"],
        "php" => &["php"],
        "python" => &["python"],
        "ruby" => &["ruby"],
        _ if reference.contains("distroless/java") => &["java"],
        _ if reference.contains("distroless/nodejs") => &["node"],
        _ if reference.contains("distroless/python") => &["python"],
        _ => &[],
    };
    provided.iter().map(|it| EcoString::from(*it)).collect()
}

/// The system of a well-known image.
pub(super) fn system_of(reference: &str) -> System {
    let path = reference.split('@').next().unwrap_or_default();
    let (repository, tag) = match path.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (path, ""),
    };
    let name = repository.rsplit('/').next().unwrap_or_default();
    if repository == "scratch" || repository.contains("distroless") {
        return System::None;
    }
    if tag.contains("alpine") || name == "alpine" || name.ends_with("-alpine") {
        return System::Alpine;
    }
    const RHEL: &[&str] = &[
        "almalinux",
        "amazonlinux",
        "centos",
        "fedora",
        "oraclelinux",
        "rhel",
        "rocky",
        "rockylinux",
        "ubi",
        "ubi-micro",
        "ubi-minimal",
    ];
    if RHEL.contains(&name)
        || name.starts_with("ubi8")
        || name.starts_with("ubi9")
        || tag.contains("-ubi")
    {
        return System::Rhel;
    }
    const DEBIAN: &[&str] = &[
        "buildpack-deps",
        "caddy-debian",
        "composer-debian",
        "cassandra",
        "debian",
        "eclipse-temurin",
        "elixir",
        "erlang",
        "gcc",
        "golang",
        "gradle",
        "haproxy",
        "httpd",
        "jetty",
        "mariadb",
        "maven",
        "memcached",
        "mongo",
        "mysql-debian",
        "nginx",
        "nginx-unprivileged",
        "node",
        "openjdk",
        "perl",
        "php",
        "postgres",
        "python",
        "rabbitmq",
        "redis",
        "ruby",
        "rust",
        "sdk",
        "aspnet",
        "runtime",
        "tomcat",
        "ubuntu",
        "valkey",
    ];
    if DEBIAN.contains(&name) {
        System::Debian
    } else {
        System::Unknown
    }
}
