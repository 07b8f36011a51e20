//! `credential-literal`: a string that looks like a password, a key or a token. It would stand in the repository, in images and
//! in the output, for ever and for everyone.

use rayon::prelude::*;

use super::statements::each_expression;
use super::{Context, Finding, Lint};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::tree::{Expr, ExprKind, Statement, Template, TemplatePart, Tree};

pub(super) static LINT: Lint = Lint::deny(
    "credential-literal",
    "A string that looks like a password, a key or a token.",
    check,
);

/// Stands for an interpolation: no character that a credential has.
const GAP: char = '\u{0}';

fn check(context: &Context<'_>, found: &mut Vec<Finding>) {
    let of_tree = |tree: &Tree| {
        let mut found = Vec::new();
        for statement in &tree.statements {
            visit(statement, false, &mut found);
        }
        found
    };
    let all: Vec<Vec<Finding>> = context.program.trees.par_iter().map(of_tree).collect();
    found.extend(all.into_iter().flatten());
}

/// `is_variable`: an entry of an `env { }`.
fn visit(statement: &Statement, is_variable: bool, found: &mut Vec<Finding>) {
    let mut literal = |expr: &Expr| {
        let what = match &expr.kind {
            ExprKind::Text(text, _) => what_it_looks_like(text),
            ExprKind::Template(template) => what_it_looks_like(&with_gaps(template)),
            _ => None,
        };
        if let Some(what) = what {
            found.push(report(expr.span, &format!("looks like {what}")));
        }
        what.is_some()
    };
    let mut is_found = false;
    let exprs = statement.arguments.iter().chain(&statement.value);
    for expr in exprs.chain(statement.word.string.as_deref()) {
        each_expression(expr, &mut |expr| is_found |= literal(expr));
    }
    if is_variable
        && !is_found
        && let Some(value) = &statement.value
        && let Some(text) = value.as_text()
        && is_named_like_one(&statement.word.text)
        && is_value_of_one(text)
    {
        let name = &statement.word.text;
        found.push(report(
            value.span,
            &format!("is the value of `{name}`: by its name a credential"),
        ));
    }
    let is_control = matches!(statement.word.text.as_str(), "for" | "when");
    let inside = statement.word.text == "env" || (is_variable && is_control);
    for inner in statement.body() {
        visit(inner, inside, found);
    }
}

fn report(span: Span, what: &str) -> Finding {
    let said = Diagnostic::new(&LINT.code, span, format!("the string {what}"))
        .label("everyone who has the repository has it")
        .help(
            "take it back where it was issued, declare `secret NAME { in ENV { source = … } }`, and point at it: \
             `NAME_FILE = secret.NAME`",
        );
    Finding::new(said)
}

fn with_gaps(template: &Template) -> String {
    let length = template.parts.iter().map(|it| match it {
        TemplatePart::Text(it, _) => it.len(),
        TemplatePart::Expr(_) => GAP.len_utf8(),
    });
    let mut text = String::with_capacity(length.sum());
    for part in &template.parts {
        match part {
            TemplatePart::Text(it, _) => text.push_str(it),
            TemplatePart::Expr(_) => text.push(GAP),
        }
    }
    text
}

/// Whether a variable's name says that it holds a credential itself, and not where one is.
fn is_named_like_one(name: &str) -> bool {
    let ends_with = |end: &&str| {
        let start = name.len().checked_sub(end.len());
        let tail = start.and_then(|it| name.get(it..));
        tail.is_some_and(|it| it.eq_ignore_ascii_case(end))
    };
    let is_key = || {
        let last = name.rsplit('_').next().unwrap_or_default();
        ["KEY", "APIKEY"]
            .iter()
            .any(|it| last.eq_ignore_ascii_case(it))
    };
    let public = [
        "PUBLIC_KEY",
        "PRIMARY_KEY",
        "SORT_KEY",
        "PARTITION_KEY",
        "CACHE_KEY",
    ];
    let secret = ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN"];
    secret.iter().any(ends_with) || is_key() && !public.iter().any(ends_with)
}

/// Whether a value can be a credential: not a path, a switch, or what a shell fills in.
fn is_value_of_one(text: &str) -> bool {
    let is_switch = matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "0" | "1" | "true" | "false" | "yes" | "no" | "on" | "off" | "none"
    );
    let is_path = text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
    let is_filled_in = text.starts_with('$') || (text.starts_with('<') && text.ends_with('>'));
    !is_switch && !is_path && !is_filled_in && !text.contains(char::is_whitespace)
}

/// What a token begins with, how many characters follow at least, and what it is.
type Token = (&'static str, usize, &'static str);

/// The tokens that begin with this letter. Most words have a first letter that no token has.
const fn tokens(first: u8) -> &'static [Token] {
    match first {
        b'A' => &[
            ("AIza", 35, "a Google API key"),
            ("AKIA", 16, "an AWS access key"),
            ("ASIA", 16, "an AWS access key"),
        ],
        b'd' => &[("dckr_pat_", 20, "a Docker Hub token")],
        b'g' => &[
            ("ghp_", 36, "a GitHub token"),
            ("gho_", 36, "a GitHub token"),
            ("ghu_", 36, "a GitHub token"),
            ("ghs_", 36, "a GitHub token"),
            ("ghr_", 36, "a GitHub token"),
            ("github_pat_", 40, "a GitHub token"),
            ("gldt-", 20, "a GitLab token"),
            ("glpat-", 20, "a GitLab token"),
            ("glrt-", 20, "a GitLab token"),
        ],
        b'h' => &[("hvs.", 24, "a Vault token")],
        b'n' => &[("npm_", 36, "an npm token")],
        b's' => &[("sk_live_", 20, "a Stripe key")],
        b'x' => &[
            ("xoxa-", 10, "a Slack token"),
            ("xoxb-", 10, "a Slack token"),
            ("xoxp-", 10, "a Slack token"),
            ("xoxr-", 10, "a Slack token"),
            ("xoxs-", 10, "a Slack token"),
        ],
        _ => &[],
    }
}

/// Each stands with its own letter.
const _: () = {
    let mut first = 0;
    while first < u8::MAX {
        let tokens = tokens(first);
        let mut at = 0;
        while at < tokens.len() {
            assert!(tokens[at].0.as_bytes()[0] == first);
            at += 1;
        }
        first += 1;
    }
};

fn what_it_looks_like(text: &str) -> Option<&'static str> {
    // The shortest of what is looked for; most strings end here.
    if text.len() < 10 {
        return None;
    }
    // To look for a character is much cheaper than for a text, and most strings have none of these or are shorter than
    // the shortest key's first line.
    if text.len() >= "-----BEGIN PRIVATE KEY-----".len()
        && text.contains('-')
        && let Some((_, rest)) = text.split_once("-----BEGIN ")
        && let Some((kind, _)) = rest.split_once("-----")
        && kind.contains("PRIVATE KEY")
    {
        return Some("a private key");
    }
    // Where words of ASCII letters and digits begin.
    let mut in_word = false;
    for (at, byte) in text.bytes().enumerate() {
        let was_in_word = std::mem::replace(&mut in_word, byte.is_ascii_alphanumeric());
        if was_in_word || !in_word {
            continue;
        }
        let word = &text[at..];
        if let Some(what) = token(byte, word) {
            return Some(what);
        }
        if is_jwt(word) {
            return Some("a signed token (JWT)");
        }
    }
    let has_one = text.contains('@')
        && text
            .match_indices("://")
            .any(|(at, mark)| has_password(&text[at + mark.len()..]));
    has_one.then_some("a URL with a password")
}

/// What a word with this first letter begins with, if as many characters follow as such a token has; an AWS key is of
/// capitals and digits only.
fn token(first: u8, word: &str) -> Option<&'static str> {
    let mut tokens = tokens(first).iter();
    let (prefix, length, what) = tokens.find(|(it, _, _)| word.starts_with(it))?;
    let is_aws = matches!(*prefix, "AKIA" | "ASIA");
    let follows = word[prefix.len()..].chars().take_while(|it| {
        if is_aws {
            it.is_ascii_uppercase() || it.is_ascii_digit()
        } else {
            is_token_character(*it)
        }
    });
    (follows.count() >= *length).then_some(*what)
}

fn is_token_character(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '-'
}

/// `HEADER.CLAIMS.SIGNATURE`, the first two JSON objects in Base64.
fn is_jwt(text: &str) -> bool {
    if !text.starts_with("eyJ") {
        return false;
    }
    let mut parts = text.split('.').map(|it| {
        let end = it.find(|it| !is_token_character(it)).unwrap_or(it.len());
        &it[..end]
    });
    let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    header.len() >= 10 && claims.len() >= 10 && claims.starts_with("eyJ") && signature.len() >= 20
}

/// Whether `user:password@` follows, the password being no interpolation and nothing that a shell fills in.
fn has_password(rest: &str) -> bool {
    let end = rest
        .find(|it: char| matches!(it, '/' | '?' | '#' | '"' | '\'') || it.is_whitespace())
        .unwrap_or(rest.len());
    let Some((user, _)) = rest[..end].rsplit_once('@') else {
        return false;
    };
    let Some((_, password)) = user.split_once(':') else {
        return false;
    };
    !password.is_empty()
        && !password.contains([GAP, '$', '<', '%', '{'])
        && !password.chars().all(|it| it == '*')
}
