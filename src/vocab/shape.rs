//! How a word is written, and how a place is called: for messages and the reference.

use std::collections::BTreeSet;

use super::{Arg, Inside, Place, Ty, Word};
use crate::value::Kind;

impl Word {
    /// The word with its header, value and block: `copy SOURCE [from IMAGE] to TARGET [{ … }]`.
    pub fn shape(&self) -> String {
        let mut out = self.name.to_owned();
        header(self.header, &mut out);
        if let Some(ty) = &self.value {
            out.push_str(" = ");
            out.push_str(&ty.describe());
        }
        let block = match self.block {
            None => return out,
            Some(Inside::Entries(_, key)) => format!("{{ {key} = … }}"),
            Some(Inside::Statements(_) | Inside::Same) => "{ … }".to_owned(),
        };
        let optional = self.optional && self.value.is_none();
        out.push_str(&if optional {
            format!(" [{block}]")
        } else {
            format!(" {block}")
        });
        out
    }
}

fn header(pieces: &[Arg], out: &mut String) {
    for piece in pieces {
        out.push(' ');
        match piece {
            Arg::Declares(_) | Arg::DeclaresTest => out.push_str("NAME"),
            Arg::DeclaresLayer => out.push_str("NAME(PARAMETER: TYPE = DEFAULT)"),
            Arg::Keyword(word) => out.push_str(word),
            Arg::Value(_, name) => out.push_str(name),
            Arg::Layer => out.push_str("NAME(ARGUMENTS)"),
            Arg::Lint => out.push_str("LINT"),
            Arg::Turn => out.push_str("NAME in LIST"),
            Arg::User => out.push_str("NAME(uid = NUMBER)"),
            Arg::Optional(inner) => {
                out.push('[');
                let mut text = String::new();
                header(inner, &mut text);
                out.push_str(text.trim_start());
                out.push(']');
            }
            Arg::OneOf(several) => {
                let texts = several.iter().map(|it| {
                    let mut text = String::new();
                    header(it, &mut text);
                    text.trim_start().to_owned()
                });
                out.push_str(&texts.collect::<Vec<_>>().join(" | "));
            }
        }
    }
}

impl Ty {
    /// The type for people: `a list of strings`.
    pub fn describe(&self) -> String {
        match self {
            Ty::Any => "VALUE".into(),
            Ty::String => "STRING".into(),
            Ty::Path => "PATH".into(),
            Ty::Scalar => "STRING | NUMBER | BOOLEAN".into(),
            Ty::Int => "INTEGER".into(),
            Ty::Float => "NUMBER".into(),
            Ty::Bool => "true | false".into(),
            Ty::Duration => "DURATION".into(),
            Ty::Size => "SIZE".into(),
            Ty::Share => "SHARE".into(),
            Ty::Port => "PORT".into(),
            Ty::List(inner) => format!("[{}]", inner.describe()),
            Ty::Map(inner) => format!("{{ KEY = {} }}", inner.describe()),
            Ty::Words(words) => words.join(" | "),
            Ty::Ref(kind) => kind.word().to_uppercase(),
            Ty::Made(functions) => {
                let calls = functions.iter().map(|it| format!("{it}(…)"));
                calls.collect::<Vec<_>>().join(" | ")
            }
            Ty::OneOf(types) => types
                .iter()
                .map(Ty::describe)
                .collect::<Vec<_>>()
                .join(" | "),
        }
    }

    /// The words that a value of this type may be.
    pub fn words(&self, out: &mut BTreeSet<&'static str>) {
        match self {
            Ty::Words(words) => out.extend(words.iter().copied()),
            Ty::List(inner) | Ty::Map(inner) => inner.words(out),
            Ty::OneOf(types) => types.iter().for_each(|it| it.words(out)),
            Ty::Any
            | Ty::String
            | Ty::Path
            | Ty::Scalar
            | Ty::Int
            | Ty::Float
            | Ty::Bool
            | Ty::Duration
            | Ty::Size
            | Ty::Share
            | Ty::Port
            | Ty::Ref(_)
            | Ty::Made(_) => {}
        }
    }

    /// The kinds of things whose names a value of this type may be.
    pub fn kinds(&self) -> Vec<Kind> {
        match self {
            Ty::Ref(kind) => vec![*kind],
            Ty::List(inner) => inner.kinds(),
            Ty::OneOf(types) => {
                let mut kinds: Vec<Kind> = types.iter().flat_map(Ty::kinds).collect();
                kinds.dedup();
                kinds
            }
            Ty::Any
            | Ty::String
            | Ty::Path
            | Ty::Scalar
            | Ty::Int
            | Ty::Float
            | Ty::Bool
            | Ty::Duration
            | Ty::Size
            | Ty::Share
            | Ty::Port
            | Ty::Map(_)
            | Ty::Words(_)
            | Ty::Made(_) => Vec::new(),
        }
    }

    /// The type of the elements, where a list may stand; of the value itself else.
    pub fn item(&self) -> &Ty {
        match self {
            Ty::List(inner) => inner,
            Ty::OneOf(types) => types
                .iter()
                .find(|it| matches!(it, Ty::List(_)))
                .map_or(self, |it| it.item()),
            Ty::Any
            | Ty::String
            | Ty::Path
            | Ty::Scalar
            | Ty::Int
            | Ty::Float
            | Ty::Bool
            | Ty::Duration
            | Ty::Size
            | Ty::Share
            | Ty::Port
            | Ty::Map(_)
            | Ty::Words(_)
            | Ty::Ref(_)
            | Ty::Made(_) => self,
        }
    }
}

impl Place {
    /// Where it is, for messages: "in `service`".
    pub fn describe(self) -> &'static str {
        match self {
            Place::File => "outside all blocks",
            Place::Project => "in `project`",
            Place::Lint => "in `lint`",
            Place::Pipeline => "in `pipeline`",
            Place::Environment => "in `environment`",
            Place::Secret => "in `secret`",
            Place::SecretIn => "in `in ENVIRONMENT` of a secret",
            Place::Config => "in `config`",
            Place::ConfigIn => "in `in ENVIRONMENT` of a config",
            Place::Volume => "in `volume`",
            Place::Network => "in `network`",
            Place::Base => "in `base`",
            Place::Stage => "in `stage`",
            Place::Layer => "in `layer`",
            Place::Service => "in `service`",
            Place::Job => "in `job`",
            Place::Properties => "among the properties of services",
            Place::Run => "in `run`",
            Place::Copy => "in `copy`",
            Place::FileStep => "in `file`",
            Place::Fetch => "in `fetch`",
            Place::Mount => "in `mount`",
            Place::Reserve => "in `reserve`",
            Place::Rollout => "in `update` and `rollback`",
            Place::Restart => "in `restart`",
            Place::Capabilities => "in `capabilities`",
            Place::Logging => "in `logging`",
            Place::Test => "in `test`",
            Place::Rule => "in `rule`",
            Place::Target => "in `target`",
        }
    }
}
