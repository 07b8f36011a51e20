//! What operators do with values. Units are checked: a size and a duration do not add up.

use std::cmp::Ordering;

use ecow::EcoString;

use crate::syntax::tree::BinaryOp;
use crate::value::{Duration, Share, Size, Text, Value};

/// `left op right`, or why that cannot be. Both are known; `and`, `or` and `??` are not asked here.
pub(super) fn apply(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, String> {
    match op {
        BinaryOp::Equal => Ok(Value::Bool(equal(left, right))),
        BinaryOp::NotEqual => Ok(Value::Bool(!equal(left, right))),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
            let order = compare(left, right).ok_or("these two have no order")?;
            Ok(Value::Bool(match op {
                BinaryOp::Less => order == Ordering::Less,
                BinaryOp::LessEqual => order != Ordering::Greater,
                BinaryOp::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        BinaryOp::In => contains(right, left).map(Value::Bool).ok_or_else(|| {
            format!(
                "`in` looks into a list, a map or a string, not into {}",
                right.describe()
            )
        }),
        BinaryOp::Add => add(left, right),
        BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => arithmetic(op, left, right),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => Ok(Value::Unknown),
    }
}

/// Whether two values are the same; a word and a string with the same characters are.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
        (Value::Text(a), Value::Text(b)) => a.preview() == b.preview(),
        (Value::Text(a), Value::Word(b) | Value::Ref(_, b))
        | (Value::Word(b) | Value::Ref(_, b), Value::Text(a)) => a.preview() == b.as_str(),
        (Value::Word(a), Value::Ref(_, b)) | (Value::Ref(_, b), Value::Word(a)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        _ => left == right,
    }
}

/// Which of two values is the larger, where they can be compared.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            number(left)?.partial_cmp(&number(right)?)
        }
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Share(a), Value::Share(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.known()?.cmp(&b.known()?)),
        _ => None,
    }
}

/// Whether `part` is in `whole`: an element of a list, a key of a map, a piece of a string.
pub(super) fn contains(whole: &Value, part: &Value) -> Option<bool> {
    match whole {
        Value::List(items) => Some(items.iter().any(|it| equal(it, part))),
        Value::Map(entries) => {
            let key = string(part)?;
            Some(entries.iter().any(|(it, _)| *it == key))
        }
        Value::Text(text) => Some(text.known()?.contains(string(part)?.as_str())),
        _ => None,
    }
}

/// `base[index]`, or why there is no such element.
pub(super) fn index(base: &Value, index: &Value) -> Result<Value, String> {
    match (base, index) {
        (Value::Unknown, _) | (_, Value::Unknown) => Ok(Value::Unknown),
        (Value::List(items), Value::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| items.get(at));
            found
                .cloned()
                .ok_or_else(|| format!("the list has {} elements, counted from 0", items.len()))
        }
        (Value::Map(entries), Value::Text(_) | Value::Word(_)) => {
            let key = string(index).unwrap_or_default();
            let found = entries.iter().find(|(it, _)| *it == key);
            found
                .map(|(_, it)| it.clone())
                .ok_or_else(|| format!("the map has no key `{key}`"))
        }
        _ => Err(format!("{} has no element {index}", base.describe())),
    }
}

/// What a `for` goes through: a list's elements, or a map's keys.
pub(super) fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.to_vec()),
        Value::Map(entries) => Some(
            entries
                .iter()
                .map(|(key, _)| Value::text(key.clone()))
                .collect(),
        ),
        _ => None,
    }
}

/// The characters of a string or word.
pub(super) fn string(value: &Value) -> Option<EcoString> {
    match value {
        Value::Text(it) => it.known().map(|it| it.as_ref().into()),
        Value::Word(it) | Value::Ref(_, it) => Some(it.clone()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(it) => Some(*it as f64),
        Value::Float(it) => Some(*it),
        _ => None,
    }
}

fn add(left: &Value, right: &Value) -> Result<Value, String> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Ok(Value::Text(Text::join(&[a.clone(), b.clone()]))),
        (Value::List(a), Value::List(b)) => Ok(Value::list([&a[..], &b[..]].concat())),
        (Value::Text(_), _) | (_, Value::Text(_)) => Err(
            "a string only joins a string; write the value inside one: \"… {{ value }} …\"".into(),
        ),
        _ => arithmetic(BinaryOp::Add, left, right),
    }
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, String> {
    let too_large = || "the result is too large".to_owned();
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            let result = match op {
                BinaryOp::Add => a.checked_add(*b),
                BinaryOp::Subtract => a.checked_sub(*b),
                BinaryOp::Multiply => a.checked_mul(*b),
                _ if *b == 0 => return Err("nothing can be divided by zero".into()),
                _ if a.checked_rem(*b) != Some(0) => {
                    return Ok(Value::Float(*a as f64 / *b as f64));
                }
                _ => a.checked_div(*b),
            };
            result.map(Value::Int).ok_or_else(too_large)
        }
        (Value::Duration(a), Value::Duration(b)) => {
            quantity(op, a.millis, b.millis).map(|millis| Value::Duration(Duration { millis }))
        }
        (Value::Size(a), Value::Size(b)) => {
            quantity(op, a.bytes, b.bytes).map(|bytes| Value::Size(Size { bytes }))
        }
        (Value::Share(a), Value::Share(b)) => {
            let points = quantity(op, a.basis_points.into(), b.basis_points.into())?;
            let basis_points = u32::try_from(points).map_err(|_| too_large())?;
            Ok(Value::Share(Share { basis_points }))
        }
        (Value::Duration(a), _) if scales(op, right) => {
            scale(op, a.millis, right).map(|millis| Value::Duration(Duration { millis }))
        }
        (Value::Size(a), _) if scales(op, right) => {
            scale(op, a.bytes, right).map(|bytes| Value::Size(Size { bytes }))
        }
        (_, Value::Duration(_) | Value::Size(_))
            if op == BinaryOp::Multiply && number(left).is_some() =>
        {
            arithmetic(op, right, left)
        }
        _ => match (number(left), number(right)) {
            (Some(_), Some(0.0)) if op == BinaryOp::Divide => {
                Err("nothing can be divided by zero".into())
            }
            (Some(a), Some(b)) => Ok(Value::Float(match op {
                BinaryOp::Add => a + b,
                BinaryOp::Subtract => a - b,
                BinaryOp::Multiply => a * b,
                _ => a / b,
            })),
            _ => Err("the units do not go together".into()),
        },
    }
}

fn quantity(op: BinaryOp, a: u64, b: u64) -> Result<u64, String> {
    match op {
        BinaryOp::Add => a
            .checked_add(b)
            .ok_or_else(|| "the result is too large".into()),
        BinaryOp::Subtract => a
            .checked_sub(b)
            .ok_or_else(|| "the result is less than nothing".into()),
        _ => Err("only a number can multiply or divide it".into()),
    }
}

fn scales(op: BinaryOp, by: &Value) -> bool {
    matches!(op, BinaryOp::Multiply | BinaryOp::Divide)
        && (number(by).is_some() || matches!(by, Value::Share(_)))
}

fn scale(op: BinaryOp, amount: u64, by: &Value) -> Result<u64, String> {
    let factor = match by {
        Value::Share(it) => it.fraction(),
        other => number(other).unwrap_or_default(),
    };
    let factor = match op {
        BinaryOp::Divide if factor == 0.0 => return Err("nothing can be divided by zero".into()),
        BinaryOp::Divide => 1.0 / factor,
        _ => factor,
    };
    let result = amount as f64 * factor;
    if result.is_finite() && result >= 0.0 && result < u64::MAX as f64 {
        Ok(result.round() as u64)
    } else {
        Err("the result is less than nothing or too large".into())
    }
}
