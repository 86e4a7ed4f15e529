//! Participation ratio `(sum w)^2 / sum w^2`: Hill's diversity number of order 2, the inverse of
//! Simpson's index (M. O. Hill, Ecology 54, 1973); in physics the count of sites that take part in a
//! mode (R. J. Bell and P. Dean, Discuss. Faraday Soc. 50, 1970). From 1 to the pixel count.

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure = Measure {
    name: "participation_ratio",
    meaning: "participation ratio, in pixels",
    wider: Some(true),
    of: participation_ratio,
};

fn participation_ratio(map: &Map) -> f64 {
    map.total * map.total / map.weights.iter().map(|weight| weight * weight).sum::<f64>()
}
