//! Whole studies on phantoms: what a run leaves on disk, and that it does so again.

mod examples;
mod records;
mod sweeps;
mod training;
