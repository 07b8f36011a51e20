//! Pipelines: when they run by themselves, and where they log in.

use super::{errors, grammar};
use crate::diag::Sink;
use crate::model::Model;

/// A schedule is one, and a login is for a host.
pub(super) fn every_pipeline_is_one(model: &Model, sink: &mut Sink) {
    for pipeline in &model.pipelines {
        if let Some(schedule) = &pipeline.schedule
            && let Some(problem) = grammar::schedule_problem(&schedule.value)
        {
            sink.push(errors::words::wrong_schedule(schedule.span, &problem));
        }
        for login in &pipeline.logins {
            let problem = if login.value.contains('/') {
                Some("a login is for a host, without a path")
            } else {
                grammar::repository_problem(&format!("{}/x", login.value))
            };
            if let Some(problem) = problem {
                sink.push(errors::words::wrong_registry(
                    Some(login.span),
                    &login.value,
                    problem,
                ));
            }
        }
    }
}
