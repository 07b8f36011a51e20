//! Program to model.

use crate::diag::Sink;
use crate::model::Model;
use crate::names::Program;
use crate::source::{Disk, Sources};

/// What the program means; `None` where there is no `project`.
pub fn evaluate(_sources: &Sources, _program: &Program, _disk: &dyn Disk, _sink: &mut Sink) -> Option<Model> {
    None
}
