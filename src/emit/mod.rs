//! Plan to files.

use crate::check::Checked;
use crate::diag::Sink;
use crate::model::Model;
use crate::plan::Plan;
use crate::vocab::Capability;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Relative to the project's root: `deploy/images/catalog/Dockerfile`.
    pub path: String,
    /// The whole text, UTF-8, LF, with a line break at its end.
    pub text: String,
    /// Whether it may be executed.
    pub executable: bool,
}

/// A file format, or a set of files that belong together.
pub trait Target: Sync {
    /// Its name for `--only`: `stack`.
    fn name(&self) -> &'static str;

    /// What it can express.
    fn capabilities(&self) -> &'static [Capability];

    /// Its files. Pure: the same model gives the same bytes.
    fn emit(&self, context: &Context<'_>) -> Vec<Output>;
}

/// What a target is given.
pub struct Context<'a> {
    /// The fleet.
    pub model: &'a Checked<Model>,
    /// What is done with it.
    pub plan: &'a Plan,
}

/// Every target, in the order in which files are listed.
pub fn targets() -> &'static [&'static dyn Target] {
    &[]
}

/// Reports what a property asks for and its environment's target cannot express, at the line that asks.
pub fn unsupported(_model: &Model, _sink: &mut Sink) {}
