//! Ghosting: what moves regularly while a slice is scanned, such as blood, makes every n-th line of k-space another, and
//! faint copies of the image lie n apart along the phase-encoding direction. As TorchIO's `Ghosting`: every n-th line, from
//! the first, times 1 - intensity, but for the middle one. Numbers and intensities are ROOD-MRI's; the direction is drawn
//! by volume. What falls below no signal is none, as in ROOD-MRI (see the list).

use super::k_space::KSpace;
use super::plane::Plane;
use super::{Corruption, Draws};
use rand::RngExt;

/// Copies and intensity.
const GHOSTS: [(usize, f64); 5] = [(3, 0.5), (5, 1.0), (7, 1.5), (9, 2.0), (11, 2.5)];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "ghosting",
    title: "ghosting",
    draws: Draws::Volume,
    change: |plane, severity, draw| ghosts(plane, usize::from(draw.random_bool(0.5)), severity.of(&GHOSTS)),
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
