//! Is the model possible? What would fail later in docker, BuildKit or Swarm is an error here, at its line.

mod capacity;
mod configs;
pub mod errors;
mod images;
mod ports;
mod secrets;
mod swarm;

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
pub fn check(model: Model, disk: &dyn Disk, sink: &mut Sink) -> Option<Checked<Model>> {
    // A source that could not be evaluated is missing from the model too, and was reported already.
    let sound = !sink.has_errors();
    images::every_install_has_a_package_manager(&model, sink);
    images::built_images_have_a_registry(&model, sink);
    for fleet in &model.fleets {
        ports::every_port_is_published_once(fleet, sink);
        ports::every_published_port_is_declared(fleet, sink);
        secrets::every_secret_file_is_ignored(fleet, disk, sink);
        if sound {
            secrets::every_used_secret_has_a_source(fleet, sink);
            configs::every_used_config_has_content(fleet, disk, sink);
        }
        swarm::every_service_name_fits(fleet, sink);
        swarm::no_variable_is_empty(fleet, sink);
        capacity::no_reserve_is_above_its_limit(fleet, sink);
    }
    (!sink.has_errors()).then_some(Checked(model))
}
