//! Whole studies on phantoms: what a run leaves on disk, and that it does so again.

mod across;
mod balls;
mod damaged;
mod edges;
mod examples;
mod labels;
mod methods;
mod records;
mod sparse;
mod splits;
mod sweeps;
mod training;
