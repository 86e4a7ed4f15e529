//! The overlap of a predicted mask with the true one.

use std::ops::AddAssign;

/// Pixel counts of two masks. Counts of several slices add up, for a volume's or a micro Dice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Pixels in both masks.
    pub intersection: f64,
    /// Pixels in the predicted mask.
    pub predicted: f64,
    /// Pixels in the true mask.
    pub truth: f64,
}

impl Overlap {
    /// Counts two masks of the same length.
    pub fn of(predicted: &[bool], truth: &[bool]) -> Self {
        debug_assert_eq!(predicted.len(), truth.len());
        let mut overlap = Self::default();
        for (&predicted, &truth) in predicted.iter().zip(truth) {
            overlap.count(predicted, truth);
        }
        overlap
    }

    /// Counts one pixel.
    pub fn count(&mut self, predicted: bool, truth: bool) {
        self.predicted += f64::from(u8::from(predicted));
        self.truth += f64::from(u8::from(truth));
        self.intersection += f64::from(u8::from(predicted && truth));
    }

    /// Dice score `2 |P and T| / (|P| + |T|)`, in [0, 1]. Two empty masks agree: 1. An empty
    /// prediction of a slice that has foreground scores 0.
    pub fn dice(&self) -> f64 {
        let total = self.predicted + self.truth;
        if total == 0.0 { 1.0 } else { 2.0 * self.intersection / total }
    }
}

impl AddAssign for Overlap {
    fn add_assign(&mut self, other: Self) {
        self.intersection += other.intersection;
        self.predicted += other.predicted;
        self.truth += other.truth;
    }
}

/// Arithmetic mean; 0 for no values.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_of_known_masks() {
        let overlap = Overlap::of(&[true, true, false, false], &[true, false, true, false]);
        assert_eq!(overlap, Overlap { intersection: 1.0, predicted: 2.0, truth: 2.0 });
        assert_eq!(overlap.dice(), 0.5);
    }

    #[test]
    fn empty_prediction_scores_zero_and_two_empty_masks_one() {
        assert_eq!(Overlap::of(&[false], &[true]).dice(), 0.0);
        assert_eq!(Overlap::of(&[false], &[false]).dice(), 1.0);
    }

    #[test]
    fn overlaps_add_up_to_the_overlap_of_the_whole() {
        let (predicted, truth) = ([true, false, true, true], [true, true, false, true]);
        let mut sum = Overlap::of(&predicted[..2], &truth[..2]);
        sum += Overlap::of(&predicted[2..], &truth[2..]);
        assert_eq!(sum, Overlap::of(&predicted, &truth));
    }
}
