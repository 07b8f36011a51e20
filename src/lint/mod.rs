//! Is it wise? Levels, waivers, and the project's own rules.

use crate::diag::Sink;
use crate::model::Model;
use crate::names::Program;
use crate::source::Sources;

/// Runs every lint and every `rule` of the project, at the levels that it sets, minus what it waives.
pub fn lint(_sources: &Sources, _program: &Program, _model: &Model, _sink: &mut Sink) {}
