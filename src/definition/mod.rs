//! The study file: raw TOML in, a checked [`study::Study`] out.

mod check;
pub mod identity;
mod overrides;
pub mod sections;
pub mod study;
