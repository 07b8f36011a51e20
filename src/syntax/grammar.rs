//! The parser that pest makes of `grammar/svc.pest`, and nothing else.

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/svc.pest"]
pub(super) struct Grammar;
