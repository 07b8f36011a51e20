//! What comes into an image from outside: files of the repository and of other images, written ones, downloads.

use std::borrow::Cow;

use super::instruction::{Instruction, Line};
use super::recipe::{Writer, push};
use crate::model::StepKind;
use crate::model::image::{Copy, Fetch, File};
use crate::plan::images;

/// Modes never come from the checkout: a CI runner's may be anyone's. Only "may be executed", which git keeps, stays.
const READABLE: &str = "u=rwX,go=rX";

impl<'a> Writer<'a> {
    pub(super) fn copy(&mut self, copy: &'a Copy, out: &mut Vec<Line<'a>>) {
        let mut flags = vec!["--link".to_owned()];
        if let Some(from) = &copy.from {
            flags.push(format!("--from={}", self.stand(&from.value)));
        }
        self.owned(copy.owner.as_deref(), &mut flags);
        let context = &self.image.image.context;
        let file = |it: &str| self.image.files.contains(&images::below(context, it));
        let files = copy.from.is_none() && copy.sources.iter().all(|it| file(&it.value));
        flags.push(format!("--chmod={}", mode(copy.mode.as_deref(), files)));
        flags.extend(copy.exclude.iter().map(|it| format!("--exclude={it}")));
        let notes = if copy.target.starts_with('/') || self.placed {
            Vec::new()
        } else {
            vec![
                Cow::Borrowed("The folder is that of the image below."),
                Cow::Borrowed("hadolint ignore=DL3045"),
            ]
        };
        let sources = copy
            .sources
            .iter()
            .map(|it| if it.value.is_empty() { "." } else { &it.value });
        let instruction = Instruction::Copy {
            flags,
            sources: sources.collect(),
            target: &copy.target,
        };
        out.push(Line { notes, instruction });
    }

    pub(super) fn file(&mut self, file: &'a File, out: &mut Vec<Line<'a>>) {
        let mut flags = vec!["--link".to_owned()];
        self.owned(file.owner.as_deref(), &mut flags);
        flags.push(format!(
            "--chmod={}",
            file.mode.as_deref().unwrap_or("0644")
        ));
        push(
            out,
            Instruction::File {
                flags,
                content: &file.content,
                target: &file.target,
            },
        );
    }

    pub(super) fn fetch(&mut self, fetch: &'a Fetch, download: &str, out: &mut Vec<Line<'a>>) {
        let mut flags = vec!["--link".to_owned()];
        let strip = match fetch.unpack {
            Some(0) => {
                flags.extend([checksum(fetch), "--unpack=true".to_owned()]);
                0
            }
            Some(strip) => strip,
            None => {
                flags.push(checksum(fetch));
                0
            }
        };
        if strip > 0 {
            flags.push(format!("--from={download}"));
        }
        self.owned(fetch.owner.as_deref(), &mut flags);
        match (&fetch.mode, fetch.unpack) {
            (Some(mode), _) => flags.push(format!("--chmod={mode}")),
            (None, None) => flags.push("--chmod=0644".to_owned()),
            (None, Some(_)) => {}
        }
        let target = &fetch.target;
        let instruction = match strip {
            0 => Instruction::Add {
                flags,
                url: &fetch.url,
                target,
            },
            // A copied folder is its content, so one `*` per leading folder leaves these out.
            1 => Instruction::Copy {
                flags,
                sources: vec!["/archive/*"],
                target,
            },
            2 => Instruction::Copy {
                flags,
                sources: vec!["/archive/*/*"],
                target,
            },
            _ => Instruction::Copy {
                flags,
                sources: vec!["/archive/*/*/*"],
                target,
            },
        };
        push(out, instruction);
    }

    /// Archives whose leading folders are left out are unpacked in stages of their own, so that no image needs `tar`.
    pub(super) fn downloads(&self, stage: Option<&str>, out: &mut Vec<Line<'a>>) {
        let unpacked = self.steps.iter().filter_map(|it| match &it.kind {
            StepKind::Fetch(fetch) if fetch.unpack.is_some_and(|it| it > 0) => Some(fetch),
            _ => None,
        });
        for (at, fetch) in (1..).zip(unpacked) {
            let name = download(stage, at);
            push(
                out,
                Instruction::From {
                    image: Cow::Borrowed("scratch"),
                    stage: Some(Cow::Owned(name)),
                },
            );
            let flags = vec![
                "--link".to_owned(),
                checksum(fetch),
                "--unpack=true".to_owned(),
            ];
            push(
                out,
                Instruction::Add {
                    flags,
                    url: &fetch.url,
                    target: "/archive/",
                },
            );
        }
    }

    fn owned(&self, owner: Option<&str>, flags: &mut Vec<String>) {
        match (owner, self.owner) {
            (Some(owner), _) => flags.push(format!("--chown={owner}")),
            (None, Some((uid, gid))) if uid != 0 => flags.push(format!("--chown={uid}:{gid}")),
            (None, _) => {}
        }
    }
}

/// The name of the stage that an archive is unpacked in. svc names hold no dots, so it is no stage of the user's.
pub(super) fn download(stage: Option<&str>, at: usize) -> String {
    match stage {
        Some(stage) => format!("{stage}.fetch-{at}"),
        None => format!("fetch.{at}"),
    }
}

fn checksum(fetch: &Fetch) -> String {
    let hash = fetch.sha256.as_deref().unwrap_or_default();
    format!("--checksum=sha256:{hash}")
}

/// `--chmod`. Digits without `x` would close folders, so where something may be one, a folder stays open.
fn mode(mode: Option<&str>, files: bool) -> Cow<'_, str> {
    let Some(mode) = mode else {
        return Cow::Borrowed(READABLE);
    };
    let digits = mode.trim_start_matches('0');
    let octal = digits.len() == 3 && digits.bytes().all(|it| (b'0'..b'8').contains(&it));
    if files || !octal || digits.bytes().any(|it| it % 2 == 1) {
        return Cow::Borrowed(mode);
    }
    let letters = |digit: u8| match (digit & 4 != 0, digit & 2 != 0) {
        (true, true) => "rwX",
        (true, false) => "rX",
        (false, true) => "wX",
        (false, false) => "",
    };
    let who = ["u", "g", "o"].iter().zip(digits.bytes());
    let parts: Vec<String> = who
        .map(|(who, digit)| format!("{who}={}", letters(digit)))
        .collect();
    Cow::Owned(parts.join(","))
}
