//! Low resolution: the slice is scanned with larger pixels, each the mean over its area, and shown on the grid that it had,
//! linear between their centres and constant beyond the outermost. Where `factor` divides a side that is average pooling and
//! linear interpolation as PyTorch has them (`align_corners=False`); else as many larger pixels as come nearest.

use super::plane::Plane;
use super::{Corruption, Draws};

const FACTOR: [f64; 5] = [1.5, 2.0, 2.5, 3.0, 4.0];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "low-resolution",
    title: "low resolution",
    draws: Draws::Nothing,
    change: |plane, severity, _| coarse(plane, severity.of(&FACTOR)),
};

/// The plane of pixels larger by `factor`, 1 or more, along both axes.
pub(super) fn coarse(plane: &Plane, factor: f64) -> Plane {
    let along = |line: &[f64]| -> Vec<f64> {
        let count = ((line.len() as f64 / factor).round() as usize).clamp(1, line.len().max(1));
        let length = line.len() as f64 / count as f64;
        let means: Vec<f64> =
            (0..count).map(|one| mean(line, one as f64 * length, (one + 1) as f64 * length)).collect();
        let value = |place: usize| {
            let at = ((place as f64 + 0.5) / length - 0.5).clamp(0.0, (count - 1) as f64);
            let (left, right) = (at.floor() as usize, (at.ceil() as usize).min(count - 1));
            means[left] + (at - at.floor()) * (means[right] - means[left])
        };
        (0..line.len()).map(value).collect()
    };
    plane.lines(0, along).lines(1, along)
}

/// The mean of a line from one place to another, its pixels being intervals of length 1.
fn mean(line: &[f64], from: f64, to: f64) -> f64 {
    let covered = |place: usize| (to.min(place as f64 + 1.0) - from.max(place as f64)).max(0.0);
    line.iter().enumerate().map(|(place, value)| covered(place) * value).sum::<f64>() / (to - from)
}
