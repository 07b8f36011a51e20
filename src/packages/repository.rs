//! A package in a git repository: `git("https://…", commit = "…")`, as it stands in a `use`.

use ecow::EcoString;

use super::errors;
use crate::diag::Sink;
use crate::source::Spanned;
use crate::syntax::tree::{Argument, Call};

/// Where a package is, and which state of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What `git fetch` takes.
    pub url: EcoString,
    /// The commit, in full.
    pub commit: EcoString,
    /// The folder in it; empty for all of it.
    pub folder: EcoString,
}

/// What a call of `git` says; `None` where something is wrong with it. Its shape is reported where shapes are.
pub(super) fn repository(call: &Call, sink: &mut Sink) -> Option<Repository> {
    let (mut url, mut commit, mut folder) = (None, None, None);
    let mut names = ["url", "commit", "folder"].into_iter();
    for argument in &call.arguments {
        let (name, expr) = match &argument.value {
            Argument::Positional(expr) => (names.next()?, expr),
            Argument::Named(name, expr) => (name.text.as_str(), expr),
            Argument::Parameter(..) => return None,
        };
        let Some(text) = expr.as_text() else {
            sink.push(errors::not_literal(expr.span));
            return None;
        };
        let text = Spanned::new(text.clone(), expr.span);
        match name {
            "url" => url = Some(text),
            "commit" => commit = Some(text),
            "folder" => folder = Some(text),
            _ => return None,
        }
    }
    let (url, commit) = (url?, commit?);
    if let Some(problem) = problem_of_url(&url.value) {
        sink.push(errors::wrong_url(url.span, problem));
        return None;
    }
    if !is_full(&commit.value) {
        sink.push(errors::commit_not_in_full(commit.span, &commit.value));
        return None;
    }
    let mut below = EcoString::new();
    if let Some(it) = folder {
        let parts = it.value.split('/').filter(|it| !matches!(*it, "" | "."));
        let parts: Vec<&str> = parts.collect();
        let is_path = !it.value.chars().any(char::is_whitespace);
        if it.value.starts_with('/') || parts.contains(&"..") || !is_path {
            sink.push(errors::folder_outside(it.span, &it.value));
            return None;
        }
        below = parts.join("/").into();
    }
    Some(Repository {
        url: url.value,
        commit: commit.value,
        folder: below,
    })
}

fn is_full(commit: &str) -> bool {
    let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    matches!(commit.len(), 40 | 64) && commit.bytes().all(is_digit)
}

/// What is wrong with an address, if something is.
fn problem_of_url(url: &str) -> Option<&'static str> {
    if url.chars().any(|it| it.is_whitespace() || it.is_control()) {
        return Some("a blank stands in it");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        // `git@example.com:team/platform.git`
        let is_short = !url.starts_with('-')
            && url
                .split_once(':')
                .is_some_and(|(host, path)| host.contains('@') && !path.starts_with(':'));
        return (!is_short).then_some("it is neither a URL nor `USER@HOST:PATH`");
    };
    if !matches!(scheme, "https" | "http" | "ssh" | "git" | "file") {
        return Some("git fetches from `https`, `ssh`, `http`, `git` and `file` here");
    }
    let host = rest.split('/').next().unwrap_or_default();
    let user = host.rsplit_once('@').map(|(user, _)| user);
    if user.is_some_and(|it| it.contains(':')) {
        return Some("a password stands in it");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::problem_of_url;

    #[test]
    fn only_what_git_fetches_without_running_something_is_an_address() {
        for fine in [
            "https://git.example.com/team/platform.git",
            "ssh://git@git.example.com/team/platform.git",
            "git@git.example.com:team/platform.git",
            "file:///srv/git/platform.git",
        ] {
            assert_eq!(problem_of_url(fine), None, "{fine}");
        }
        for wrong in [
            "ext::sh -c true",
            "ext::true",
            "x@y::true",
            "--upload-pack=true",
            "-u@host:path",
            "../platform",
            "fd://3",
            "https://user:password@git.example.com/platform.git",
            "https://git.example.com/a b",
        ] {
            assert!(problem_of_url(wrong).is_some(), "{wrong}");
        }
    }
}
