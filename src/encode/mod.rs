//! Text formats, used by built-in functions and targets alike.

pub mod json;
pub mod yaml;
