//! `ENV`: variables of an image, and their names that a checker takes for a secret's.

use std::borrow::Cow;

use ecow::EcoString;

use super::instruction::{Instruction, Line};

/// The variables of a step.
pub(super) fn env<'a>(pairs: &'a [(EcoString, EcoString)], out: &mut Vec<Line<'a>>) {
    if pairs.is_empty() {
        return;
    }
    let notes = if pairs.iter().any(|it| sounds_secret_to_hadolint(&it.0)) {
        vec![
            Cow::Borrowed(
                "A name that only sounds like a secret: svcc keeps secrets out of images.",
            ),
            Cow::Borrowed("hadolint ignore=DL3064"),
        ]
    } else {
        Vec::new()
    };
    out.push(Line {
        notes,
        instruction: Instruction::Env(pairs),
    });
}

/// Whether BuildKit's SecretsUsedInArgOrEnv flags a variable of this name.
pub(super) fn sounds_secret_to_build_kit(key: &str) -> bool {
    const WORDS: [&str; 10] = [
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ];
    let key = key.to_ascii_lowercase();
    let has = |words: &[&str]| key.split('_').any(|it| words.contains(&it));
    has(&WORDS) && !has(&["public", "file", "version"])
}

/// Whether hadolint's DL3064 flags a variable of this name.
fn sounds_secret_to_hadolint(key: &str) -> bool {
    const PARTS: [&str; 7] = [
        "api_key",
        "client_key",
        "password",
        "private",
        "secret",
        "token",
        "username",
    ];
    let key = key.to_ascii_lowercase();
    PARTS.iter().any(|it| key.contains(it)) || sounds_secret_to_build_kit(&key)
}
