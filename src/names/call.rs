//! Calls of functions and layers: is what is called known, and do the arguments fit?

use std::borrow::Cow;

use super::declare::layer_name;
use super::errors;
use super::link::Walk;
use crate::diag::Sink;
use crate::source::Span;
use crate::syntax::tree::{Argument, Call, Expr, ExprKind};
use crate::value::Kind;
use crate::vocab::function::{self, FUNCTIONS};
use crate::vocab::{Parameter, Ty};

/// The parameters that a new user may have: `user app(uid = 10001)`.
const USER: &[Slot<'static>] = &[
    Slot {
        name: "uid",
        ty: Ty::Int,
        required: false,
    },
    Slot {
        name: "gid",
        ty: Ty::Int,
        required: false,
    },
    Slot {
        name: "home",
        ty: Ty::String,
        required: false,
    },
];

/// A parameter of a function, a layer or a user.
#[derive(Clone, Copy)]
struct Slot<'s> {
    name: &'s str,
    ty: Ty,
    required: bool,
}

impl<'t> Walk<'t> {
    /// A call in an expression.
    pub(super) fn call(&mut self, call: &'t Call, span: Span) {
        let known = match call.callee.as_slice() {
            [name] => function::lookup(&name.text),
            _ => None,
        };
        let Some(function) = known else {
            let name: Vec<&str> = call.callee.iter().map(|it| it.text.as_str()).collect();
            let all = FUNCTIONS.iter().map(|it| it.name);
            self.sink.push(errors::unknown_function(
                call.callee_span,
                &name.join("."),
                all,
            ));
            return;
        };
        let slot = |it: &Parameter| Slot {
            name: it.name,
            ty: it.ty,
            required: it.required,
        };
        let slots: Vec<Slot<'_>> = function.parameters.iter().map(slot).collect();
        self.arguments(call, span, function.name, &slots, function.rest);
    }

    /// A layer that is applied: `java.jre(version = 21)`, `tini`.
    pub(super) fn layer(&mut self, argument: &'t Expr) {
        let Some((name, span)) = layer_name(argument) else {
            return;
        };
        let names = self.names;
        let own = self.full(Kind::Layer, &name);
        let full = match own {
            Cow::Owned(own) if names.layer(&own).is_none() && names.is_of_library(&name) => {
                Cow::Borrowed(name.as_str())
            }
            own => own,
        };
        let Some(parameters) = names.layer(&full) else {
            let segments = match &argument.kind {
                ExprKind::Path(segments) => segments.as_slice(),
                ExprKind::Call(call) => call.callee.as_slice(),
                _ => &[],
            };
            if !names.is_doubtful(&name) && !self.is_unread(segments) {
                let known = names.of(Kind::Layer, self.prefix);
                let other = names.kind_of(&full);
                self.sink.push(errors::unknown_name(
                    span,
                    &name,
                    &[Kind::Layer],
                    other,
                    known,
                ));
            }
            return;
        };
        if !self.prefix.is_empty() {
            match &argument.kind {
                ExprKind::Path(names) => self.lead(names, Kind::Layer, &full),
                ExprKind::Call(call) => self.lead(&call.callee, Kind::Layer, &full),
                _ => {}
            }
        }
        let slots: Vec<Slot<'_>> = parameters
            .iter()
            .map(|it| Slot {
                name: it.name,
                ty: it.ty,
                required: it.required,
            })
            .collect();
        match &argument.kind {
            ExprKind::Call(call) => self.arguments(call, argument.span, &name, &slots, None),
            _ => {
                if let Some(slot) = slots.iter().find(|it| it.required) {
                    self.sink
                        .push(errors::argument_missing(span, &name, slot.name));
                }
            }
        }
    }

    /// The arguments of a new user.
    pub(super) fn call_of_user(&mut self, call: &'t Call) {
        let name = call.callee.first().map_or("", |it| it.text.as_str());
        self.arguments(call, call.callee_span, name, USER, None);
    }

    fn arguments(
        &mut self,
        call: &'t Call,
        span: Span,
        callee: &str,
        slots: &[Slot<'_>],
        rest: Option<Ty>,
    ) {
        let known = || slots.iter().map(|it| it.name).collect::<Vec<_>>();
        let mut given: Vec<(&str, Span)> = Vec::new();
        let mut position = 0;
        let mut broken = false;
        for argument in &call.arguments {
            match &argument.value {
                Argument::Positional(expr) => {
                    broken |= matches!(expr.kind, ExprKind::Missing);
                    // What takes any number of arguments takes its named ones by name only.
                    let slot = slots
                        .get(position)
                        .filter(|it| rest.is_none() || it.required);
                    match (slot, rest) {
                        (Some(slot), _) => {
                            given.push((slot.name, expr.span));
                            self.expr(expr, &slot.ty);
                        }
                        (None, Some(rest)) => self.expr(expr, &rest),
                        (None, None) => {
                            self.sink
                                .push(errors::argument_too_many(expr.span, callee, &known()));
                            return;
                        }
                    }
                    position += 1;
                }
                Argument::Named(name, expr) => {
                    broken |= matches!(expr.kind, ExprKind::Missing);
                    let Some(slot) = slots.iter().find(|it| it.name == name.text) else {
                        self.sink.push(errors::unknown_argument(
                            name.span,
                            callee,
                            &name.text,
                            &known(),
                        ));
                        self.expr(expr, &Ty::Any);
                        broken = true;
                        continue;
                    };
                    once(&given, slot.name, name.span, self.sink);
                    given.push((slot.name, name.span));
                    self.expr(expr, &slot.ty);
                }
                Argument::Parameter(name, _, _) => {
                    self.sink.push(errors::unknown_argument(
                        name.span,
                        callee,
                        &name.text,
                        &known(),
                    ));
                    broken = true;
                }
            }
        }
        let missing = slots
            .iter()
            .find(|it| it.required && given.iter().all(|(name, _)| *name != it.name));
        if let (Some(slot), false) = (missing, broken) {
            self.sink
                .push(errors::argument_missing(span, callee, slot.name));
        }
    }
}

fn once(given: &[(&str, Span)], name: &str, span: Span, sink: &mut Sink) {
    if let Some((_, first)) = given.iter().find(|(it, _)| *it == name) {
        sink.push(errors::duplicate_argument(span, name, *first));
    }
}
