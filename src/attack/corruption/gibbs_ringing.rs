//! Gibbs ringing: k-space is measured up to some frequency alone, and edges echo. As MONAI's `GibbsNoise`: all of k-space
//! further from its centre than `(1 - alpha)` times the longer side over the root of 2 is 0.

use super::k_space::KSpace;
use super::plane::Plane;
use super::{Corruption, Draws};
use rustfft::num_complex::Complex;
use std::f64::consts::SQRT_2;

const ALPHA: [f64; 5] = [0.4, 0.5, 0.6, 0.7, 0.8];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "gibbs-ringing",
    title: "Gibbs ringing",
    draws: Draws::Nothing,
    change: |plane, severity, _| cut_off(plane, severity.of(&ALPHA)),
};

/// The plane without its high frequencies.
pub(super) fn cut_off(plane: &Plane, alpha: f64) -> Plane {
    let mut space = KSpace::of(plane);
    let size = space.size;
    let longer = size[0].max(size[1]) as f64;
    let radius = (1.0 - alpha) * longer * SQRT_2 / 2.0;
    space.change(|place, value| {
        let [down, right] = [0, 1].map(|axis| place[axis] as f64 - (size[axis] as f64 - 1.0) / 2.0);
        let inside = (down * down + right * right).sqrt() <= radius;
        if inside { value } else { Complex::new(0.0, 0.0) }
    });
    space.plane()
}
