//! Model to plan: what is built, tested and deployed, in which order. Knows no file format.

pub mod objects;

use crate::check::Checked;
use crate::model::Model;
use crate::source::Disk;

/// What is done with a model.
#[derive(Debug, Default)]
pub struct Plan {}

/// Plans a model. `disk` is read for the content keys of bases.
pub fn plan(_model: &Checked<Model>, _disk: &dyn Disk) -> Plan {
    Plan {}
}
