//! What an expression can be.

pub mod text;
pub mod unit;

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

pub use text::{Mention, Part, Runtime, Text};
pub use unit::{Duration, Share, Size};

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Something was wrong and has been reported; silences whatever follows from it.
    Unknown,
    /// `none`
    None,
    /// `true`, `false`
    Bool(bool),
    /// `8080`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `1m30s`
    Duration(Duration),
    /// `512MiB`
    Size(Size),
    /// `25%`
    Share(Share),
    /// `"text"`, also with references in it
    Text(Text),
    /// `[a, b]`
    List(Arc<[Value]>),
    /// `{ key = value }`, in the order written
    Map(Arc<Map>),
    /// One of the vocabulary's own words: `manual`, `start-first`
    Word(EcoString),
    /// A bare name where a declared thing is expected: `db` in `with = [db]`
    Ref(Kind, EcoString),
    /// What a constructor made: `http("/healthz", port = 8080)`
    Made(Arc<Made>),
}

/// The entries of a map, each key once, in the order written.
pub type Map = Vec<(EcoString, Value)>;

/// A constructor and its arguments by parameter name, defaults left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// `http`
    pub function: &'static str,
    /// The named and positional arguments, under their parameters' names.
    pub arguments: Map,
    /// What a variadic constructor was given: `command("pg_isready", "-U", "postgres")`.
    pub rest: Vec<Value>,
}

impl Made {
    /// The argument of this name, if it was given.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, it)| it)
    }
}

/// The kinds of things that a project declares, each with a name space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `base tomcat from …`
    Base,
    /// `config nginx { … }`
    Config,
    /// `environment prod { … }`
    Environment,
    /// `layer java.jre(…) { … }`
    Layer,
    /// `let name = …`
    Let,
    /// `network backend { … }`
    Network,
    /// `use platform from …`
    Package,
    /// `pipeline gitlab { … }`
    Pipeline,
    /// `project shop { … }`
    Project,
    /// `rule "…" { … }`
    Rule,
    /// `secret db_password { … }`
    Secret,
    /// `service catalog from …`, `job migrate from …`
    Service,
    /// `stage build from …`, inside an image
    Stage,
    /// `target k8s { … }`
    Target,
    /// `volume pgdata { … }`
    Volume,
}

impl Kind {
    /// The word that declares one.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Base => "base",
            Kind::Config => "config",
            Kind::Environment => "environment",
            Kind::Layer => "layer",
            Kind::Let => "let",
            Kind::Network => "network",
            Kind::Package => "package",
            Kind::Pipeline => "pipeline",
            Kind::Project => "project",
            Kind::Rule => "rule",
            Kind::Secret => "secret",
            Kind::Service => "service",
            Kind::Stage => "stage",
            Kind::Target => "target",
            Kind::Volume => "volume",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Value {
    /// A text without references.
    pub fn text(text: impl Into<EcoString>) -> Value {
        Value::Text(Text::from(text.into()))
    }

    /// A list.
    pub fn list(items: impl Into<Arc<[Value]>>) -> Value {
        Value::List(items.into())
    }

    /// What kind of value this is, for messages: "a string", "a duration".
    pub fn describe(&self) -> &'static str {
        match self {
            Value::Unknown => "something unknown",
            Value::None => "`none`",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Duration(_) => "a duration",
            Value::Size(_) => "a size",
            Value::Share(_) => "a share",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Word(_) => "a word",
            Value::Ref(..) => "a name",
            Value::Made(_) => "a call",
        }
    }
}

impl fmt::Display for Value {
    /// As it would be written in a `.svc` file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, items: &[Value]| {
            for (at, item) in items.iter().enumerate() {
                write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
            }
            Ok(())
        };
        match self {
            Value::Unknown => f.write_str("?"),
            Value::None => f.write_str("none"),
            Value::Bool(it) => it.fmt(f),
            Value::Int(it) => it.fmt(f),
            Value::Float(it) => write!(f, "{it:?}"),
            Value::Duration(it) => it.fmt(f),
            Value::Size(it) => it.fmt(f),
            Value::Share(it) => it.fmt(f),
            Value::Text(it) => text::quote(&it.preview(), f),
            Value::List(items) => {
                f.write_str("[")?;
                list(f, items)?;
                f.write_str("]")
            }
            Value::Map(entries) if entries.is_empty() => f.write_str("{}"),
            Value::Map(entries) => {
                f.write_str("{ ")?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key} = {value}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(" }")
            }
            Value::Word(it) => f.write_str(it),
            Value::Ref(_, name) => f.write_str(name),
            Value::Made(it) => {
                write!(f, "{}(", it.function)?;
                list(f, &it.rest)?;
                for (at, (key, value)) in it.arguments.iter().enumerate() {
                    let comma = if at == 0 && it.rest.is_empty() {
                        ""
                    } else {
                        ", "
                    };
                    write!(f, "{comma}{key} = {value}")?;
                }
                f.write_str(")")
            }
        }
    }
}
