//! Structural similarity (Z. Wang and others, "Image quality assessment: from error visibility to structural similarity",
//! IEEE Transactions on Image Processing 13, 2004) of two maps, each as absolute values from 0 to 1: the mean over pixels of
//! `(2 a b + c1) (2 cov + c2) / ((a^2 + b^2 + c1) (var_a + var_b + c2))`, means and variances under a Gaussian of 1.5
//! pixels cut off at 5, `c1 = 0.01^2`, `c2 = 0.03^2`. Edges are mirrored, so that small slices have it too.

use super::{Pair, Similarity, scaled};

pub(super) const SIMILARITY: Similarity =
    Similarity { name: "ssim", meaning: "structural similarity of absolute values, 0 to 1 each", of };

const DEVIATION: f64 = 1.5;
const RADIUS: usize = 5;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

fn of(pair: &Pair) -> f64 {
    let largest = |map: &[f64]| map.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest(pair.first) == 0.0 || largest(pair.second) == 0.0 {
        return f64::NAN;
    }
    structural_similarity(&scaled(pair.first), &scaled(pair.second), pair.width)
}

/// That of two images of values from 0 to 1, row-major with `width` pixels a row; NaN without a pixel.
pub fn structural_similarity(first: &[f64], second: &[f64], width: usize) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>();
    let mean = |image: &[f64]| blurred(image, width);
    let [a, b] = [mean(first), mean(second)];
    let [aa, bb] = [mean(&product(first, first)), mean(&product(second, second))];
    let ab = mean(&product(first, second));
    let at = |pixel: usize| {
        let (a, b) = (a[pixel], b[pixel]);
        let (spread, together) = (aa[pixel] - a * a + bb[pixel] - b * b, ab[pixel] - a * b);
        (2.0 * a * b + C1) * (2.0 * together + C2) / ((a * a + b * b + C1) * (spread + C2))
    };
    (0..first.len()).map(at).sum::<f64>() / first.len() as f64
}

/// An image under the Gaussian, down its columns, then along its rows.
fn blurred(image: &[f64], width: usize) -> Vec<f64> {
    let height = image.len().checked_div(width).unwrap_or(0);
    let weight = |x: usize| (-0.5 * (x as f64 / DEVIATION).powi(2)).exp();
    let kernel: Vec<f64> = (0..=2 * RADIUS).map(|place| weight(place.abs_diff(RADIUS))).collect();
    let sum: f64 = kernel.iter().sum();
    let around = |place: usize, length: usize, value: &dyn Fn(usize) -> f64| {
        let taps = kernel.iter().enumerate();
        taps.map(|(tap, weight)| weight * value(mirrored(place + tap, length))).sum::<f64>() / sum
    };
    let pixels = || (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    let down: Vec<f64> =
        pixels().map(|(row, column)| around(row, height, &|row| image[row * width + column])).collect();
    pixels().map(|(row, column)| around(column, width, &|column| down[row * width + column])).collect()
}

/// The place that `shifted - RADIUS` has on a line of `length` whose ends are mirrored, the last value twice.
fn mirrored(shifted: usize, length: usize) -> usize {
    let period = 2 * length;
    // Whole periods more keep the difference above 0.
    let place = (shifted + period * RADIUS - RADIUS) % period;
    place.min(period - 1 - place)
}
