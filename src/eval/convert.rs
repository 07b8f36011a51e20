//! Values to what the model holds: every type of the model says once what it is made from.

use std::borrow::Cow;

use ecow::EcoString;

use super::errors;
use super::operators;
use super::reference::mention;
use super::scope::Scope;
use super::world::Evaluator;
use crate::model::Attestation;
use crate::model::environment::{DeployMode, Engine};
use crate::model::image::System;
use crate::model::pipeline::{Approval, DockerAccess, Each};
use crate::model::service::{Failure, Mode, Order, Protocol, RestartCondition};
use crate::source::{Span, Spanned};
use crate::syntax::tree::{Expr, ExprKind};
use crate::value::{Duration, Kind, Part, Share, Size, Text, Value};

/// What is made from a value of the language.
pub(super) trait FromValue: Sized {
    /// What is expected, for messages: "a whole number".
    fn expected() -> Cow<'static, str>;

    /// The conversion; `None` where the value is something else.
    fn from_value(value: &Value) -> Option<Self>;
}

/// What was asked for.
#[derive(Debug)]
pub(super) enum Asked<T> {
    /// It was given.
    Given(T),
    /// `none`: whatever was given before goes.
    Removed,
    /// It was wrong, and reported.
    Bad,
}

impl<T> Asked<T> {
    /// What `f` makes of the value, if one was given.
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Asked<U> {
        match self {
            Asked::Given(it) => Asked::Given(f(it)),
            Asked::Removed => Asked::Removed,
            Asked::Bad => Asked::Bad,
        }
    }

    /// The value, if one was given.
    pub(super) fn given(self) -> Option<T> {
        match self {
            Asked::Given(it) => Some(it),
            Asked::Removed | Asked::Bad => None,
        }
    }
}

impl Evaluator<'_, '_> {
    /// Evaluates an expression to a `T`.
    pub(super) fn ask<T: FromValue>(&mut self, expr: &Expr, scope: &Scope) -> Asked<T> {
        let value = self.value(expr, scope);
        self.convert(&value, expr.span)
    }

    /// Converts a value that stands at `span`.
    pub(super) fn convert<T: FromValue>(&mut self, value: &Value, span: Span) -> Asked<T> {
        match value {
            Value::Unknown => Asked::Bad,
            Value::None => Asked::Removed,
            Value::List(items) if items.contains(&Value::Unknown) => Asked::Bad,
            value => match T::from_value(value) {
                Some(it) => Asked::Given(it),
                None => {
                    self.sink
                        .push(errors::wrong_type(span, &T::expected(), value));
                    Asked::Bad
                }
            },
        }
    }

    /// Evaluates an expression to a `T` that has to be there.
    pub(super) fn need<T: FromValue>(&mut self, expr: &Expr, scope: &Scope) -> Option<T> {
        match self.ask(expr, scope) {
            Asked::Given(it) => Some(it),
            Asked::Bad => None,
            Asked::Removed => {
                self.sink
                    .push(errors::wrong_type(expr.span, &T::expected(), &Value::None));
                None
            }
        }
    }

    /// Evaluates a list, each element with its place; a single value is a list of one.
    pub(super) fn each<T: FromValue>(&mut self, expr: &Expr, scope: &Scope) -> Vec<Spanned<T>> {
        if let ExprKind::List(list) = &expr.kind {
            let items = list.items.iter();
            return items
                .filter_map(|it| Some(Spanned::new(self.need(&it.value, scope)?, it.value.span)))
                .collect();
        }
        let value = self.value(expr, scope);
        match operators::elements(&value) {
            Some(items) => items
                .iter()
                .filter_map(|it| {
                    Some(Spanned::new(
                        self.convert(it, expr.span).given()?,
                        expr.span,
                    ))
                })
                .collect(),
            None => match self.convert(&value, expr.span) {
                Asked::Given(it) => vec![Spanned::new(it, expr.span)],
                Asked::Removed | Asked::Bad => Vec::new(),
            },
        }
    }
}

impl FromValue for EcoString {
    fn expected() -> Cow<'static, str> {
        "a string".into()
    }

    fn from_value(value: &Value) -> Option<EcoString> {
        operators::string(value)
    }
}

/// A string, number or boolean, as the value of an environment variable takes them.
impl FromValue for Text {
    fn expected() -> Cow<'static, str> {
        "a string, a number or a boolean".into()
    }

    fn from_value(value: &Value) -> Option<Text> {
        match value {
            Value::Text(it) => Some(it.clone()),
            Value::Ref(kind @ (Kind::Secret | Kind::Config), name) => {
                Some(Part::Mention(mention(*kind, name)).into())
            }
            Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Share(_)
            | Value::Word(_) => Some(Text::from(value.to_string())),
            Value::Unknown
            | Value::None
            | Value::List(_)
            | Value::Map(_)
            | Value::Ref(..)
            | Value::Made(_) => None,
        }
    }
}

impl FromValue for bool {
    fn expected() -> Cow<'static, str> {
        "`true` or `false`".into()
    }

    fn from_value(value: &Value) -> Option<bool> {
        match value {
            Value::Bool(it) => Some(*it),
            _ => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($ty:ty, $expected:literal;)*) => {
        $(impl FromValue for $ty {
            fn expected() -> Cow<'static, str> {
                $expected.into()
            }

            fn from_value(value: &Value) -> Option<$ty> {
                match value {
                    Value::Int(it) => (*it).try_into().ok(),
                    _ => None,
                }
            }
        })*
    };
}

whole_numbers! {
    i64, "a whole number";
    u64, "a whole number that is not negative";
    u32, "a whole number that is not negative";
}

/// A port: 1 to 65535.
impl FromValue for u16 {
    fn expected() -> Cow<'static, str> {
        "a port, 1 to 65535".into()
    }

    fn from_value(value: &Value) -> Option<u16> {
        match value {
            Value::Int(it @ 1..=65535) => (*it).try_into().ok(),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    fn expected() -> Cow<'static, str> {
        "a number".into()
    }

    fn from_value(value: &Value) -> Option<f64> {
        match value {
            Value::Int(it) => Some(*it as f64),
            Value::Float(it) => Some(*it),
            _ => None,
        }
    }
}

macro_rules! quantities {
    ($($ty:ident, $expected:literal;)*) => {
        $(impl FromValue for $ty {
            fn expected() -> Cow<'static, str> {
                $expected.into()
            }

            fn from_value(value: &Value) -> Option<$ty> {
                match value {
                    Value::$ty(it) => Some(*it),
                    _ => None,
                }
            }
        })*
    };
}

quantities! {
    Duration, "a duration such as `30s`";
    Size, "a size such as `512MiB`";
    Share, "a share such as `25%`";
}

impl<T: FromValue> FromValue for Vec<T> {
    fn expected() -> Cow<'static, str> {
        format!("a list, each element {}", T::expected()).into()
    }

    fn from_value(value: &Value) -> Option<Vec<T>> {
        match value {
            Value::List(items) => items.iter().map(T::from_value).collect(),
            _ => None,
        }
    }
}

macro_rules! words {
    ($($ty:ident { $($word:literal => $variant:ident),* $(,)? })*) => {
        $(impl FromValue for $ty {
            fn expected() -> Cow<'static, str> {
                let all: &[&str] = &[$($word),*];
                format!("one of `{}`", all.join("`, `")).into()
            }

            fn from_value(value: &Value) -> Option<$ty> {
                match (operators::string(value), value) {
                    $((Some(it), _) if it == $word => Some($ty::$variant),)*
                    _ => None,
                }
            }
        })*
    };
}

words! {
    Engine { "compose" => Compose, "swarm" => Swarm }
    DeployMode { "automatic" => Automatic, "manual" => Manual }
    Mode { "replicated" => Replicated, "global" => Global }
    Order { "start-first" => StartFirst, "stop-first" => StopFirst }
    Failure { "pause" => Pause, "continue" => Continue, "rollback" => Rollback }
    RestartCondition { "never" => None, "on-failure" => OnFailure, "any" => Any }
    Protocol { "tcp" => Tcp, "udp" => Udp }
    DockerAccess { "dind" => Dind, "socket" => Socket }
    Attestation { "provenance" => Provenance, "sbom" => Sbom }
    Approval { "pipeline" => Pipeline, "environment" => Environment }
    Each { "service" => Service, "environment" => Environment, "project" => Project }
}

impl FromValue for System {
    fn expected() -> Cow<'static, str> {
        "one of `debian`, `alpine`, `rhel`, `none`".into()
    }

    fn from_value(value: &Value) -> Option<System> {
        match operators::string(value)?.as_str() {
            "debian" => Some(System::Debian),
            "alpine" => Some(System::Alpine),
            "rhel" => Some(System::Rhel),
            "none" => Some(System::None),
            _ => None,
        }
    }
}
