//! Names and paths to values: `let`s, `project.…`, `service.…`, `environment.…` and what else can be referred to.

use ecow::EcoString;

use super::errors;
use super::scope::Scope;
use super::world::{Evaluator, Phase};
use crate::source::Span;
use crate::syntax::tree::Name;
use crate::value::{Kind, Mention, Part, Runtime, Value};

impl Evaluator<'_, '_> {
    pub(super) fn path(&mut self, names: &[Name], scope: &Scope) -> Value {
        let [head, rest @ ..] = names else {
            return Value::Unknown;
        };
        if let Some(value) = scope.get(&head.text) {
            let value = value.clone();
            return rest
                .iter()
                .fold(value, |value, name| self.member(value, name));
        }
        if let Some(link) = self.world.link(names) {
            let value = if self.world.lets.contains_key(&link.name) {
                self.outer_let(&Name {
                    text: link.name.clone(),
                    span: head.span,
                })
            } else {
                None
            };
            let value = value.unwrap_or_else(|| Value::Word(link.name.clone()));
            let rest = names.get(link.count..).unwrap_or_default();
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
        let here = self.environments().first().map(|it| it.at);
        for environment in [None, here] {
            if let Some(value) = self.lets.get(&(name.text.clone(), environment)) {
                self.asked |= environment.is_some();
                return Some(value.clone());
            }
        }
        if self.lets_begun.contains(&name.text) {
            self.sink.push(errors::circular_let(name.span, &name.text));
            return Some(Value::Unknown);
        }
        self.lets_begun.push(name.text.clone());
        let asked = std::mem::replace(&mut self.asked, false);
        let value = match &statement.value {
            Some(expr) => self.value(expr, &Scope::default()),
            None => Value::Unknown,
        };
        let environment = here.filter(|_| self.asked);
        self.asked |= asked;
        self.lets_begun.pop();
        self.lets
            .insert((name.text.clone(), environment), value.clone());
        Some(value)
    }

    /// `value.name`
    pub(super) fn member(&mut self, value: Value, name: &Name) -> Value {
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
                let Some(environment) = self.environments().first() else {
                    return Some(self.too_early(whole, "environment"));
                };
                self.asked = true;
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
                let link = self.world.link(rest);
                let (name, count) = link.map_or((&first.text, 1), |it| (&it.name, it.count));
                if self.world.find(kind, name).is_none() {
                    return Some(Value::Unknown);
                }
                if let Some(more) = rest.get(count) {
                    self.sink.push(match kind {
                        Kind::Secret => errors::secret_in_string(more.span, name),
                        _ => errors::no_members(
                            more.span,
                            &more.text,
                            &Value::Ref(kind, name.clone()),
                        ),
                    });
                    return Some(Value::Unknown);
                }
                if !matches!(self.phase, Phase::Run(_)) {
                    return Some(self.too_early(whole, kind.word()));
                }
                Value::Text(Part::Mention(mention(kind, name)).into())
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
        let [environment, others @ ..] = self.environments() else {
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
                let shown = services.get(&target);
                self.asked |= others.iter().any(|it| it.shown(&target) != shown);
                let Some(shown) = shown else {
                    self.sink.push(errors::absent_service(
                        name.span,
                        &target,
                        &environment.name,
                    ));
                    return Value::Unknown;
                };
                let Some(port) = rest.get(1) else {
                    let replicas = shown.replicas.as_ref().map_or(1, |it| it.value);
                    return Value::Int(i64::from(replicas));
                };
                let Some((_, number)) = shown.ports.iter().find(|(it, _)| *it == port.text) else {
                    let known = shown.ports.iter().map(|(it, _)| it.as_str());
                    self.sink
                        .push(errors::unknown_port(port.span, &port.text, &target, known));
                    return Value::Unknown;
                };
                let number = number.value;
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
}

/// A secret, config or volume in a string: the path that it is mounted at, or its name.
pub(super) fn mention(kind: Kind, name: &EcoString) -> Mention {
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
