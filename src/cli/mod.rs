//! The command line: the only module that touches the world. One file per command.

mod affected;
mod args;
mod capacity;
mod check;
mod compile;
mod disk;
mod download;
mod explain;
mod files;
mod fmt;
mod git;
mod graph;
mod init;
mod layers;
mod model;
mod pin;
mod plan;
mod rotate;
mod secrets;
mod terminal;
mod threads;
mod vendor;
mod why;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use terminal::Terminal;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All is well.
    Fine,
    /// Mistakes were found, or files differ from what they should be.
    Findings,
    /// What was asked for makes no sense.
    Usage,
    /// A bug in svcc.
    Bug,
}

impl From<End> for ExitCode {
    fn from(end: End) -> ExitCode {
        ExitCode::from(match end {
            End::Fine => 0,
            End::Findings => 1,
            End::Usage => 2,
            End::Bug => 3,
        })
    }
}

/// Runs the command line and says how it ended.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(it) => it,
        Err(said) => {
            // A closed pipe is no reason to complain about.
            let _ = said.print();
            return ExitCode::from(if said.use_stderr() { 2 } else { 0 });
        }
    };
    let terminal = Terminal::new(arguments.color);
    std::panic::set_hook(Box::new(|it| {
        let place = it.location().map(ToString::to_string);
        let payload = it.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied());
        let what = text.unwrap_or("no message");
        let place = place.as_deref().unwrap_or("an unknown place");
        let _ = writeln!(std::io::stderr().lock(), "{}", bug(place, what));
    }));
    guarded(|| run(arguments.command, &terminal)).into()
}

/// How a command ended, also where it panicked: the hook has said why.
fn guarded(run: impl FnOnce() -> End) -> End {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(End::Bug)
}

/// What is said of a panic.
fn bug(place: &str, what: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "error: this is a bug in svcc {version}, not in your fleet; nothing more was written\n  \
         {place}: {what}\n  \
         please report these lines with the command and the files that you gave it"
    )
}

fn run(command: Command, terminal: &Terminal) -> End {
    match command {
        Command::Init { dir } => init::run(&dir, terminal),
        Command::Compile(arguments) => compile::run(&arguments, terminal),
        Command::Check(arguments) => check::run(&arguments, terminal),
        Command::Fmt(arguments) => fmt::run(&arguments, terminal),
        Command::Explain { code } => explain::run(code.as_deref(), terminal),
        Command::Why { property, env, dir } => why::run(&property, env.as_deref(), &dir, terminal),
        Command::Model { env, dir } => model::run(env.as_deref(), &dir, terminal),
        Command::Pin(arguments) => pin::run(&arguments, terminal),
        Command::Vendor(arguments) => vendor::run(&arguments, terminal),
        Command::Capacity { env, format, dir } => {
            capacity::run(env.as_deref(), &dir, format, terminal)
        }
        Command::Secrets(arguments) => secrets::run(&arguments, terminal),
        Command::Plan(arguments) => plan::run(&arguments, terminal),
        Command::Rotate { secret, env, dir } => rotate::run(&secret, &env, &dir, terminal),
        Command::Layers { name, dir } => layers::run(name.as_deref(), &dir, terminal),
        Command::Affected(arguments) => affected::run(&arguments, terminal),
        Command::Graph(arguments) => graph::run(&arguments, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "svcc", &mut script);
            terminal.print(&String::from_utf8_lossy(&script));
            End::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::{End, bug, guarded};

    #[test]
    fn a_bug_is_three_and_asks_to_be_reported() {
        assert_eq!(guarded(|| End::Findings), End::Findings);
        let end = guarded(|| panic!("shown by the test's own hook"));
        assert_eq!(ExitCode::from(end), ExitCode::from(3));
        let text = bug("src/x.rs:1:2", "index out of bounds");
        assert!(text.contains("src/x.rs:1:2: index out of bounds"));
        assert!(text.contains(env!("CARGO_PKG_VERSION")));
    }
}
