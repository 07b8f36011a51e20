//! The built-in functions: few and pure.

use std::cmp::Ordering;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ecow::EcoString;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::operators;
use crate::encode;
use crate::value::{Made, Map, Text, Value};
use crate::vocab::function::Function;

/// The most elements that `range` makes.
const LONGEST_RANGE: i64 = 100_000;

/// What `function` gives for these arguments, or why it cannot.
pub(super) fn call(function: &Function, made: &Made) -> Result<Value, String> {
    let arguments = Arguments { function, made };
    match function.name {
        "length" => {
            let length = match arguments.at(0)? {
                Value::List(it) => it.len(),
                Value::Map(it) => it.len(),
                other => characters(other)?.chars().count(),
            };
            Ok(Value::Int(length as i64))
        }
        "upper" => text(arguments.string(0)?.to_uppercase()),
        "lower" => text(arguments.string(0)?.to_lowercase()),
        "trim" => text(arguments.string(0)?.trim()),
        "replace" => {
            let (from, to) = (arguments.string(1)?, arguments.string(2)?);
            text(arguments.string(0)?.replace(from.as_str(), &to))
        }
        "split" => {
            let (whole, separator) = (arguments.string(0)?, arguments.string(1)?);
            if separator.is_empty() {
                return Err("the separator must not be empty".into());
            }
            Ok(Value::list(
                whole
                    .split(separator.as_str())
                    .map(Value::text)
                    .collect::<Vec<_>>(),
            ))
        }
        "join" => {
            let separator = arguments.string(1)?;
            let mut pieces = Vec::new();
            for (at, item) in arguments.list(0)?.iter().enumerate() {
                if at > 0 {
                    pieces.push(Text::Plain(separator.clone()));
                }
                pieces.push(match item {
                    Value::Text(it) => it.clone(),
                    other => Text::from(characters(other)?),
                });
            }
            Ok(Value::Text(Text::join(&pieces)))
        }
        "contains" => operators::contains(arguments.at(0)?, arguments.at(1)?)
            .map(Value::Bool)
            .ok_or_else(|| "it looks into a list, a map or a string".into()),
        "starts_with" => Ok(Value::Bool(
            arguments
                .string(0)?
                .starts_with(arguments.string(1)?.as_str()),
        )),
        "ends_with" => Ok(Value::Bool(
            arguments
                .string(0)?
                .ends_with(arguments.string(1)?.as_str()),
        )),
        "keys" => {
            let keys = arguments
                .map(0)?
                .iter()
                .map(|(key, _)| Value::text(key.clone()));
            Ok(Value::list(keys.collect::<Vec<_>>()))
        }
        "values" => {
            let values = arguments.map(0)?.iter().map(|(_, value)| value.clone());
            Ok(Value::list(values.collect::<Vec<_>>()))
        }
        "merge" => merge(&arguments),
        "sort" => {
            let mut items = arguments.list(0)?.to_vec();
            let mut ordered = true;
            items.sort_by(|a, b| {
                operators::compare(a, b).unwrap_or_else(|| {
                    ordered = false;
                    Ordering::Equal
                })
            });
            ordered
                .then(|| Value::list(items))
                .ok_or_else(|| "its elements have no order".into())
        }
        "unique" => {
            let mut items: Vec<Value> = Vec::new();
            for item in arguments.list(0)? {
                if !items.iter().any(|it| operators::equal(it, item)) {
                    items.push(item.clone());
                }
            }
            Ok(Value::list(items))
        }
        "min" => extreme(&arguments, Ordering::Less),
        "max" => extreme(&arguments, Ordering::Greater),
        "round" => match arguments.at(0)? {
            Value::Int(it) => Ok(Value::Int(*it)),
            Value::Float(it) if it.abs() < i64::MAX as f64 => Ok(Value::Int(it.round() as i64)),
            _ => Err("it rounds a number".into()),
        },
        "range" => range(&arguments),
        "format" => format(&arguments),
        "base64" => text(BASE64_STANDARD.encode(arguments.string(0)?.as_bytes())),
        "sha256" => text(sha256(arguments.string(0)?.as_bytes())),
        "json" => text(encode::json::to_line(&Plain(arguments.at(0)?))),
        "yaml" => text(encode::yaml::to_string(&Plain(arguments.at(0)?))),
        other => Err(format!("`{other}` cannot be used here")),
    }
}

/// The SHA-256 of bytes, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect()
}

struct Arguments<'a> {
    function: &'a Function,
    made: &'a Made,
}

impl<'a> Arguments<'a> {
    /// The argument of the parameter at this position, by position or name.
    fn opt(&self, position: usize) -> Option<&'a Value> {
        match self.function.parameters.get(position) {
            Some(parameter) => self
                .made
                .get(parameter.name)
                .or_else(|| self.made.rest.get(position)),
            None => self.made.rest.get(position),
        }
    }

    fn at(&self, position: usize) -> Result<&'a Value, String> {
        self.opt(position)
            .ok_or_else(|| format!("argument {} is missing", position + 1))
    }

    fn string(&self, position: usize) -> Result<EcoString, String> {
        characters(self.at(position)?)
    }

    fn list(&self, position: usize) -> Result<&'a [Value], String> {
        match self.at(position)? {
            Value::List(it) => Ok(it),
            other => Err(format!("it takes a list, not {}", other.describe())),
        }
    }

    fn map(&self, position: usize) -> Result<&'a Map, String> {
        match self.at(position)? {
            Value::Map(it) => Ok(it),
            other => Err(format!("it takes a map, not {}", other.describe())),
        }
    }

    /// All arguments: those of the only list, or those given one by one.
    fn all(&self) -> Vec<&'a Value> {
        let given: Vec<&Value> = self
            .made
            .arguments
            .iter()
            .map(|(_, it)| it)
            .chain(&self.made.rest)
            .collect();
        match given.as_slice() {
            [Value::List(items)] => items.iter().collect(),
            _ => given,
        }
    }
}

fn text(text: impl Into<EcoString>) -> Result<Value, String> {
    Ok(Value::text(text))
}

fn characters(value: &Value) -> Result<EcoString, String> {
    match value {
        Value::Text(it) => match it.known() {
            Some(it) => Ok(it.as_ref().into()),
            None => Err("the string is known only where the container runs".into()),
        },
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Duration(_) | Value::Size(_) => {
            Ok(value.to_string().into())
        }
        Value::Share(_) | Value::Word(_) | Value::Ref(..) => Ok(value.to_string().into()),
        Value::Unknown | Value::None | Value::List(_) | Value::Map(_) | Value::Made(_) => {
            Err(format!("it takes a string, not {}", value.describe()))
        }
    }
}

fn merge(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut merged = Map::new();
    for value in arguments.all() {
        let Value::Map(entries) = value else {
            return Err(format!("it takes maps, not {}", value.describe()));
        };
        for (key, value) in entries.iter() {
            match merged.iter_mut().find(|(it, _)| it == key) {
                Some((_, old)) => *old = value.clone(),
                None => merged.push((key.clone(), value.clone())),
            }
        }
    }
    Ok(Value::Map(merged.into()))
}

fn extreme(arguments: &Arguments<'_>, wanted: Ordering) -> Result<Value, String> {
    let all = arguments.all();
    let Some((first, rest)) = all.split_first() else {
        return Err("there is nothing to choose from".into());
    };
    let mut best = *first;
    for value in rest {
        match operators::compare(value, best) {
            Some(order) if order == wanted => best = value,
            Some(_) => {}
            None => return Err("these have no order".into()),
        }
    }
    Ok(best.clone())
}

fn range(arguments: &Arguments<'_>) -> Result<Value, String> {
    let number = |value: &Value| match value {
        Value::Int(it) => Ok(*it),
        other => Err(format!("it takes whole numbers, not {}", other.describe())),
    };
    let (from, to) = match arguments.opt(1) {
        Some(to) => (number(arguments.at(0)?)?, number(to)?),
        None => (0, number(arguments.at(0)?)?),
    };
    if to.saturating_sub(from) > LONGEST_RANGE {
        return Err(format!("it makes at most {LONGEST_RANGE} elements"));
    }
    Ok(Value::list((from..to).map(Value::Int).collect::<Vec<_>>()))
}

/// `format("{}-{}", a, b)`: each `{}` is the next argument.
fn format(arguments: &Arguments<'_>) -> Result<Value, String> {
    let template = arguments.string(0)?;
    let mut given = arguments
        .made
        .arguments
        .iter()
        .map(|(_, it)| it)
        .chain(&arguments.made.rest)
        .skip(1);
    let mut pieces = template.split("{}");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let value = given.next().ok_or("there are more `{}` than arguments")?;
        out.push_str(&characters(value)?);
        out.push_str(piece);
    }
    if given.next().is_some() {
        return Err("there are more arguments than `{}`".into());
    }
    text(out)
}

/// A value as other formats write it: durations, sizes and words are strings.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unknown | Value::None => serializer.serialize_none(),
            Value::Bool(it) => serializer.serialize_bool(*it),
            Value::Int(it) => serializer.serialize_i64(*it),
            Value::Float(it) => serializer.serialize_f64(*it),
            Value::Text(it) => serializer.serialize_str(&it.preview()),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(&Plain(item))?;
                }
                list.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries.iter() {
                    map.serialize_entry(key.as_str(), &Plain(value))?;
                }
                map.end()
            }
            Value::Duration(_)
            | Value::Size(_)
            | Value::Share(_)
            | Value::Word(_)
            | Value::Ref(..)
            | Value::Made(_) => serializer.collect_str(self.0),
        }
    }
}
