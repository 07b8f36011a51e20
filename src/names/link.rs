//! The walk: every statement of a file, with the names that it sees.

use std::borrow::Cow;
use std::collections::HashMap;

use super::scope::Names;
use super::{Link, errors};
use crate::diag::Sink;
use crate::packages;
use crate::source::{FileId, Span};
use crate::syntax::tree::{ExprKind, Name, Statement, Tree};
use crate::value::Kind;
use crate::vocab::{self, Inside, Place, Ty, Word};

/// What a block holds.
#[derive(Clone, Copy)]
pub(super) enum Where {
    Statements(Place),
    Entries(Ty),
}

/// The state of the walk through one file.
pub(super) struct Walk<'t> {
    pub(super) names: &'t Names<'t>,
    pub(super) sink: &'t mut Sink,
    /// What names stand for where a package comes into it.
    links: &'t mut HashMap<Span, Link>,
    /// The file.
    pub(super) file: FileId,
    /// What stands before the names that the file declares.
    pub(super) prefix: &'t str,
    /// Values with a name: `let`s inside blocks, turns of `for`s, parameters.
    pub(super) scope: Vec<&'t str>,
    /// The stages so far of the image around.
    pub(super) stages: Vec<&'t str>,
}

/// Checks every statement of a file.
pub(super) fn link<'t>(
    tree: &'t Tree,
    names: &'t Names<'t>,
    links: &'t mut HashMap<Span, Link>,
    sink: &'t mut Sink,
) {
    let mut walk = Walk {
        names,
        sink,
        links,
        file: tree.file,
        prefix: names.packages.prefix(tree.file),
        scope: Vec::new(),
        stages: Vec::new(),
    };
    walk.block(&tree.statements, Where::Statements(Place::File), true);
}

impl<'t> Walk<'t> {
    /// How something that this file declares, or sees, is called among all.
    pub(super) fn full<'n>(&self, kind: Kind, name: &'n str) -> Cow<'n, str> {
        if self.prefix.is_empty() || !packages::gives(kind) {
            Cow::Borrowed(name)
        } else {
            Cow::Owned(format!("{}{name}", self.prefix))
        }
    }

    /// Notes what names stand for, where that is not what is written.
    pub(super) fn lead(&mut self, names: &[Name], kind: Kind, full: &str) {
        let Some(first) = names.first() else { return };
        let name = match kind {
            Kind::Layer | Kind::Let => Cow::Borrowed(full),
            _ => packages::plain(full),
        };
        if names.len() > 1 || *name != *first.text {
            let link = Link {
                name: name.as_ref().into(),
                count: names.len(),
            };
            self.links.insert(first.span, link);
        }
    }

    /// Checks the statements of a block. `outermost` is the file itself, whose `let`s are seen everywhere.
    fn block(&mut self, statements: &'t [Statement], inside: Where, outermost: bool) {
        let depth = self.scope.len();
        // What may be declared once in all files is counted where declarations are.
        let mut once: Vec<(&'t str, Span)> = Vec::with_capacity(statements.len());
        for statement in statements {
            let key = match inside {
                Where::Statements(place) => self.statement(statement, place, inside),
                Where::Entries(ty) => self.entry(statement, ty, inside),
            };
            if key && !outermost {
                once.push((&statement.word.text, statement.word.span));
            }
            if !outermost
                && statement.word.text == "let"
                && statement.word.string.is_none()
                && let Some(name) = statement.name(0)
            {
                self.scope.push(&name.text);
            }
        }
        self.scope.truncate(depth);
        once.sort();
        let mut first = None;
        for (name, span) in once {
            match first {
                Some((seen, at)) if seen == name => {
                    self.sink.push(errors::duplicate_word(span, name, at));
                }
                _ => first = Some((name, span)),
            }
        }
    }

    /// Checks one statement; whether it may stand only once in its block.
    fn statement(&mut self, statement: &'t Statement, place: Place, inside: Where) -> bool {
        let text = statement.word.text.as_str();
        // What a broken statement seems to say, or to hold, may be a consequence of how it is broken.
        if statement.broken {
            return false;
        }
        if statement.word.string.is_some() {
            self.sink.push(errors::string_as_word(statement.word.span));
            return false;
        }
        let Some(word) = meaning(statement, place) else {
            self.unknown(statement, place);
            return false;
        };
        if place == Place::Properties
            && word.value.is_some()
            && statement.value.is_none()
            && vocab::meanings(Place::Layer, text)
                .iter()
                .any(|(_, it)| !it.header.is_empty())
            && !statement.arguments.is_empty()
        {
            self.sink
                .push(errors::step_in_environment(statement.word.span, text));
            return false;
        }
        self.shape(statement, word);
        if let Some(value) = &statement.value {
            self.expr(value, word.value.as_ref().unwrap_or(&Ty::Any));
        }
        let depth = self.scope.len();
        self.header(statement, word);
        self.body(statement, word, place, inside);
        self.scope.truncate(depth);
        !word.repeats
    }

    /// Checks what stands between the braces of a known word.
    fn body(&mut self, statement: &'t Statement, word: &'static Word, place: Place, around: Where) {
        let (Some(block), Some(inside)) = (&statement.block, word.block) else {
            return;
        };
        let inside = match inside {
            Inside::Same => around,
            Inside::Statements(place) => Where::Statements(place),
            Inside::Entries(ty, _) => Where::Entries(ty),
        };
        match inside {
            // An image's stages are its own.
            Where::Statements(Place::Base | Place::Layer | Place::Service | Place::Job)
                if place == Place::File && word.block != Some(Inside::Same) =>
            {
                let outer = std::mem::take(&mut self.stages);
                self.block(&block.statements, inside, false);
                self.stages = outer;
            }
            Where::Statements(Place::Rule) => {
                self.scope.push("it");
                self.block(&block.statements, inside, false);
            }
            Where::Statements(_) | Where::Entries(_) => {
                self.block(&block.statements, inside, false);
            }
        }
        if let Where::Statements(Place::Stage) = inside
            && word.block != Some(Inside::Same)
            && let Some(name) = statement.name(0)
        {
            self.stages.push(&name.text);
        }
    }

    /// Checks an entry of `env { }` and the like; whether its key may stand only once.
    fn entry(&mut self, statement: &'t Statement, ty: Ty, inside: Where) -> bool {
        let plain = statement.word.string.is_none();
        let control = plain
            && match statement.word.text.as_str() {
                "for" | "when" => statement.block.is_some(),
                "let" => !statement.arguments.is_empty(),
                _ => false,
            };
        if control {
            return self.statement(statement, Place::File, inside);
        }
        let key = statement.word.text.as_str();
        if statement.broken {
            return false;
        }
        if let Some(string) = &statement.word.string {
            self.expr(string, &Ty::Any);
        }
        if let Some(value) = &statement.value {
            self.expr(value, &ty);
        }
        if let Some(argument) = statement.arguments.first() {
            self.sink.push(errors::unexpected_entry(argument.span, key));
        } else if statement.value.is_none() {
            let shape = format!("{key} = {}", ty.describe());
            self.sink
                .push(errors::missing_value(statement.word.span, key, &shape));
        } else if let Some(block) = &statement.block {
            let shape = format!("{key} = {}", ty.describe());
            self.sink
                .push(errors::unexpected_block(block.span, key, &shape));
        }
        let made = statement
            .word
            .string
            .as_ref()
            .is_some_and(|it| matches!(it.kind, ExprKind::Template(_)));
        !made
    }

    /// Reports a word that has no meaning in this place.
    fn unknown(&mut self, statement: &Statement, place: Place) {
        let (text, span) = (statement.word.text.as_str(), statement.word.span);
        if text.is_empty() {
            return;
        }
        let step = !vocab::meanings(Place::Layer, text).is_empty()
            && !vocab::meanings(Place::Base, text).is_empty();
        self.sink.push(if place == Place::Properties && step {
            errors::step_in_environment(span, text)
        } else if vocab::words().any(|it| it.name == text) {
            errors::misplaced_word(span, text, place)
        } else {
            errors::unknown_word(span, text, place)
        });
    }
}

/// What a statement's word means in a place: where it has two meanings, the one that fits its `=`.
fn meaning(statement: &Statement, place: Place) -> Option<&'static Word> {
    let meanings = vocab::meanings(place, &statement.word.text);
    let fits = |word: &Word| word.value.is_some() == statement.value.is_some();
    let fitting = meanings.iter().find(|(_, word)| fits(word));
    fitting.or(meanings.first()).map(|(_, word)| *word)
}
