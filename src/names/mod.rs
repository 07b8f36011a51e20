//! Tree to program: are the words known, do their headers fit, do all names lead somewhere?
//!
//! Two passes. [`declare`] collects what is declared, so that the order of files does not matter; [`link`] walks every
//! statement once, with the names that it sees, and checks its shape against the vocabulary (`shape`) and its
//! references against the declarations.

mod call;
pub mod declare;
pub mod errors;
mod link;
mod reference;
mod scope;
mod shape;

use crate::diag::Sink;
use crate::source::Sources;
use crate::syntax::tree::{Statement, Tree};

pub use declare::{Declared, DeclaredName};

/// All files of a project and of the standard library, checked against the vocabulary.
#[derive(Debug)]
pub struct Program {
    /// The trees: first those of the standard library, then the project's, by path.
    pub trees: Vec<Tree>,
    /// Everything that is declared outside all images, in the order of the trees.
    pub declarations: Vec<Declared>,
}

/// Checks every statement and every reference of `trees`.
pub fn resolve(sources: &Sources, trees: Vec<Tree>, sink: &mut Sink) -> Program {
    let declarations = declare::collect(&trees);
    declare::check(sources, &trees, &declarations, sink);
    let names = scope::Names::new(&trees, &declarations);
    for tree in &trees {
        link::link(tree, &names, sink);
    }
    Program {
        trees,
        declarations,
    }
}

impl Program {
    /// The statement that declares something.
    pub fn statement(&self, declared: &Declared) -> Option<&Statement> {
        let tree = self.trees.iter().find(|it| it.file == declared.span.file)?;
        declare::at(&tree.statements, &declared.path)
    }
}
