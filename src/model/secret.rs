//! What services refer to: secrets, configs, volumes, networks.

use std::fmt;

use ecow::EcoString;

use super::Given;
use super::service::Merged;
use crate::source::Span;

/// `secret NAME { … }` in one environment. Never its value.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// Where its value comes from here; `None` where the environment has no source for it.
    pub source: Option<Given<SecretSource>>,
    /// Its version: a Swarm secret is immutable, so a new value is a new object. 1 unless set.
    pub version: Given<u32>,
}

/// Where the value of a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `file("path")`: relative to the root; must be ignored by git.
    File(EcoString),
    /// `env("NAME")`: a variable of the deploying shell.
    Env(EcoString),
    /// `ci("NAME")`: a CI variable or credential.
    Ci(EcoString),
    /// `swarm("name")`: made by hand, only referred to.
    Swarm(EcoString),
    /// `vault("kv/shop/db", field = "password")`
    Vault {
        /// The path.
        path: EcoString,
        /// The field.
        field: EcoString,
    },
    /// `sops("secrets.enc.yaml", key = "db.password")`
    Sops {
        /// The encrypted file, relative to the root.
        file: EcoString,
        /// The key in it, with dots.
        key: EcoString,
    },
    /// `onepassword("op://vault/item/field")`
    OnePassword(EcoString),
    /// `aws("shop/db", key = "password")`
    Aws {
        /// The secret's id or ARN.
        secret_id: EcoString,
        /// The key in its JSON; the whole value where not set.
        key: Option<EcoString>,
    },
    /// `generate(length = 32)`: made once, where it does not exist yet.
    Generate {
        /// How many characters.
        length: u32,
    },
}

/// As it is written: `vault("kv/shop/db", field = "password")`.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file({path:?})"),
            Self::Env(name) => write!(f, "env({name:?})"),
            Self::Ci(name) => write!(f, "ci({name:?})"),
            Self::Swarm(name) => write!(f, "swarm({name:?})"),
            Self::Vault { path, field } => write!(f, "vault({path:?}, field = {field:?})"),
            Self::Sops { file, key } => write!(f, "sops({file:?}, key = {key:?})"),
            Self::OnePassword(reference) => write!(f, "onepassword({reference:?})"),
            Self::Aws {
                secret_id,
                key: Some(key),
            } => write!(f, "aws({secret_id:?}, key = {key:?})"),
            Self::Aws {
                secret_id,
                key: None,
            } => write!(f, "aws({secret_id:?})"),
            Self::Generate { length } => write!(f, "generate(length = {length})"),
        }
    }
}

/// `config NAME { … }` in one environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// What is in it; `None` where it has nothing here.
    pub content: Option<Given<ConfigContent>>,
}

/// What is in a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigContent {
    /// `file = "nginx.conf"`: relative to the root.
    File {
        /// The path.
        path: EcoString,
        /// The SHA-256 of the file's bytes, in hexadecimal; empty where it could not be read.
        sha256: EcoString,
        /// How long the file is.
        bytes: u64,
    },
    /// `content = """…"""`
    Inline(EcoString),
}

/// `volume NAME { … }`
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// The driver; Docker's own, `local`, where not set.
    pub driver: Option<Given<EcoString>>,
    /// The driver's options.
    pub options: Merged<EcoString>,
    /// A volume that exists already, under this name.
    pub external: Option<Given<EcoString>>,
    /// Labels of the volume.
    pub labels: Merged<EcoString>,
}

/// `network NAME { … }`. Services without `networks` share the stack's own, `default`, which need not be declared.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its name.
    pub name: EcoString,
    /// Where the name stands.
    pub span: Span,
    /// No way out of it.
    pub internal: bool,
    /// Containers outside the stack may join.
    pub attachable: bool,
    /// Traffic between nodes is encrypted.
    pub encrypted: bool,
    /// Its addresses: `10.20.0.0/16`.
    pub subnet: Option<Given<EcoString>>,
    /// A network that exists already, under this name.
    pub external: Option<Given<EcoString>>,
}
