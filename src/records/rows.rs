//! Rows of a run's tables. Columns are found by name: one that a table lacks is undefined, one that is not
//! known here is passed over.

use crate::attack;
use serde::{Deserialize, Serialize};

/// What a column that a table lacks holds.
fn undefined() -> f64 {
    f64::NAN
}

/// One point of a curve on one volume, a row of `curves.csv`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CurveRow {
    /// Arm whose network is attacked; empty in tables of earlier versions, as is the seed.
    #[serde(default)]
    pub loss: String,
    /// Its seed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Name of the sweep in the study.
    #[serde(rename = "protocol")]
    pub sweep: String,
    /// Name of the attack.
    pub attack: String,
    /// Loss whose network's saliency map ranked the pixels; empty where the attack reads none.
    #[serde(default)]
    pub map: String,
    /// Way of explaining that the map is of, in studies that name several; else there is no such column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Pixels replaced in each slice.
    pub pixels: usize,
    /// What they were replaced with; empty where values were drawn.
    pub level: Option<f32>,
    /// Volume id.
    pub volume: String,
    /// Slices of the volume that have foreground.
    #[serde(default)]
    pub slices: usize,
    /// Trials of each slice.
    #[serde(default)]
    pub trials: usize,
    /// 95% half-width that the trials leave on the mean over all volumes, in units of Dice.
    #[serde(default = "undefined")]
    pub half_width: f64,
    /// Hard Dice, mean over trials and slices.
    #[serde(default = "undefined")]
    pub dice: f64,
    /// Dice of the volume's slices taken together.
    #[serde(default = "undefined")]
    pub volume_dice: f64,
    /// Predicted foreground pixels of all slices, mean over trials.
    #[serde(default = "undefined")]
    pub area: f64,
    /// True foreground pixels of all slices.
    #[serde(default = "undefined")]
    pub true_area: f64,
    /// Pixels in both, mean over trials.
    #[serde(default = "undefined")]
    pub intersection: f64,
}

impl CurveRow {
    /// The attack with the method whose map it reads, as [`attack::by`] has it.
    pub fn ranking(&self) -> String {
        attack::by(&self.attack, self.method.as_deref().unwrap_or_default())
    }
}

/// A row of `agreement.csv`: the masks that two networks predict on one test volume, without an attack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AgreementRow {
    /// Loss of one network.
    pub first: String,
    /// Loss of the other.
    pub second: String,
    /// Volume id.
    pub volume: String,
    /// Hard Dice between the two predicted masks, mean over the volume's test slices; two empty masks
    /// agree.
    #[serde(default = "undefined")]
    pub dice: f64,
}

/// Bins of equal width over 0 to 1; bin `b` holds `b / 20 <= p < (b + 1) / 20`, the last one 1 as well.
pub const BINS: usize = 20;

/// A row of `probabilities.csv`: scanned pixels of a volume's test slices in one bin of foreground
/// probability, without an attack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProbabilityRow {
    /// Volume id.
    pub volume: String,
    /// From 0, see [`BINS`].
    pub bin: usize,
    /// Pixels outside the true mask.
    #[serde(default)]
    pub background: usize,
    /// Pixels inside it.
    #[serde(default)]
    pub foreground: usize,
}

/// A row of `scores.csv`: the predicted mask of one test volume without an attack, over all of its slices.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ScoreRow {
    /// Volume id.
    pub volume: String,
    /// Its slices.
    #[serde(default)]
    pub slices: usize,
    /// Their scanned pixels.
    #[serde(default)]
    pub pixels: usize,
    /// Pixels whose predicted class is the true one.
    #[serde(default)]
    pub right: usize,
    /// Slices without foreground.
    #[serde(default)]
    pub empty_slices: usize,
    /// Slices without foreground on which some was predicted.
    #[serde(default)]
    pub empty_slices_hit: usize,
    /// Pixels predicted as foreground on slices without any.
    #[serde(default)]
    pub false_positives: usize,
    /// Dice of all slices taken together.
    #[serde(default = "undefined")]
    pub dice: f64,
    /// 95th percentile Hausdorff distance in voxels, in three dimensions; NaN where one mask is empty.
    #[serde(default = "undefined")]
    pub hd95: f64,
    /// Normalised surface Dice at a tolerance of one voxel, in three dimensions.
    #[serde(default = "undefined")]
    pub nsd: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::files::{parse_csv, read_csv, write_csv};

    fn row() -> CurveRow {
        CurveRow {
            loss: "dice".into(),
            seed: Some(3),
            sweep: "fig2".into(),
            attack: "signed".into(),
            map: "bce+dice".into(),
            method: None,
            pixels: 5,
            level: Some(0.15),
            volume: "hippocampus_001".into(),
            slices: 21,
            trials: 1,
            half_width: 0.0,
            dice: 1.0 / 3.0,
            volume_dice: 0.1 + 0.2,
            area: 12.0,
            true_area: 13.0,
            intersection: 5.0,
        }
    }

    #[test]
    fn curves_read_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("curves.csv");
        let rows = [row(), CurveRow { level: None, ..row() }];
        write_csv(&path, &rows)?;
        assert_eq!(read_csv::<CurveRow>(&path)?, rows);
        Ok(())
    }

    #[test]
    fn columns_are_found_by_name_whatever_their_order_and_an_absent_one_is_undefined() -> anyhow::Result<()> {
        let table = "queries,dice,volume,pixels,attack,protocol,level\n7,0.25,v,5,signed,fig2,0.5\n";
        let rows: Vec<CurveRow> = parse_csv(table.as_bytes())?;
        assert_eq!((rows[0].dice, rows[0].pixels, rows[0].level), (0.25, 5, Some(0.5)));
        assert!(rows[0].volume_dice.is_nan() && rows[0].map.is_empty());
        assert_eq!((rows[0].loss.as_str(), rows[0].seed), ("", None));
        let message = parse_csv::<CurveRow>(b"dice,volume\n0.25,v\n").unwrap_err().to_string();
        assert!(message.contains("missing field `protocol`"), "{message}");
        Ok(())
    }
}
