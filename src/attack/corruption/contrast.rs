//! Contrast: every value nearer to the slice's mean, `mean + c (x - mean)`, as D. Hendrycks and T. Dietterich (ICLR 2019)
//! lower the contrast of photographs; their c, 0.4 to 0.05, leave little of a scan, so these are higher.

use super::plane::Plane;
use super::{Corruption, Draws};

const KEPT: [f64; 5] = [0.85, 0.7, 0.55, 0.4, 0.25];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "contrast",
    title: "low contrast",
    draws: Draws::Nothing,
    change: |plane, severity, _| flattened(plane, severity.of(&KEPT)),
};

/// The plane with a share `kept` of its contrast.
pub(super) fn flattened(plane: &Plane, kept: f64) -> Plane {
    let [mean, _] = plane.moments();
    plane.map(|value| mean + kept * (value - mean))
}
