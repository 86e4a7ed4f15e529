//! Where the structures of a phantom lie, and how large they are.
//!
//! Places along x and y are fractions of the crop; along z, `t` runs from 0 where the body begins
//! to 1 where it ends. The tables follow the mean position, area and composition of the real
//! labels over `t`.

/// The crop that the areas below were measured in, in voxels along x and y.
pub(super) const REFERENCE: f64 = 35.0 * 50.0;

/// An ellipse in x and y that changes along `t`; each row is (t, centre x, centre y, area in voxels
/// of the reference crop, longer over shorter axis, rise of the longer axis over its run).
pub(super) type Table = [[f64; 6]];

/// Head and uncus: oblique, anterior.
pub(super) const HEAD: &Table = &[
    [0.00, 0.47, 0.80, 25.0, 1.3, 0.6],
    [0.06, 0.47, 0.78, 75.0, 1.3, 0.6],
    [0.14, 0.46, 0.75, 125.0, 1.4, 0.6],
    [0.26, 0.45, 0.70, 215.0, 1.45, 0.6],
    [0.38, 0.45, 0.66, 195.0, 1.6, 0.6],
    [0.48, 0.49, 0.64, 105.0, 2.1, 0.7],
    [0.58, 0.54, 0.62, 35.0, 2.6, 0.8],
    [0.66, 0.57, 0.61, 0.0, 2.6, 0.8],
];
/// Body and tail: upright at first, then flat and turning towards the midline.
pub(super) const TAIL: &Table = &[
    [0.20, 0.38, 0.50, 0.0, 1.2, 4.0],
    [0.30, 0.38, 0.50, 80.0, 1.2, 4.0],
    [0.40, 0.36, 0.48, 135.0, 1.25, 4.0],
    [0.50, 0.35, 0.42, 130.0, 1.25, 4.0],
    [0.60, 0.37, 0.32, 105.0, 1.1, -1.0],
    [0.68, 0.40, 0.24, 88.0, 1.3, -0.5],
    [0.78, 0.45, 0.19, 75.0, 1.7, -0.25],
    [0.90, 0.51, 0.16, 48.0, 2.2, -0.1],
    [1.00, 0.57, 0.15, 22.0, 2.4, 0.0],
];
pub(super) const AMYGDALOID: &Table = &[
    [0.12, 0.52, 0.92, 0.0, 1.3, 0.2],
    [0.30, 0.54, 0.92, 110.0, 1.4, 0.2],
    [0.50, 0.56, 0.89, 150.0, 1.5, 0.2],
    [0.70, 0.58, 0.86, 0.0, 1.5, 0.2],
];
/// The temporal horn, lateral to the head.
pub(super) const HORN: &Table = &[
    [0.02, 0.34, 0.84, 0.0, 2.0, 1.0],
    [0.15, 0.29, 0.80, 22.0, 2.0, 1.0],
    [0.35, 0.22, 0.70, 30.0, 2.5, 3.0],
    [0.60, 0.20, 0.44, 16.0, 2.5, 4.0],
    [0.75, 0.26, 0.20, 24.0, 1.5, 4.0],
];
/// The ventricle's trigone, below the tail.
pub(super) const TRIGONE: &Table = &[
    [0.55, 0.32, 0.16, 0.0, 1.2, 4.0],
    [0.70, 0.36, 0.10, 85.0, 1.2, 2.0],
    [0.85, 0.42, 0.07, 140.0, 1.3, 1.0],
    [1.00, 0.46, 0.05, 165.0, 1.4, 1.0],
    [1.25, 0.46, 0.04, 170.0, 1.4, 1.0],
    [1.60, 0.46, 0.03, 90.0, 1.4, 1.0],
];
pub(super) const BRAINSTEM: &Table = &[
    [-0.60, 1.02, 0.30, 420.0, 1.5, 2.0],
    [0.00, 1.00, 0.38, 480.0, 1.3, 2.0],
    [0.40, 0.99, 0.45, 430.0, 1.3, 4.0],
    [0.60, 0.94, 0.48, 430.0, 1.2, 4.0],
    [0.80, 0.84, 0.52, 480.0, 1.2, 4.0],
    [1.60, 0.70, 0.55, 700.0, 1.4, 2.0],
];
/// Cisterns: how wide the fluid around the brainstem is over `t`, in voxels.
pub(super) const CISTERN: &[[f64; 2]] =
    &[[-0.6, 1.5], [0.0, 2.2], [0.3, 2.6], [0.5, 4.2], [0.62, 3.0], [0.75, 0.0]];

/// A table's row at `t`, interpolated; none outside the table.
pub(super) fn row<const N: usize>(table: &[[f64; N]], t: f64) -> Option<[f64; N]> {
    table.windows(2).find_map(|pair| match pair {
        [a, b] if a[0] <= t && t <= b[0] => {
            let part = (t - a[0]) / (b[0] - a[0]);
            Some(std::array::from_fn(|i| a[i] + (b[i] - a[i]) * part))
        }
        _ => None,
    })
}
