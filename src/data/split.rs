//! Splitting volumes or groups of them, never slices, into train, validation and test, by seed.

use crate::data::group::GroupRule;
use crate::rules::{Range, distinct};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;

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
    /// Which volumes belong together and stay in one part; shares are then of groups.
    #[serde(skip_serializing_if = "GroupRule::is_volume")]
    pub group: GroupRule,
    /// Whether each of a study's seeds has a split of its own, shuffled by the sum of both seeds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub each_seed: bool,
    /// A table that says which volume is in which part: CSV with the columns `id`, `split` (train, validation or test) and,
    /// where volumes belong together, `group`. Without it, what the data's own table says, else shares are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Ids of the test volumes, for networks that exist: all others are passed over, and shares and seeds do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test_volumes: Vec<String>,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self {
            validation: 0.15,
            test: 0.25,
            seed: 0,
            group: GroupRule::Volume,
            each_seed: false,
            file: None,
            test_volumes: Vec::new(),
        }
    }
}

impl SplitConfig {
    /// The split of the networks of `seed`.
    pub fn of_seed(&self, seed: u64) -> Self {
        let own = if self.each_seed { seed } else { 0 };
        Self { seed: self.seed.wrapping_add(own), ..self.clone() }
    }

    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        for (key, share) in [("split.validation", self.validation), ("split.test", self.test)] {
            Range::FromBelow(0.0, 1.0).check(key, share)?;
        }
        distinct("split.test_volumes", self.test_volumes.iter().cloned())?;
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

impl Split {
    /// Name of the part that the volume of index `volume` is in.
    pub fn part(&self, volume: usize) -> &'static str {
        match self {
            split if split.test.binary_search(&volume).is_ok() => "test",
            split if split.validation.binary_search(&volume).is_ok() => "validation",
            _ => "train",
        }
    }
}

/// Splits `count` volumes; shares are rounded to whole volumes.
///
/// # Errors
/// A line where training or test would be left without a volume.
pub fn split(count: usize, config: &SplitConfig) -> Result<Split, String> {
    deal(count, "volumes", config)
}

/// Splits volumes so that those of one group stay together; `groups` names the group of each. Shares are of
/// groups, rounded to whole ones, whatever the number of volumes in each. Where every volume is a group of
/// its own this is [`split`].
///
/// # Errors
/// A line where training or test would be left without a group.
pub fn split_groups(groups: &[String], config: &SplitConfig) -> Result<Split, String> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut place_of = HashMap::new();
    for (volume, group) in groups.iter().enumerate() {
        let place = *place_of.entry(group).or_insert(members.len());
        if place == members.len() {
            members.push(Vec::new());
        }
        members[place].push(volume);
    }
    let Split { train, validation, test } = deal(members.len(), "groups of volumes", config)?;
    let volumes = |places: Vec<usize>| {
        let mut volumes: Vec<usize> = places.into_iter().flat_map(|place| members[place].clone()).collect();
        volumes.sort_unstable();
        volumes
    };
    Ok(Split { train: volumes(train), validation: volumes(validation), test: volumes(test) })
}

/// The split that names its test volumes, of the volumes called `ids`; the others are in the training part.
///
/// # Errors
/// A line that names those that are not there.
pub fn split_named(ids: &[&str], test: &[String]) -> Result<Split, String> {
    let missing: Vec<&str> = test.iter().map(String::as_str).filter(|id| !ids.contains(id)).collect();
    if !missing.is_empty() {
        let first = missing.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        return Err(format!(
            "split.test_volumes names {} volumes that are not there: {first}; ids are like {}",
            missing.len(),
            ids.first().unwrap_or(&"those of dataset.json")
        ));
    }
    let (test, train) = (0..ids.len()).partition(|&volume| test.iter().any(|id| id == ids[volume]));
    Ok(Split { train, validation: Vec::new(), test })
}

/// Shuffles and deals `count` of `what`.
fn deal(count: usize, what: &str, config: &SplitConfig) -> Result<Split, String> {
    let part = |share: f64| (share * count as f64).round() as usize;
    let (validation, test) = (part(config.validation), part(config.test));
    if test == 0 || validation + test >= count {
        return Err(format!(
            "{count} {what} leave {} for training and {test} for test: each should have at least one",
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
    use std::collections::BTreeSet;

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

    fn names(groups: impl Iterator<Item = usize>) -> Vec<String> {
        groups.map(|group| format!("subject_{group}")).collect()
    }

    #[test]
    fn volumes_that_are_their_own_groups_are_split_as_before() {
        // Of the split by volume, before there were groups.
        let parts = split(8, &SplitConfig::default()).expect("a split");
        assert_eq!([parts.train, parts.validation, parts.test], [vec![1, 3, 4, 5, 7], vec![6], vec![0, 2]]);
        for (count, seed) in [(8, 0), (40, 3), (240, 100)] {
            let config = SplitConfig { seed, ..Default::default() };
            assert_eq!(split_groups(&names(0..count), &config), split(count, &config));
        }
    }

    #[test]
    fn groups_stay_together_and_shares_are_of_groups() {
        // Fifty groups of two or three volumes, far apart in the list.
        let groups = names((0..120).map(|volume| volume % 50));
        let config = SplitConfig { seed: 5, ..Default::default() };
        let parts = split_groups(&groups, &config).expect("a split");
        let of =
            |part: &[usize]| -> BTreeSet<&String> { part.iter().map(|&volume| &groups[volume]).collect() };
        let [train, validation, test] = [&parts.train, &parts.validation, &parts.test].map(|part| of(part));
        // 15% and 25% of 50, rounded; a group in two parts would be counted twice.
        assert_eq!((train.len(), validation.len(), test.len()), (29, 8, 13));
        let mut volumes = [parts.train, parts.validation, parts.test].concat();
        volumes.sort_unstable();
        assert!(volumes.into_iter().eq(0..120));
    }

    #[test]
    fn one_group_cannot_be_split() {
        let fault = split_groups(&names([7; 40].into_iter()), &SplitConfig::default()).unwrap_err();
        assert!(fault.contains("1 groups of volumes"), "{fault}");
    }
}
