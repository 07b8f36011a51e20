//! Functions and constructors: what can be called in an expression.

use super::Ty;

/// A built-in function (`upper`) or a constructor (`http`).
#[derive(Debug)]
pub struct Function {
    /// `http`
    pub name: &'static str,
    /// Its parameters, in positional order.
    pub parameters: &'static [Parameter],
    /// The type of further positional arguments, if it takes any: `command("a", "b")`.
    pub rest: Option<Ty>,
    /// The type that a call has; `None` for a constructor, whose call is a value of its own ([`Ty::Made`]).
    pub result: Option<Ty>,
    /// One line: what it gives.
    pub doc: &'static str,
    /// A line that shows it.
    pub example: &'static str,
}

/// A parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, for `name = value`.
    pub name: &'static str,
    /// What it takes.
    pub ty: Ty,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub doc: &'static str,
}

/// Every function and constructor, sorted by name.
pub static FUNCTIONS: &[Function] = &[];

/// The function of this name.
pub fn lookup(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| it.name == name)
}
