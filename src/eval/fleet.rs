//! The fleets: each environment's settings, services, secrets, configs, volumes and networks.

use std::sync::{Arc, Mutex};

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::images::Built;
use super::world::{Declared, Evaluator, Phase, Surroundings, World};
use crate::diag::Sink;
use crate::model::{ByName, Fleet};
use crate::value::Kind;

/// Built images by the name of their service.
pub(super) type Images<'p> = FxHashMap<EcoString, Built<'p>>;

/// How many services one thread takes at a time.
const CHUNK: usize = 32;

/// Makes the fleet of each environment.
pub(super) fn fleets<'p>(world: &World<'p>, images: &Images<'p>, sink: &mut Sink) -> Vec<Fleet> {
    let lets_elsewhere = lets_of_all(world);
    let mut environments = Vec::new();
    let mut surroundings = Vec::new();
    for (at, declared) in world.all(Kind::Environment).iter().enumerate() {
        let around = Surroundings {
            at,
            name: declared.name.clone(),
            ..Surroundings::default()
        };
        let alone = [around];
        let mut evaluator = Evaluator::new(world, Phase::Run(&alone));
        let environment = evaluator.environment(declared);
        sink.append(evaluator.sink);
        let [mut around] = alone;
        let lets = environment.lets.iter();
        around.lets = lets
            .map(|(it, given)| (it.clone(), given.value.clone()))
            .collect();
        around.lets_elsewhere.clone_from(&lets_elsewhere);
        environments.push(environment);
        surroundings.push(around);
    }
    if environments.is_empty() {
        return Vec::new();
    }
    let mut by_name: Vec<&Declared<'p>> = world.all(Kind::Service).iter().collect();
    by_name.sort_by(|a, b| a.name.cmp(&b.name));
    let shown = each(&by_name, world, &surroundings, sink, |evaluator, it| {
        let fronts = evaluator.fronts(it, images).into_iter();
        let named = |front| (it.name.clone(), front);
        fronts.map(|front| front.map(named)).collect()
    });
    for (around, shown) in surroundings.iter_mut().zip(shown) {
        around.services = Some(shown.into_iter().collect());
    }
    let services = each(&by_name, world, &surroundings, sink, |evaluator, it| {
        let services = evaluator.services(it, images);
        // To collect them would keep the room of the services, which is a hundred times what is left.
        let mut shared = Vec::with_capacity(services.len());
        shared.extend(services.into_iter().map(|it| it.map(Arc::new)));
        shared
    });
    let made: Vec<(Fleet, Sink)> = surroundings
        .par_iter()
        .zip(environments)
        .zip(services)
        .map(|((around, environment), services)| {
            let mut evaluator = Evaluator::new(world, Phase::Run(std::slice::from_ref(around)));
            let fleet = Fleet {
                services: ByName::new(services),
                secrets: evaluator.all(Kind::Secret, &environment.name, Evaluator::secret),
                configs: evaluator.all(Kind::Config, &environment.name, Evaluator::config),
                volumes: evaluator.all(Kind::Volume, &environment.name, Evaluator::volume),
                networks: evaluator.all(Kind::Network, &environment.name, Evaluator::network),
                environment,
            };
            (fleet, evaluator.sink)
        })
        .collect();
    let mut fleets = Vec::with_capacity(made.len());
    for (fleet, said) in made {
        fleets.push(fleet);
        sink.append(said);
    }
    fleets
}

/// What `make` makes of each service in each environment: a list for each environment, in the order of the services.
fn each<'p, T: Send>(
    services: &[&Declared<'p>],
    world: &World<'p>,
    surroundings: &[Surroundings],
    sink: &mut Sink,
    make: impl Fn(&mut Evaluator<'_, 'p>, &Declared<'p>) -> Vec<Option<T>> + Sync,
) -> Vec<Vec<T>> {
    let said = Mutex::new(Sink::new());
    let made: Vec<Vec<Option<T>>> = services
        .par_iter()
        .with_min_len(CHUNK)
        .map_init(
            || Evaluator::new(world, Phase::Run(surroundings)),
            |evaluator, it| {
                let made = make(evaluator, it);
                if !evaluator.sink.is_empty()
                    && let Ok(mut said) = said.lock()
                {
                    said.append(std::mem::take(&mut evaluator.sink));
                }
                made
            },
        )
        .collect();
    sink.append(said.into_inner().unwrap_or_default());
    let list = |_| Vec::with_capacity(services.len());
    let mut lists: Vec<Vec<T>> = surroundings.iter().map(list).collect();
    for service in made {
        for (list, it) in lists.iter_mut().zip(service) {
            list.extend(it);
        }
    }
    lists
}

/// The names of the `let`s of all environments.
fn lets_of_all(world: &World<'_>) -> Vec<EcoString> {
    let bodies = world
        .all(Kind::Environment)
        .iter()
        .flat_map(|it| it.statement.body());
    let lets = bodies
        .filter(|it| it.word.text == "let")
        .filter_map(|it| it.name(0));
    lets.map(|it| it.text.clone()).collect()
}
