//! The share of the absolute gradient that lies inside the true mask, 0 to 1: attribution's
//! relevance mass accuracy (L. Arras, A. Osman and W. Samek, Information Fusion 81, 2022).

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure = Measure {
    name: "inside_share",
    meaning: "share of the gradient inside the mask, 0 to 1",
    wider: None,
    of: inside_share,
};

fn inside_share(map: &Map) -> f64 {
    let inside: f64 =
        map.weights.iter().zip(map.mask).filter(|&(_, &inside)| inside).map(|(weight, _)| weight).sum();
    inside / map.total
}
