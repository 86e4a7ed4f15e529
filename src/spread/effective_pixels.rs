//! Effective number of pixels: the exponential of the map's Shannon entropy, which is Hill's
//! diversity number of order 1 (M. O. Hill, Ecology 54, 1973). From 1 (one pixel) to the pixel count.

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure = Measure {
    name: "effective_pixels",
    meaning: "effective number of pixels, exp of entropy",
    wider: Some(true),
    of: effective_pixels,
};

fn effective_pixels(map: &Map) -> f64 {
    let entropy: f64 = map
        .weights
        .iter()
        .filter(|&&weight| weight > 0.0)
        .map(|weight| weight / map.total)
        .map(|share| -share * share.ln())
        .sum();
    entropy.exp()
}
