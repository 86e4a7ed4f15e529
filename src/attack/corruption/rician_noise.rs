//! Rician noise: a scanner measures real and imaginary parts, each with Gaussian noise, and shows the magnitude
//! `sqrt((x + n_1)^2 + n_2^2)` (H. Gudbjartsson and S. Patz, Magnetic Resonance in Medicine 1995). The noise's deviation is
//! ROOD-MRI's share of the slice's own, drawn by slice.

use super::plane::Plane;
use super::{Corruption, Draws};
use rand_distr::{Distribution, StandardNormal};

const SHARE: [f64; 5] = [0.16, 0.32, 0.48, 0.64, 0.8];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "rician-noise",
    title: "Rician noise",
    draws: Draws::Slice,
    change: |plane, severity, draw| {
        let mut normal =
            || -> Vec<f64> { plane.values.iter().map(|_| StandardNormal.sample(draw)).collect() };
        let parts = [normal(), normal()];
        let [_, deviation] = plane.moments();
        noisy(plane, severity.of(&SHARE) * deviation, &parts)
    },
};

/// The magnitude of the plane with `deviation` times these normal values in its real and its imaginary part.
pub(super) fn noisy(plane: &Plane, deviation: f64, [real, imaginary]: &[Vec<f64>; 2]) -> Plane {
    let noise = real.iter().zip(imaginary);
    let values = plane.values.iter().zip(noise);
    let values = values.map(|(value, (real, other))| (value + deviation * real).hypot(deviation * other));
    Plane { size: plane.size, values: values.collect() }
}
