//! `svcc check`: every mistake, nothing written.

use std::io::Read;
use std::path::Path;

use super::End;
use super::args::Check;
use super::disk::{Overlay, RealDisk};
use super::terminal::{Terminal, count};
use super::threads;
use crate::compile::{self, Compilation};
use crate::diag::Level;
use crate::render::Format;
use crate::source::{Disk, MemoryDisk};

pub(super) fn run(arguments: &Check, terminal: &Terminal) -> End {
    let is_stdin = arguments.dir == Path::new("-");
    if !is_stdin && !arguments.dir.is_dir() {
        terminal.error(&format!("{} is not a folder", arguments.dir.display()));
        return End::Usage;
    }
    let checked = if is_stdin {
        let mut bytes = Vec::new();
        if let Err(it) = std::io::stdin().lock().read_to_end(&mut bytes) {
            terminal.error(&format!("cannot read standard input: {it}"));
            return End::Usage;
        }
        from_stdin(arguments.stdin_filename.as_deref(), bytes)
    } else {
        let disk = RealDisk::new(&arguments.dir);
        threads::set_up(&disk);
        compile::check(&disk)
    };
    let compilation = match checked {
        // The process ends with the command: to free a large fleet piece by piece would only take time.
        Ok(it) => Box::leak(Box::new(it)),
        Err(it) => {
            terminal.error(&it.to_string());
            return End::Findings;
        }
    };
    report(compilation, arguments, terminal)
}

fn from_stdin(name: Option<&str>, bytes: Vec<u8>) -> std::io::Result<Compilation> {
    let real = RealDisk::new(Path::new("."));
    threads::set_up(&real);
    let empty = MemoryDisk::default();
    let disk: &dyn Disk = if name.is_some() { &real } else { &empty };
    let path = name.unwrap_or("fleet.svc");
    compile::check(&Overlay {
        disk,
        path: path.strip_prefix("./").unwrap_or(path).to_owned(),
        bytes,
    })
}

/// Errors, and lints that the project denies, make it fail; warnings only where that is asked for.
fn report(compilation: &Compilation, arguments: &Check, terminal: &Terminal) -> End {
    let said = &compilation.diagnostics;
    let format: Format = arguments.output_format.into();
    terminal.diagnostics(format, &compilation.sources, said);
    if !said.is_empty() {
        terminal.say(&count(said));
    }
    let is_denied = arguments.deny_warnings && said.iter().any(|it| it.level == Level::Warning);
    if compilation.has_errors() || is_denied {
        return End::Findings;
    }
    if compilation.model.is_none() {
        terminal.say("there is no `project` here; `svcc init` writes a first fleet");
        return End::Findings;
    }
    if said.is_empty() {
        terminal.say("no mistakes");
    }
    End::Fine
}
