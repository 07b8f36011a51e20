//! `svcc rotate`: a new version of a secret in one environment, written into its `.svc` file.

use std::fs;
use std::path::Path;

use super::End;
use super::files;
use super::model::checked;
use super::secrets::fleet;
use super::terminal::Terminal;
use crate::diag::Sink;
use crate::fmt;
use crate::model::{Giver, Model, Secret, SecretSource};
use crate::source::{FileId, Sources, Span};
use crate::syntax;

pub(super) fn run(name: &str, env: &str, folder: &Path, terminal: &Terminal) -> End {
    let Some(compilation) = checked(folder, terminal) else {
        return End::Findings;
    };
    let Some(model) = &compilation.model else {
        return End::Findings;
    };
    let Some(fleet) = fleet(model, env, terminal) else {
        return End::Usage;
    };
    let Some(secret) = fleet.secret(name) else {
        terminal.error(&format!("there is no secret `{name}`"));
        return End::Usage;
    };
    let sources = &compilation.sources;
    let edit = match edit(model, env, secret, sources) {
        Ok(it) => it,
        Err(why) => {
            terminal.error(&why);
            return End::Findings;
        }
    };
    let path = &sources.get(edit.span.file).path;
    if let Err(it) = write(&folder.join(path.as_str()), &edit) {
        terminal.error(&format!("{path}: {it}"));
        return End::Findings;
    }
    let place = sources.position(edit.span);
    terminal.say(&format!(
        "{name} in {env} has version {} now: {path}:{}",
        secret.version.value + 1,
        place.line
    ));
    terminal.say("put the new value where its source says, compile, and deploy");
    End::Fine
}

/// A text for a part of a file.
struct Edit {
    span: Span,
    text: String,
}

/// What to write, and where; why not, where it is not clear what would change.
fn edit(model: &Model, env: &str, secret: &Secret, sources: &Sources) -> Result<Edit, String> {
    let name = &secret.name;
    let next = secret.version.value + 1;
    let Some(source) = &secret.source else {
        return Err(format!("`{name}` has no source in {env}"));
    };
    if let SecretSource::Swarm(object) = &source.value {
        return Err(format!(
            "`{name}` is made by hand in {env}: make a new one, and write its name for {object:?}"
        ));
    }
    let others = |of: &dyn Fn(&Secret) -> Option<Span>, span: Span| {
        let fleets = model.fleets.iter();
        let secrets = fleets.flat_map(|it| it.secrets.iter().map(move |secret| (it, secret)));
        let mut same = secrets.filter(|(_, it)| of(it) == Some(span));
        same.find(|(fleet, it)| fleet.environment.name != env || it.name != *name)
            .map(|(fleet, it)| format!("`{}` in {}", it.name, fleet.environment.name))
    };
    if let Some(span) = secret.version.span
        && secret.version.giver != Giver::Own
    {
        if let Some(other) = others(&|it| it.version.span, span) {
            return Err(format!(
                "the version of `{name}` in {env} is that of {other} too; give {env} a version of its own"
            ));
        }
        if sources.slice(span).parse() != Ok(secret.version.value) {
            return Err(format!(
                "the version of `{name}` in {env} is worked out; write the number {next}"
            ));
        }
        let text = next.to_string();
        return Ok(Edit { span, text });
    }
    // The version of its own goes beside the source, or in a part for this environment.
    let Some(span) = source.span else {
        return Err(format!("the source of `{name}` is written nowhere"));
    };
    let shared = others(&|it| it.source.as_ref()?.span, span);
    let statement = match (&source.giver, shared) {
        (Giver::In(_), None) => format!("version = {next}"),
        (Giver::Own, _) if is_one_secret(model, span, name) => {
            format!("in {env} {{ version = {next} }}")
        }
        (_, other) => {
            let other = other.unwrap_or_default();
            return Err(format!(
                "the source of `{name}` in {env} is that of {other} too; write `version = {next}` by hand"
            ));
        }
    };
    let text = &sources.get(span.file).text;
    let (before, after) = text.split_at(span.end as usize);
    let rest = after.split('\n').next().unwrap_or_default();
    let text = if rest.contains('}') {
        format!(", {statement}")
    } else {
        let line = before.rsplit('\n').next().unwrap_or_default();
        let indent: String = line.chars().take_while(|it| it.is_whitespace()).collect();
        format!("\n{indent}{statement}")
    };
    let comment = if text.starts_with('\n') {
        u32::try_from(rest.trim_end_matches('\r').len()).unwrap_or_default()
    } else {
        0
    };
    let at = span.end + comment;
    let span = Span::new(span.file, at, at);
    Ok(Edit { span, text })
}

/// Whether only this secret has its source there: a `for` around a declaration makes many of one text.
fn is_one_secret(model: &Model, span: Span, name: &str) -> bool {
    let mut secrets = model.fleets.iter().flat_map(|it| &it.secrets);
    secrets.all(|it| it.name == name || it.source.as_ref().and_then(|it| it.span) != Some(span))
}

/// Puts the text into the file; one that was in the canonical form stays in it.
fn write(path: &Path, edit: &Edit) -> std::io::Result<()> {
    let old = fs::read_to_string(path)?;
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let (Some(before), Some(after)) = (old.get(..start), old.get(end..)) else {
        return Err(std::io::Error::other("it changed meanwhile"));
    };
    let new = format!("{before}{}{after}", edit.text);
    let format = |text: &str| {
        let tree = syntax::parse(FileId(0), text, &mut Sink::new());
        fmt::format(&tree, text)
    };
    let new = if format(&old) == old {
        format(&new)
    } else {
        new
    };
    files::write(path, new.as_bytes(), false)
}
