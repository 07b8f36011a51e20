//! Strings that may hold references: to other services, to mounted files, to what only Swarm knows.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

use super::Kind;

/// A string. Most are plain; one with references keeps them, because a mention is wiring: it mounts a secret, joins
/// networks, orders starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Nothing but characters.
    Plain(EcoString),
    /// Characters and references.
    Mixed(Arc<[Part]>),
}

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Characters.
    Literal(EcoString),
    /// What a reference came to, and what it refers to.
    Mention(Mention),
    /// Known only where the container runs.
    Runtime(Runtime),
}

/// A reference inside a string and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What kind of thing is mentioned: a service, secret, config or volume.
    pub kind: Kind,
    /// Its name.
    pub name: EcoString,
    /// The characters that stand for it: `db`, `5432`, `/run/secrets/db_password`.
    pub text: EcoString,
}

/// A value that Swarm fills in for each task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Runtime {
    /// `node.hostname`
    NodeHostname,
    /// `node.id`
    NodeId,
    /// `task.slot`
    TaskSlot,
    /// `task.id`
    TaskId,
    /// `service.self.name`
    ServiceName,
}

impl Runtime {
    /// As it is written in a `.svc` file.
    pub fn path(self) -> &'static str {
        match self {
            Runtime::NodeHostname => "node.hostname",
            Runtime::NodeId => "node.id",
            Runtime::TaskSlot => "task.slot",
            Runtime::TaskId => "task.id",
            Runtime::ServiceName => "service.self.name",
        }
    }
}

impl Text {
    /// The characters, if all of them are known now.
    pub fn known(&self) -> Option<Cow<'_, str>> {
        let parts = match self {
            Text::Plain(it) => return Some(Cow::Borrowed(it)),
            Text::Mixed(parts) => parts,
        };
        let mut all = String::new();
        for part in parts.iter() {
            match part {
                Part::Literal(it) => all.push_str(it),
                Part::Mention(it) => all.push_str(&it.text),
                Part::Runtime(_) => return None,
            }
        }
        Some(Cow::Owned(all))
    }

    /// The characters for people, with `{{ node.id }}` where Swarm fills in.
    pub fn preview(&self) -> Cow<'_, str> {
        self.render(|it| format!("{{{{ {} }}}}", it.path()), |it| it.to_owned())
    }

    /// The characters, with literal ones escaped by `literal` and placeholders written by `runtime`.
    pub fn render(
        &self,
        runtime: impl Fn(Runtime) -> String,
        literal: impl Fn(&str) -> String,
    ) -> Cow<'_, str> {
        match self {
            Text::Plain(it) => Cow::Owned(literal(it)),
            Text::Mixed(parts) => Cow::Owned(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(it) => literal(it),
                        Part::Mention(it) => literal(&it.text),
                        Part::Runtime(it) => runtime(*it),
                    })
                    .collect(),
            ),
        }
    }

    /// The pieces of a text that is not plain; none for one that is.
    pub fn parts(&self) -> &[Part] {
        match self {
            Text::Plain(_) => &[],
            Text::Mixed(parts) => parts,
        }
    }

    /// What the string refers to, in order.
    pub fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.parts().iter().filter_map(|it| match it {
            Part::Mention(it) => Some(it),
            Part::Literal(_) | Part::Runtime(_) => None,
        })
    }

    /// Whether there is not a single character in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Text::Plain(it) => it.is_empty(),
            Text::Mixed(_) => self.known().is_some_and(|it| it.is_empty()),
        }
    }

    /// Joins pieces; plain where none of them refers to anything.
    pub fn join(pieces: &[Text]) -> Text {
        let lengths = pieces.iter().map(|it| match it {
            Text::Plain(it) => Some(it.len()),
            Text::Mixed(_) => None,
        });
        if let Some(length) = lengths.sum::<Option<usize>>() {
            let mut all = EcoString::with_capacity(length);
            for piece in pieces {
                if let Text::Plain(it) = piece {
                    all.push_str(it);
                }
            }
            return Text::Plain(all);
        }
        let mut parts: Vec<Part> = Vec::new();
        for piece in pieces {
            match piece {
                Text::Plain(it) => push(&mut parts, Part::Literal(it.clone())),
                Text::Mixed(it) => it.iter().for_each(|it| push(&mut parts, it.clone())),
            }
        }
        match parts.as_mut_slice() {
            [] => Text::default(),
            [Part::Literal(it)] => Text::Plain(std::mem::take(it)),
            _ => Text::Mixed(parts.into()),
        }
    }
}

/// Adds a part; what is literal joins what is.
fn push(parts: &mut Vec<Part>, part: Part) {
    match (parts.last_mut(), part) {
        (Some(Part::Literal(last)), Part::Literal(it)) => last.push_str(&it),
        (_, Part::Literal(it)) if it.is_empty() => {}
        (_, part) => parts.push(part),
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::Plain(EcoString::new())
    }
}

impl From<EcoString> for Text {
    fn from(text: EcoString) -> Text {
        Text::Plain(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::Plain(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::Plain(text.into())
    }
}

impl From<Part> for Text {
    fn from(part: Part) -> Text {
        match part {
            Part::Literal(it) => Text::Plain(it),
            Part::Mention(_) | Part::Runtime(_) => Text::Mixed(Arc::new([part])),
        }
    }
}

/// Writes `text` as a short svc string, quotes included.
pub fn quote(text: &str, f: &mut impl fmt::Write) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '{' if rest.peek() == Some(&'{') => f.write_str("\\{")?,
            it if it.is_control() => write!(f, "\\u{{{:X}}}", u32::from(it))?,
            it => f.write_char(it)?,
        }
    }
    f.write_char('"')
}
