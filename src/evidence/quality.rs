//! How good an arm's masks and probabilities are without an attack, beside Dice.

use super::{Evidence, of_cell};
use crate::image::overlap::mean;
use crate::records::cell::Cell;
use serde::Serialize;

/// Means over seeds; none where no cell has them, as in runs of earlier versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quality {
    /// 95th percentile Hausdorff distance in voxels, mean over volumes.
    pub hd95: Option<f64>,
    /// Share of volumes with foreground in which a network marks nothing, so that they have no HD95; none where it is 0.
    pub missed: Option<f64>,
    /// Normalised surface Dice at one voxel, mean over volumes, in [0, 1].
    pub nsd: Option<f64>,
    /// [`of_cell::calibration_error`].
    pub calibration_error: Option<f64>,
}

impl Evidence<'_> {
    /// That of an arm.
    pub(super) fn quality(&self, arm: &str) -> Quality {
        let cells = || self.seeds.iter().filter_map(|&seed| self.cell(arm, seed).ok());
        let over_seeds = |of: &dyn Fn(&Cell) -> Option<f64>| {
            let values: Vec<f64> = cells().filter_map(of).filter(|value| value.is_finite()).collect();
            (!values.is_empty()).then(|| mean(&values))
        };
        let counts = cells().map(of_cell::missed);
        let [missed, volumes] = counts.fold([0, 0], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
        Quality {
            missed: (missed > 0).then(|| missed as f64 / volumes as f64),
            hd95: over_seeds(&|cell| Some(of_cell::value(&of_cell::hd95(cell)))),
            nsd: over_seeds(&|cell| Some(of_cell::value(&of_cell::nsd(cell)))),
            calibration_error: over_seeds(&of_cell::calibration_error),
        }
    }
}
