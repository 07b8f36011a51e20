//! Which images are built, in which order, from which files, under which names.
//!
//! The KEY of a base is the beginning of a SHA-256 over what svcc was told of it: its steps in a stable textual form, the
//! files that they copy or see (path, content, executable bit) and the KEYs of the bases that it stands on. It is taken
//! over the model, not over the Dockerfile, so that planning knows no file format; [`RECIPE`] stands for the printer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use ecow::EcoString;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::objects;
use crate::model::image::{BindMount, Copy, Fetch, File, Run, User};
use crate::model::{From, Image, ImageKind, Model, Step, StepKind};
use crate::source::{Disk, Entry};

/// To be raised where the same steps come to lead to another image, so that bases get new KEYs.
const RECIPE: u32 = 1;

/// An image and what follows from its place among the others.
#[derive(Debug)]
pub struct PlannedImage {
    /// The image.
    pub image: Arc<Image>,
    /// Where it is pushed, without a tag: `registry.example.com/shop/catalog`.
    pub repository: String,
    /// The content key, of a base only: what is in a built service is known where it is built.
    pub key: Option<String>,
    /// The variable that carries the reference of a service's image: `CATALOG_IMAGE`.
    pub variable: String,
    /// The bases built with it that it, one of its stages or one of its copies uses, by name.
    pub bases: Vec<EcoString>,
    /// The references of the published bases that it uses in the same way.
    pub published: Vec<String>,
    /// What it takes from the build context: paths relative to the root that may hold `*` and `?`; empty for all of it.
    pub inputs: BTreeSet<String>,
    /// The way from its build context to the project's root: empty, or ending in `/`.
    pub to_root: String,
    /// Those of them that are one file each; one that is yet to be made counts as a file where its name has a dot.
    pub files: BTreeSet<String>,
}

impl PlannedImage {
    /// The base that it stands on.
    pub fn parent(&self) -> Option<&str> {
        let mut from = &self.image.from.value;
        loop {
            match from {
                From::Base(name) => return Some(name),
                From::External(_) => return None,
                From::Stage(name) => {
                    from = &self
                        .image
                        .stages
                        .iter()
                        .find(|it| it.name == *name)?
                        .from
                        .value;
                }
            }
        }
    }

    /// What stands after `FROM` in an image on this base: `registry.example.com/shop/tomcat:1f2e…`.
    pub fn reference(&self) -> String {
        match &self.key {
            Some(key) => format!("{}:{key}", self.repository),
            None => self.repository.clone(),
        }
    }
}

/// The images of a model, each after its bases.
pub(super) fn plan(model: &Model, disk: &dyn Disk) -> Vec<PlannedImage> {
    let registry = model.project.registry.as_ref().map(|it| it.value.as_str());
    let mut keys: BTreeMap<EcoString, String> = BTreeMap::new();
    let elsewhere = model.images.iter();
    let elsewhere: BTreeMap<&EcoString, &EcoString> = elsewhere
        .filter_map(|it| Some((&it.name, it.published.as_ref()?)))
        .collect();
    let ordered = in_order(&model.images);
    // What a base is made of goes into the keys of those that stand on it; services stand on their own.
    for image in &ordered {
        if let Some(reference) = &image.published {
            keys.insert(image.name.clone(), reference.to_string());
        } else if image.kind == ImageKind::Base {
            let key = key(image, &keys, model, disk);
            keys.insert(image.name.clone(), key);
        }
    }
    let plan = |image: &&Arc<Image>| {
        if let Some(reference) = &image.published {
            return published(image, reference);
        }
        let (used, inputs) = (bases(image), inputs(image));
        PlannedImage {
            repository: objects::repository(registry, &image.name),
            key: keys.get(&image.name).cloned(),
            variable: objects::image_variable(&image.name),
            bases: used
                .iter()
                .filter(|it| !elsewhere.contains_key(**it))
                .map(|it| (*it).clone())
                .collect(),
            published: used
                .iter()
                .filter_map(|it| elsewhere.get(*it))
                .map(ToString::to_string)
                .collect(),
            files: inputs
                .iter()
                .filter(|it| is_file(it, disk))
                .cloned()
                .collect(),
            inputs,
            to_root: to_root(&image.context, disk),
            image: Arc::clone(image),
        }
    };
    ordered.par_iter().map(plan).collect()
}

/// The content key of a base: of what its steps say, what it copies, and what it stands on.
fn key(
    image: &Image,
    keys: &BTreeMap<EcoString, String>,
    model: &Model,
    disk: &dyn Disk,
) -> String {
    let mut text = recipe(image, keys);
    let source = model.project.source.as_ref().map(|it| it.value.as_str());
    let _ = writeln!(text, "source {source:?}");
    contents(&inputs(image), disk, &mut text);
    objects::short(&Sha256::digest(text.as_bytes()))
}

/// A base that another pipeline builds: only its reference matters, and what stands in it.
fn published(image: &Arc<Image>, reference: &str) -> PlannedImage {
    let (repository, tag) = match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (reference, None),
    };
    PlannedImage {
        image: Arc::clone(image),
        repository: repository.to_owned(),
        key: tag.map(str::to_owned),
        variable: objects::image_variable(&image.name),
        bases: Vec::new(),
        published: Vec::new(),
        inputs: BTreeSet::new(),
        to_root: String::new(),
        files: BTreeSet::new(),
    }
}

/// Sorts images so that each comes after its bases, by name where nothing else decides.
fn in_order(images: &[Arc<Image>]) -> Vec<&Arc<Image>> {
    fn visit<'a>(
        image: &'a Arc<Image>,
        by_name: &BTreeMap<&str, &'a Arc<Image>>,
        seen: &mut BTreeSet<&'a str>,
        order: &mut Vec<&'a Arc<Image>>,
    ) {
        if !seen.insert(&image.name) {
            return;
        }
        for base in bases(image) {
            if let Some(base) = by_name.get(base.as_str()) {
                visit(base, by_name, seen, order);
            }
        }
        order.push(image);
    }
    let by_name = images.iter().map(|it| (it.name.as_str(), it)).collect();
    let (mut seen, mut order) = (BTreeSet::new(), Vec::with_capacity(images.len()));
    for image in images {
        visit(image, &by_name, &mut seen, &mut order);
    }
    order
}

fn bases(image: &Image) -> BTreeSet<&EcoString> {
    let taken = steps(image).flat_map(Step::takes_from);
    let stood_on = image.stages.iter().map(|it| &it.from).chain([&image.from]);
    let all = stood_on.chain(taken).filter_map(|it| match &it.value {
        From::Base(name) => Some(name),
        From::External(_) | From::Stage(_) => None,
    });
    all.collect()
}

/// All steps of an image, those of its stages first.
pub(crate) fn steps(image: &Image) -> impl Iterator<Item = &Step> {
    image
        .stages
        .iter()
        .flat_map(|it| &it.steps)
        .chain(&image.steps)
}

/// The secrets that the steps of an image are given while they run, by name.
pub(crate) fn build_secrets(image: &Image) -> BTreeSet<&str> {
    let runs = steps(image).filter_map(|it| match &it.kind {
        StepKind::Run(run) => Some(run),
        _ => None,
    });
    runs.flat_map(|it| it.secrets.iter().map(|it| it.value.as_str()))
        .collect()
}

/// The variable that carries a secret to a build: `NPM_TOKEN`.
pub(crate) fn secret_variable(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// The sources in the build context that an image uses, relative to that context.
pub(crate) fn context_sources(image: &Image) -> BTreeSet<&str> {
    let mut sources = BTreeSet::new();
    for step in steps(image) {
        if let StepKind::Copy(copy) = &step.kind
            && copy.from.is_none()
        {
            sources.extend(copy.sources.iter().map(|it| plain(&it.value)));
        } else if let StepKind::Run(run) = &step.kind {
            let seen = run.mounts.iter().filter(|it| it.from.is_none());
            sources.extend(seen.map(|it| plain(&it.source.value)));
        }
    }
    sources
}

/// A path without `./` before it and `/` after it; empty for the folder itself.
fn plain(path: &str) -> &str {
    let path = path.trim_start_matches("./").trim_matches('/');
    if path == "." { "" } else { path }
}

/// A path of an image's context as one of the project.
pub(crate) fn below(context: &str, source: &str) -> String {
    match (context, plain(source)) {
        ("", source) => source.to_owned(),
        (context, "") => context.to_owned(),
        (context, source) => format!("{context}/{source}"),
    }
}

fn inputs(image: &Image) -> BTreeSet<String> {
    context_sources(image)
        .into_iter()
        .map(|it| below(&image.context, it))
        .collect()
}

/// The way from a folder to the root: `../../` from one below it, `../shop/` from the folder of a package beside it.
fn to_root(folder: &str, disk: &dyn Disk) -> String {
    let parts = folder.split('/').filter(|it| !it.is_empty());
    let (up, down): (Vec<&str>, Vec<&str>) = parts.partition(|it| *it == "..");
    let mut way = "../".repeat(down.len());
    if !up.is_empty()
        && let Some(names) = disk.way_down(up.len())
    {
        way.push_str(&names);
        way.push('/');
    }
    way
}

fn is_file(path: &str, disk: &dyn Disk) -> bool {
    match disk.entry(path) {
        Some(Entry::File) => true,
        Some(Entry::Folder | Entry::Other) => false,
        None => {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.contains('.') && !name.contains(['*', '?'])
        }
    }
}

/// Writes path, mode and hash of every file that `inputs` name.
fn contents(inputs: &BTreeSet<String>, disk: &dyn Disk, text: &mut String) {
    let mut files: BTreeSet<String> = BTreeSet::new();
    for input in inputs {
        match disk.entry(input) {
            Some(Entry::File) => {
                files.insert(input.clone());
            }
            Some(Entry::Folder) => files.extend(disk.files(input).unwrap_or_default()),
            Some(Entry::Other) => {}
            None => {
                let fixed = input.find(['*', '?']).map_or("", |at| &input[..at]);
                let folder = fixed.rsplit_once('/').map_or("", |it| it.0);
                let below = disk.files(folder).unwrap_or_default();
                files.extend(below.into_iter().filter(|it| matches(input, it)));
            }
        }
    }
    for path in files {
        let Ok(bytes) = disk.read(&path) else {
            continue;
        };
        let (mode, hash) = (disk.executable(&path), Sha256::digest(&bytes));
        let _ = writeln!(text, "file {path:?} {mode} {hash:x?}");
    }
}

/// Whether a path, or a folder above it, is what a pattern names.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), there.next()) {
            (None, _) => return true,
            (Some(_), None) => return false,
            (Some(wanted), Some(there)) if segment(wanted.as_bytes(), there.as_bytes()) => {}
            (Some(_), Some(_)) => return false,
        }
    }
}

/// Whether a file name matches one with `*` and `?`. Goes back to the last `*` only, so it is quadratic at worst.
fn segment(pattern: &[u8], name: &[u8]) -> bool {
    let (mut wanted, mut at, mut star) = (0, 0, None);
    while at < name.len() {
        match pattern.get(wanted) {
            Some(b'*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(it) if *it == b'?' || *it == name[at] => {
                wanted += 1;
                at += 1;
            }
            Some(_) | None => {
                let Some((back, taken)) = star else {
                    return false;
                };
                star = Some((back, taken + 1));
                (wanted, at) = (back + 1, taken + 1);
            }
        }
    }
    pattern[wanted..].iter().all(|it| *it == b'*')
}

/// What svcc was told of an image, without where it was told: the same text for the same image only.
fn recipe(image: &Image, keys: &BTreeMap<EcoString, String>) -> String {
    let mut text = format!("recipe {RECIPE}\n");
    let stand = |from: &From| match from {
        From::External(name) => format!("external {name:?}"),
        From::Base(name) => format!("base {name:?} {:?}", keys.get(name)),
        From::Stage(name) => format!("stage {name:?}"),
    };
    for stage in &image.stages {
        let _ = writeln!(
            text,
            "stage {:?} {} {:?}",
            stage.name,
            stand(&stage.from),
            stage.system
        );
        stage
            .steps
            .iter()
            .for_each(|it| step(&it.kind, &stand, &mut text));
    }
    let _ = writeln!(
        text,
        "image {:?} {} {:?}",
        image.name,
        stand(&image.from),
        image.system
    );
    image
        .steps
        .iter()
        .for_each(|it| step(&it.kind, &stand, &mut text));
    text
}

fn step(kind: &StepKind, stand: &dyn Fn(&From) -> String, text: &mut String) {
    let _ = match kind {
        StepKind::Install(packages) => writeln!(text, "install {packages:?}"),
        StepKind::Run(Run {
            script,
            caches,
            secrets,
            mounts,
            offline,
        }) => {
            let _ = write!(text, "run {script:?} {caches:?} {offline}");
            secrets
                .iter()
                .for_each(|it| text.push_str(&format!(" secret {:?}", it.value)));
            for BindMount {
                source,
                target,
                from,
            } in mounts
            {
                let from = from.as_ref().map(|it| stand(&it.value));
                let _ = write!(text, " mount {:?} {target:?} {from:?}", source.value);
            }
            writeln!(text)
        }
        StepKind::Copy(Copy {
            sources,
            from,
            target,
            owner,
            mode,
            exclude,
        }) => {
            let from = from.as_ref().map(|it| stand(&it.value));
            let _ = write!(text, "copy {from:?}");
            sources
                .iter()
                .for_each(|it| text.push_str(&format!(" {:?}", it.value)));
            writeln!(text, " to {target:?} {owner:?} {mode:?} {exclude:?}")
        }
        StepKind::File(File {
            target,
            content,
            owner,
            mode,
        }) => {
            writeln!(text, "file {target:?} {content:?} {owner:?} {mode:?}")
        }
        StepKind::Fetch(Fetch {
            url,
            target,
            sha256,
            owner,
            mode,
            unpack,
        }) => {
            let sha256 = sha256.as_deref().unwrap_or_default();
            writeln!(
                text,
                "fetch {url:?} {target:?} {sha256:?} {owner:?} {mode:?} {unpack:?}"
            )
        }
        StepKind::Raw(lines) => writeln!(text, "dockerfile {lines:?}"),
        StepKind::Env(pairs) => writeln!(text, "env {pairs:?}"),
        StepKind::Labels(pairs) => writeln!(text, "labels {pairs:?}"),
        StepKind::Workdir(path) => writeln!(text, "workdir {path:?}"),
        StepKind::User(User {
            name,
            uid,
            gid,
            home,
        }) => {
            writeln!(text, "user {name:?} {uid} {gid} {home:?}")
        }
        StepKind::Expose(ports) => writeln!(text, "expose {ports:?}"),
        StepKind::StopSignal(signal) => writeln!(text, "stop_signal {signal:?}"),
        StepKind::Entrypoint(words) => writeln!(text, "entrypoint {words:?}"),
        StepKind::Command(words) => writeln!(text, "command {words:?}"),
    };
}
