//! Foreground probabilities on images as they are, without an attack: a histogram per test volume and
//! true label. From it follow how soft a network's margin is, and how well calibrated its
//! probabilities are.

use super::Probe;
use crate::image::gather::gather;
use crate::image::slice::Slice;
use crate::network::chunked::Predictor;
use crate::records::cell::PROBABILITIES;
use crate::records::files::write_csv;
use crate::records::rows::{BINS, ProbabilityRow};
use crate::study::StudyError;
use crate::study::prepared::Prepared;

pub(super) const PROBE: Probe = Probe {
    file: PROBABILITIES,
    check: None,
    run: |probed, path| Ok(write_csv(path, &histograms(probed.predictor, probed.prepared)?)?),
};

/// The histogram of every test volume.
fn histograms(predictor: &Predictor, prepared: &Prepared) -> Result<Vec<ProbabilityRow>, StudyError> {
    let mut rows = Vec::new();
    for (volume, range) in prepared.test_volumes() {
        let mut counts = [[0; 2]; BINS];
        let slices = prepared.test.read(range)?;
        let logits = predictor.logits(&gather(&slices).0)?;
        for (slice, logits) in slices.iter().zip(logits.chunks(predictor.pixels())) {
            count(slice, logits, &mut counts);
        }
        rows.extend(counts.iter().enumerate().map(|(bin, &[background, foreground])| ProbabilityRow {
            volume: prepared.volumes[volume].id.clone(),
            bin,
            background,
            foreground,
        }));
    }
    Ok(rows)
}

fn count(slice: &Slice, logits: &[f32], counts: &mut [[usize; 2]; BINS]) {
    for pixel in slice.pixels() {
        counts[bin(logits[pixel])][usize::from(slice.mask[pixel])] += 1;
    }
}

fn bin(logit: f32) -> usize {
    let probability = 1.0 / (1.0 + (-f64::from(logit)).exp());
    ((probability * BINS as f64) as usize).min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(f32::NEG_INFINITY, 0)]
    #[case(-2.95, 0)] // 0.0497
    #[case(-2.94, 1)] // 0.0502
    #[case(0.0, 10)]
    #[case(2.93, 18)] // 0.9493
    #[case(2.95, 19)] // 0.9503
    #[case(f32::INFINITY, 19)]
    fn logits_fall_into_bins_of_a_twentieth(#[case] logit: f32, #[case] expected: usize) {
        assert_eq!(bin(logit), expected);
    }
}
