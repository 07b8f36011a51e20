//! How a shell asks whether a secret's source has a value, without showing it.

use crate::model::SecretSource;

pub use super::quote;

/// A command that succeeds where the source has a value; `None` where nothing is to be asked: a value that is made, or one
/// that is only in the Swarm.
pub fn check(source: &SecretSource) -> Option<String> {
    Some(match source {
        SecretSource::File(path) => has_file(path),
        SecretSource::Env(name) | SecretSource::Ci(name) => format!("[ -n \"${{{name}:-}}\" ]"),
        SecretSource::Vault { path, field } => {
            format!(
                "vault kv get -field={} {} >/dev/null",
                quote(field),
                quote(path)
            )
        }
        SecretSource::Sops { file, key } => format!(
            "sops decrypt --extract {} {} >/dev/null",
            quote(&sops_steps(key)),
            quote(file)
        ),
        SecretSource::OnePassword(reference) => {
            format!("op read --no-newline {} >/dev/null", quote(reference))
        }
        SecretSource::Aws { secret_id, key } => {
            let ask = format!(
                "aws secretsmanager get-secret-value --secret-id {} --query SecretString --output text",
                quote(secret_id)
            );
            match key {
                Some(key) => format!(
                    "{ask} | jq -e --arg key {} '.[$key]' >/dev/null",
                    quote(key)
                ),
                None => format!("{ask} >/dev/null"),
            }
        }
        SecretSource::Swarm(_) | SecretSource::Generate { .. } => return None,
    })
}

/// Whether a file holds something.
pub fn has_file(path: &str) -> String {
    format!("[ -s {} ]", quote(path))
}

/// `db.password` as `sops --extract` takes it: `["db"]["password"]`.
pub(super) fn sops_steps(key: &str) -> String {
    key.split('.').map(|it| format!("[\"{it}\"]")).collect()
}
