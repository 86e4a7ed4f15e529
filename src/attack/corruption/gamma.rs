//! Gamma: another contrast of dark and bright, as of another sequence or window: `x^gamma`, of the sign of `x`, as TorchIO's
//! `Gamma`, with 0 and 1 the lowest and the highest intensity of images. Exponents are those by which ROOD-MRI expands contrast.

use super::plane::Plane;
use super::{Corruption, Draws};

const GAMMA: [f64; 5] = [1.4, 1.8, 2.2, 2.6, 3.0];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "gamma",
    title: "gamma",
    draws: Draws::Nothing,
    change: |plane, severity, _| to_the_power(plane, severity.of(&GAMMA)),
};

/// Every value to the power of `gamma`.
pub(super) fn to_the_power(plane: &Plane, gamma: f64) -> Plane {
    plane.map(|value| value.abs().powf(gamma).copysign(value))
}
