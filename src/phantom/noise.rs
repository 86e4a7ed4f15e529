//! Smooth random fields: cubic B-splines over a lattice of random numbers.

use rand_chacha::ChaCha8Rng;

use crate::phantom::random::unit;

/// A field over a box of voxels that varies over `period` voxels, of mean 0 and standard deviation
/// near 1, bounded by [`Field::LIMIT`].
///
/// Only sums and products take part, so a seed gives the same field on every machine.
pub(super) struct Field {
    period: f64,
    size: [usize; 3],
    knots: Vec<f64>,
}

impl Field {
    /// No value lies further from 0.
    pub(super) const LIMIT: f64 = 2.5;
    /// The standard deviation of a spline between knots uniform in [-1, 1], averaged over a cell.
    const SPREAD: f64 = 0.19;

    /// Draws a field for voxels from three periods before the first to at most one behind `shape`; further out it goes on as it is
    /// there.
    pub(super) fn new(rng: &mut ChaCha8Rng, shape: [usize; 3], period: f64) -> Self {
        let size = shape.map(|n| (n as f64 / period) as usize + 8);
        let knots = (0..size.iter().product()).map(|_| 2.0 * unit(rng) - 1.0).collect();
        Self { period, size, knots }
    }

    /// The field's value at a place given in voxels.
    pub(super) fn at(&self, place: [f64; 3]) -> f64 {
        let [(x, wx), (y, wy), (z, wz)] = [0, 1, 2].map(|axis| {
            let u = (place[axis] / self.period + 3.0).clamp(0.0, (self.size[axis] - 4) as f64);
            let cell = u as usize;
            (cell.min(self.size[axis] - 4), weights(u - u.floor()))
        });
        let mut sum = 0.0;
        for (k, wz) in wz.into_iter().enumerate() {
            for (j, wy) in wy.into_iter().enumerate() {
                let row = x + self.size[0] * (y + j + self.size[1] * (z + k));
                let knots = self.knots.get(row..row + 4).unwrap_or_default();
                let along: f64 = knots.iter().zip(wx).map(|(knot, w)| knot * w).sum();
                sum += wz * wy * along;
            }
        }
        (sum / Self::SPREAD).clamp(-Self::LIMIT, Self::LIMIT)
    }
}

/// The four cubic B-spline weights at fraction `t` of a cell; they sum to 1.
fn weights(t: f64) -> [f64; 4] {
    let s = 1.0 - t;
    [
        s * s * s / 6.0,
        (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
        (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0,
        t * t * t / 6.0,
    ]
}
