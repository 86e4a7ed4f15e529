//! Gini coefficient of the absolute gradient, 0 (all pixels alike) to 1 - 1/n (one pixel), by the
//! sorted form `sum (2 i - n - 1) w_i / (n sum w)` (C. Gini 1912; as a measure of sparsity: N. Hurley
//! and S. Rickard, IEEE Trans. Inf. Theory 55, 2009).

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure =
    Measure { name: "gini", meaning: "Gini coefficient, 0 to 1", wider: Some(false), of: gini };

fn gini(map: &Map) -> f64 {
    let mut sorted = map.weights.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let ranked: f64 =
        sorted.iter().enumerate().map(|(rank, weight)| (2.0 * rank as f64 + 1.0 - count) * weight).sum();
    ranked / (count * map.total)
}
