//! What differs between the families of Linux distributions: packages, users, the shell.

use std::borrow::Cow;

use ecow::EcoString;

use crate::model::System;
use crate::model::image::User;

/// A script, what it mounts, and the hadolint rule that it breaks for a reason.
pub(super) struct Script {
    pub(super) text: String,
    pub(super) flags: Vec<String>,
    pub(super) notes: Vec<Cow<'static, str>>,
}

/// Installs packages. `cache` begins the ids of cache mounts. `None` where the system has no package manager.
pub(super) fn install(system: System, packages: &[EcoString], cache: &str) -> Option<Script> {
    let mut names: Vec<&str> = packages.iter().map(EcoString::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let listed = |indent: &str| {
        names
            .iter()
            .map(|it| format!(" \\\n{indent}{}", shell(it)))
            .collect::<String>()
    };
    let pinned = |rule: &str| {
        vec![
            Cow::Borrowed(
                "Versions are the distribution's: an archive drops old ones, so pins would break the build.",
            ),
            Cow::Owned(format!("hadolint ignore={rule}")),
        ]
    };
    match system {
        System::Debian => Some(Script {
            text: format!(
                "set -eux\nrm -f /etc/apt/apt.conf.d/docker-clean\napt-get update\n\
                 DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends{}\n",
                listed("    ")
            ),
            flags: vec![
                format!(
                    "--mount=type=cache,id={cache}-apt-cache,target=/var/cache/apt,sharing=locked"
                ),
                format!(
                    "--mount=type=cache,id={cache}-apt-lists,target=/var/lib/apt,sharing=locked"
                ),
            ],
            notes: pinned("DL3008"),
        }),
        System::Alpine => Some(Script {
            text: format!("set -eux\napk add --no-cache{}\n", listed("    ")),
            flags: Vec::new(),
            notes: pinned("DL3018"),
        }),
        System::Rhel => Some(Script {
            text: format!(
                "set -eux\nset --{}\nif command -v dnf >/dev/null; then\n    \
                 dnf install -y --nodocs --setopt=install_weak_deps=False \"$@\"\n    dnf clean all\nelse\n    \
                 microdnf install -y --nodocs --setopt=install_weak_deps=0 \"$@\"\n    microdnf clean all\nfi\n",
                listed("    ")
            ),
            flags: Vec::new(),
            notes: pinned("DL3041"),
        }),
        System::None | System::Unknown => None,
    }
}

/// Creates a user and a group where their numbers are free. `None` where there is nothing to create one with.
pub(super) fn create_user(system: System, user: &User) -> Option<Script> {
    let User {
        name,
        uid,
        gid,
        home,
    } = user;
    let name = shell(name.as_ref()?);
    let home_folder = home
        .as_ref()
        .map_or(Cow::Borrowed("/nonexistent"), |it| shell(it));
    let text = match system {
        System::Debian => {
            let make = if home.is_some() {
                "--create-home"
            } else {
                "--no-create-home"
            };
            format!(
                "set -eux\ngetent group {gid} >/dev/null || groupadd --gid {gid} {name}\n\
                 getent passwd {uid} >/dev/null || useradd --no-log-init --uid {uid} --gid {gid} \\\n    \
                 {make} --home-dir {home_folder} --shell /usr/sbin/nologin {name}\n"
            )
        }
        System::Alpine => {
            let make = if home.is_some() { "" } else { " -H" };
            format!(
                "set -eux\ngetent group {gid} >/dev/null || addgroup -g {gid} {name}\n\
                 getent passwd {uid} >/dev/null || adduser -D{make} -u {uid} -h {home_folder} -s /sbin/nologin \\\n    \
                 -G \"$(getent group {gid} | cut -d: -f1)\" {name}\n"
            )
        }
        // Small images of this family come without `useradd`.
        System::Rhel => {
            let make = match home {
                Some(_) => format!("mkdir -p {home_folder}\nchown {uid}:{gid} {home_folder}\n"),
                None => String::new(),
            };
            format!(
                "set -eux\ngrep -q '^[^:]*:[^:]*:{gid}:' /etc/group || echo {name}:x:{gid}: >>/etc/group\n\
                 grep -q '^[^:]*:[^:]*:{uid}:' /etc/passwd ||\n    \
                 echo {name}:x:{uid}:{gid}::{home_folder}:/sbin/nologin >>/etc/passwd\n{make}"
            )
        }
        System::None | System::Unknown => return None,
    };
    Some(Script {
        text,
        flags: Vec::new(),
        notes: Vec::new(),
    })
}

/// A shell that fails where any command of a pipe fails.
pub(super) fn pipefail(system: System) -> Option<&'static [&'static str]> {
    match system {
        System::Debian | System::Rhel => Some(&["/bin/bash", "-o", "pipefail", "-c"]),
        System::Alpine => Some(&["/bin/ash", "-o", "pipefail", "-c"]),
        System::None | System::Unknown => None,
    }
}

/// A word of a shell script, quoted where it must be.
pub(super) fn shell(word: &str) -> Cow<'_, str> {
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+:=@,".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
    }
}
