//! The types of a layer's parameters.

use crate::value::Kind;

/// A type that stands after a parameter's name: `version: int = 21`.
#[derive(Debug)]
pub struct ParameterType {
    /// `int`
    pub name: &'static str,
    /// Whether it takes another in brackets: `list[string]`.
    pub of: bool,
    /// The kind of declaration that it names, if it names one.
    pub kind: Option<Kind>,
    /// One sentence.
    pub doc: &'static str,
}

/// The types, in the order of the reference.
pub static TYPES: &[ParameterType] = &[
    plain("string", "A string"),
    plain("int", "A whole number"),
    plain("float", "A number"),
    plain("bool", "`true` or `false`"),
    plain("duration", "A duration: `10s`"),
    plain("size", "A size: `512MiB`"),
    plain("port", "A port: 1 to 65535"),
    ParameterType {
        of: true,
        ..plain("list", "A list; `list[string]` says of what")
    },
    ParameterType {
        of: true,
        ..plain("map", "A map; `map[string]` says to what")
    },
    naming(
        "image",
        Kind::Base,
        "An outside image, or a base by its name",
    ),
    naming(
        "secret",
        Kind::Secret,
        "A secret by its name; in `env { }` it is the path of its file",
    ),
    naming(
        "service",
        Kind::Service,
        "A service by its name; `it.host` is its host",
    ),
    naming("config", Kind::Config, "A config by its name"),
    naming("volume", Kind::Volume, "A volume by its name"),
];

const fn plain(name: &'static str, doc: &'static str) -> ParameterType {
    ParameterType {
        name,
        of: false,
        kind: None,
        doc,
    }
}

const fn naming(name: &'static str, kind: Kind, doc: &'static str) -> ParameterType {
    ParameterType {
        kind: Some(kind),
        ..plain(name, doc)
    }
}

/// The type of this name.
pub fn lookup(name: &str) -> Option<&'static ParameterType> {
    TYPES.iter().find(|it| it.name == name)
}
