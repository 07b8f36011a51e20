//! The lines of a Dockerfile, and how they are written: quoting, heredocs and continuation are known here only.

use std::borrow::Cow;
use std::fmt::Write;

/// One instruction, with the comments above it.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Comment lines, without `# `.
    pub(super) notes: Vec<Cow<'a, str>>,
    /// The instruction.
    pub(super) instruction: Instruction<'a>,
}

/// An instruction. Texts are as meant; the printer escapes them.
#[derive(Debug)]
pub(super) enum Instruction<'a> {
    /// `FROM image AS stage`
    From {
        /// The image or an earlier stage.
        image: Cow<'a, str>,
        /// The stage's own name.
        stage: Option<Cow<'a, str>>,
    },
    /// `SHELL [..]`: the shell of the `RUN`s that follow.
    Shell(&'static [&'static str]),
    /// `RUN`, always as a heredoc.
    Run {
        /// `--mount=…`
        flags: Vec<String>,
        /// The script.
        script: Cow<'a, str>,
    },
    /// `COPY`
    Copy {
        /// `--link`, `--from=…`
        flags: Vec<String>,
        /// What is copied; may hold `*` and `?`.
        sources: Vec<&'a str>,
        /// Where it goes.
        target: &'a str,
    },
    /// `ADD URL`
    Add {
        /// `--checksum=…`
        flags: Vec<String>,
        /// The address.
        url: &'a str,
        /// Where it goes.
        target: &'a str,
    },
    /// `COPY` of a heredoc.
    File {
        /// `--link`, `--chmod=…`
        flags: Vec<String>,
        /// What is in it.
        content: &'a str,
        /// Where it goes. Without blanks: there is no JSON form of this.
        target: &'a str,
    },
    /// Instructions as they were written.
    Raw(&'a str),
    /// `ENV`
    Env(&'a [(ecow::EcoString, ecow::EcoString)]),
    /// `LABEL`
    Label(Vec<(Cow<'a, str>, Cow<'a, str>)>),
    /// `WORKDIR`
    Workdir(&'a str),
    /// `USER uid:gid`
    User(u32, u32),
    /// `EXPOSE`
    Expose(Vec<u16>),
    /// `STOPSIGNAL`
    StopSignal(&'a str),
    /// `ENTRYPOINT`, in JSON form.
    Entrypoint(&'a [ecow::EcoString]),
    /// `CMD`, in JSON form.
    Command(&'a [ecow::EcoString]),
}

/// Writes lines, an empty one before each: hadolint wants one after a heredoc, and BuildKit takes a comment right
/// above `FROM` for a stage's description.
pub(super) fn print(lines: &[Line<'_>], out: &mut String) {
    for line in lines {
        out.push('\n');
        for note in &line.notes {
            let _ = writeln!(out, "# {note}");
        }
        if !line.notes.is_empty() && matches!(line.instruction, Instruction::From { .. }) {
            out.push('\n');
        }
        instruction(&line.instruction, out);
    }
}

fn instruction(it: &Instruction<'_>, out: &mut String) {
    match it {
        Instruction::From { image, stage } => {
            let _ = write!(out, "FROM {image}");
            if let Some(stage) = stage {
                let _ = write!(out, " AS {stage}");
            }
            out.push('\n');
        }
        Instruction::Shell(words) => json("SHELL", words.iter().copied(), out),
        Instruction::Run { flags, script } => {
            let delimiter = delimiter("SVC_RUN", script);
            out.push_str("RUN");
            for (at, flag) in flags.iter().enumerate() {
                let separator = if at == 0 { " " } else { " \\\n    " };
                let _ = write!(out, "{separator}{flag}");
            }
            let _ = writeln!(out, " <<{delimiter}");
            body(script, &delimiter, out);
        }
        Instruction::Copy {
            flags,
            sources,
            target,
        } => {
            out.push_str("COPY");
            operands(flags, sources.iter().map(|it| pattern(it)), target, out);
        }
        Instruction::Add { flags, url, target } => {
            out.push_str("ADD");
            operands(flags, [builder(url)].into_iter(), target, out);
        }
        Instruction::File {
            flags,
            content,
            target,
        } => {
            let delimiter = delimiter("SVC_FILE", content);
            out.push_str("COPY");
            for flag in flags {
                let _ = write!(out, " {flag}");
            }
            let _ = writeln!(out, " <<\"{delimiter}\" {}", builder(target));
            body(content, &delimiter, out);
        }
        Instruction::Raw(lines) => {
            out.push_str(lines.trim_end());
            out.push('\n');
        }
        Instruction::Env(pairs) => {
            key_values(
                "ENV",
                pairs
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_str())),
                out,
            );
        }
        Instruction::Label(pairs) => {
            key_values(
                "LABEL",
                pairs.iter().map(|(key, value)| (&**key, &**value)),
                out,
            );
        }
        Instruction::Workdir(path) => {
            out.push_str("WORKDIR ");
            word(path, out);
            out.push('\n');
        }
        Instruction::User(uid, gid) => {
            let _ = writeln!(out, "USER {uid}:{gid}");
        }
        Instruction::Expose(ports) => {
            out.push_str("EXPOSE");
            for port in ports {
                let _ = write!(out, " {port}");
            }
            out.push('\n');
        }
        Instruction::StopSignal(signal) => {
            let _ = writeln!(out, "STOPSIGNAL {signal}");
        }
        Instruction::Entrypoint(words) => {
            json("ENTRYPOINT", words.iter().map(ecow::EcoString::as_str), out);
        }
        Instruction::Command(words) => {
            json("CMD", words.iter().map(ecow::EcoString::as_str), out);
        }
    }
}

/// `name`, or a longer one where that is a line of the text.
fn delimiter(name: &str, text: &str) -> String {
    let mut delimiter = name.to_owned();
    while text.lines().any(|it| it == delimiter) {
        delimiter.push_str("_END");
    }
    delimiter
}

fn body(text: &str, delimiter: &str, out: &mut String) {
    out.push_str(text);
    if !text.is_empty() && !text.ends_with('\n') {
        out.push('\n');
    }
    let _ = writeln!(out, "{delimiter}");
}

/// Flags, sources and target; in JSON form where blanks would part them.
fn operands<'a>(
    flags: &[String],
    sources: impl Iterator<Item = Cow<'a, str>>,
    target: &'a str,
    out: &mut String,
) {
    for flag in flags {
        let _ = write!(out, " {flag}");
    }
    let all: Vec<Cow<'_, str>> = sources.chain([builder(target)]).collect();
    let odd = |it: &Cow<'_, str>| it.is_empty() || it.contains([' ', '\t', '"', '\'', '\\', '#']);
    if all.iter().any(odd) {
        out.push(' ');
        array(all.iter().map(|it| &**it), out);
    } else {
        for it in &all {
            let _ = write!(out, " {it}");
        }
    }
    out.push('\n');
}

/// A text in which the builder would expand variables, so that it does not.
fn builder(text: &str) -> Cow<'_, str> {
    if text.contains(['$', '\\']) {
        Cow::Owned(text.replace('\\', "\\\\").replace('$', "\\$"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A source, whose `*` and `?` mean what they say and whose `[` is a character.
fn pattern(text: &str) -> Cow<'_, str> {
    if text.contains('[') {
        Cow::Owned(builder(text).replace('[', "[[]"))
    } else {
        builder(text)
    }
}

/// `NAME KEY="value"`, one pair per line.
fn key_values<'a>(name: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>, out: &mut String) {
    out.push_str(name);
    for (at, (key, value)) in pairs.enumerate() {
        let _ = write!(out, "{}{key}=", if at == 0 { " " } else { " \\\n    " });
        quoted(value, out);
    }
    out.push('\n');
}

/// A word, quoted only where it must be.
fn word(text: &str, out: &mut String) {
    if text
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || "/._-+".contains(it))
    {
        out.push_str(text);
    } else {
        quoted(text, out);
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for it in text.chars() {
        if matches!(it, '\\' | '"' | '$') {
            out.push('\\');
        }
        out.push(it);
    }
    out.push('"');
}

fn json<'a>(name: &str, words: impl Iterator<Item = &'a str>, out: &mut String) {
    let _ = write!(out, "{name} ");
    array(words, out);
    out.push('\n');
}

fn array<'a>(words: impl Iterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        out.push('"');
        for it in word.chars() {
            match it {
                '"' | '\\' => out.extend(['\\', it]),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                it if it.is_control() => {
                    let _ = write!(out, "\\u{:04x}", u32::from(it));
                }
                it => out.push(it),
            }
        }
        out.push('"');
    }
    out.push(']');
}
