//! Peak: the largest absolute gradient, in output per unit of input intensity. With a measure of
//! width it tells how sharp the map is (the paper's Figure 1 argues from both).

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure =
    Measure { name: "peak", meaning: "largest absolute gradient", wider: None, of: peak };

fn peak(map: &Map) -> f64 {
    map.weights.iter().copied().fold(0.0, f64::max)
}
