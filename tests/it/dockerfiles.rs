//! Escapes in Dockerfiles and in shell scripts: any text comes back through what BuildKit and `sh` make of it.
//!
//! The reader here does what BuildKit's front end does: lines are joined, heredocs taken out, words split and expanded, JSON
//! read. It knows only what svcc writes, and refuses everything else.

use std::collections::BTreeMap;
use std::process::Command;

use proptest::prelude::*;
use svcc::compile::{Options, compile};
use svcc::emit::scripts;

use crate::support::disk;

/// What a Dockerfile says, of what is asked here.
#[derive(Debug, Default, PartialEq)]
struct Image {
    env: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    entrypoint: Vec<String>,
    command: Vec<String>,
    copied: Vec<Vec<String>>,
    files: BTreeMap<String, String>,
    scripts: Vec<String>,
}

/// Reads a Dockerfile; `None` where BuildKit would refuse it, or do something that svcc never means.
fn read(text: &str) -> Option<Image> {
    let mut image = Image::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut whole = line.to_owned();
        while let Some(begun) = whole.trim_end_matches([' ', '\t']).strip_suffix('\\') {
            whole = begun.to_owned() + lines.next()?;
        }
        let (name, rest) = whole.split_once(' ')?;
        let heredoc = rest.split(' ').find_map(|it| it.strip_prefix("<<"));
        let body = match heredoc {
            Some(delimiter) => {
                let end = delimiter.trim_matches('"');
                let body: Vec<&str> = lines.by_ref().take_while(|it| *it != end).collect();
                Some(body.concat_lines())
            }
            None => None,
        };
        match name {
            "FROM" | "USER" | "EXPOSE" | "SHELL" => {}
            "WORKDIR" => image.copied.push(vec![expand(rest)?]),
            "ENV" => image.env.extend(pairs(rest)?),
            "LABEL" => image.labels.extend(pairs(rest)?),
            "ENTRYPOINT" => image.entrypoint = json(rest)?,
            "CMD" => image.command = json(rest)?,
            "RUN" => image.scripts.push(body?),
            "COPY" if body.is_some() => {
                let target = rest.rsplit(' ').next()?;
                image.files.insert(expand(target)?, body?);
            }
            "COPY" => {
                let mut rest = rest;
                while rest.starts_with("--") {
                    rest = rest.split_once(' ')?.1;
                }
                let operands: Vec<String> = if rest.starts_with('[') {
                    json(rest)?
                } else {
                    rest.split(' ').map(str::to_owned).collect()
                };
                let expanded: Option<Vec<String>> = operands.iter().map(|it| expand(it)).collect();
                image.copied.push(expanded?);
            }
            _ => return None,
        }
    }
    Some(image)
}

trait ConcatLines {
    fn concat_lines(&self) -> String;
}

impl ConcatLines for Vec<&str> {
    fn concat_lines(&self) -> String {
        self.iter().map(|it| format!("{it}\n")).collect()
    }
}

/// `KEY=value`, apart from each other by blanks outside of quotes.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let mut quoted = false;
        let mut escaped = false;
        let end = after.find(|it: char| {
            let here = escaped;
            escaped = !here && it == '\\';
            quoted ^= !here && it == '"';
            !quoted && !here && it.is_whitespace()
        });
        let (value, after) = after.split_at(end.unwrap_or(after.len()));
        pairs.push((key.to_owned(), expand(value)?));
        rest = after.trim_start();
    }
    Some(pairs)
}

/// A word as BuildKit's shell lexer reads it. A variable that it would expand is refused.
fn expand(word: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = word.chars();
    let mut quoted = false;
    while let Some(it) = chars.next() {
        match it {
            '"' => quoted = !quoted,
            '\'' if !quoted => return None,
            '$' => return None,
            '\\' => {
                let next = chars.next()?;
                if quoted && !matches!(next, '"' | '$' | '\\') {
                    out.push('\\');
                }
                out.push(next);
            }
            it => out.push(it),
        }
    }
    (!quoted).then_some(out)
}

fn json(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}

/// A short svc string that holds exactly this text.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|it| match it {
        '"' | '\\' | '{' => format!("\\{it}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        it if it.is_control() => format!("\\u{{{:x}}}", u32::from(it)),
        it => it.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The image whose steps are `steps`; `None` where svcc says that it cannot be written.
fn built(steps: &str) -> Option<Image> {
    let fleet = format!(
        "project shop {{\n  edition = 2026\n}}\nbase odd from \"debian:bookworm-slim\" {{\n{steps}}}\n"
    );
    let disk = disk(&[
        ("fleet.svc".to_owned(), fleet),
        ("x".to_owned(), String::new()),
    ]);
    let done = compile(&disk, &Options::default()).expect("memory can be read");
    let file = done
        .outputs
        .iter()
        .find(|it| it.path.ends_with("images/odd/Dockerfile"));
    if done.has_errors() {
        return None;
    }
    let text = &file.expect("the base is written").text;
    Some(read(text).unwrap_or_else(|| panic!("not readable:\n{text}")))
}

/// Texts as people write them, and those that are made of what escapes are made of.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,16}",
        "[ ${}\"\\\\a'#=`!*?]{1,12}",
        "\\PC{1,8}",
        "[a\n\t\\\\\"$ ]{1,8}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_reaches_an_image(text in texts()) {
        let literal = quoted(&text);
        let env = built(&format!("  env {{ FIRST = {literal}, SECOND = {literal} }}\n"));
        if let Some(image) = env {
            prop_assert_eq!(image.env.get("FIRST"), Some(&text));
            prop_assert_eq!(image.env.get("SECOND"), Some(&text));
        } else {
            prop_assert!(text.contains('\n'), "{:?} is refused", text);
        }
        if let Some(image) = built(&format!("  labels {{ \"com.example.odd\" = {literal} }}\n")) {
            prop_assert_eq!(image.labels.get("com.example.odd"), Some(&text));
        } else {
            prop_assert!(text.contains('\n'), "{:?} is refused", text);
        }
        let words = format!("  entrypoint = [\"run\", {literal}]\n  command = [{literal}]\n");
        let image = built(&words).expect("any text can be a word");
        prop_assert_eq!(image.entrypoint, ["run", &text]);
        prop_assert_eq!(image.command, [text]);
    }

    #[test]
    fn any_lines_reach_a_file_and_a_script(lines in proptest::collection::vec("[ -&(-~]{0,12}|SVC_FILE|SVC_RUN|SVC_RUN_END|EOF", 1..5)) {
        let text = lines.iter().map(|it| format!("{it}\n")).collect::<String>();
        let body = lines.iter().map(|it| format!("    {it}\n")).collect::<String>();
        let steps = format!("  file \"/odd\" '''\n{body}    '''\n  run '''\n{body}    '''\n");
        let Some(image) = built(&steps) else {
            // A script of nothing is refused.
            prop_assert!(text.trim().is_empty(), "{:?} is refused", text);
            return Ok(());
        };
        let trimmed = |it: &str| it.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(trimmed(&image.files["/odd"]), trimmed(&text));
        let script = image.scripts.iter().any(|it| trimmed(it).trim_end().ends_with(trimmed(&text).trim_end()));
        prop_assert!(script, "{:?} in {:?}", text, image.scripts);
    }

    #[test]
    fn any_words_reach_a_command_of_the_shell(words in proptest::collection::vec("[^\0]{0,12}|['\"\\\\$`\n a!]{0,8}", 1..12)) {
        let quoted: String = words.iter().map(|it| format!(" {}", scripts::quote(it))).collect();
        let done = Command::new("sh").arg("-c").arg(format!("printf '%s\\0'{quoted}")).output();
        let printed = String::from_utf8(done.expect("sh is there").stdout).expect("UTF-8");
        let read: Vec<&str> = printed.split_terminator('\0').collect();
        prop_assert_eq!(read, words);
    }
}
