//! Rows of a run's tables. Columns are found by name: one that a table lacks is undefined, one that is not
//! known here is passed over.

use super::files::{csv_bytes, write_bytes};
use crate::attack::{self, ball::Norm, corruption::severity::Severity};
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::path::Path;

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
    /// Pixels replaced in each slice; empty where all may move within a radius.
    pub pixels: Option<usize>,
    /// What they were replaced with; empty where values were drawn or chosen.
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
    /// How the distance from the clean image is measured; empty where pixels are replaced.
    #[serde(default)]
    pub norm: Option<Norm>,
    /// The most that the image moves, in its own units; empty where pixels are replaced.
    #[serde(default)]
    pub radius: Option<f32>,
    /// Passes forward and back through the network that each image cost, mean over slices, rounded; empty where a ranking
    /// of pixels was attacked by.
    #[serde(default)]
    pub queries: Option<usize>,
    /// How bad the corruption is; empty in other sweeps.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// The last column, which a table without a corruption lacks.
const OF_SEVERITIES: usize = 1;
/// The columns before it, which a table of rankings of pixels lacks as well.
const OF_BALLS: usize = 3;

impl CurveRow {
    /// Whether nothing was changed.
    pub fn is_clean(&self) -> bool {
        self.pixels == Some(0) || self.radius == Some(0.0) || self.severity.is_some_and(Severity::is_none)
    }

    /// Where it lies on its sweep: pixels, level, radius, severity.
    pub fn point(&self) -> (Option<usize>, Option<f32>, Option<f32>, Option<Severity>) {
        (self.pixels, self.level, self.radius, self.severity)
    }
}

/// Writes a table of curves. The columns of directional and sparse attacks and of corruptions are there where a row has them,
/// so that tables of other sweeps are what they were before there were any.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write_curves(path: &Path, rows: &[CurveRow]) -> Result<(), Fault> {
    let fault = |error: csv::Error| Fault::new(path, error);
    let bytes = csv_bytes(rows).map_err(fault)?;
    let has = |column: fn(&CurveRow) -> bool| rows.iter().any(column);
    let of_balls = has(|row| row.radius.is_some() || row.queries.is_some());
    let lacks = match (has(|row| row.severity.is_some()), of_balls) {
        (true, _) => return write_bytes(path, &bytes),
        (false, true) => OF_SEVERITIES,
        (false, false) => OF_SEVERITIES + OF_BALLS,
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in reader.byte_records() {
        let mut record = record.map_err(fault)?;
        record.truncate(record.len().saturating_sub(lacks));
        writer.write_byte_record(&record).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|error| Fault::new(path, error))?;
    write_bytes(path, &bytes)
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
    use crate::records::files::{parse_csv, read_csv};

    fn row() -> CurveRow {
        CurveRow {
            loss: "dice".into(),
            seed: Some(3),
            sweep: "fig2".into(),
            attack: "signed".into(),
            map: "bce+dice".into(),
            method: None,
            pixels: Some(5),
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
            norm: None,
            radius: None,
            queries: None,
            severity: None,
        }
    }

    fn of_ball() -> CurveRow {
        let (norm, radius) = (Some(Norm::L2), Some(0.25));
        CurveRow { pixels: None, level: None, norm, radius, queries: Some(40), ..row() }
    }

    #[test]
    fn curves_read_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("curves.csv");
        let mut rows =
            vec![row(), CurveRow { level: None, loss: "focal(alpha=0.5,gamma=1)".into(), ..row() }];
        write_curves(&path, &rows)?;
        assert_eq!(read_csv::<CurveRow>(&path)?, rows);
        let text = std::fs::read_to_string(&path)?;
        assert!(
            text.starts_with("loss,seed,protocol,attack,map,pixels,") && text.contains(",intersection\n")
        );
        assert!(text.contains("\"focal(alpha=0.5,gamma=1)\",3,fig2,") && text.ends_with(",13.0,5.0\n"));
        rows.push(of_ball());
        write_curves(&path, &rows)?;
        assert_eq!(read_csv::<CurveRow>(&path)?, rows);
        assert!(std::fs::read_to_string(&path)?.ends_with(",13.0,5.0,l2,0.25,40\n"));
        rows.push(CurveRow { pixels: None, level: None, severity: Severity::new(3).ok(), ..row() });
        write_curves(&path, &rows)?;
        assert_eq!(read_csv::<CurveRow>(&path)?, rows);
        let text = std::fs::read_to_string(&path)?;
        assert!(text.contains(",queries,severity\n") && text.ends_with(",13.0,5.0,,,,3\n"), "{text}");
        write_curves(&path, &[])?;
        Ok(())
    }

    #[test]
    fn a_row_is_clean_where_nothing_may_change() {
        assert!(!row().is_clean() && !of_ball().is_clean());
        assert!(CurveRow { pixels: Some(0), ..row() }.is_clean());
        assert!(CurveRow { radius: Some(0.0), ..of_ball() }.is_clean());
        let corrupted = |number| CurveRow { pixels: None, severity: Severity::new(number).ok(), ..row() };
        assert!(corrupted(0).is_clean() && !corrupted(1).is_clean());
    }

    #[test]
    fn columns_are_found_by_name_whatever_their_order_and_an_absent_one_is_undefined() -> anyhow::Result<()> {
        let table = "queries,dice,volume,pixels,attack,protocol,level\n7,0.25,v,5,signed,fig2,0.5\n";
        let rows: Vec<CurveRow> = parse_csv(table.as_bytes())?;
        assert_eq!((rows[0].dice, rows[0].pixels, rows[0].level), (0.25, Some(5), Some(0.5)));
        assert!(rows[0].volume_dice.is_nan() && rows[0].map.is_empty());
        assert_eq!((rows[0].loss.as_str(), rows[0].seed), ("", None));
        let message = parse_csv::<CurveRow>(b"dice,volume\n0.25,v\n").unwrap_err().to_string();
        assert!(message.contains("missing field `protocol`"), "{message}");
        Ok(())
    }
}
