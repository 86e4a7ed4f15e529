//! Splitting volumes, never slices, into train, validation and test, by seed.

use crate::rules::should;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Shares of the volumes; what validation and test leave is for training.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// Share for validation, 0 to 1.
    pub validation: f64,
    /// Share for test, 0 to 1.
    pub test: f64,
    /// Seed of the shuffle.
    pub seed: u64,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self { validation: 0.15, test: 0.25, seed: 0 }
    }
}

impl SplitConfig {
    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        for (key, share) in [("split.validation", self.validation), ("split.test", self.test)] {
            should((0.0..1.0).contains(&share), key, "0 to 1", share)?;
        }
        Ok(())
    }
}

/// Indices of the volumes of each part, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Volumes to train on.
    pub train: Vec<usize>,
    /// Volumes that only watch the training.
    pub validation: Vec<usize>,
    /// Volumes that are attacked and scored.
    pub test: Vec<usize>,
}

/// Splits `count` volumes; shares are rounded to whole volumes.
///
/// # Errors
/// A line where training or test would be left without a volume.
pub fn split(count: usize, config: &SplitConfig) -> Result<Split, String> {
    let part = |share: f64| (share * count as f64).round() as usize;
    let (validation, test) = (part(config.validation), part(config.test));
    if test == 0 || validation + test >= count {
        return Err(format!(
            "{count} volumes leave {} for training and {test} for test: each should have at least one",
            count.saturating_sub(validation + test)
        ));
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(config.seed));
    let mut take = |many: usize| {
        let mut part: Vec<usize> = order.drain(..many).collect();
        part.sort_unstable();
        part
    };
    Ok(Split { test: take(test), validation: take(validation), train: take(count - test - validation) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_volume_once() {
        let parts = split(240, &SplitConfig::default()).expect("a split");
        assert_eq!((parts.train.len(), parts.validation.len(), parts.test.len()), (144, 36, 60));
        let mut all = [parts.train, parts.validation, parts.test].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..240));
    }

    #[test]
    fn the_seed_decides() {
        let with = |seed| split(40, &SplitConfig { seed, ..Default::default() });
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn too_few_volumes_are_refused() {
        assert!(split(1, &SplitConfig::default()).unwrap_err().contains("at least one"));
    }
}
