//! Statements as they are written: all their expressions.

use crate::syntax::tree::{Argument, Expr, ExprKind, TemplatePart};

/// Visits an expression and every one inside it.
pub(super) fn each_expression<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Template(it) => {
            for part in &it.parts {
                if let TemplatePart::Expr(inner) = part {
                    each_expression(inner, visit);
                }
            }
        }
        ExprKind::Call(it) => {
            for argument in &it.arguments {
                match &argument.value {
                    Argument::Positional(inner)
                    | Argument::Named(_, inner)
                    | Argument::Parameter(_, _, Some(inner)) => each_expression(inner, visit),
                    Argument::Parameter(_, _, None) => {}
                }
            }
        }
        ExprKind::List(it) => {
            for item in &it.items {
                each_expression(&item.value, visit);
            }
        }
        ExprKind::Comprehension(it) => {
            each_expression(&it.value, visit);
            each_expression(&it.list, visit);
            if let Some(condition) = &it.condition {
                each_expression(condition, visit);
            }
        }
        ExprKind::Map(it) => {
            for entry in &it.entries {
                if let Some(string) = &entry.value.0.string {
                    each_expression(string, visit);
                }
                each_expression(&entry.value.1, visit);
            }
        }
        ExprKind::Unary(_, inner) | ExprKind::Group(inner) => each_expression(inner, visit),
        ExprKind::Binary(it) => {
            each_expression(&it.left, visit);
            each_expression(&it.right, visit);
        }
        ExprKind::If(it) => {
            each_expression(&it.condition, visit);
            each_expression(&it.then, visit);
            each_expression(&it.otherwise, visit);
        }
        ExprKind::Index(it) => {
            each_expression(&it.base, visit);
            each_expression(&it.index, visit);
        }
        ExprKind::Member(it) => each_expression(&it.base, visit),
        ExprKind::Missing
        | ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Share(_)
        | ExprKind::Text(..)
        | ExprKind::Path(_) => {}
    }
}
