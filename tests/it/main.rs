//! Ordinary tests: rules of the house and invariants over all sources.

#[path = "../support/mod.rs"]
mod support;

mod affected;
mod dockerfiles;
mod docs;
mod escapers;
mod formats;
mod jenkins;
mod limits;
mod model;
mod mutations;
mod oracle;
mod pages;
mod plan;
mod reference;
mod registries;
mod robust;
mod stages;
mod strict;
mod syntax;
mod tidy;
