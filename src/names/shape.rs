//! Whether a statement's header, value and block fit its word.

use super::declare::check_name;
use super::errors;
use super::link::Walk;
use crate::source::Span;
use crate::syntax::tree::{Argument, BinaryOp, Expr, ExprKind, Statement, Type, TypeKind};
use crate::value::Kind;
use crate::vocab::{Arg, Ty, Word, parameter};

/// What does not fit in a header.
enum Misfit {
    /// A piece is missing: how it is called, and where it should stand.
    Missing(String),
    /// An argument is no name.
    NoName(Span),
}

impl<'t> Walk<'t> {
    /// Reports the first thing of a statement that does not fit its word.
    pub(super) fn shape(&mut self, statement: &'t Statement, word: &'static Word) {
        let arguments = statement.arguments.as_slice();
        if arguments
            .iter()
            .any(|it| matches!(it.kind, ExprKind::Missing))
        {
            return;
        }
        let mut at = 0;
        match fit(word.header, arguments, &mut at) {
            Err(Misfit::Missing(what)) => {
                let before = at.checked_sub(1).and_then(|it| arguments.get(it));
                let span = before.map_or(statement.word.span, |it| it.span);
                return self.sink.push(errors::missing_argument(span, word, &what));
            }
            Err(Misfit::NoName(span)) => {
                return self.sink.push(errors::not_a_name(span, word.name));
            }
            Ok(()) => {}
        }
        if let Some(more) = arguments.get(at) {
            return self.sink.push(errors::unexpected_argument(more.span, word));
        }
        match (&statement.value, word.value) {
            (Some(value), None) => {
                return self.sink.push(errors::unexpected_value(value.span, word));
            }
            (None, Some(_)) if !word.optional => {
                let found = errors::missing_value(statement.header(), word.name, &word.shape());
                return self.sink.push(found);
            }
            (Some(_), Some(_)) | (None, Some(_) | None) => {}
        }
        match (&statement.block, word.block) {
            (Some(block), None) => {
                self.sink.push(errors::unexpected_block(
                    block.span,
                    word.name,
                    &word.shape(),
                ));
            }
            (None, Some(_)) if !word.optional => {
                self.sink
                    .push(errors::missing_block(statement.header(), word));
            }
            (Some(_), Some(_)) | (None, Some(_) | None) => {}
        }
    }

    /// Follows the names in a statement's header, and adds those that its block sees to the scope.
    pub(super) fn header(&mut self, statement: &'t Statement, word: &'static Word) {
        let mut at = 0;
        self.pieces(word.header, &statement.arguments, &mut at);
    }

    fn pieces(&mut self, pieces: &'static [Arg], arguments: &'t [Expr], at: &mut usize) {
        for piece in pieces {
            let Some(argument) = arguments.get(*at) else {
                return;
            };
            match piece {
                Arg::Keyword(word) if is_keyword(argument, word) => {}
                Arg::Keyword(_) => return,
                Arg::Optional(inner) => {
                    if begins(inner, argument) {
                        self.pieces(inner, arguments, at);
                    }
                    continue;
                }
                Arg::OneOf(several) => {
                    if let Some(chosen) = several.iter().find(|it| begins(it, argument)) {
                        self.pieces(chosen, arguments, at);
                    }
                    continue;
                }
                Arg::Value(ty, _) => self.expr(argument, ty),
                Arg::Declares(kind) => {
                    if let ExprKind::Template(_) = argument.kind {
                        self.expr(argument, &Ty::Any);
                    } else if let (Kind::Stage, Some(name)) = (kind, argument.as_name()) {
                        check_name(*kind, &name.text, name.span, self.sink);
                    }
                }
                Arg::DeclaresTest | Arg::Lint => {}
                Arg::DeclaresLayer => self.parameters(argument),
                Arg::Layer => self.layer(argument),
                Arg::User => self.user(argument),
                Arg::Turn => self.turn(argument),
            }
            *at += 1;
        }
    }

    /// The parameters of a layer: names in its block.
    fn parameters(&mut self, argument: &'t Expr) {
        let ExprKind::Call(call) = &argument.kind else {
            return;
        };
        for parameter in &call.arguments {
            if let Argument::Parameter(name, ty, default) = &parameter.value {
                self.parameter_type(ty);
                if let Some(default) = default {
                    self.expr(default, &Ty::Any);
                }
                self.scope.push(&name.text);
            }
        }
    }

    /// The type of a parameter, and what stands in its brackets.
    fn parameter_type(&mut self, ty: &Type) {
        let (name, inner) = match &ty.kind {
            TypeKind::Name(name) => (name, None),
            TypeKind::Of(name, inner) => (name, Some(inner)),
            TypeKind::Missing | TypeKind::Words(_) => return,
        };
        let known = parameter::TYPES
            .iter()
            .filter(|it| it.of || inner.is_none());
        let known: Vec<&str> = known.map(|it| it.name).collect();
        if !known.contains(&name.as_str()) {
            self.sink.push(errors::unknown_type(ty.span, name, &known));
        }
        if let Some(inner) = inner {
            self.parameter_type(inner);
        }
    }

    /// `NAME in LIST`
    fn turn(&mut self, argument: &'t Expr) {
        if let Some((name, list)) = turn(argument) {
            self.expr(list, &Ty::Any);
            self.scope.push(name);
        }
    }

    /// `app(uid = 10001)`: the name is a new one.
    fn user(&mut self, argument: &'t Expr) {
        match &argument.kind {
            ExprKind::Path(_) => {}
            ExprKind::Call(call) => self.call_of_user(call),
            _ => self.expr(argument, &Ty::String),
        }
    }
}

fn turn(argument: &Expr) -> Option<(&str, &Expr)> {
    match &argument.kind {
        ExprKind::Binary(it) if it.op == BinaryOp::In => {
            Some((&it.left.as_name()?.text, &it.right))
        }
        _ => None,
    }
}

fn is_keyword(argument: &Expr, word: &str) -> bool {
    argument.as_name().is_some_and(|it| it.text == word)
}

/// Whether pieces begin with this argument: with its keyword, where they have one.
fn begins(pieces: &[Arg], argument: &Expr) -> bool {
    match pieces.first() {
        Some(Arg::Keyword(word)) => is_keyword(argument, word),
        _ => true,
    }
}

/// Goes through a header; `at` counts the arguments that fit.
fn fit(pieces: &'static [Arg], arguments: &[Expr], at: &mut usize) -> Result<(), Misfit> {
    for (position, piece) in pieces.iter().enumerate() {
        let argument = arguments.get(*at);
        let missing = |what: &str| Err(Misfit::Missing(what.to_owned()));
        match piece {
            Arg::Optional(inner) => {
                if argument.is_some_and(|it| begins(inner, it)) {
                    fit(inner, arguments, at)?;
                }
                continue;
            }
            Arg::OneOf(several) => {
                let chosen = several
                    .iter()
                    .find(|it| argument.is_some_and(|argument| begins(it, argument)));
                if let Some(chosen) = chosen.or(several.first()) {
                    fit(chosen, arguments, at)?;
                }
                continue;
            }
            Arg::Keyword(word) => {
                if !argument.is_some_and(|it| is_keyword(it, word)) {
                    return missing(&format!("`{word}`"));
                }
            }
            Arg::Value(_, name) => {
                let next = pieces.get(position + 1);
                if argument.is_none_or(
                    |it| matches!(next, Some(Arg::Keyword(word)) if is_keyword(it, word)),
                ) {
                    return missing(&format!("its `{name}`"));
                }
            }
            Arg::Declares(_) | Arg::DeclaresTest => match argument {
                None => return missing("its name"),
                Some(it) => {
                    let text = matches!(it.kind, ExprKind::Text(..) | ExprKind::Template(_));
                    if it.as_name().is_none() && !text {
                        return Err(Misfit::NoName(it.span));
                    }
                }
            },
            Arg::DeclaresLayer | Arg::Layer => match argument {
                None => return missing("the layer's name"),
                Some(it) if !matches!(it.kind, ExprKind::Path(_) | ExprKind::Call(_)) => {
                    return Err(Misfit::NoName(it.span));
                }
                Some(_) => {}
            },
            Arg::Lint => match argument {
                None => return missing("the lint's name"),
                Some(it) if it.as_name().is_none() && it.as_text().is_none() => {
                    return Err(Misfit::NoName(it.span));
                }
                Some(_) => {}
            },
            Arg::User => {
                if argument.is_none() {
                    return missing("the user");
                }
            }
            Arg::Turn => {
                if argument.and_then(turn).is_none() {
                    return missing("`NAME in LIST`");
                }
            }
        }
        *at += 1;
    }
    Ok(())
}
