//! The study file: [`raw`] TOML in, a checked [`study::Study`] out. Each section is a file and checks itself;
//! [`identity`] is what tells one study's numbers from another's.

pub mod arm;
pub mod attack;
pub mod attacked;
pub mod attacking;
pub mod data;
pub mod differences;
pub mod existing;
pub mod identity;
mod overrides;
pub mod pairing;
pub mod raw;
pub mod saliency;
mod schema1;
pub mod shipped;
pub mod study;
pub mod sweep;
pub mod trials;
