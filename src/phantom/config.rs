//! What a set of phantoms is made from, and the ranges that its fields may have.

use serde::{Deserialize, Serialize};

/// How many phantoms, and how hard they are.
///
/// The defaults are easier than the real scans, so that a small network learns them in minutes. Nearest
/// to the real scans come `deformation` 1.2, `similarity` 1, `vessels` 3, `noise` 0.06 and `outline` 0.5.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct PhantomConfig {
    /// Number of volumes, from 1 to 99999.
    pub volumes: usize,
    /// Seed of every random number.
    pub seed: u64,
    /// Fewest and most voxels along x, each from 24 to 128.
    pub width: [usize; 2],
    /// Fewest and most voxels along y, each from 24 to 128.
    pub height: [usize; 2],
    /// Fewest and most voxels along z, each from 12 to 128.
    pub depth: [usize; 2],
    /// Strength of the smooth deformation: its standard deviation in voxels, from 0 to 3.
    pub deformation: f64,
    /// Tissue contrast, from 0.1 to 1; 1 is that of the real scans.
    pub contrast: f64,
    /// How near the surrounding grey matter comes to the body's brightness, from 0 to 1; 1 is that of the
    /// real scans.
    pub similarity: f64,
    /// Brightness of the brightest vessel in units of white matter, from 1 to 10. Scaling by the maximum
    /// then squeezes each volume's tissues differently; about 3 in the real scans.
    pub vessels: f64,
    /// Mottle within tissue: its standard deviation in units of white matter, from 0 to 0.5.
    pub texture: f64,
    /// Rician noise: the standard deviation of either channel in units of white matter, from 0 to 0.5.
    pub noise: f64,
    /// Bias field: its largest relative change of brightness, from 0 to 0.8.
    pub bias: f64,
    /// The annotator's wavering: standard deviation of the outline's error in voxels, from 0 to 1. What
    /// it takes from the Dice score no network can win back.
    pub outline: f64,
    /// Lowest and highest intensity of white matter over the volumes, from 10 to 1e7, drawn log-uniformly.
    pub intensity: [f64; 2],
}

impl Default for PhantomConfig {
    fn default() -> Self {
        Self {
            volumes: 24,
            seed: 0,
            width: [31, 43],
            height: [40, 59],
            depth: [24, 47],
            deformation: 0.7,
            contrast: 1.0,
            similarity: 0.2,
            vessels: 1.2,
            texture: 0.05,
            noise: 0.04,
            bias: 0.2,
            outline: 0.2,
            intensity: [60.0, 6e5],
        }
    }
}

/// A field of [`PhantomConfig`] that is out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("phantom: `{field}` should be {range}, but is {value}")]
pub struct PhantomError {
    field: &'static str,
    range: String,
    value: String,
}

impl PhantomConfig {
    /// Checks every field against its range.
    ///
    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), PhantomError> {
        if !(1..=99_999).contains(&self.volumes) {
            return fail("volumes", "from 1 to 99999", self.volumes);
        }
        let sizes = [("width", self.width, 24), ("height", self.height, 24), ("depth", self.depth, 12)];
        for (field, [low, high], least) in sizes {
            if low < least || low > high || high > 128 {
                return fail(
                    field,
                    format!("an ascending pair from {least} to 128"),
                    format!("[{low}, {high}]"),
                );
            }
        }
        let strengths = [
            ("deformation", self.deformation, 0.0, 3.0),
            ("contrast", self.contrast, 0.1, 1.0),
            ("similarity", self.similarity, 0.0, 1.0),
            ("vessels", self.vessels, 1.0, 10.0),
            ("texture", self.texture, 0.0, 0.5),
            ("noise", self.noise, 0.0, 0.5),
            ("bias", self.bias, 0.0, 0.8),
            ("outline", self.outline, 0.0, 1.0),
        ];
        for (field, value, low, high) in strengths {
            if !(low..=high).contains(&value) {
                return fail(field, format!("from {low} to {high}"), value);
            }
        }
        let [low, high] = self.intensity;
        // NaN fails the comparisons.
        if !(10.0 <= low && low <= high && high <= 1e7) {
            return fail("intensity", "an ascending pair from 10 to 1e7", format!("[{low}, {high}]"));
        }
        Ok(())
    }
}

fn fail(field: &'static str, range: impl ToString, value: impl ToString) -> Result<(), PhantomError> {
    Err(PhantomError { field, range: range.to_string(), value: value.to_string() })
}
