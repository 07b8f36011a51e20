//! Where the bases of a package are published. A package from git whose project names a registry has a pipeline of its own,
//! which builds its bases and pushes them there; what it is told to push is in the bake file that its own compile wrote. So
//! whoever uses the package refers to these very images and builds none of them, and another version of svcc changes nothing.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::plain;
use crate::source::Disk;
use crate::syntax::tree::Tree;

/// The images that a package's own pipeline publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What stands before the names of the package whose they are.
    pub(super) prefix: EcoString,
    /// References by the names that they have there: `registry.example.com/platform/jvm:1f2e…` by `jvm`.
    images: BTreeMap<String, EcoString>,
}

impl Published {
    /// The image of a base, whose full name this is.
    pub(super) fn image(&self, name: &str) -> Option<&EcoString> {
        let own = name.strip_prefix(self.prefix.as_str())?;
        self.images.get(plain(own).as_ref())
    }
}

/// What the project of a package publishes; `None` where it has no project, or one without a registry. The files are as they
/// were parsed, whole.
pub fn published<'t>(
    prefix: &str,
    folder: &str,
    trees: impl IntoIterator<Item = &'t Tree>,
    disk: &dyn Disk,
) -> Option<Published> {
    let mut statements = trees.into_iter().flat_map(|it| &it.statements);
    let project = statements.find(|it| it.word.text == "project")?;
    let said = |word: &str| {
        let mut body = project.body().iter();
        let found = body.find(|it| it.word.text == word)?;
        found.value.as_ref()?.as_text()
    };
    let registry = said("registry")?;
    let output = said("output").map_or("deploy", EcoString::as_str);
    let path = format!("{folder}/{output}/images/docker-bake.json");
    let bytes = disk.read(&path).ok();
    let bake = bytes.and_then(|it| serde_json::from_slice::<serde_json::Value>(&it).ok());
    let targets = bake.as_ref().and_then(|it| it.get("target")?.as_object());
    let images = targets.into_iter().flatten().filter_map(|(name, target)| {
        let reference = target.get("tags")?.get(0)?.as_str()?;
        let below = reference.strip_prefix(registry.as_str())?;
        below
            .starts_with('/')
            .then(|| (name.clone(), reference.into()))
    });
    Some(Published {
        prefix: prefix.into(),
        images: images.collect(),
    })
}
