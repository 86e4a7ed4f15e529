//! Scores of the masks on images as they are, besides Dice per slice: `scores.csv`, a row per test volume,
//! over all of its slices, those without foreground too.

use super::Probe;
use crate::image::gather::gather;
use crate::image::overlap::Overlap;
use crate::image::predicted::predicted_mask;
use crate::image::slice::Slice;
use crate::image::surface_distance::{Grid, SurfaceDistances};
use crate::network::chunked::Predictor;
use crate::records::cell::SCORES;
use crate::records::files::write_csv;
use crate::records::rows::ScoreRow;
use crate::study::StudyError;
use crate::study::prepared::Prepared;
use std::ops::Range;

pub(super) const PROBE: Probe = Probe {
    file: SCORES,
    check: None,
    run: |probed, path| Ok(write_csv(path, &rows(probed.predictor, probed.prepared)?)?),
};

/// How far a surface may be off for the normalised surface Dice, in voxels.
const TOLERANCE: f64 = 1.0;

fn rows(predictor: &Predictor, prepared: &Prepared) -> Result<Vec<ScoreRow>, StudyError> {
    let slices = prepared.all.of_volumes(&prepared.split.test);
    let of_volume = |(volume, range): (usize, Range<usize>)| {
        let slices = slices.read(range)?;
        let logits = predictor.logits(&gather(&slices).0)?;
        let masks = slices.iter().zip(logits.chunks(predictor.pixels()));
        let masks: Vec<Vec<bool>> = masks.map(|(slice, logits)| mask(slice, logits)).collect();
        row(prepared.volumes[volume].id.clone(), &slices, &masks)
    };
    slices.by_volume().into_iter().map(of_volume).collect()
}

/// The predicted mask over the scanned pixels. A pixel to ignore is in neither mask.
fn mask(slice: &Slice, logits: &[f32]) -> Vec<bool> {
    let mut mask = predicted_mask(logits, slice.region.pixels());
    for (pixel, inside) in slice.region.pixels().zip(&mut mask) {
        *inside &= slice.ignored.binary_search(&pixel).is_err();
    }
    mask
}

/// The scores of one volume: its slices and their predicted masks, over the scanned pixels.
fn row(volume: String, slices: &[Slice], masks: &[Vec<bool>]) -> Result<ScoreRow, StudyError> {
    let truths: Vec<Vec<bool>> = slices.iter().map(|slice| slice.region.crop(&slice.mask)).collect();
    let [height, width] = slices.first().map_or([0; 2], |slice| [slice.region.height, slice.region.width]);
    let ignored: usize = slices.iter().map(|slice| slice.ignored.len()).sum();
    let (predicted, truth) = (masks.concat(), truths.concat());
    let empty = truths.iter().zip(masks).filter(|(truth, _)| !truth.contains(&true));
    let false_positives: Vec<usize> =
        empty.map(|(_, mask)| mask.iter().filter(|&&inside| inside).count()).collect();
    let grid = Grid::new([slices.len(), height, width], [1.0; 3]).map_err(StudyError::Request)?;
    let distances = SurfaceDistances::between(&predicted, &truth, &grid);
    let alike = predicted.iter().zip(&truth).filter(|(predicted, truth)| predicted == truth).count();
    Ok(ScoreRow {
        volume,
        slices: slices.len(),
        pixels: truth.len() - ignored,
        right: alike - ignored,
        empty_slices: false_positives.len(),
        empty_slices_hit: false_positives.iter().filter(|&&pixels| pixels > 0).count(),
        false_positives: false_positives.iter().sum(),
        dice: Overlap::of(&predicted, &truth).dice(),
        hd95: distances.hausdorff_95(),
        nsd: distances.surface_dice(TOLERANCE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;

    const REGION: Region = Region { top: 0, left: 0, height: 3, width: 3, row: 3 };

    fn slice(depth: usize, mask: [u8; 9]) -> Slice {
        let mask = mask.map(|inside| inside > 0).to_vec();
        Slice { volume: 0, depth, region: REGION, image: vec![0.0; 9], mask, ignored: Vec::new() }
    }

    /// A single voxel predicted one voxel too far to the right, and a false positive on an empty slice.
    #[test]
    fn scores_of_a_volume_count_its_empty_slices() -> anyhow::Result<()> {
        let slices = [slice(0, [0, 0, 0, 1, 0, 0, 0, 0, 0]), slice(1, [0; 9]), slice(2, [0; 9])];
        let masks = [[0, 0, 0, 0, 1, 0, 0, 0, 0], [0; 9], [1, 1, 0, 0, 0, 0, 0, 0, 0]];
        let masks = masks.map(|mask: [u8; 9]| mask.map(|inside| inside > 0).to_vec());
        let row = row("a".into(), &slices, &masks)?;
        assert_eq!((row.slices, row.pixels, row.right), (3, 27, 23));
        assert_eq!((row.empty_slices, row.empty_slices_hit, row.false_positives), (2, 1, 2));
        assert_eq!(row.dice, 0.0);
        // From the true voxel to the nearest predicted one: 1. From the three predicted ones to the true
        // one: 1, sqrt(1 + 4) and sqrt(1 + 1 + 4); their 95th percentile lies nine tenths of the way from the
        // second to the third.
        let expected = 5.0_f64.sqrt() + 0.9 * (6.0_f64.sqrt() - 5.0_f64.sqrt());
        approx::assert_relative_eq!(row.hd95, expected, max_relative = 1e-12);
        // One of three predicted voxels and the true one lie within a voxel of the other side.
        assert_eq!(row.nsd, 0.5);
        Ok(())
    }
}
