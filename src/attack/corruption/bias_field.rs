//! Bias field: coils are more sensitive in some places than in others, so that intensity varies smoothly over the scan.
//! Every value times `exp(sum of c_ij r^i s^j)`, `i + j <= 3`, with row `r` and column `s` from the centre in units of the
//! outermost (K. Van Leemput and others, IEEE Transactions on Medical Imaging 1999; as TorchIO's `BiasField` of order 3).
//! Coefficients are drawn evenly from -a to a by volume, so that all slices of a scan have one field; a is ROOD-MRI's
//! (Boone and others, NeuroImage 2023).

use super::plane::Plane;
use super::{Corruption, Draws};
use rand::RngExt;

const LARGEST: [f64; 5] = [0.3, 0.6, 0.9, 1.2, 1.5];
/// Powers of row and column of each term, in TorchIO's order.
const TERMS: [[i32; 2]; 10] =
    [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [3, 0]];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "bias-field",
    title: "bias field",
    draws: Draws::Volume,
    change: |plane, severity, draw| {
        let largest = severity.of(&LARGEST);
        let coefficients = [(); 10].map(|()| largest * draw.random_range(-1.0..=1.0));
        biased(plane, &coefficients)
    },
};

/// The plane under the field of these coefficients, one a term.
pub(super) fn biased(plane: &Plane, coefficients: &[f64; 10]) -> Plane {
    let [height, width] = plane.size;
    let places = plane.size.map(|side| {
        let from_centre: Vec<f64> = (0..side).map(|place| place as f64 - side as f64 / 2.0 + 0.5).collect();

        let most = from_centre.last().copied().filter(|&most| most > 0.0).unwrap_or(1.0);
        from_centre.into_iter().map(|place| place / most).collect::<Vec<f64>>()
    });
    let field = |place: usize| -> f64 {
        let [row, column] = [places[0][place / width], places[1][place % width]];
        let terms = TERMS.iter().zip(coefficients);
        terms.map(|(powers, by)| by * row.powi(powers[0]) * column.powi(powers[1])).sum::<f64>().exp()
    };
    let values = plane.values.iter().enumerate().map(|(place, value)| value * field(place));
    Plane { size: [height, width], values: values.collect() }
}
