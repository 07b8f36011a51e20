//! Is the model possible? What would fail later in docker, BuildKit or Swarm is an error here, at its line.

mod amounts;
pub mod capacity;
mod configs;
mod environments;
pub mod errors;
mod files;
mod grammar;
mod images;
mod mounts;
mod pipelines;
mod placement;
mod ports;
mod references;
mod rollout;
mod secrets;
mod swarm;
mod texts;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diag::{Diagnostic, Sink};
use crate::model::{Fleet, Model, Service};
use crate::source::Disk;

/// How many services one thread takes at a time.
const CHUNK: usize = 32;

/// A model that passed every check. Only [`check`] makes one, so an unchecked model cannot be emitted.
#[derive(Debug)]
pub struct Checked<T>(T);

impl<T> std::ops::Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Runs every check, and beside them what else there is to find out about the model. Gives the model back where nothing in
/// `sink`, from this stage or an earlier one, is an error.
pub fn check<R: Send>(
    model: Model,
    disk: &dyn Disk,
    sink: &mut Sink,
    beside: impl FnOnce(&Model) -> R + Send,
) -> (Option<Checked<Model>>, R) {
    // A source that could not be evaluated is missing from the model too, and was reported already.
    let sound = !sink.has_errors();
    let (said, found) = rayon::join(|| check_model(&model, disk, sound), || beside(&model));
    sink.append(said);
    ((!sink.has_errors()).then_some(Checked(model)), found)
}

/// Runs the checks of everything.
fn check_model(model: &Model, disk: &dyn Disk, sound: bool) -> Sink {
    let mut sink = Sink::new();
    check_images(model, disk, &mut sink);
    environments::no_stack_is_shared(model, &mut sink);
    pipelines::every_pipeline_is_one(model, &mut sink);
    environments::the_registry_is_one(model, &mut sink);
    references::every_environment_can_be_reached(model, &mut sink);
    references::every_companion_of_a_test_stays_up(model, &mut sink);
    let found: Vec<Vec<Diagnostic>> = model
        .fleets
        .par_iter()
        .map(|it| {
            let mut sink = Sink::new();
            check_fleet(it, disk, sound, &mut sink);
            sink.finish()
        })
        .collect();
    merge(model, found, &mut sink);
    sink
}

/// Runs the checks of images.
fn check_images(model: &Model, disk: &dyn Disk, sink: &mut Sink) {
    images::every_install_has_a_package_manager(model, sink);
    images::built_images_have_a_registry(model, sink);
    images::every_outside_image_is_one(model, sink);
    images::every_step_can_be_written(model, sink);
    files::every_source_of_a_step_is_there(model, disk, sink);
}

/// Runs the checks of one environment.
fn check_fleet(fleet: &Fleet, disk: &dyn Disk, sound: bool, sink: &mut Sink) {
    environments::every_stack_has_a_name(fleet, sink);
    environments::every_environment_is_reached_one_way(fleet, sink);
    environments::every_object_name_fits(fleet, sink);
    ports::every_port_is_published_once(fleet, sink);
    files::every_source_of_a_mount_is_there(fleet, disk, sink);
    texts::every_key_of_a_volume_is_one(fleet, sink);
    texts::every_name_of_elsewhere_is_one(fleet, sink);
    texts::every_subnet_is_one(fleet, sink);
    references::every_start_has_an_order(fleet, sink);
    secrets::every_secret_file_is_ignored(fleet, disk, sink);
    secrets::every_secret_of_a_swarm_has_one(fleet, sink);
    if sound {
        secrets::every_used_secret_has_a_source(fleet, sink);
        configs::every_used_config_has_content(fleet, disk, sink);
    }
    capacity::everything_fits(fleet, sink);
    // All that is asked of a service is asked at once, while it is at hand.
    let of_services: Vec<Sink> = fleet
        .services
        .par_chunks(CHUNK)
        .map(|services| {
            let mut sink = Sink::new();
            for it in services {
                check_service(fleet, it, sound, &mut sink);
            }
            sink
        })
        .collect();
    of_services.into_iter().for_each(|it| sink.append(it));
}

/// Runs the checks of a service in one environment.
fn check_service(fleet: &Fleet, service: &Service, sound: bool, sink: &mut Sink) {
    ports::every_published_port_is_declared(service, sink);
    mounts::every_target_is_absolute(service, sink);
    mounts::no_target_is_taken_twice(service, sink);
    mounts::no_folder_of_another_machine(fleet, service, sink);
    images::every_ready_image_is_one(service, sink);
    texts::every_key_is_one(service, sink);
    texts::no_text_has_a_nul(service, sink);
    texts::every_host_and_address_is_one(service, sink);
    texts::every_word_of_the_engine_is_known(service, sink);
    references::every_mentioned_service_is_reachable(fleet, service, sink);
    references::every_job_comes_before_services(fleet, service, sink);
    placement::every_constraint_is_understood(fleet, service, sink);
    placement::no_global_service_is_counted(service, sink);
    swarm::every_service_name_fits(fleet, service, sink);
    swarm::no_variable_is_empty(fleet, service, sink);
    amounts::no_amount_is_too_small(service, sink);
    amounts::every_ulimit_is_one(service, sink);
    amounts::no_reserve_is_above_its_limit(service, sink);
    if sound {
        images::every_service_has_an_image(service, sink);
    }
    if rollout::is_rolled(fleet, service) {
        rollout::every_monitor_sees_the_health_check(service, sink);
        rollout::every_start_first_can_be(fleet, service, sink);
        rollout::not_all_stop_at_once(service, sink);
        rollout::no_service_leaves_its_volume(fleet, service, sink);
    }
}

/// Says what was found in several environments once, and in which, where it does not hold in all.
fn merge(model: &Model, found: Vec<Vec<Diagnostic>>, sink: &mut Sink) {
    let mut places: BTreeMap<_, (Diagnostic, Vec<&str>)> = BTreeMap::new();
    for (fleet, said) in model.fleets.iter().zip(found) {
        let name = fleet.environment.name.as_str();
        for it in said {
            let key = (it.span, it.code.name, it.message.clone());
            let (_, names) = places.entry(key).or_insert((it, Vec::new()));
            names.push(name);
        }
    }
    for (mut it, names) in places.into_values() {
        if names.len() < model.fleets.len() {
            it.message += &errors::in_environments(&names);
        }
        sink.push(it);
    }
}
