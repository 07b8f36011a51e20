//! The command line: the only module that touches the world. One file per command.

mod args;
mod check;
mod compile;
mod disk;
mod explain;
mod files;
mod fmt;
mod init;
mod layers;
mod model;
mod terminal;
mod why;

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
    let run = || run(arguments.command, &terminal);
    let end = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        terminal.error(
            "this is a bug in svcc, not in your fleet; nothing more was written\n  \
             please report the lines above with the file that you compiled",
        );
        End::Bug
    });
    end.into()
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
        Command::Layers { name, dir } => layers::run(name.as_deref(), &dir, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "svcc", &mut script);
            terminal.print(&String::from_utf8_lossy(&script));
            End::Fine
        }
    }
}
