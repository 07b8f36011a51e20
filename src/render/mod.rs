//! Diagnostics to bytes: one file per format.
