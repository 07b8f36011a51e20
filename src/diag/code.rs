//! The names of problems.

use std::fmt;

/// A kind of problem. Its page is `src/explain/pages/<name>.md`.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    /// Kebab-case, stable once released; names the wrong thing, so that `allow NAME` reads well.
    pub name: &'static str,
    /// How grave it is unless a project says otherwise.
    pub level: Level,
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is written while one stands.
    Error,
    /// Worth mending; does not stop a compile.
    Warning,
    /// Said where asked for.
    Note,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        })
    }
}

/// Declares the codes of a stage, and `CODES`, the list of them for `explain`:
///
/// ```text
/// codes! {
///     DUPLICATE_NAME = "duplicate-name", Error;
/// }
/// ```
macro_rules! codes {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $level:ident;)*) => {
        $(
            $(#[$doc])*
            pub static $ident: $crate::diag::Code =
                $crate::diag::Code { name: $name, level: $crate::diag::Level::$level };
        )*

        /// Every code of this stage.
        pub static CODES: &[&$crate::diag::Code] = &[$(&$ident),*];
    };
}

pub(crate) use codes;
