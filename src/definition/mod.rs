//! The study file: raw TOML in, a checked [`study::Study`] out.

mod check;
pub mod data;
mod overrides;
pub mod sections;
pub mod study;
