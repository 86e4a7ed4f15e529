//! Mean distance of the absolute gradient from the true mask's border, in voxels: the gradient's
//! first moment of the Euclidean distance transform.
//!
//! A border pixel is a mask pixel with at least one of its four neighbours outside the mask; beyond
//! the slice's edge counts as outside. NaN where the mask is empty.

use crate::spread::{Map, Measure};

pub(super) const MEASURE: Measure = Measure {
    name: "border_distance",
    meaning: "mean distance from the mask's border, in voxels",
    wider: Some(true),
    of: border_distance,
};

fn border_distance(map: &Map) -> f64 {
    let border = border(map.mask, map.width);
    if border.is_empty() {
        return f64::NAN;
    }
    let moment: f64 = map
        .weights
        .iter()
        .enumerate()
        .filter(|&(_, &weight)| weight > 0.0)
        .map(|(pixel, weight)| weight * nearest(&border, pixel / map.width, pixel % map.width))
        .sum();
    moment / map.total
}

fn nearest(border: &[(usize, usize)], row: usize, column: usize) -> f64 {
    let squared = border
        .iter()
        .map(|&(r, c)| r.abs_diff(row).pow(2) + c.abs_diff(column).pow(2))
        .min()
        .unwrap_or_default();
    (squared as f64).sqrt()
}

/// Row and column of every border pixel.
fn border(mask: &[bool], width: usize) -> Vec<(usize, usize)> {
    let height = mask.len() / width;
    let inside = |row: usize, column: usize| mask[row * width + column];
    let mut border = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let surrounded = row > 0
                && row + 1 < height
                && column > 0
                && column + 1 < width
                && inside(row - 1, column)
                && inside(row + 1, column)
                && inside(row, column - 1)
                && inside(row, column + 1);
            if inside(row, column) && !surrounded {
                border.push((row, column));
            }
        }
    }
    border
}
