//! Who reads a secret's file under compose. It is mounted as it is, so its mode counts in the container too.

use std::path::Path;
use std::sync::Arc;

use crate::model::{Fleet, Service};
use crate::plan::Plan;
use crate::plan::secrets::Need;

/// A service that is known to run as somebody else than root, who may read every file.
pub(super) struct Reader<'a> {
    /// Its name.
    pub(super) service: &'a str,
    /// The user: a number, or a name where only that is known.
    pub(super) user: String,
}

/// The readers of a secret that its file's mode can keep out.
pub(super) fn readers<'a>(plan: &Plan, fleet: &'a Fleet, need: &Need<'_>) -> Vec<Reader<'a>> {
    let mounts = |it: &&Arc<Service>| need.services.contains(&it.name.as_str());
    let reader = |it: &'a Arc<Service>| {
        let known = plan.user(it).map(|(uid, _)| uid);
        let named = || Some(it.user.as_ref()?.value.split(':').next()?.to_owned());
        let user = known.or_else(named)?;
        (user != "0" && user != "root").then_some(Reader {
            service: &it.name,
            user,
        })
    };
    fleet
        .services
        .iter()
        .filter(mounts)
        .filter_map(reader)
        .collect()
}

/// The first reader that may not read a file that is there.
#[cfg(unix)]
pub(super) fn kept_out<'r, 'a>(path: &Path, readers: &'r [Reader<'a>]) -> Option<&'r Reader<'a>> {
    use std::os::unix::fs::MetadataExt;
    let it = path.metadata().ok()?;
    let anybody = it.mode() & 0o004 != 0;
    readers
        .iter()
        .find(|reader| !anybody && reader.user != it.uid().to_string())
}

/// The first reader that may not read a file that is there: modes say nothing here.
#[cfg(not(unix))]
pub(super) fn kept_out<'r, 'a>(_: &Path, _: &'r [Reader<'a>]) -> Option<&'r Reader<'a>> {
    None
}
