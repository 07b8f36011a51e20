//! The driver: a disk and options to a compilation. The only place that knows the order of the stages.
