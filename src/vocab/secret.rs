//! The words of secret.

use super::Word;

/// The words, in the order of the reference.
pub static WORDS: &[Word] = &[];
