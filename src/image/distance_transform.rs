//! The exact Euclidean distance transform of a grid, one axis after the other (P. F. Felzenszwalb and D. P.
//! Huttenlocher, Theory of Computing 8, 2012).

/// Squared distance of every pixel from the nearest pixel of `set`; infinite where `set` is empty. Pixels
/// of `shape` (depth, height, width) are laid out width fastest and lie `spacing` apart along each axis.
pub(crate) fn nearest(set: &[bool], shape: [usize; 3], spacing: [f64; 3]) -> Vec<f64> {
    let mut squared: Vec<f64> = set.iter().map(|&inside| if inside { 0.0 } else { f64::INFINITY }).collect();
    let steps = [shape[1] * shape[2], shape[2], 1];
    for axis in (0..3).filter(|&axis| shape[axis] > 1) {
        let (count, step) = (shape[axis], steps[axis]);
        let mut line = vec![0.0; count];
        let mut hull = Vec::with_capacity(count);
        let starts = (0..squared.len()).filter(|pixel| pixel / step % count == 0);
        for start in starts {
            for (place, value) in line.iter_mut().enumerate() {
                *value = squared[start + place * step];
            }
            lower_hull(&line, spacing[axis], &mut hull);
            let mut parabola = 0;
            for place in 0..count {
                while hull.get(parabola + 1).is_some_and(|next: &Parabola| next.from <= place as f64) {
                    parabola += 1;
                }
                if let Some(lowest) = hull.get(parabola) {
                    let away = lowest.vertex.abs_diff(place) as f64 * spacing[axis];
                    squared[start + place * step] = line[lowest.vertex] + away * away;
                }
            }
        }
    }
    squared
}

/// A parabola over a line's pixels that is the lowest of all from some place on.
struct Parabola {
    /// The pixel at which it is lowest.
    vertex: usize,
    /// Where it passes below the one before, in pixels.
    from: f64,
}

/// The parabolas `line[vertex] + (spacing * (x - vertex))^2` that are lowest somewhere, from left to right;
/// none for a line without a finite value.
fn lower_hull(line: &[f64], spacing: f64, hull: &mut Vec<Parabola>) {
    hull.clear();
    for (vertex, &height) in line.iter().enumerate().filter(|(_, height)| height.is_finite()) {
        let mut from = f64::NEG_INFINITY;
        while let Some(last) = hull.last() {
            let rise = (height - line[last.vertex]) / (spacing * spacing);
            let apart = (vertex - last.vertex) as f64;
            from = (rise / apart + (vertex + last.vertex) as f64) / 2.0;
            if from > last.from {
                break;
            }
            hull.pop();
            from = f64::NEG_INFINITY;
        }
        hull.push(Parabola { vertex, from });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use approx::assert_relative_eq;
    use rand::RngExt;

    /// Against every pair of pixels.
    #[test]
    fn distances_are_those_of_a_search_through_all_pixels() {
        let mut generator = stream(&["distance transform"]);
        for (shape, spacing) in [
            ([1, 1, 9], [1.0, 1.0, 0.3]),
            ([1, 6, 7], [1.0, 1.0, 1.0]),
            ([4, 5, 6], [3.0, 0.7, 1.3]),
            ([7, 1, 5], [0.5, 2.0, 1.0]),
        ] {
            let place =
                |pixel: usize| [pixel / (shape[1] * shape[2]), pixel / shape[2] % shape[1], pixel % shape[2]];
            for share in [0.02, 0.2, 0.7] {
                let count = shape.iter().product::<usize>();
                let set: Vec<bool> = (0..count).map(|_| generator.random::<f64>() < share).collect();
                for (pixel, &found) in nearest(&set, shape, spacing).iter().enumerate() {
                    let squared = |other: usize| -> f64 {
                        let axes = 0..3;
                        axes.map(|axis| {
                            let steps = place(pixel)[axis].abs_diff(place(other)[axis]);
                            (steps as f64 * spacing[axis]).powi(2)
                        })
                        .sum()
                    };
                    let others = (0..count).filter(|&other| set[other]);
                    let expected = others.map(squared).fold(f64::INFINITY, f64::min);
                    assert_relative_eq!(found, expected, max_relative = 1e-12);
                }
            }
        }
    }
}
