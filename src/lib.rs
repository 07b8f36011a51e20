//! svcc compiles a description of a container fleet (`*.svc`) to Dockerfiles, Swarm stacks, compose files and CI
//! pipelines. The modules are the pipeline, in order; data flows downward only (docs/ARCHITECTURE.md).

// What pest derives without `std` names this crate.
extern crate alloc;

pub mod affected;
pub mod check;
pub mod cli;
pub mod compile;
pub mod diag;
pub mod emit;
pub mod encode;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod handbook;
pub mod lint;
pub mod model;
pub mod names;
pub mod packages;
pub mod pins;
pub mod plan;
pub mod render;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod value;
pub mod vocab;
