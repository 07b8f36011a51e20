//! What Docker, Swarm and the kernel take for a name, an address, an image, a schedule: pure questions about strings.

use std::net::IpAddr;

/// Why a text is no reference to an image; nothing where it is one.
pub(super) fn image_problem(text: &str) -> Option<&'static str> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|it| !is_digest(it)) {
        return Some("its digest is not `sha256:` and 64 hexadecimal digits");
    }
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if tag.is_some_and(|it| !is_tag(it)) {
        return Some("its tag is not 1 to 128 letters, digits, `_`, `.` and `-`");
    }
    repository_problem(name)
}

/// Why a text is no image's name without tag and digest.
pub(super) fn repository_problem(name: &str) -> Option<&'static str> {
    if name.len() > 255 {
        return Some("its name is longer than 255 characters");
    }
    let path = match name.split_once('/') {
        Some((host, path)) if is_registry_host(host) => path,
        Some((host, _)) if host.contains(['.', ':']) => {
            return Some("what stands before its first `/` is no host");
        }
        _ => name,
    };
    if path.split('/').all(is_path_component) {
        return None;
    }
    Some(if path.bytes().any(|it| it.is_ascii_uppercase()) {
        "its name has capital letters"
    } else {
        "its name is not lower-case letters and digits with single separators between"
    })
}

/// Whether the first part of a reference is a host: one with a dot, a port, or `localhost`.
fn is_registry_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let marked = port.is_some() || host.contains('.') || host == "localhost";
    marked && is_host(host) && port.is_none_or(|it| it.parse::<u16>().is_ok_and(|it| it > 0))
}

fn is_path_component(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let ends_well = |it: Option<&u8>| it.is_some_and(|it| is_word(*it));
    if !ends_well(bytes.first()) || !ends_well(bytes.last()) {
        return false;
    }
    // Between words stands one `.`, one or two `_`, or any number of `-`.
    bytes
        .split(|it| is_word(*it))
        .filter(|it| !it.is_empty())
        .all(|it| matches!(it, b"." | b"_" | b"__") || it.iter().all(|it| *it == b'-'))
}

fn is_tag(text: &str) -> bool {
    let is_first = |it: char| it.is_ascii_alphanumeric() || it == '_';
    (1..=128).contains(&text.len())
        && text.starts_with(is_first)
        && text
            .chars()
            .all(|it| is_first(it) || matches!(it, '.' | '-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hash)) = text.split_once(':') else {
        return false;
    };
    let digits = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return false,
    };
    hash.len() == digits
        && hash
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// A host's name: labels of letters, digits and `-` (and `_`, which Docker takes), with dots between.
pub(super) fn is_host(text: &str) -> bool {
    let is_label = |it: &str| {
        (1..=63).contains(&it.len())
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// An address of version 4 or 6.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// `10.20.0.0/16`
pub(super) fn is_subnet(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|it| it <= most)
}

/// A name that Swarm and Compose take for a stack.
pub(super) fn is_stack(text: &str) -> bool {
    let is_word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.starts_with(is_word)
        && text.ends_with(is_word)
        && text
            .chars()
            .all(|it| is_word(it) || matches!(it, '-' | '_'))
}

/// `postgres`, `1000`, `1000:1000`, `app:staff`
pub(super) fn is_user(text: &str) -> bool {
    let is_name = |it: &str| {
        !it.is_empty()
            && it
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '$' | '\\'))
    };
    match text.split_once(':') {
        Some((user, group)) => is_name(user) && is_name(group),
        None => is_name(text),
    }
}

/// The name of a variable of a process.
pub(super) fn is_variable(text: &str) -> bool {
    // No byte decides whether the next is looked at, so that many are looked at at once: there are many names.
    let is_usual = |it: u8| it.is_ascii_graphic() & (it != b'=');
    let is_good = |it: char| it != '=' && !it.is_control() && !it.is_whitespace();
    let all_usual = text.bytes().fold(true, |all, it| all & is_usual(it));
    !text.is_empty() && (all_usual || text.chars().all(is_good))
}

/// The name of a variable that a shell can read.
pub(super) fn is_shell_name(text: &str) -> bool {
    let is_first = |it: char| it.is_ascii_alphabetic() || it == '_';
    text.starts_with(is_first) && text.chars().all(|it| is_first(it) || it.is_ascii_digit())
}

/// The name of a secret, volume or network of Docker's.
pub(super) fn is_object(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|it: char| it.is_ascii_alphanumeric())
        && text.ends_with(|it: char| it.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'))
}

/// The key of a label.
pub(super) fn is_label_key(text: &str) -> bool {
    is_variable(text)
}

/// `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`
pub(super) fn is_signal(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
        "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP",
        "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH",
        "XCPU", "XFSZ",
    ];
    if let Ok(number) = text.parse::<u8>() {
        return (1..=64).contains(&number);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let offset = |it: &str, most: u8| it.parse::<u8>().is_ok_and(|it| (1..=most).contains(&it));
    NAMES.contains(&name)
        || name.strip_prefix("RTMIN+").is_some_and(|it| offset(it, 15))
        || name.strip_prefix("RTMAX-").is_some_and(|it| offset(it, 14))
}

/// `NET_ADMIN`, `CAP_NET_ADMIN`, `ALL`
pub(super) fn is_capability(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "ALL",
        "AUDIT_CONTROL",
        "AUDIT_READ",
        "AUDIT_WRITE",
        "BLOCK_SUSPEND",
        "BPF",
        "CHECKPOINT_RESTORE",
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "FSETID",
        "IPC_LOCK",
        "IPC_OWNER",
        "KILL",
        "LEASE",
        "LINUX_IMMUTABLE",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "MKNOD",
        "NET_ADMIN",
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_RAW",
        "PERFMON",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYSLOG",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_CHROOT",
        "SYS_MODULE",
        "SYS_NICE",
        "SYS_PACCT",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "SYS_RESOURCE",
        "SYS_TIME",
        "SYS_TTY_CONFIG",
        "WAKE_ALARM",
    ];
    let upper = text.to_ascii_uppercase();
    NAMES.contains(&upper.strip_prefix("CAP_").unwrap_or(&upper))
}

/// A kernel parameter that a container has for itself; Docker refuses the machine's.
pub(super) fn is_sysctl(text: &str) -> bool {
    const KERNEL: &[&str] = &[
        "kernel.domainname",
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shm_rmid_forced",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
    ];
    let below = |prefix: &str| {
        text.strip_prefix(prefix)
            .is_some_and(|it| !it.is_empty() && !it.contains(char::is_whitespace))
    };
    KERNEL.contains(&text) || below("net.") || below("fs.mqueue.")
}

/// The name of a limit as Docker knows it.
pub(super) fn is_ulimit(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
    NAMES.contains(&text)
}

/// The options that a log driver takes, for those drivers whose every option is known.
pub(super) fn logging_options(driver: &str) -> Option<&'static [&'static str]> {
    match driver {
        "json-file" => Some(&[
            "compress",
            "env",
            "env-regex",
            "labels",
            "labels-regex",
            "max-buffer-size",
            "max-file",
            "max-size",
            "mode",
            "tag",
        ]),
        "local" => Some(&[
            "compress",
            "env",
            "env-regex",
            "labels",
            "labels-regex",
            "max-buffer-size",
            "max-file",
            "max-size",
            "mode",
            "tag",
        ]),
        "none" => Some(&[]),
        _ => None,
    }
}

/// Why a text is no schedule; nothing where it is one.
pub(super) fn schedule_problem(text: &str) -> Option<String> {
    const WORDS: &[&str] = &[
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    const MONTHS: &[&str] = &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    if text.starts_with('@') {
        let known = WORDS.contains(&text) || text.starts_with("@every ");
        return (!known).then(|| format!("`{text}` is none of `{}`", WORDS.join("`, `")));
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let of = [
        ("minute", 0, 59, &[][..]),
        ("hour", 0, 23, &[]),
        ("day of the month", 1, 31, &[]),
        ("month", 1, 12, MONTHS),
        ("day of the week", 0, 6, DAYS),
    ];
    if fields.len() != of.len() {
        return Some(format!("it has {} fields, not 5", fields.len()));
    }
    for (field, (what, least, most, names)) in fields.into_iter().zip(of) {
        let number = |it: &str| -> Option<u32> {
            let lower = it.to_ascii_lowercase();
            let named = names.iter().position(|name| *name == lower);
            let named = named.and_then(|at| u32::try_from(at).ok());
            named
                .map(|at| at + least)
                .or_else(|| it.parse().ok())
                .filter(|it| (least..=most).contains(it))
        };
        let is_range = |it: &str| match it.split_once('-') {
            Some((from, to)) => matches!((number(from), number(to)), (Some(a), Some(b)) if a <= b),
            None => matches!(it, "*" | "?") || number(it).is_some(),
        };
        let is_item = |it: &str| match it.split_once('/') {
            Some((range, step)) => is_range(range) && step.parse::<u32>().is_ok_and(|it| it > 0),
            None => is_range(it),
        };
        if !field.split(',').all(is_item) {
            return Some(format!(
                "`{field}` is no {what}, which goes from {least} to {most}"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests;
