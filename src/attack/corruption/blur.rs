//! Blur: a Gaussian in the plane, edges mirrored, cut off at four deviations, as SciPy's `gaussian_filter` and with it
//! TorchIO's `Blur`. Deviations are ROOD-MRI's, in pixels (there millimetres).

use super::plane::Plane;
use super::{Corruption, Draws};

const DEVIATION: [f64; 5] = [0.8, 1.6, 2.4, 3.2, 4.0];
/// Deviations at which the kernel ends.
const REACH: f64 = 4.0;

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "blur",
    title: "blur",
    draws: Draws::Nothing,
    change: |plane, severity, _| blurred(plane, severity.of(&DEVIATION)),
};

/// The plane under a Gaussian of this deviation.
pub(super) fn blurred(plane: &Plane, deviation: f64) -> Plane {
    let reach = (REACH * deviation + 0.5) as isize;
    let weight = |away: isize| (-0.5 * (away as f64 / deviation).powi(2)).exp();
    let total: f64 = (-reach..=reach).map(weight).sum();
    let kernel: Vec<f64> = (-reach..=reach).map(|away| weight(away) / total).collect();
    let along = |line: &[f64]| -> Vec<f64> {
        let at = |place: isize| line[mirrored(place, line.len())];
        let value = |place: usize| -> f64 {
            let first = place as isize - reach;
            kernel.iter().enumerate().map(|(away, by)| by * at(first + away as isize)).sum()
        };
        (0..line.len()).map(value).collect()
    };
    plane.lines(0, along).lines(1, along)
}

/// The place that a place beyond the edges stands for: d c b a | a b c d | d c b a.
fn mirrored(place: isize, length: usize) -> usize {
    let length = length as isize;
    let place = place.rem_euclid(2 * length);
    (if place < length { place } else { 2 * length - 1 - place }) as usize
}
