//! `svcc.pins`: what the names of outside images meant, and what downloads held, when they were last looked up, so that a build
//! tomorrow is the build of today. `svcc pin` writes the file; a compile only reads it.

pub mod errors;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use ecow::EcoString;

use crate::diag::Sink;
use crate::model::image::Fetch;
use crate::model::service::ServiceImage;
use crate::model::{From, Image, Model, Step, StepKind};
use crate::source::{FileId, Source};

/// The file's name, in the project's root.
pub const FILE: &str = "svcc.pins";

/// The first line of the file.
const NOTICE: &str =
    "# Written by `svcc pin`: what the names of outside images stand for, and what downloads hold.";

/// Digests by name: `debian:bookworm-slim` is `sha256:…`, and so is `https://example.com/tool.tar.gz`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    images: BTreeMap<EcoString, EcoString>,
    downloads: BTreeMap<EcoString, EcoString>,
}

/// What a pin is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    /// An outside image, by its name.
    Image,
    /// What a `fetch` without a hash downloads, by its address.
    Download,
}

/// Reads the file's lines; what is wrong with one costs that line only.
pub fn read(file: FileId, source: &Source, sink: &mut Sink) -> Pins {
    let mut pins = Pins::default();
    for (span, words) in source.entries(file) {
        match words.as_slice() {
            [kind @ ("image" | "fetch"), name, digest] if is_digest(digest) => {
                let kind = match *kind {
                    "image" => Pinned::Image,
                    _ => Pinned::Download,
                };
                let old = pins.set(kind, name, digest);
                if old.is_some_and(|it| it != *digest) {
                    sink.push(errors::pinned_twice(span, name));
                }
            }
            _ => sink.push(errors::wrong_pin(span)),
        }
    }
    pins
}

/// Whether this is what a registry calls a manifest.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|it| {
        it.len() == 64
            && it
                .bytes()
                .all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
    })
}

impl Pins {
    /// What a name or an address stands for.
    pub fn digest(&self, kind: Pinned, name: &str) -> Option<&str> {
        let map = match kind {
            Pinned::Image => &self.images,
            Pinned::Download => &self.downloads,
        };
        map.get(name).map(EcoString::as_str)
    }

    /// Lets a name stand for a digest; says what it stood for before.
    pub fn set(&mut self, kind: Pinned, name: &str, digest: &str) -> Option<EcoString> {
        let map = match kind {
            Pinned::Image => &mut self.images,
            Pinned::Download => &mut self.downloads,
        };
        map.insert(name.into(), digest.into())
    }

    /// Forgets what is not among these.
    pub fn keep(&mut self, names: &BTreeSet<String>, addresses: &BTreeSet<String>) {
        self.images.retain(|name, _| names.contains(name.as_str()));
        self.downloads
            .retain(|address, _| addresses.contains(address.as_str()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.images.len() + self.downloads.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file that says so.
    pub fn to_text(&self) -> String {
        let mut text = format!("{NOTICE}\n");
        for (name, digest) in &self.images {
            let _ = writeln!(text, "image {name} {digest}");
        }
        for (address, digest) in &self.downloads {
            let _ = writeln!(text, "fetch {address} {digest}");
        }
        text
    }

    /// Writes the digests into a model, wherever it names an image from outside or downloads what it knows no hash of.
    pub fn apply(&self, model: &mut Model) {
        if self.is_empty() {
            return;
        }
        for image in model.images.iter_mut() {
            let image = Arc::make_mut(image);
            each_name(image, &mut |name| self.pin(name));
            let stages = image.stages.iter_mut().flat_map(|it| &mut it.steps);
            for step in stages.chain(&mut image.steps) {
                if let StepKind::Fetch(fetch) = &mut step.kind
                    && fetch.sha256.is_none()
                    && let Some(digest) = self.downloads.get(&fetch.url)
                {
                    fetch.sha256 = digest.strip_prefix("sha256:").map(EcoString::from);
                }
            }
        }
        for fleet in &mut model.fleets {
            for service in fleet.services.iter_mut() {
                let service = Arc::make_mut(service);
                if let ServiceImage::Ready(name) = &mut service.image {
                    self.pin(&mut Arc::make_mut(name).value);
                }
                for test in &mut service.tests {
                    if let Some(name) = &mut test.image {
                        self.pin(&mut name.value);
                    }
                }
            }
        }
    }

    fn pin(&self, name: &mut EcoString) {
        if let Some(digest) = self.images.get(name.as_str()) {
            name.push('@');
            name.push_str(digest);
        }
    }

    /// The names of outside images in a model that these pins were applied to: those that can be pinned, as they are written
    /// in the sources. What has a digest in the sources needs none.
    pub fn names(&self, model: &Model) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut add = |name: &EcoString| {
            let written = match name.split_once('@') {
                None => name.as_str(),
                Some((written, digest))
                    if self.images.get(written).is_some_and(|it| it == digest) =>
                {
                    written
                }
                Some(_) => return,
            };
            if written != "scratch" {
                names.insert(written.to_owned());
            }
        };
        for image in built(model) {
            let mut image = Image::clone(image);
            each_name(&mut image, &mut |name| add(name));
        }
        for service in model.fleets.iter().flat_map(|it| &it.services) {
            if let ServiceImage::Ready(name) = &service.image {
                add(&name.value);
            }
            for name in service.tests.iter().filter_map(|it| it.image.as_ref()) {
                add(&name.value);
            }
        }
        names
    }

    /// The addresses in such a model whose hash the sources do not say.
    pub fn addresses(&self, model: &Model) -> BTreeSet<String> {
        let is_pinned = |fetch: &Fetch| match &fetch.sha256 {
            None => true,
            Some(hash) => {
                let known = self.downloads.get(&fetch.url);
                known.is_some_and(|it| it.strip_prefix("sha256:") == Some(hash))
            }
        };
        let all = built(model).flat_map(|it| downloads(it));
        let pinned = all.filter(|(_, fetch)| is_pinned(fetch));
        pinned.map(|(_, fetch)| fetch.url.to_string()).collect()
    }
}

/// Reports downloads of which neither the sources nor the pins say what they hold.
pub fn every_download_has_a_hash(model: &Model, sink: &mut Sink) {
    for (step, fetch) in built(model).flat_map(|it| downloads(it)) {
        if fetch.sha256.is_none() {
            sink.push(errors::fetch_without_hash(
                step.span,
                step.applied,
                &fetch.url,
            ));
        }
    }
}

/// The images that are built here: what a package publishes has its own pins.
fn built(model: &Model) -> impl Iterator<Item = &Arc<Image>> {
    let images = model.images.iter();
    images.filter(|it| it.published.is_none())
}

/// The steps of an image that download something.
fn downloads(image: &Image) -> impl Iterator<Item = (&Step, &Fetch)> {
    let stages = image.stages.iter().flat_map(|it| &it.steps);
    stages
        .chain(&image.steps)
        .filter_map(|step| match &step.kind {
            StepKind::Fetch(fetch) => Some((step, fetch)),
            _ => None,
        })
}

/// Every name of an outside image that an image uses.
fn each_name(image: &mut Image, f: &mut impl FnMut(&mut EcoString)) {
    let mut from = |it: &mut From| {
        if let From::External(name) = it {
            f(name);
        }
    };
    let of_steps = |steps: &mut [Step], from: &mut dyn FnMut(&mut From)| {
        for it in steps.iter_mut().flat_map(Step::takes_from_mut) {
            from(&mut it.value);
        }
    };
    for stage in &mut image.stages {
        from(&mut stage.from.value);
        of_steps(&mut stage.steps, &mut from);
    }
    from(&mut image.from.value);
    of_steps(&mut image.steps, &mut from);
}
