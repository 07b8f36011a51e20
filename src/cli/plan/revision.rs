//! A fleet as it was at a git revision, compiled from what git has, with what its images were made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::super::disk::RealDisk;
use super::super::git;
use super::emitted;
use crate::compile::{self, Options};
use crate::diag::Sink;
use crate::plan::change::Stack;
use crate::plan::{self, objects};
use crate::source::{Disk, MemoryDisk};

/// The stack of an environment at a revision, and as the working tree has it.
pub(super) fn stacks(folder: &Path, revision: &str, env: &str) -> Result<(Stack, Stack), String> {
    let (mut then, mut now) = (at(folder, revision)?, now(folder)?);
    // Packages that stand beside the project are of its sources too.
    let files = compile::read(&RealDisk::new(folder), &mut Sink::new());
    for package in files.map_err(|it| it.to_string())?.packages.beside() {
        let beside = folder.join(package);
        let named = |(path, bytes)| (format!("{package}/{path}"), bytes);
        then.files
            .extend(at(&beside, revision)?.files.into_iter().map(named));
        now.files
            .extend(self::now(&beside)?.files.into_iter().map(named));
    }
    let old = stack(&then, env)?.ok_or_else(|| {
        format!("the fleet at {revision} does not compile; `svcc check` there says why")
    })?;
    let new = stack(&now, env)?.ok_or("what git would commit of the fleet does not compile")?;
    Ok((old, new))
}

/// `None` where the fleet has mistakes. An environment that is not there yet has no services.
fn stack(disk: &MemoryDisk, env: &str) -> Result<Option<Stack>, String> {
    let options = Options {
        environments: None,
        targets: Some(vec!["dockerfile".to_owned(), "stack".to_owned()]),
    };
    let compilation = compile::compile(disk, &options).map_err(|it| it.to_string())?;
    let Some(model) = &compilation.model else {
        return Ok(None);
    };
    let mut images: BTreeMap<String, String> = BTreeMap::new();
    for it in &plan::plan(model, disk).images {
        let name = it.image.name.to_string();
        let recipe = format!("/{name}/Dockerfile");
        let recipe = compilation
            .outputs
            .iter()
            .find(|it| it.path.ends_with(&recipe));
        let mut content = recipe.map_or_else(String::new, |it| it.text.clone());
        for base in &it.bases {
            content.push_str(images.get(base.as_str()).map_or("", String::as_str));
        }
        let paths = disk.files("").map_err(|it| it.to_string())?;
        for path in paths
            .iter()
            .filter(|path| it.inputs.iter().any(|it| takes(it, path)))
        {
            let bytes = disk.read(path).map_err(|it| it.to_string())?;
            content.push_str(&format!("\n{path} {}", objects::hash(&bytes)));
        }
        images.insert(
            name,
            format!("sources {}", &objects::hash(content.as_bytes())),
        );
    }
    let fleet = model.fleets.iter().find(|it| it.environment.name == env);
    let images = images
        .into_iter()
        .map(|(name, content)| (objects::image_variable(&name), content))
        .collect();
    Ok(Some(match fleet {
        Some(fleet) => emitted(&compilation, fleet, &images)?,
        None => Stack::default(),
    }))
}

/// Whether an input, which may hold wildcards, takes a file. Of a pattern, what stands before its first wildcard counts.
fn takes(input: &str, path: &str) -> bool {
    if let Some(at) = input.find(['*', '?']) {
        return path.starts_with(&input[..at]);
    }
    input.is_empty()
        || path
            .strip_prefix(input)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folder as git has it at a revision.
fn at(folder: &Path, revision: &str) -> Result<MemoryDisk, String> {
    let (blobs, _) = git::files(folder, &format!("{revision}^{{commit}}"), |_| true)
        .map_err(|_| format!("`{revision}` is neither a file nor a git revision"))?;
    let files = blobs.into_iter().map(|it| (it.path, it.bytes));
    Ok(MemoryDisk {
        files: files.collect(),
        ..MemoryDisk::default()
    })
}

/// The folder as the next commit of everything would have it.
fn now(folder: &Path) -> Result<MemoryDisk, String> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = git::run(folder, &arguments, Vec::new())?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let mut disk = MemoryDisk::default();
    for path in listed.split('\0').filter(|it| !it.is_empty()) {
        // One that was removed is gone; links are not followed.
        let full = folder.join(path);
        if fs::symlink_metadata(full).is_ok_and(|it| it.is_file())
            && let Ok(bytes) = fs::read(folder.join(path))
        {
            disk.files.insert(path.to_owned(), bytes);
        }
    }
    Ok(disk)
}
