//! svcc compiles a description of a container fleet (`*.svc`) to Dockerfiles, Swarm stacks, compose files and CI
//! pipelines. The modules are the pipeline, in order; data flows downward only (docs/ARCHITECTURE.md).

pub mod source;
pub mod diag;
pub mod value;
pub mod encode;
pub mod vocab;
pub mod syntax;
pub mod fmt;
pub mod stdlib;
pub mod names;
pub mod model;
pub mod eval;
pub mod check;
pub mod lint;
pub mod plan;
pub mod emit;
pub mod compile;
pub mod explain;
pub mod render;
pub mod cli;
