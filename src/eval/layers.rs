//! Applying layers: parameters bound, requirements met, systems served.

use ecow::EcoString;

use super::images::Making;
use super::scope::Scope;
use super::world::{Declared, Evaluator};
use super::{errors, operators};
use crate::model::image::{Step, System};
use crate::source::Span;
use crate::syntax::tree::{Argument, Call, Expr, ExprKind, Statement, Type, TypeKind};
use crate::value::{Kind, Value};

/// The `service { }` part of a layer that was applied.
#[derive(Debug, Clone)]
pub(super) struct ServicePart<'p> {
    /// The layer's name.
    pub(super) layer: EcoString,
    /// What it says.
    pub(super) body: &'p [Statement],
    /// The layer's parameters.
    pub(super) scope: Scope,
}

impl<'p> Evaluator<'_, 'p> {
    /// The steps of `layer NAME(args)`. `outer` are the layers that apply it.
    pub(super) fn layer(
        &mut self,
        argument: &'p Expr,
        scope: &Scope,
        making: &mut Making<'p, '_>,
        outer: &[EcoString],
    ) -> Vec<Step> {
        let Some(name) = self.layer_named(argument) else {
            return Vec::new();
        };
        let Some(declared) = self.world.find(Kind::Layer, &name).cloned() else {
            return Vec::new();
        };
        if outer.contains(&name) {
            self.sink
                .push(errors::layer_cycle(argument.span, &name, outer));
            return Vec::new();
        }
        let Some(inner) = self.bind(&declared, argument, scope) else {
            return Vec::new();
        };
        self.requirements(&declared, &inner, argument.span, making);
        if let Some(served) = self.served(&declared, making.system) {
            self.sink.push(errors::unserved_system(
                argument.span,
                &name,
                making.system,
                &served,
            ));
            return Vec::new();
        }
        let layers: Vec<EcoString> = outer.iter().cloned().chain([name.clone()]).collect();
        let seen = self.body(declared.statement.body(), &inner, Some(making.system));
        let in_service = std::mem::replace(&mut making.in_service, false);
        let visible = std::mem::take(&mut making.visible);
        let applied_at = making.applied_at;
        making.applied_at.get_or_insert(argument.span);
        let steps = self.steps(&seen, making, &layers);
        making.applied_at = applied_at;
        making.visible = visible;
        making.in_service = in_service;
        for (statement, scope) in &seen {
            match statement.word.text.as_str() {
                "service" => making.parts.push(ServicePart {
                    layer: name.clone(),
                    body: statement.body(),
                    scope: scope.clone(),
                }),
                "provides" => {
                    let given = statement
                        .value
                        .as_ref()
                        .map(|it| self.each::<EcoString>(it, scope));
                    making
                        .provides
                        .extend(given.into_iter().flatten().map(|it| it.value));
                }
                _ => {}
            }
        }
        making.applied.push((name, Some(argument.span)));
        steps
    }

    /// The full name of the layer in `layer java.jre(…)`.
    pub(super) fn layer_named(&self, argument: &Expr) -> Option<EcoString> {
        let names = match &argument.kind {
            ExprKind::Path(names) => names,
            ExprKind::Call(call) => &call.callee,
            _ => return None,
        };
        match self.world.link(names) {
            Some(link) => Some(link.name.clone()),
            None => layer_name(argument),
        }
    }

    /// The layer's parameters and what they are given; `None` where one of them is wrong.
    fn bind(&mut self, layer: &Declared<'p>, argument: &Expr, scope: &Scope) -> Option<Scope> {
        let ExprKind::Call(header) = &layer.statement.arguments.first()?.kind else {
            return Some(layer.scope.clone());
        };
        let given = match &argument.kind {
            ExprKind::Call(call) => self.given(call, header, scope),
            _ => Vec::new(),
        };
        let mut inner = layer.scope.clone();
        let mut sound = true;
        for parameter in &header.arguments {
            let Argument::Parameter(name, ty, default) = &parameter.value else {
                continue;
            };
            let (value, span) = match given.iter().find(|(it, ..)| *it == name.text) {
                Some((_, value, span)) => (value.clone(), *span),
                None => match default {
                    Some(default) => (self.value(default, &inner), default.span),
                    None => return None,
                },
            };
            // What `none` stands for where nothing is given may be given too.
            let may_be_none = matches!(default, Some(it) if matches!(it.kind, ExprKind::None));
            let value = match value {
                Value::None if may_be_none => Ok(Value::None),
                value => typed(value, ty),
            };
            if let Err(found) = &value {
                self.sink.push(errors::wrong_parameter(
                    span,
                    &name.text,
                    &describe(ty),
                    found,
                    name.span,
                ));
                sound = false;
            }
            inner = inner.with(name.text.clone(), value.unwrap_or(Value::Unknown));
        }
        sound.then_some(inner)
    }

    fn given(
        &mut self,
        call: &Call,
        header: &Call,
        scope: &Scope,
    ) -> Vec<(EcoString, Value, Span)> {
        let mut parameters = header.arguments.iter().filter_map(|it| match &it.value {
            Argument::Parameter(name, ..) => Some(name.text.clone()),
            Argument::Positional(_) | Argument::Named(..) => None,
        });
        let mut given = Vec::new();
        for argument in &call.arguments {
            match &argument.value {
                Argument::Positional(expr) => {
                    let Some(name) = parameters.next() else {
                        continue;
                    };
                    given.push((name, self.value(expr, scope), expr.span));
                }
                Argument::Named(name, expr) => {
                    given.push((name.text.clone(), self.value(expr, scope), expr.span));
                }
                Argument::Parameter(..) => {}
            }
        }
        given
    }

    /// Reports what the layer `requires` and nothing provides.
    fn requirements(
        &mut self,
        layer: &Declared<'p>,
        scope: &Scope,
        at: Span,
        making: &Making<'p, '_>,
    ) {
        for statement in layer.statement.body() {
            let (Some(value), "requires") = (&statement.value, statement.word.text.as_str()) else {
                continue;
            };
            for wanted in self.each::<EcoString>(value, scope) {
                if making.provides.contains(&wanted.value) {
                    continue;
                }
                let givers: Vec<EcoString> = self.givers(&wanted.value);
                let name = &layer.name;
                self.sink.push(errors::missing_requirement(
                    at,
                    name,
                    &wanted,
                    &givers,
                    wanted.span,
                ));
            }
        }
    }

    /// The layers that provide `wanted`.
    fn givers(&mut self, wanted: &str) -> Vec<EcoString> {
        let world = self.world;
        let gives = |layer: &&Declared<'p>| {
            layer
                .statement
                .body()
                .iter()
                .filter(|it| it.word.text == "provides")
                .any(|it| match it.value.as_ref().map(|it| &it.kind) {
                    Some(ExprKind::List(list)) => list
                        .items
                        .iter()
                        .any(|it| it.value.as_text().is_some_and(|it| it == wanted)),
                    _ => false,
                })
        };
        world
            .all(Kind::Layer)
            .iter()
            .filter(gives)
            .map(|it| it.name.clone())
            .collect()
    }

    /// The systems that the layer serves, where this is none of them.
    pub(super) fn served(
        &mut self,
        layer: &Declared<'p>,
        system: System,
    ) -> Option<Vec<EcoString>> {
        let mut served = Vec::new();
        for statement in layer
            .statement
            .body()
            .iter()
            .filter(|it| it.word.text == "on")
        {
            if self.is_on(statement, system) {
                return None;
            }
            let Some(argument) = statement.arguments.first() else {
                continue;
            };
            match &argument.kind {
                ExprKind::List(list) => {
                    served.extend(
                        list.items
                            .iter()
                            .filter_map(|it| it.value.as_name())
                            .map(|it| it.text.clone()),
                    );
                }
                _ => served.extend(argument.as_name().map(|it| it.text.clone())),
            }
        }
        (!served.is_empty()).then_some(served)
    }

    /// Reports layers that were applied together and say that they cannot be.
    pub(super) fn conflicts(&mut self, making: &Making<'p, '_>, start: usize) {
        for (name, at) in making.applied.get(start..).unwrap_or_default() {
            let Some(layer) = self.world.find(Kind::Layer, name).cloned() else {
                continue;
            };
            for statement in layer
                .statement
                .body()
                .iter()
                .filter(|it| it.word.text == "conflicts")
            {
                let Some(value) = &statement.value else {
                    continue;
                };
                let prefix = self.world.packages.prefix(layer.span.file);
                for other in self.each::<EcoString>(value, &layer.scope) {
                    let clash = making.applied.iter().find(|(it, _)| {
                        let own = it.strip_prefix(prefix).unwrap_or(it);
                        (*it == other.value || own == other.value) && it != name
                    });
                    if let Some((_, there)) = clash {
                        self.sink
                            .push(errors::layer_conflict(*at, name, &other, *there));
                    }
                }
            }
        }
    }
}

/// The name in `layer java.jre(…)` or `layer tini`.
pub(super) fn layer_name(argument: &Expr) -> Option<EcoString> {
    let names = match &argument.kind {
        ExprKind::Path(names) => names,
        ExprKind::Call(call) => &call.callee,
        _ => return None,
    };
    let names: Vec<&str> = names.iter().map(|it| it.text.as_str()).collect();
    Some(names.join(".").into())
}

/// A value as a parameter's type wants it, or what it is instead.
fn typed(value: Value, ty: &Type) -> Result<Value, Value> {
    if value == Value::Unknown {
        return Ok(value);
    }
    let fits = match &ty.kind {
        TypeKind::Missing => true,
        TypeKind::Words(words) => {
            return match operators::string(&value) {
                Some(it) if words.contains(&it) => Ok(Value::text(it)),
                _ => Err(value),
            };
        }
        TypeKind::Of(name, inner) => match (name.as_str(), &value) {
            ("list", Value::List(items)) => {
                let typed: Result<Vec<Value>, Value> =
                    items.iter().map(|it| typed(it.clone(), inner)).collect();
                return match typed {
                    Ok(items) => Ok(Value::List(items.into())),
                    Err(_) => Err(value),
                };
            }
            ("map", Value::Map(entries)) => entries
                .iter()
                .all(|(_, it)| typed(it.clone(), inner).is_ok()),
            _ => false,
        },
        TypeKind::Name(name) => match (name.as_str(), &value) {
            ("string", Value::Text(_))
            | ("image", Value::Text(_) | Value::Word(_) | Value::Ref(Kind::Base, _))
            | ("int", Value::Int(_))
            | ("float", Value::Int(_) | Value::Float(_))
            | ("bool", Value::Bool(_))
            | ("duration", Value::Duration(_))
            | ("size", Value::Size(_))
            | ("port", Value::Int(1..=65535))
            | ("list", Value::List(_))
            | ("map", Value::Map(_)) => true,
            ("secret" | "service" | "config" | "volume", Value::Word(it) | Value::Ref(_, it)) => {
                let kind = match name.as_str() {
                    "secret" => Kind::Secret,
                    "service" => Kind::Service,
                    "config" => Kind::Config,
                    _ => Kind::Volume,
                };
                return Ok(Value::Ref(kind, it.clone()));
            }
            _ => false,
        },
    };
    if fits { Ok(value) } else { Err(value) }
}

/// A type as it is written.
fn describe(ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Missing => "anything".into(),
        TypeKind::Name(it) => format!("`{it}`"),
        TypeKind::Of(it, inner) => format!("`{it}[{}]`", describe(inner).trim_matches('`')),
        TypeKind::Words(it) => format!("one of `{}`", it.join("`, `")),
    }
}
