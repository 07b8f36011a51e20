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

use std::collections::HashMap;

use ecow::EcoString;
use rayon::prelude::*;

use crate::diag::Sink;
use crate::packages::Packages;
use crate::source::{Sources, Span};
use crate::syntax::tree::{Statement, Tree};

pub use declare::{Declared, DeclaredName};
pub use reference::HEADS;

/// All files of a project and of the standard library, checked against the vocabulary.
#[derive(Debug)]
pub struct Program {
    /// The trees: first those of the standard library, then the project's, by path, then those of packages.
    pub trees: Vec<Tree>,
    /// Everything that is declared outside all images, in the order of the trees.
    pub declarations: Vec<Declared>,
    /// The packages that are used.
    pub packages: Packages,
    /// What names stand for where that is not what is written, by the place of the first.
    pub links: HashMap<Span, Link>,
}

/// What one or several names side by side stand for, where a package comes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The full name of a layer or `let`, `platform.jre`; of other things the name that they have outside of the language,
    /// `platform-jvm`.
    pub name: EcoString,
    /// How many names these are: two in `platform.jvm`, one where `platform` itself says `jvm`.
    pub count: usize,
}

/// Checks every statement and every reference of `trees`.
pub fn resolve(
    sources: &Sources,
    trees: Vec<Tree>,
    packages: Packages,
    sink: &mut Sink,
) -> Program {
    let declarations = declare::collect(&trees, &packages);
    declare::check(sources, &trees, &declarations, &packages, sink);
    let names = scope::Names::new(sources, &trees, &declarations, &packages);
    let linked: Vec<(HashMap<Span, Link>, Sink)> = trees
        .par_iter()
        .map(|tree| {
            let (mut links, mut sink) = (HashMap::new(), Sink::new());
            link::link(tree, &names, &mut links, &mut sink);
            (links, sink)
        })
        .collect();
    let mut links = HashMap::new();
    for (of_tree, said) in linked {
        links.extend(of_tree);
        sink.append(said);
    }
    Program {
        trees,
        declarations,
        packages,
        links,
    }
}

impl Program {
    /// The statement that declares something.
    pub fn statement(&self, declared: &Declared) -> Option<&Statement> {
        let tree = self.trees.iter().find(|it| it.file == declared.span.file)?;
        declare::at(&tree.statements, &declared.path)
    }
}
