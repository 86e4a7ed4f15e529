//! Quantities of one cell by test volume, each as a numerator and a denominator: their one definition, for
//! verdicts and for what a report shows.

use crate::records::cell::Cell;
use crate::records::rows::{BINS, CurveRow, ScoreRow};
use crate::records::saliency::SaliencyRow;
use std::collections::BTreeMap;

/// Numerator and denominator by volume.
pub type ByVolume<'a> = BTreeMap<&'a str, [f64; 2]>;

/// Dice: the mean over a volume's slices, or with `micro` twice the intersection over both areas.
pub fn dice(row: &CurveRow, micro: bool) -> [f64; 2] {
    match micro {
        true => [2.0 * row.intersection, row.area + row.true_area],
        false => [row.dice, 1.0],
    }
}

/// A property of saliency maps: the mean over a volume's slices. A map that is zero everywhere has none and
/// counts for nothing; a volume without one that has is left out.
pub fn slices<'a>(
    rows: impl Iterator<Item = &'a SaliencyRow>,
    of: &dyn Fn(&SaliencyRow) -> f64,
) -> ByVolume<'a> {
    let mut sums: ByVolume = BTreeMap::new();
    for row in rows {
        let value = of(row);
        if value.is_finite() {
            let sum = sums.entry(row.volume.as_str()).or_default();
            *sum = [sum[0] + value, sum[1] + 1.0];
        }
    }
    sums.into_iter().map(|(volume, [sum, count])| (volume, [sum / count, 1.0])).collect()
}

/// Pixels of 0.05 to 0.95 foreground probability over the true foreground, without an attack.
pub fn softness(cell: &Cell) -> ByVolume<'_> {
    let mut by_volume: ByVolume = BTreeMap::new();
    for row in &cell.probabilities {
        let [undecided, foreground] = by_volume.entry(row.volume.as_str()).or_default();
        if (1..BINS - 1).contains(&row.bin) {
            *undecided += (row.background + row.foreground) as f64;
        }
        *foreground += row.foreground as f64;
    }
    by_volume
}

/// The share of the background that is called background without an attack, in [0, 1]; none without background.
pub fn specificity(cell: &Cell) -> Option<f64> {
    let pixels = |outside: &dyn Fn(usize) -> bool| {
        let rows = cell.probabilities.iter().filter(|row| outside(row.bin));
        rows.map(|row| row.background).sum::<usize>() as f64
    };
    let all = pixels(&|_| true);
    (all > 0.0).then(|| pixels(&|bin| bin < BINS / 2) / all)
}

/// Right pixels as a share of those scanned, without an attack.
pub fn accuracy(cell: &Cell) -> ByVolume<'_> {
    let scored = cell.scores.iter().filter(|row| row.pixels > 0);
    scored.map(|row| (row.volume.as_str(), [row.right as f64 / row.pixels as f64, 1.0])).collect()
}

/// 95th percentile Hausdorff distance in voxels, without an attack; volumes without one are left out.
pub fn hd95(cell: &Cell) -> ByVolume<'_> {
    let scored = cell.scores.iter().filter(|row| row.hd95.is_finite());
    scored.map(|row| (row.volume.as_str(), [row.hd95, 1.0])).collect()
}

/// How many volumes with foreground have no [`hd95`], since the network marks nothing in them, and how many there are.
pub fn missed(cell: &Cell) -> [usize; 2] {
    let there = || cell.scores.iter().filter(has_border);
    [there().filter(|row| !row.hd95.is_finite()).count(), there().count()]
}

/// Where there is no foreground there is no border to agree with; records of earlier versions do not say.
fn has_border(row: &&ScoreRow) -> bool {
    row.slices == 0 || row.slices > row.empty_slices
}

/// Normalised surface Dice at one voxel, without an attack.
pub fn nsd(cell: &Cell) -> ByVolume<'_> {
    let scored = cell.scores.iter().filter(has_border).filter(|row| row.nsd.is_finite());
    scored.map(|row| (row.volume.as_str(), [row.nsd, 1.0])).collect()
}

/// Expected calibration error (M. P. Naeini and others, AAAI 2015) without an attack, over all scanned pixels of a cell:
/// how far the foreground's share in each bin of probability lies from the bin's middle, weighted by pixels; 0 to 1, none
/// without probabilities.
pub fn calibration_error(cell: &Cell) -> Option<f64> {
    let mut bins = [[0.0; 2]; BINS];
    for row in cell.probabilities.iter().filter(|row| row.bin < BINS) {
        bins[row.bin][0] += row.background as f64;
        bins[row.bin][1] += row.foreground as f64;
    }
    let middle = |bin: usize| (bin as f64 + 0.5) / BINS as f64;
    let off =
        |(bin, [outside, inside]): (usize, &[f64; 2])| (inside - middle(bin) * (outside + inside)).abs();
    let pixels: f64 = bins.iter().flatten().sum();
    (pixels > 0.0).then(|| bins.iter().enumerate().map(off).sum::<f64>() / pixels)
}

/// The value of a cell: the ratio of the sums over its volumes; NaN without one.
pub fn value(by_volume: &ByVolume) -> f64 {
    let sum = |side: usize| by_volume.values().map(|pair| pair[side]).sum::<f64>();
    sum(0) / sum(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::cell::CellRecord;
    use crate::records::checks::Checks;
    use crate::records::provenance::Provenance;
    use crate::records::rows::ProbabilityRow;

    fn cell(saliency: Vec<SaliencyRow>, probabilities: Vec<ProbabilityRow>) -> Cell {
        let record = CellRecord {
            loss: "bce".into(),
            seed: 0,
            study_hash: String::new(),
            data_hash: String::new(),
            size: [8, 8],
            made: Provenance::here("cpu"),
            seconds: [0.0; 3],
            files: BTreeMap::new(),
        };
        Cell {
            record,
            training: Vec::new(),
            saliency,
            probabilities,
            scores: Vec::new(),
            curves: Vec::new(),
            checks: Checks::default(),
        }
    }

    #[test]
    fn a_network_that_says_half_and_is_right_half_the_time_is_calibrated_to_half_a_bin() {
        let row =
            |bin, background, foreground| ProbabilityRow { volume: "v".into(), bin, background, foreground };
        let error = |rows: Vec<ProbabilityRow>| calibration_error(&cell(Vec::new(), rows));
        assert_eq!(error(Vec::new()), None);
        // Bin 10 is 0.5 to 0.55, its middle 0.525.
        let half = error(vec![row(10, 50, 50)]).expect("an error");
        assert!((half - 0.025).abs() < 1e-12, "{half}");
        // Sure and wrong: 0.975 said, nothing there; beside it as many pixels off by 0.025.
        let wrong = error(vec![row(19, 100, 0), row(0, 100, 0)]).expect("an error");
        assert!((wrong - 0.5).abs() < 1e-12, "{wrong}");
    }

    #[test]
    fn specificity_is_the_background_below_one_half() {
        let row = |bin, background| ProbabilityRow { volume: "v".into(), bin, background, foreground: 7 };
        let share = |rows: Vec<ProbabilityRow>| specificity(&cell(Vec::new(), rows));
        assert_eq!(share(vec![row(0, 20), row(9, 10), row(10, 60), row(19, 10)]), Some(0.3));
        assert_eq!(share(vec![row(15, 5)]), Some(0.0));
        assert_eq!(share(vec![row(15, 0)]), None);
    }

    /// Of three volumes one has no foreground and one is missed, and only that is counted so.
    #[test]
    fn a_volume_is_missed_where_its_foreground_has_no_border_beside_it() {
        let text = "volume,slices,empty_slices,hd95,nsd\na,3,1,2.5,0.5\nb,3,1,NaN,0\nc,3,3,NaN,1\n";
        let scores = crate::records::files::parse_csv(text.as_bytes()).expect("rows");
        let cell = Cell { scores, ..cell(Vec::new(), Vec::new()) };
        assert_eq!(missed(&cell), [1, 2]);
        assert_eq!(hd95(&cell), ByVolume::from([("a", [2.5, 1.0])]));
        assert_eq!(nsd(&cell).into_keys().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_volume_counts_once_however_many_slices_it_has_and_maps_without_spread_do_not() {
        let row = |volume: &str, depth: usize, value: f64| SaliencyRow {
            method: None,
            volume: volume.into(),
            depth,
            zero_pixels: 0,
            measures: vec![value],
        };
        let rows = vec![
            row("a", 0, 1.0),
            row("a", 1, 3.0),
            row("b", 0, 8.0),
            row("b", 1, f64::NAN),
            row("c", 0, f64::NAN),
        ];
        let cell = cell(rows, Vec::new());
        let by_volume = slices(cell.spread_rows(), &|row| row.measures[0]);
        assert_eq!(by_volume, ByVolume::from([("a", [2.0, 1.0]), ("b", [8.0, 1.0])]));
        assert_eq!(value(&by_volume), 5.0);
    }

    #[test]
    fn undecided_pixels_are_counted_over_the_foreground() {
        let row = |bin| ProbabilityRow { volume: "a".into(), bin, background: 10, foreground: 20 };
        let soft = cell(Vec::new(), (0..BINS).map(row).collect());
        // 18 of 20 bins, 30 pixels each, over 400.
        assert_eq!(value(&softness(&soft)), 1.35);
        let hard = cell(Vec::new(), vec![row(0), row(BINS - 1)]);
        assert_eq!(value(&softness(&hard)), 0.0);
        assert!(value(&softness(&cell(Vec::new(), Vec::new()))).is_nan());
    }
}
