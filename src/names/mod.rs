//! Tree to program: are the words known, do their headers fit, do all names lead somewhere?

use crate::diag::Sink;
use crate::source::Sources;
use crate::syntax::tree::Tree;

/// All files of a project and of the standard library, checked against the vocabulary.
#[derive(Debug)]
pub struct Program {
    /// The trees: first those of the standard library, then the project's, by path.
    pub trees: Vec<Tree>,
}

/// Checks every statement and every reference of `trees`.
pub fn resolve(_sources: &Sources, trees: Vec<Tree>, _sink: &mut Sink) -> Program {
    Program { trees }
}
