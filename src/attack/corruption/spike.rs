//! Spike: one wrong measurement, as by a spark, is a point in k-space and stripes in the image (herringbone). As TorchIO's
//! `Spike`: the largest magnitude of k-space times `intensity` is added at one place. The place is drawn by volume, never
//! the middle; TorchIO's own intensities, 1 to 3, leave nothing of an image, so these are below.

use super::k_space::KSpace;
use super::plane::Plane;
use super::{Corruption, Draws};
use rand::RngExt;

const INTENSITY: [f64; 5] = [0.1, 0.2, 0.4, 0.6, 0.8];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "spike",
    title: "spike",
    draws: Draws::Volume,
    change: |plane, severity, draw| {
        let [row, column] = plane.size.map(|side| (draw.random::<f64>() * side as f64) as usize);
        let middle = plane.size.map(|side| side / 2);
        // Where the middle is in the first row, its first column is aside.
        let aside = if middle[0] > 0 { [0, column] } else { [0, 0] };
        let place = if [row, column] == middle { aside } else { [row, column] };
        spiked(plane, place, severity.of(&INTENSITY))
    },
};

/// The plane with a spike at a row and a column of its k-space.
pub(super) fn spiked(plane: &Plane, place: [usize; 2], intensity: f64) -> Plane {
    let mut space = KSpace::of(plane);
    let largest = space.values.iter().map(|value| value.norm()).fold(0.0, f64::max);
    if let Some(value) = (!space.values.is_empty()).then(|| space.at(place)) {
        *value += largest * intensity;
    }
    space.plane()
}
