//! The section `data` of a study: where volumes come from and how intensities are scaled.

use crate::phantom::PhantomConfig;
use crate::rules;
use serde::{Deserialize, Serialize};

/// Where volumes come from and how intensities are scaled.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// A Decathlon task folder, or phantoms made in memory.
    pub source: Source,
    /// Each volume's smallest and largest voxel are scaled to these.
    pub intensity: [f32; 2],
    /// Which volumes of a task folder: `all`, a list in [`volume_list`](crate::data::volume_list), or a
    /// file such as a run's `volumes.csv`.
    pub volumes: String,
    /// The phantoms, where they are the source.
    pub phantom: PhantomConfig,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: Source::Decathlon,
            intensity: [0.0, 0.2],
            volumes: "all".to_string(),
            phantom: PhantomConfig::default(),
        }
    }
}

/// Source of the volumes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A Medical Segmentation Decathlon task folder, named with `--data`.
    Decathlon,
    /// Phantoms made in memory.
    Phantom,
}

impl DataConfig {
    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        rules::rising("data.intensity", self.intensity)
    }

    /// Whether `other` makes the same slices of the same volumes.
    pub fn slices_like(&self, other: &Self) -> bool {
        let phantom = |data: &Self| (data.source == Source::Phantom).then(|| data.phantom.clone());
        self.source == other.source && self.intensity == other.intensity && phantom(self) == phantom(other)
    }
}
