//! Text to tree. Never fails: what cannot be read is reported and costs its own statement.

mod block;
mod decode;
pub mod errors;
mod expr;
mod grammar;
mod items;
mod pairs;
mod pieces;
mod statement;
mod stream;
mod string;
#[cfg(test)]
mod tests;
mod tidy;
pub mod tree;

use crate::diag::Sink;
use crate::source::FileId;
pub use decode::decode;
use pairs::Pairs;
use pieces::Pieces;
use statement::Builder;
use tree::Tree;

/// The tree of a file's text.
pub fn parse(file: FileId, text: &str, sink: &mut Sink) -> Tree {
    let mut said = Sink::new();
    let pairs = Pairs::of(text);
    let mut builder = Builder::new(file, text);
    let pieces = Pieces::new(file, text, &pairs);
    let (statements, end) = block::nest(pieces, &mut builder, &mut said);
    let broken = !said.is_empty();
    for diagnostic in tidy::tidy(text, said.finish()) {
        sink.push(diagnostic);
    }
    Tree {
        file,
        statements,
        end,
        count: builder.count(),
        broken,
    }
}
