//! Files of the project that images and containers take.
//!
//! A file that is not there is a mistake only where git does not ignore it: what git ignores is made before a build, by a
//! compiler or by CI (`target/shop.war`). Outside of a git repository nobody says which files are made, so none is missed.

use rayon::prelude::*;

use super::errors;
use crate::diag::Sink;
use crate::model::image::{Image, StepKind};
use crate::model::service::Mount;
use crate::model::{Fleet, Model};
use crate::source::{Disk, Entry, Span, Spanned};

/// What steps copy or mount from the build context is there, and inside of the project.
pub(super) fn every_source_of_a_step_is_there(model: &Model, disk: &dyn Disk, sink: &mut Sink) {
    let kept = disk.is_in_repository();
    let found: Vec<Sink> = model
        .images
        .par_iter()
        .map(|image| {
            let mut sink = Sink::new();
            for (source, applied) in sources(image) {
                let span = applied.unwrap_or(source.span);
                // BuildKit reads `..` at the root of the context as the root itself.
                if source.value.split('/').any(|it| it == "..") {
                    sink.push(errors::source_outside_context(span, source.value));
                    continue;
                }
                let path = below(&image.context, source.value);
                judge(disk, kept, &path, span, &mut sink);
            }
            sink
        })
        .collect();
    found.into_iter().for_each(|it| sink.append(it));
}

/// What compose mounts, watches and tests see is there.
pub(super) fn every_source_of_a_mount_is_there(fleet: &Fleet, disk: &dyn Disk, sink: &mut Sink) {
    let kept = disk.is_in_repository();
    for service in &fleet.services {
        for test in &service.tests {
            for (source, _) in &test.mounts {
                judge(disk, kept, &source.value, source.span, sink);
            }
        }
        if fleet.environment.is_deployed() {
            continue;
        }
        for (_, mount) in &service.mounts {
            // An absolute path is the machine's own affair.
            if let (Mount::Bind { source, .. }, Some(span)) = (&mount.value, mount.span)
                && !source.starts_with('/')
            {
                judge(disk, kept, source, span, sink);
            }
        }
        for watch in &service.watch {
            if let Some(span) = watch.span {
                judge(disk, kept, &watch.value.source, span, sink);
            }
        }
    }
}

fn judge(disk: &dyn Disk, kept: bool, path: &str, span: Span, sink: &mut Sink) {
    if path.is_empty() {
        return;
    }
    if disk.leads_outside(path) {
        sink.push(errors::link_outside_root(span, path));
    } else if kept && !is_there(disk, path) && disk.ignored(path) == Some(false) {
        sink.push(errors::missing_source(span, path));
    }
}

/// The sources in the build context that an image takes, and where the layer of another's is applied that takes them.
fn sources(image: &Image) -> impl Iterator<Item = (Spanned<&str>, Option<Span>)> {
    let stages = image.stages.iter().flat_map(|it| &it.steps);
    image.steps.iter().chain(stages).flat_map(|step| {
        let (copied, mounted) = match &step.kind {
            StepKind::Copy(copy) if copy.from.is_none() => (copy.sources.as_slice(), &[][..]),
            StepKind::Run(run) => (&[][..], run.mounts.as_slice()),
            _ => (&[][..], &[][..]),
        };
        let mounted = mounted.iter().filter(|it| it.from.is_none());
        copied
            .iter()
            .chain(mounted.map(|it| &it.source))
            .map(|it| (Spanned::new(it.value.as_str(), it.span), step.applied))
    })
}

/// A path in a build context as one of the project.
fn below(context: &str, source: &str) -> String {
    let parts = context.split('/').chain(source.split('/'));
    let parts: Vec<&str> = parts.filter(|it| !it.is_empty() && *it != ".").collect();
    parts.join("/")
}

/// Whether something stands at a path, or matches it where it is a pattern.
fn is_there(disk: &dyn Disk, path: &str) -> bool {
    let is_pattern = |it: &str| it.contains(['*', '?', '[']);
    if !is_pattern(path) {
        return disk.entry(path).is_some();
    }
    let parts: Vec<&str> = path.split('/').collect();
    let plain = parts.iter().position(|it| is_pattern(it)).unwrap_or(0);
    let folder = parts[..plain].join("/");
    if disk.entry(&folder) != Some(Entry::Folder) {
        return false;
    }
    let Ok(files) = disk.files(&folder) else {
        return true;
    };
    files.iter().any(|it| {
        // A pattern may also match a folder above a file.
        let mut names = it.split('/');
        parts
            .iter()
            .all(|part| names.next().is_some_and(|it| matches(part, it)))
    })
}

/// Whether a name matches `*`, `?` and `[…]`, as Docker's patterns do.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => {
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| matches(rest, &name[at..]))
        }
        _ => {
            let Some(next) = name.chars().next() else {
                return false;
            };
            let name = &name[next.len_utf8()..];
            match (first, rest.split_once(']')) {
                ('?', _) => matches(rest, name),
                ('[', Some((set, rest))) => in_set(set, next) && matches(rest, name),
                _ => first == next && matches(rest, name),
            }
        }
    }
}

/// `a-z0`, `^a-z`
fn in_set(set: &str, it: char) -> bool {
    let (set, negated) = match set.strip_prefix(['^', '!']) {
        Some(set) => (set, true),
        None => (set, false),
    };
    let chars: Vec<char> = set.chars().collect();
    let mut found = false;
    let mut rest = chars.as_slice();
    while let [first, tail @ ..] = rest {
        rest = match tail {
            ['-', last, tail @ ..] => {
                found |= (*first..=*last).contains(&it);
                tail
            }
            _ => {
                found |= *first == it;
                tail
            }
        };
    }
    found != negated
}
