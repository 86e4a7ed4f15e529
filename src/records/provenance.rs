//! Where and with what a record was made.

use crate::network::device::may_round;
use serde::{Deserialize, Serialize};
use std::fs;

/// Where and with what a record was made.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Provenance {
    /// Device name, and `with TF32` where it may round to that.
    pub device: String,
    /// Version of lossbench.
    pub lossbench: String,
    /// Commit of lossbench, with `+` where its sources were changed since; empty where it is not known, as in
    /// records of schema 1.
    #[serde(default)]
    pub commit: String,
    /// Version of burn.
    pub burn: String,
    /// Processor model.
    pub processor: String,
    /// Threads.
    pub threads: usize,
}

impl Provenance {
    /// This program on this machine.
    pub fn here(device: &str) -> Self {
        Self {
            device: if may_round(device) { format!("{device} with TF32") } else { device.to_string() },
            lossbench: env!("CARGO_PKG_VERSION").to_string(),
            commit: env!("LOSSBENCH_COMMIT").to_string(),
            burn: burn_version().to_string(),
            processor: processor(),
            threads: rayon::current_num_threads(),
        }
    }

    /// What decides the bits of a computation on `device`: the program, to its commit, the engine and the processor. A program
    /// whose commit is not known, or whose sources were changed since, is told apart from others by when it was built.
    pub fn engine(device: &str) -> String {
        let Self { device, lossbench, commit, burn, processor, .. } = Self::here(device);
        let built = || std::env::current_exe().and_then(fs::metadata).and_then(|program| program.modified());
        let is_known = !commit.is_empty() && !commit.ends_with('+');
        let built = if is_known { String::new() } else { format!("{:?}", built().ok()) };
        format!("{device} {lossbench} {commit} {burn} {processor} {built}")
    }
}

/// The version of burn that this build was locked to.
fn burn_version() -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let after = lock.split_once("name = \"burn\"\nversion = \"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |(_, model)| model.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_of_burn_is_found() {
        assert!(burn_version().starts_with("0.22"), "{}", burn_version());
    }

    #[test]
    fn the_commit_is_a_hash_or_unknown() {
        let commit = Provenance::here("cpu").commit;
        let digits = commit.trim_end_matches('+');
        assert!(commit.is_empty() || digits.len() == 40 && digits.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
