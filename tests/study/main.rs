//! Whole studies on phantoms: what a run leaves on disk, and that it does so again.

mod across;
mod adversarial;
mod balls;
mod checks;
mod corruptions;
mod damaged;
mod edges;
mod examples;
mod feeds;
mod labels;
mod methods;
mod records;
mod sparse;
mod splits;
mod sweeps;
mod training;
mod unfinished;
mod victim;
