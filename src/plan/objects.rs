//! The names of what is built and of what stands in a Swarm: images, the variables that carry them, secrets, configs.

use sha2::{Digest, Sha256};

use crate::model::Fleet;
use crate::model::secret::ConfigContent;

/// How many hexadecimal digits of a hash stand in a name.
const DIGITS: usize = 12;

/// The variable that carries an image's reference to a stack file and in a release file: `CATALOG_IMAGE`.
pub fn image_variable(name: &str) -> String {
    let mut variable = String::with_capacity(name.len() + 6);
    variable.extend(name.chars().map(|it| {
        if it == '-' {
            '_'
        } else {
            it.to_ascii_uppercase()
        }
    }));
    variable.push_str("_IMAGE");
    variable
}

/// The repository of an image: `registry.example.com/shop/catalog`; its name alone where the project has no registry.
pub fn repository(registry: Option<&str>, name: &str) -> String {
    match registry {
        Some(registry) => format!("{registry}/{name}"),
        None => name.to_owned(),
    }
}

/// The Swarm object of a secret. A secret is immutable there, so each version is an object of its own.
pub fn secret_object(stack: &str, name: &str, version: u32) -> String {
    format!("{stack}_{name}_v{version}")
}

/// The Swarm object of a config, named by the hash of what is in it, so that a changed one rolls its services.
pub fn config_object(stack: &str, name: &str, hash: &str) -> String {
    format!("{stack}_{name}_{}", hash.get(..DIGITS).unwrap_or(hash))
}

/// The configs that something in a fleet mounts, with their objects, by name.
pub fn configs(fleet: &Fleet) -> Vec<(&str, String)> {
    let stack = &fleet.environment.stack.value;
    let mounted = |name: &str| {
        let mut mounts = fleet.services.iter().flat_map(|it| &it.configs);
        mounts.any(|(it, _)| it == name)
    };
    let configs = fleet.configs.iter().filter(|it| mounted(&it.name));
    configs
        .filter_map(|it| {
            let hash = config_hash(&it.content.as_ref()?.value);
            Some((it.name.as_str(), config_object(stack, &it.name, &hash)))
        })
        .collect()
}

/// The SHA-256 of what is in a config, in hexadecimal.
pub fn config_hash(content: &ConfigContent) -> String {
    match content {
        ConfigContent::File { sha256, .. } => sha256.to_string(),
        ConfigContent::Inline(text) => hexadecimal(&Sha256::digest(text.as_bytes())),
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The beginning of a hash, as it stands in a tag.
pub(crate) fn short(hash: &[u8]) -> String {
    let mut text = hexadecimal(hash);
    text.truncate(DIGITS);
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
    }
    text
}
