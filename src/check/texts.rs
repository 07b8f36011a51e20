//! Strings of services that Docker, Swarm or the kernel must understand.

use std::sync::Arc;

use ecow::EcoString;

use super::{errors, grammar};
use crate::diag::Sink;
use crate::model::service::Merged;
use crate::model::{Fleet, Given, SecretSource, Service};
use crate::value::Text;

/// Names of variables and keys of labels are such.
pub(super) fn every_key_is_one(service: &Service, sink: &mut Sink) {
    for (name, it) in &service.env {
        if !grammar::is_variable(name) {
            sink.push(errors::words::wrong_variable(it.span, name));
        }
    }
    for (key, it) in service.labels.iter().chain(&service.deploy_labels) {
        if !grammar::is_label_key(key) {
            let problem = "has `=`, a blank or nothing in it";
            sink.push(errors::words::wrong_label(it.span, key, problem));
        } else if key.starts_with("com.docker.") {
            let problem = "is one of Docker's own";
            sink.push(errors::words::wrong_label(it.span, key, problem));
        }
    }
}

/// Likewise the keys of a volume's labels.
pub(super) fn every_key_of_a_volume_is_one(fleet: &Fleet, sink: &mut Sink) {
    for (key, it) in fleet.volumes.iter().flat_map(|it| &it.labels) {
        if !grammar::is_label_key(key) {
            let problem = "has `=`, a blank or nothing in it";
            sink.push(errors::words::wrong_label(it.span, key, problem));
        }
    }
}

/// No text that reaches a process has a NUL in it.
pub(super) fn no_text_has_a_nul(service: &Service, sink: &mut Sink) {
    let has = |it: &Text| it.known().is_some_and(|it| it.contains('\0'));
    let lists = service.command.iter().chain(&service.entrypoint);
    let list = lists
        .filter(|it| it.value.iter().any(has))
        .map(|it| it.span);
    let env = service.env.iter().filter(|(_, it)| has(&it.value));
    for span in list.chain(env.map(|(_, it)| it.span)) {
        sink.push(errors::nul_in_text(span));
    }
}

/// Names of what stands elsewhere are such: variables with secrets, objects that exist already.
pub(super) fn every_name_of_elsewhere_is_one(fleet: &Fleet, sink: &mut Sink) {
    for source in fleet.secrets.iter().filter_map(|it| it.source.as_ref()) {
        match &source.value {
            SecretSource::Env(name) | SecretSource::Ci(name) if !grammar::is_shell_name(name) => {
                sink.push(errors::words::wrong_variable(source.span, name));
            }
            SecretSource::Swarm(name) if !grammar::is_object(name) => {
                sink.push(errors::words::wrong_object_name(source.span, name));
            }
            SecretSource::Generate { length: 0 } => {
                sink.push(errors::empty_secret(source.span));
            }
            SecretSource::File(_)
            | SecretSource::Env(_)
            | SecretSource::Ci(_)
            | SecretSource::Swarm(_)
            | SecretSource::Vault { .. }
            | SecretSource::Sops { .. }
            | SecretSource::OnePassword(_)
            | SecretSource::Aws { .. }
            | SecretSource::Generate { .. } => {}
        }
    }
    let volumes = fleet.volumes.iter().filter_map(|it| it.external.as_ref());
    let networks = fleet.networks.iter().filter_map(|it| it.external.as_ref());
    for it in volumes.chain(networks) {
        if !grammar::is_object(&it.value) {
            sink.push(errors::words::wrong_object_name(it.span, &it.value));
        }
    }
}

/// Hosts and addresses are such.
pub(super) fn every_host_and_address_is_one(service: &Service, sink: &mut Sink) {
    if let Some(it) = &service.hostname
        && let Some(name) = it.value.known()
        && (!grammar::is_host(&name) || name.len() > 63)
    {
        sink.push(errors::words::wrong_host(it.span, &name));
    }
    for (host, it) in &service.extra_hosts {
        if !grammar::is_host(host) {
            sink.push(errors::words::wrong_host(it.span, host));
        }
        if !grammar::is_address(&it.value) && it.value != "host-gateway" {
            sink.push(errors::words::wrong_address(
                it.span,
                &it.value,
                "192.168.1.20",
            ));
        }
    }
    if let Some(given) = &service.dns {
        for it in given.value.iter().filter(|it| !grammar::is_address(it)) {
            sink.push(errors::words::wrong_address(given.span, it, "1.1.1.1"));
        }
    }
    for (_, it) in &service.publish {
        if let Some(address) = it.value.address.as_ref()
            && !grammar::is_address(address)
        {
            sink.push(errors::words::wrong_address(it.span, address, "0.0.0.0"));
        }
    }
}

/// Likewise the subnets of networks.
pub(super) fn every_subnet_is_one(fleet: &Fleet, sink: &mut Sink) {
    let subnets = fleet.networks.iter().filter_map(|it| it.subnet.as_ref());
    for it in subnets.filter(|it| !grammar::is_subnet(&it.value)) {
        sink.push(errors::words::wrong_address(
            it.span,
            &it.value,
            "10.20.0.0/16",
        ));
    }
}

/// Words that only Docker or the kernel knows: users, signals, capabilities, kernel parameters, options of log drivers.
pub(super) fn every_word_of_the_engine_is_known(service: &Service, sink: &mut Sink) {
    if let Some(it) = service
        .user
        .as_ref()
        .filter(|it| !grammar::is_user(&it.value))
    {
        sink.push(errors::words::wrong_user(it.span, &it.value));
    }
    if let Some(it) = service.stop_signal.as_ref()
        && !grammar::is_signal(&it.value)
    {
        sink.push(errors::words::wrong_signal(it.span, &it.value));
    }
    let capabilities = [&service.capabilities_add, &service.capabilities_drop];
    for given in capabilities.into_iter().flatten() {
        for it in given.value.iter().filter(|it| !grammar::is_capability(it)) {
            sink.push(errors::words::wrong_capability(given.span, it));
        }
    }
    for (key, it) in &service.sysctls {
        if !grammar::is_sysctl(key) {
            sink.push(errors::words::wrong_sysctl(it.span, key));
        }
    }
    logging(service, sink);
    if let Some(schedule) = service.job.as_ref().and_then(|it| it.schedule.as_ref())
        && let Some(problem) = grammar::schedule_problem(&schedule.value)
    {
        sink.push(errors::words::wrong_schedule(schedule.span, &problem));
    }
}

fn logging(service: &Service, sink: &mut Sink) {
    let driver = service.logging_driver.as_ref();
    let Some(known) = driver.and_then(|it| grammar::logging_options(&it.value)) else {
        return;
    };
    let name = driver.map_or("", |it| it.value.as_str());
    let unknown = |it: &&(EcoString, Arc<Given<EcoString>>)| !known.contains(&it.0.as_str());
    let options: &Merged<EcoString> = &service.logging_options;
    for (option, it) in options.iter().filter(unknown) {
        sink.push(errors::words::wrong_logging_option(
            it.span, name, option, known,
        ));
    }
}
