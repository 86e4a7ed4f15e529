//! How far the boundaries of two masks lie apart: the 95th percentile Hausdorff distance and the
//! normalised surface Dice, of a plane or of a volume.
//!
//! Both are MONAI's (`compute_hausdorff_distance(percentile=95)`, `compute_surface_dice`). A boundary
//! pixel is a mask pixel with a face neighbour outside the mask; beyond the grid's edge counts as outside.
//! Distances are Euclidean, exact, from pixel centre to pixel centre. Where both masks are empty MONAI
//! gives NaN for both scores, to be left out of means; here two empty masks agree, as in
//! [`Overlap::dice`](super::overlap::Overlap::dice).

use crate::image::distance_transform::nearest;

/// Pixels in rows, or slices of them in a stack, and how far apart they lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    shape: [usize; 3],
    spacing: [f64; 3],
}

impl Grid {
    /// A grid of `shape` (depth, height, width), with `spacing` along each, in millimetres or pixels. With
    /// depth 1 it is a plane: what lies before and behind is no neighbour. (MONAI calls every pixel of a
    /// volume of one slice boundary; given the same slice as a plane it agrees.)
    ///
    /// # Errors
    /// A line where a spacing is not a finite number above 0.
    pub fn new(shape: [usize; 3], spacing: [f64; 3]) -> Result<Self, String> {
        match spacing.iter().all(|step| step.is_finite() && *step > 0.0) {
            true => Ok(Self { shape, spacing }),
            false => Err(format!("the spacing {spacing:?} should be three numbers above 0")),
        }
    }

    /// A plane of `height` times `width` pixels, `spacing` apart along each.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn plane([height, width]: [usize; 2], spacing: [f64; 2]) -> Result<Self, String> {
        Self::new([1, height, width], [1.0, spacing[0], spacing[1]])
    }

    /// Pixels in all.
    pub fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Which pixels are boundary of `mask`.
    fn boundary(&self, mask: &[bool]) -> Vec<bool> {
        let [depth, height, width] = self.shape;
        let steps = [height * width, width, 1];
        let first = usize::from(depth == 1);
        let surrounded = |pixel: usize| {
            (first..3).all(|axis| {
                let place = pixel / steps[axis] % self.shape[axis];
                place > 0
                    && place + 1 < self.shape[axis]
                    && mask[pixel - steps[axis]]
                    && mask[pixel + steps[axis]]
            })
        };
        mask.iter().enumerate().map(|(pixel, &inside)| inside && !surrounded(pixel)).collect()
    }
}

/// Distance of every boundary pixel of each of two masks from the other's boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceDistances {
    /// From the predicted boundary to the true one, ascending; infinite where there is no true one.
    from_predicted: Vec<f64>,
    /// From the true boundary to the predicted one, likewise.
    from_truth: Vec<f64>,
}

impl SurfaceDistances {
    /// Measures two masks of [`Grid::pixels`] pixels, width fastest, then height, then depth.
    pub fn between(predicted: &[bool], truth: &[bool], grid: &Grid) -> Self {
        debug_assert_eq!([predicted.len(), truth.len()], [grid.pixels(); 2]);
        let (predicted, truth) = (grid.boundary(predicted), grid.boundary(truth));
        let from = |near: &[bool], far: &[bool]| {
            let squared = nearest(far, grid.shape, grid.spacing);
            let along = near.iter().zip(squared).filter(|(inside, _)| **inside);
            let mut distances: Vec<f64> = along.map(|(_, squared)| squared.sqrt()).collect();
            distances.sort_unstable_by(f64::total_cmp);
            distances
        };
        Self { from_predicted: from(&predicted, &truth), from_truth: from(&truth, &predicted) }
    }

    /// The 95th percentile Hausdorff distance (HD95), in the unit of the spacing: the larger of the two
    /// directed 95th percentiles, not the percentile of both directions pooled, which is smaller or
    /// equal. Percentiles are interpolated linearly. 0 where both masks are empty, NaN where one is.
    pub fn hausdorff_95(&self) -> f64 {
        match (self.from_predicted.is_empty(), self.from_truth.is_empty()) {
            (true, true) => 0.0,
            (false, false) => percentile_95(&self.from_predicted).max(percentile_95(&self.from_truth)),
            _ => f64::NAN,
        }
    }

    /// The normalised surface Dice (NSD), in [0, 1]: the share of both boundaries' pixels that lie within
    /// `tolerance` of the other boundary, in the unit of the spacing. 1 where both masks are empty, 0
    /// where one is.
    ///
    /// Every boundary pixel counts alike. DeepMind's `surface-distance` weighs each by the area of the
    /// surface in it, found by marching cubes on a grid half a pixel off, so that its values differ.
    pub fn surface_dice(&self, tolerance: f64) -> f64 {
        // In single precision, as in MONAI: three steps of 0.1 are within 0.3.
        let within = |distance: &&f64| **distance as f32 <= tolerance as f32;
        let all = self.from_predicted.len() + self.from_truth.len();
        let near = self.from_predicted.iter().chain(&self.from_truth).filter(within).count();
        if all == 0 { 1.0 } else { near as f64 / all as f64 }
    }
}

/// The 95th percentile of one ascending value or more, between neighbours by linear interpolation.
fn percentile_95(ascending: &[f64]) -> f64 {
    let last = ascending.len() - 1;
    let place = 0.95 * last as f64;
    let (below, above) = (ascending[place as usize], ascending[(place as usize + 1).min(last)]);
    below + place.fract() * (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixtures {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        shape: [usize; 3],
        spacing: [f64; 3],
        predicted: String,
        truth: String,
        hd95: Option<f64>,
        surface_dice: Vec<(f64, Option<f64>)>,
    }

    fn mask(text: &str) -> Vec<bool> {
        text.chars().map(|pixel| pixel == '1').collect()
    }

    #[test]
    // Names the case that fails.
    #[allow(clippy::print_stdout)]
    fn scores_are_monais() {
        let text = include_str!("../../fixtures/surface.json");
        let fixtures: Fixtures = serde_json::from_str(text).expect("the fixture");
        for case in fixtures.cases {
            let grid = Grid::new(case.shape, case.spacing).expect("a grid");
            let (predicted, truth) = (mask(&case.predicted), mask(&case.truth));
            let distances = SurfaceDistances::between(&predicted, &truth, &grid);
            let empty = [&predicted, &truth].map(|mask| !mask.contains(&true));
            println!("{}", case.name);
            match case.hd95 {
                Some(hd95) => assert_relative_eq!(distances.hausdorff_95(), hd95, max_relative = 1e-6),
                None if empty == [true, true] => assert_eq!(distances.hausdorff_95(), 0.0),
                None => assert!(distances.hausdorff_95().is_nan() && empty != [false, false]),
            }
            for (tolerance, dice) in case.surface_dice {
                // Two empty masks alone are NaN in MONAI.
                assert_eq!(dice.is_none(), empty == [true, true]);
                let dice = dice.unwrap_or(1.0);
                assert_relative_eq!(distances.surface_dice(tolerance), dice, epsilon = 1e-6);
            }
        }
    }

    #[test]
    fn distances_are_in_the_spacings_unit() {
        let grid = Grid::plane([1, 5], [7.0, 0.1]).expect("a grid");
        let distances = SurfaceDistances::between(&mask("10000"), &mask("00010"), &grid);
        assert_relative_eq!(distances.hausdorff_95(), 0.3, max_relative = 1e-12);
        assert_eq!([0.2, 0.3].map(|tolerance| distances.surface_dice(tolerance)), [0.0, 1.0]);
    }

    #[test]
    fn the_larger_direction_counts() {
        // The truth is a part of the prediction: one direction alone is far.
        let grid = Grid::plane([1, 11], [1.0, 1.0]).expect("a grid");
        let distances = SurfaceDistances::between(&mask("10000000001"), &mask("10000000000"), &grid);
        assert_relative_eq!(distances.hausdorff_95(), 9.5, max_relative = 1e-12);
        assert_relative_eq!(distances.surface_dice(1.0), 2.0 / 3.0, max_relative = 1e-12);
    }

    #[test]
    fn a_spacing_that_is_no_length_is_refused() {
        for spacing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = Grid::plane([2, 2], [1.0, spacing]).unwrap_err();
            assert!(refused.contains("above 0"), "{refused}");
        }
    }
}
