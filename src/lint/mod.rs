//! Is it wise? So far only what a project asks for and this version does not do: nothing is ignored silently.

pub mod errors;

use crate::diag::Sink;
use crate::names::Program;
use crate::source::Sources;
use crate::syntax::tree::Statement;

/// Reports what is written and has no effect.
pub fn lint(sources: &Sources, program: &Program, sink: &mut Sink) {
    for tree in &program.trees {
        if !sources.get(tree.file).path.starts_with("<std>/") {
            without_effect(&tree.statements, sink);
        }
    }
}

fn without_effect(statements: &[Statement], sink: &mut Sink) {
    for statement in statements {
        let word = statement.word.text.as_str();
        let name = statement.name(0).map(|it| it.text.as_str());
        match (word, name, &statement.value) {
            ("rule", _, None) | ("lint", None, None) | ("allow", Some(_), None) => {
                sink.push(errors::without_effect(statement.header(), word));
            }
            ("pipeline", Some(system @ ("github" | "jenkins")), None) => {
                sink.push(errors::without_effect(
                    statement.header(),
                    &format!("pipeline {system}"),
                ));
            }
            _ => without_effect(statement.body(), sink),
        }
    }
}
