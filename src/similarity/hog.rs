//! Histograms of oriented gradients (N. Dalal and B. Triggs, "Histograms of oriented gradients for human detection", CVPR
//! 2005) of two maps, each as absolute values from 0 to 1, and Pearson's correlation of them. Cells of 8 by 8 pixels have 9
//! unsigned orientations of 20 degrees; blocks of 2 by 2 cells are normalised by their length, cut off at 0.2 and
//! normalised again. Not defined below 16 by 16 pixels, and for maps without an edge.

use super::{Similarity, scaled};

pub(super) const SIMILARITY: Similarity = Similarity {
    name: "hog",
    meaning: "Pearson's correlation of histograms of oriented gradients of absolute values",
    of: |pair| {
        let of = |map: &[f64]| histograms(&scaled(map), pair.width);
        correlation(&of(pair.first), &of(pair.second))
    },
};

const CELL: usize = 8;
const BLOCK: usize = 2;
const ORIENTATIONS: usize = 9;
const CUT: f64 = 0.2;
/// Squared, this is added to a squared length.
const EPSILON: f64 = 1e-5;

type Cell = [f64; ORIENTATIONS];

/// The histograms of an image, row-major with `width` pixels a row, block after block, those cells that are whole.
pub fn histograms(image: &[f64], width: usize) -> Vec<f64> {
    let height = image.len().checked_div(width).unwrap_or(0);
    let (rows, columns) = (height / CELL, width / CELL);
    let mut cells: Vec<Cell> = vec![[0.0; ORIENTATIONS]; rows * columns];
    for row in 0..rows * CELL {
        for column in 0..columns * CELL {
            let (down, across) = slope(image, [height, width], [row, column]);
            let degrees = down.atan2(across).to_degrees().rem_euclid(180.0);
            let orientation = (degrees / 180.0 * ORIENTATIONS as f64) as usize;
            let cell = &mut cells[row / CELL * columns + column / CELL];
            cell[orientation.min(ORIENTATIONS - 1)] += down.hypot(across) / (CELL * CELL) as f64;
        }
    }
    let mut histograms = Vec::new();
    for row in 0..(rows + 1).saturating_sub(BLOCK) {
        for column in 0..(columns + 1).saturating_sub(BLOCK) {
            let block = (row..row + BLOCK).flat_map(|row| &cells[row * columns + column..][..BLOCK]);
            histograms.extend(normalised(block.flatten().copied().collect()));
        }
    }
    histograms
}

/// Central differences down and across; 0 at the edges.
fn slope(image: &[f64], [height, width]: [usize; 2], [row, column]: [usize; 2]) -> (f64, f64) {
    let at = |row: usize, column: usize| image[row * width + column];
    let inside = |place: usize, length: usize| place > 0 && place + 1 < length;
    let down = if inside(row, height) { at(row + 1, column) - at(row - 1, column) } else { 0.0 };
    let across = if inside(column, width) { at(row, column + 1) - at(row, column - 1) } else { 0.0 };
    (down, across)
}

fn normalised(block: Vec<f64>) -> Vec<f64> {
    let by_length = |block: Vec<f64>| -> Vec<f64> {
        let length = (block.iter().map(|value| value * value).sum::<f64>() + EPSILON * EPSILON).sqrt();
        block.into_iter().map(|value| value / length).collect()
    };
    by_length(by_length(block).into_iter().map(|value| value.min(CUT)).collect())
}

/// Pearson's correlation; NaN where one side is constant or empty.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
    }
    xy / (xx * yy).sqrt()
}
