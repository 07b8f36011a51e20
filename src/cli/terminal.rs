//! Standard output and standard error.

use std::io::{IsTerminal, Write};

use super::args::Color;
use crate::diag::{Diagnostic, Level, suggest};
use crate::render::{Format, Style, render};
use crate::source::Sources;

/// Where a command says what it has to say.
pub(super) struct Terminal {
    color: Color,
}

impl Terminal {
    pub(super) fn new(color: Color) -> Terminal {
        Terminal { color }
    }

    /// Writes a command's result. A reader that went away is no failure.
    pub(super) fn print(&self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// Says something about the run itself.
    pub(super) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Shows how far a long work is, on a terminal only, over what was shown before; nothing clears it.
    pub(super) fn progress(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r\x1b[K{text}");
            let _ = stderr.flush();
        }
    }

    /// Says why something could not be done.
    pub(super) fn error(&self, text: &str) {
        self.say(&format!("error: {text}"));
    }

    /// Whether every one of `names` is among those that there are; says which is not.
    pub(super) fn knows<'k>(
        &self,
        kind: &str,
        names: &[String],
        known: impl Iterator<Item = &'k str>,
    ) -> bool {
        let known: Vec<&str> = known.collect();
        for name in names {
            if known.contains(&name.as_str()) {
                continue;
            }
            let rest = match suggest::did_you_mean(name, known.iter().copied()) {
                Some(it) => it,
                None if known.is_empty() => "there is none here".to_owned(),
                None => format!("there are: {}", known.join(", ")),
            };
            self.error(&format!("there is no {kind} `{name}`; {rest}"));
            return false;
        }
        true
    }

    /// Writes diagnostics: those for people to standard error, those for programs to standard output.
    pub(super) fn diagnostics(&self, format: Format, sources: &Sources, all: &[Diagnostic]) {
        match format {
            Format::Human => {
                let style = self.style();
                let text = render(format, sources, all, style);
                let _ = std::io::stderr().lock().write_all(text.as_bytes());
            }
            Format::Concise | Format::Json | Format::Sarif | Format::Github | Format::Gitlab => {
                let plain = Style {
                    color: false,
                    width: 100,
                };
                self.print(&render(format, sources, all, plain));
            }
        }
    }

    fn style(&self) -> Style {
        let is_terminal = std::io::stderr().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Style {
            color: match self.color {
                Color::Auto => is_terminal && !refused,
                Color::Always => true,
                Color::Never => false,
            },
            width: 100,
        }
    }
}

/// `3 errors, 1 warning`
pub(super) fn count(all: &[Diagnostic]) -> String {
    let of = |level: Level| all.iter().filter(|it| it.level == level).count();
    let (errors, warnings, notes) = (of(Level::Error), of(Level::Warning), of(Level::Note));
    let mut parts = Vec::new();
    for (number, word) in [(errors, "error"), (warnings, "warning"), (notes, "note")] {
        if number > 0 {
            parts.push(plural(number, word));
        }
    }
    parts.join(", ")
}

/// `1 file`, `2 files`
pub(super) fn plural(number: usize, word: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {word}{s}")
}
