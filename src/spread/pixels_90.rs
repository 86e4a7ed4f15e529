//! The smallest number of pixels that together hold at least 90% of the absolute gradient: the
//! quantile of the ordered (Lorenz) curve, read from its heavy end.

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure = Measure {
    name: "pixels_90",
    meaning: "pixels that hold 90% of the gradient",
    wider: Some(true),
    of: pixels_90,
};

/// Sums of the same numbers in another order differ in their last bits; a sum this close to the
/// threshold reaches it.
const ROUNDING: f64 = 1e-12;

fn pixels_90(map: &Map) -> f64 {
    let mut sorted = map.weights.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let threshold = 0.9 * map.total * (1.0 - ROUNDING);
    let mut held = 0.0;
    let below = sorted
        .iter()
        .take_while(|&&weight| {
            held += weight;
            held < threshold
        })
        .count();
    (below + 1).min(sorted.len()) as f64
}
