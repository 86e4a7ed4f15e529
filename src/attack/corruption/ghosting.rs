//! Ghosting: what moves regularly while a slice is scanned, such as blood, makes every n-th line of k-space another, and
//! faint copies of the image lie an n-th of the side apart along the phase-encoding direction. As TorchIO's `Ghosting`: every n-th line, from
//! the first, times 1 - intensity, but for the middle one. Intensities are ROOD-MRI's; n, 4 to 10 as TorchIO draws it, and the
//! direction are drawn by volume. ROOD-MRI raises n with severity, which hits other lines but not more of the image.

use super::k_space::KSpace;
use super::plane::Plane;
use super::{Corruption, Draws};
use rand::RngExt;

const INTENSITY: [f64; 5] = [0.5, 1.0, 1.5, 2.0, 2.5];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "ghosting",
    title: "ghosting",
    draws: Draws::Volume,
    change: |plane, severity, draw| {
        let axis = usize::from(draw.random_bool(0.5));
        ghosts(plane, axis, (draw.random_range(4..=10), severity.of(&INTENSITY)))
    },
};

/// The plane with `number` ghosts along `axis`.
pub(super) fn ghosts(plane: &Plane, axis: usize, (number, intensity): (usize, f64)) -> Plane {
    let mut space = KSpace::of(plane);
    let middle = plane.size[axis] / 2;
    space.change(|place, value| {
        let hit = place[axis].is_multiple_of(number) && place[axis] != middle;
        if hit { value * (1.0 - intensity) } else { value }
    });
    space.plane()
}
