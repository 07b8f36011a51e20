//! Expressions to values. Total: every expression has a value, [`Value::Unknown`] where something was wrong.

use ecow::EcoString;

use super::scope::Scope;
use super::world::{Evaluator, Phase};
use super::{builtins, errors, operators};
use crate::source::Span;
use crate::syntax::tree::{
    Argument, Binary, BinaryOp, Call, Comprehension, Expr, ExprKind, MapLiteral, Name, Template,
    TemplatePart, UnaryOp, Word,
};
use crate::value::{Kind, Made, Map, Mention, Part, Runtime, Text, Value};
use crate::vocab::function;

impl Evaluator<'_, '_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr, scope: &Scope) -> Value {
        match &expr.kind {
            ExprKind::Missing => Value::Unknown,
            ExprKind::None => Value::None,
            ExprKind::Bool(it) => Value::Bool(*it),
            ExprKind::Int(it) => Value::Int(*it),
            ExprKind::Float(it) => Value::Float(*it),
            ExprKind::Duration(it) => Value::Duration(*it),
            ExprKind::Size(it) => Value::Size(*it),
            ExprKind::Share(it) => Value::Share(*it),
            ExprKind::Text(it, _) => Value::Text(Text::Plain(it.clone())),
            ExprKind::Template(it) => self.template(it, scope),
            ExprKind::Path(names) => self.path(names, scope),
            ExprKind::Call(it) => self.call(it, expr.span, scope),
            ExprKind::List(it) => Value::list(
                it.items
                    .iter()
                    .map(|it| self.value(&it.value, scope))
                    .collect::<Vec<_>>(),
            ),
            ExprKind::Comprehension(it) => self.comprehension(it, scope),
            ExprKind::Map(it) => self.map(it, scope),
            ExprKind::Unary(op, operand) => {
                let value = self.value(operand, scope);
                self.unary(*op, value, operand.span)
            }
            ExprKind::Binary(it) => self.binary(it, scope),
            ExprKind::If(it) => match self.condition(&it.condition, scope) {
                Some(true) => self.value(&it.then, scope),
                Some(false) => self.value(&it.otherwise, scope),
                None => Value::Unknown,
            },
            ExprKind::Index(it) => {
                let base = self.value(&it.base, scope);
                let index = self.value(&it.index, scope);
                operators::index(&base, &index).unwrap_or_else(|problem| {
                    self.sink.push(errors::no_element(it.index.span, &problem));
                    Value::Unknown
                })
            }
            ExprKind::Member(it) => {
                let base = self.value(&it.base, scope);
                self.member(base, &it.name)
            }
            ExprKind::Group(it) => self.value(it, scope),
        }
    }

    /// The truth of a condition; `None` where it has none, which is reported.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope) -> Option<bool> {
        match self.value(expr, scope) {
            Value::Bool(it) => Some(it),
            Value::Unknown => None,
            other => {
                self.sink
                    .push(errors::wrong_type(expr.span, "a boolean", &other));
                None
            }
        }
    }

    /// The characters of a statement's word; `None` where they are not known.
    pub(super) fn word(&mut self, word: &Word, scope: &Scope) -> Option<EcoString> {
        let Some(string) = &word.string else {
            return Some(word.text.clone());
        };
        match self.value(string, scope) {
            Value::Text(text) => text.known().map(|it| it.as_ref().into()),
            _ => None,
        }
    }

    fn template(&mut self, template: &Template, scope: &Scope) -> Value {
        let mut pieces = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            match part {
                TemplatePart::Text(text, _) => pieces.push(Text::Plain(text.clone())),
                TemplatePart::Expr(expr) => {
                    let value = self.value(expr, scope);
                    match self.text_of(value, expr.span) {
                        Some(text) => pieces.push(text),
                        None => return Value::Unknown,
                    }
                }
            }
        }
        Value::Text(Text::join(pieces))
    }

    fn map(&mut self, map: &MapLiteral, scope: &Scope) -> Value {
        let mut entries = Map::with_capacity(map.entries.len());
        for entry in &map.entries {
            let (key, expr) = &entry.value;
            let Some(name) = self.word(key, scope) else {
                continue;
            };
            let value = self.value(expr, scope);
            if entries.iter().any(|(it, _)| *it == name) {
                self.sink.push(errors::duplicate_key(key.span, &name));
                continue;
            }
            entries.push((name, value));
        }
        Value::Map(entries.into())
    }

    fn comprehension(&mut self, it: &Comprehension, scope: &Scope) -> Value {
        let list = self.value(&it.list, scope);
        let Some(items) = operators::elements(&list) else {
            if list != Value::Unknown {
                self.sink
                    .push(errors::wrong_type(it.list.span, "a list", &list));
            }
            return Value::Unknown;
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let inner = scope.with(it.name.text.clone(), item);
            let keep = match &it.condition {
                Some(condition) => self.condition(condition, &inner).unwrap_or(false),
                None => true,
            };
            if keep {
                out.push(self.value(&it.value, &inner));
            }
        }
        Value::list(out)
    }

    fn unary(&mut self, op: UnaryOp, value: Value, span: Span) -> Value {
        match (op, &value) {
            (_, Value::Unknown) => Value::Unknown,
            (UnaryOp::Minus, Value::Int(it)) => Value::Int(it.saturating_neg()),
            (UnaryOp::Minus, Value::Float(it)) => Value::Float(-it),
            (UnaryOp::Not, Value::Bool(it)) => Value::Bool(!it),
            (UnaryOp::Minus, _) => self.wrong(span, "a number", &value),
            (UnaryOp::Not, _) => self.wrong(span, "a boolean", &value),
        }
    }

    fn wrong(&mut self, span: Span, expected: &str, found: &Value) -> Value {
        self.sink.push(errors::wrong_type(span, expected, found));
        Value::Unknown
    }

    fn binary(&mut self, it: &Binary, scope: &Scope) -> Value {
        match it.op {
            BinaryOp::And | BinaryOp::Or => {
                let decided = it.op == BinaryOp::Or;
                match self.condition(&it.left, scope) {
                    Some(left) if left == decided => Value::Bool(decided),
                    Some(_) => self
                        .condition(&it.right, scope)
                        .map_or(Value::Unknown, Value::Bool),
                    None => Value::Unknown,
                }
            }
            BinaryOp::Coalesce => match self.value(&it.left, scope) {
                Value::None => self.value(&it.right, scope),
                left => left,
            },
            _ => {
                let left = self.value(&it.left, scope);
                let right = self.value(&it.right, scope);
                if left == Value::Unknown || right == Value::Unknown {
                    return Value::Unknown;
                }
                operators::apply(it.op, &left, &right).unwrap_or_else(|problem| {
                    let (left, right) = ((&it.left.span, &left), (&it.right.span, &right));
                    self.sink
                        .push(errors::operands(it.op, it.op_span, left, right, &problem));
                    Value::Unknown
                })
            }
        }
    }

    fn call(&mut self, call: &Call, span: Span, scope: &Scope) -> Value {
        let [callee] = call.callee.as_slice() else {
            return Value::Unknown;
        };
        let Some(function) = function::lookup(&callee.text) else {
            return Value::Unknown;
        };
        let mut arguments = Map::new();
        let mut spans = Vec::new();
        let mut rest = Vec::new();
        let mut position = 0;
        for argument in &call.arguments {
            match &argument.value {
                Argument::Positional(expr) => {
                    let value = self.value(expr, scope);
                    spans.push(expr.span);
                    match function.parameters.get(position) {
                        Some(parameter) if function.rest.is_none() => {
                            arguments.push((parameter.name.into(), value));
                        }
                        _ => rest.push(value),
                    }
                    position += 1;
                }
                Argument::Named(name, expr) | Argument::Parameter(name, _, Some(expr)) => {
                    spans.push(expr.span);
                    let value = self.value(expr, scope);
                    arguments.push((name.text.clone(), value));
                }
                Argument::Parameter(_, _, None) => {}
            }
        }
        if rest
            .iter()
            .chain(arguments.iter().map(|(_, it)| it))
            .any(|it| *it == Value::Unknown)
        {
            return Value::Unknown;
        }
        let made = Made {
            function: function.name,
            arguments,
            rest,
        };
        if function.result.is_none() {
            return Value::Made(made.into());
        }
        let required = function.parameters.iter().filter(|it| it.required);
        if required.into_iter().any(|it| made.get(it.name).is_none()) && function.rest.is_none() {
            return Value::Unknown;
        }
        builtins::call(function, &made).unwrap_or_else(|problem| {
            self.sink
                .push(errors::wrong_argument(span, function.name, &problem));
            Value::Unknown
        })
    }

    fn path(&mut self, names: &[Name], scope: &Scope) -> Value {
        let [head, rest @ ..] = names else {
            return Value::Unknown;
        };
        if let Some(value) = scope.get(&head.text) {
            let value = value.clone();
            return rest
                .iter()
                .fold(value, |value, name| self.member(value, name));
        }
        if !rest.is_empty()
            && let Some(value) = self.reference(head, rest)
        {
            return value;
        }
        if let Some(value) = self.outer_let(head) {
            return rest
                .iter()
                .fold(value, |value, name| self.member(value, name));
        }
        if rest.is_empty() {
            Value::Word(head.text.clone())
        } else {
            Value::Unknown
        }
    }

    /// The value of a `let` outside all blocks.
    fn outer_let(&mut self, name: &Name) -> Option<Value> {
        let statement = *self.world.lets.get(&name.text)?;
        match self.lets.get(&name.text) {
            Some(Some(value)) => return Some(value.clone()),
            Some(None) => {
                self.sink.push(errors::circular_let(name.span, &name.text));
                return Some(Value::Unknown);
            }
            None => {}
        }
        self.lets.insert(name.text.clone(), None);
        let value = match &statement.value {
            Some(expr) => self.value(expr, &Scope::default()),
            None => Value::Unknown,
        };
        self.lets.insert(name.text.clone(), Some(value.clone()));
        Some(value)
    }

    /// `value.name`
    fn member(&mut self, value: Value, name: &Name) -> Value {
        match &value {
            Value::Unknown => Value::Unknown,
            Value::Map(entries) => match entries.iter().find(|(key, _)| *key == name.text) {
                Some((_, value)) => value.clone(),
                None => {
                    let known = entries.iter().map(|(key, _)| key.as_str());
                    self.sink
                        .push(errors::unknown_member(name.span, &name.text, known));
                    Value::Unknown
                }
            },
            Value::Ref(Kind::Service, service) => {
                let service = Name {
                    text: service.clone(),
                    span: name.span,
                };
                self.service(&service, std::slice::from_ref(name))
            }
            other => {
                self.sink
                    .push(errors::no_members(name.span, &name.text, other));
                Value::Unknown
            }
        }
    }

    /// `service.db.host`, `environment.name` and the like; `None` where the head is none of these words.
    fn reference(&mut self, head: &Name, rest: &[Name]) -> Option<Value> {
        let first = rest.first()?;
        let whole = rest.last().map_or(head.span, |it| head.span.to(it.span));
        let value = match head.text.as_str() {
            "project" => match self.world.project.iter().find(|(it, _)| *it == first.text) {
                Some((_, value)) => value.clone(),
                None => {
                    let known = self.world.project.iter().map(|(it, _)| it.as_str());
                    self.sink
                        .push(errors::unknown_member(first.span, &first.text, known));
                    Value::Unknown
                }
            },
            "environment" => {
                let Phase::Run(environment) = self.phase else {
                    return Some(self.too_early(whole, "environment"));
                };
                if first.text == "name" {
                    Value::text(environment.name.clone())
                } else if let Some((_, it)) =
                    environment.lets.iter().find(|(it, _)| *it == first.text)
                {
                    let value = it.clone();
                    return Some(
                        rest[1..]
                            .iter()
                            .fold(value, |it, name| self.member(it, name)),
                    );
                } else {
                    let elsewhere = environment.lets_elsewhere.contains(&first.text);
                    let name = environment.name.clone();
                    self.sink.push(errors::missing_let(
                        first.span,
                        &first.text,
                        &name,
                        elsewhere,
                    ));
                    Value::Unknown
                }
            }
            "service" => self.service(first, &rest[1..]),
            "secret" | "config" | "volume" => {
                let kind = match head.text.as_str() {
                    "secret" => Kind::Secret,
                    "config" => Kind::Config,
                    _ => Kind::Volume,
                };
                if let Some(more) = rest.get(1) {
                    self.sink.push(match kind {
                        Kind::Secret => errors::secret_in_string(more.span, &first.text),
                        _ => errors::no_members(
                            more.span,
                            &more.text,
                            &Value::Ref(kind, first.text.clone()),
                        ),
                    });
                    return Some(Value::Unknown);
                }
                if !matches!(self.phase, Phase::Run(_)) {
                    return Some(self.too_early(whole, kind.word()));
                }
                if self.world.find(kind, &first.text).is_none() {
                    return Some(Value::Unknown);
                }
                Value::Text(Part::Mention(mention(kind, &first.text)).into())
            }
            "node" | "task" => {
                let runtime = match (head.text.as_str(), first.text.as_str()) {
                    ("node", "hostname") => Runtime::NodeHostname,
                    ("node", "id") => Runtime::NodeId,
                    ("task", "slot") => Runtime::TaskSlot,
                    ("task", "id") => Runtime::TaskId,
                    (head, _) => {
                        let known: &[&str] = if head == "node" {
                            &["hostname", "id"]
                        } else {
                            &["slot", "id"]
                        };
                        let known = known.iter().copied();
                        self.sink
                            .push(errors::unknown_member(first.span, &first.text, known));
                        return Some(Value::Unknown);
                    }
                };
                if !matches!(self.phase, Phase::Run(_)) {
                    return Some(self.too_early(whole, &head.text));
                }
                Value::Text(Part::Runtime(runtime).into())
            }
            _ => return None,
        };
        Some(value)
    }

    /// Reports a reference to what is not known yet.
    fn too_early(&mut self, span: Span, what: &str) -> Value {
        self.sink.push(match self.phase {
            Phase::Build if what == "environment" => errors::environment_in_image(span),
            Phase::Build if what == "secret" => errors::secret_in_image(span),
            Phase::Build | Phase::Declare | Phase::Run(_) => errors::run_time_reference(span, what),
        });
        Value::Unknown
    }

    /// `service.NAME.…`
    fn service(&mut self, name: &Name, rest: &[Name]) -> Value {
        let span = rest.last().map_or(name.span, |it| name.span.to(it.span));
        let Phase::Run(environment) = self.phase else {
            return self.too_early(span, "service");
        };
        let own = name.text == "self";
        let target = if own {
            self.own_name.clone()
        } else {
            name.text.clone()
        };
        let Some(what) = rest.first() else {
            return Value::Ref(Kind::Service, target);
        };
        if self.world.find(Kind::Service, &target).is_none() {
            return Value::Unknown;
        }
        let said = |text: EcoString| {
            let mention = Mention {
                kind: Kind::Service,
                name: target.clone(),
                text,
            };
            if own {
                Value::text(mention.text)
            } else {
                Value::Text(Part::Mention(mention).into())
            }
        };
        match (what.text.as_str(), rest.get(1)) {
            ("host", _) => said(target.clone()),
            ("name", _) if own => Value::Text(Part::Runtime(Runtime::ServiceName).into()),
            ("name", _) => said(target.clone()),
            ("replicas", _) | ("port" | "url", Some(_)) => {
                let Some(services) = &environment.services else {
                    self.sink.push(errors::circular_reference(span, &target));
                    return Value::Unknown;
                };
                let Some(shown) = services.get(&target) else {
                    self.sink.push(errors::absent_service(
                        name.span,
                        &target,
                        &environment.name,
                    ));
                    return Value::Unknown;
                };
                let Some(port) = rest.get(1) else {
                    return Value::Int(i64::from(shown.replicas));
                };
                let Some((_, number)) = shown.ports.iter().find(|(it, _)| *it == port.text) else {
                    let known = shown.ports.iter().map(|(it, _)| it.as_str());
                    self.sink
                        .push(errors::unknown_port(port.span, &port.text, &target, known));
                    return Value::Unknown;
                };
                let number = *number;
                match what.text.as_str() {
                    "port" => said(ecow::eco_format!("{number}")),
                    _ => said(ecow::eco_format!("http://{target}:{number}")),
                }
            }
            ("port" | "url", None) => {
                self.sink
                    .push(errors::port_without_name(what.span, &target));
                Value::Unknown
            }
            (other, _) => {
                let known = ["host", "port", "url", "name", "replicas"];
                self.sink
                    .push(errors::unknown_member(what.span, other, known));
                Value::Unknown
            }
        }
    }

    /// A value as characters, where it has any.
    pub(super) fn text_of(&mut self, value: Value, span: Span) -> Option<Text> {
        match value {
            Value::Text(it) => Some(it),
            Value::Ref(kind @ (Kind::Secret | Kind::Config | Kind::Volume), name) => {
                Some(Part::Mention(mention(kind, &name)).into())
            }
            Value::Unknown => None,
            Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Share(_)
            | Value::Word(_) => Some(Text::from(value.to_string())),
            Value::None | Value::List(_) | Value::Map(_) | Value::Ref(..) | Value::Made(_) => {
                self.sink.push(errors::not_text(span, &value));
                None
            }
        }
    }
}

/// A secret, config or volume in a string: the path that it is mounted at, or its name.
fn mention(kind: Kind, name: &EcoString) -> Mention {
    let text = match kind {
        Kind::Secret => ecow::eco_format!("/run/secrets/{name}"),
        Kind::Config => ecow::eco_format!("/{name}"),
        _ => name.clone(),
    };
    Mention {
        kind,
        name: name.clone(),
        text,
    }
}
