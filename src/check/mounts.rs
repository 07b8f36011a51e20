//! What is mounted in a service: volumes, folders, memory, configs, secrets.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::errors;
use crate::diag::Sink;
use crate::model::service::Mount;
use crate::model::{Fleet, Service};
use crate::source::Span;

/// A path in a container is absolute, and is not the root itself.
pub(super) fn every_target_is_absolute(service: &Service, sink: &mut Sink) {
    for target in targets(service) {
        let path = target.path;
        let folders = || parts(path).filter(|it| !leads_nowhere(it));
        let problem = if !path.starts_with('/') {
            Some("is not an absolute path")
        } else if folders().any(|it| it == b"..") {
            Some("goes up with `..`")
        } else if folders().next().is_none() {
            Some("is the root of the container")
        } else if path.contains('\0') {
            Some("has a NUL in it")
        } else {
            None
        };
        if let Some(problem) = problem {
            sink.push(errors::words::wrong_target(target.span, path, problem));
        }
    }
    let workdir = service.workdir.as_ref();
    if let Some(it) = workdir.filter(|it| !it.value.starts_with('/')) {
        sink.push(errors::words::wrong_workdir(it.span, &it.value));
    }
}

/// Two things cannot stand at one path.
pub(super) fn no_target_is_taken_twice(service: &Service, sink: &mut Sink) {
    let many = service.mounts.len() + service.configs.len() + service.secrets.len();
    if many < 2 {
        return;
    }
    let mut seen: FxHashMap<Cow<'_, str>, Target<'_>> = FxHashMap::default();
    for target in targets(service) {
        match seen.entry(clean(target.path)) {
            Entry::Occupied(it) => sink.push(errors::mount_collision(
                target.span,
                target.path,
                it.get().what,
                it.get().span,
            )),
            Entry::Vacant(it) => {
                it.insert(target);
            }
        }
    }
}

/// A path without the parts that lead nowhere: `a/b` for `/a//./b/`.
fn clean(path: &str) -> Cow<'_, str> {
    let inside = path.strip_prefix('/').unwrap_or(path);
    if !parts(inside).any(leads_nowhere) {
        return Cow::Borrowed(inside);
    }
    let parts = path.split('/');
    let kept: Vec<&str> = parts.filter(|it| !leads_nowhere(it.as_bytes())).collect();
    Cow::Owned(kept.join("/"))
}

/// The parts of a path. They are short: to compare each byte is cheaper than to search for the next slash.
fn parts(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|it| *it == b'/')
}

fn leads_nowhere(part: &[u8]) -> bool {
    matches!(part, b"" | b".")
}

/// Something that is mounted.
#[derive(Clone, Copy)]
struct Target<'a> {
    path: &'a str,
    what: &'static str,
    span: Option<Span>,
}

fn targets(service: &Service) -> impl Iterator<Item = Target<'_>> {
    let mounts = service.mounts.iter().map(|(path, it)| Target {
        path,
        what: "a mount",
        span: it.span,
    });
    let configs = service.configs.iter().map(|(_, it)| Target {
        path: &it.value.target,
        what: "a config",
        span: it.span,
    });
    let secrets = service.secrets.iter().map(|(_, it)| Target {
        path: &it.value.target,
        what: "a secret",
        span: it.span,
    });
    mounts.chain(configs).chain(secrets)
}

/// A folder of the project is not on the machines that a release is brought to.
pub(super) fn no_folder_of_another_machine(fleet: &Fleet, service: &Service, sink: &mut Sink) {
    if !fleet.environment.is_deployed() {
        return;
    }
    for (_, mount) in &service.mounts {
        if let Mount::Bind { source, .. } = &mount.value
            && !source.starts_with('/')
        {
            sink.push(errors::local_folder(
                mount.span,
                source,
                &fleet.environment.name,
            ));
        }
    }
}
