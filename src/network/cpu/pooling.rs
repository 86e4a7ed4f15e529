//! 2x2 max pooling and its gradient.

use crate::network::cpu::kernel::vectorised;
use crate::network::cpu::maps::{Buffers, Maps};
use rayon::prelude::*;

/// The largest of each 2x2 window, NaN where one of them is.
pub fn pool(input: &Maps, buffers: &Buffers) -> Maps {
    let size = [input.height / 2, input.width / 2];
    let mut output = Maps::new(size, input.slices, input.channels, buffers);
    let (length, position) = (output.row(), output.position());
    output.values.par_chunks_mut(length).enumerate().for_each(|(y, row)| {
        vectorised(
            #[inline(always)]
            || {
                for (x, place) in row.chunks_exact_mut(position).enumerate() {
                    let size = place.len();
                    let [a, b, c, d] = window(input, y, x).map(|values| &values[..size]);
                    for index in 0..size {
                        place[index] = larger(larger(a[index], b[index]), larger(c[index], d[index]));
                    }
                }
            },
        );
    });
    output
}

/// Adds the gradient of [`pool`] to `total`, the gradient of its input so far: each window's gradient
/// goes to its first largest value, as in PyTorch. Then, where it is `RECTIFIED`, zeroes `total` where the
/// input, the outcome of a ReLU, is 0 or below. `after` sees each finished pair of rows, with its own of
/// `extras`.
pub fn add_gradient<const RECTIFIED: bool, T: Send>(
    total: &mut Maps,
    gradient: &Maps,
    input: &Maps,
    extras: &mut [T],
    after: impl Fn(usize, &[f32], &mut T) + Sync,
) {
    let (length, position) = (total.row(), total.position());
    let pairs = total.values.par_chunks_mut(2 * length).zip(extras.par_iter_mut()).enumerate();
    pairs.for_each(|(y, (rows, extra))| {
        let (upper, lower) = rows.split_at_mut(length);
        let upper = upper.chunks_exact_mut(2 * position);
        let gradient = gradient.values[y * gradient.row()..].chunks_exact(position);
        vectorised(
            #[inline(always)]
            || {
                for (x, ((upper, lower), gradient)) in
                    upper.zip(lower.chunks_exact_mut(2 * position)).zip(gradient).enumerate()
                {
                    let ((up_a, up_b), (low_c, low_d)) =
                        (upper.split_at_mut(position), lower.split_at_mut(position));
                    share::<RECTIFIED>([up_a, up_b, low_c, low_d], gradient, window(input, y, x));
                }
            },
        );
        after(y, rows, extra);
    });
}

/// Adds each value of `gradient` to the total of its window's first largest value, `window` being what was pooled.
#[inline(always)]
fn share<const RECTIFIED: bool>(totals: [&mut [f32]; 4], gradient: &[f32], window: [&[f32]; 4]) {
    let size = gradient.len();
    // One length for all, so that no index is checked.
    let [a, b, c, d] = window.map(|values| &values[..size]);
    let [to_a, to_b, to_c, to_d] = totals.map(|total| &mut total[..size]);
    for index in 0..size {
        let (first, second, third, fourth) = (a[index], b[index], c[index], d[index]);
        let most = larger(larger(first, second), larger(third, fourth));
        let value = gradient[index];
        let is_a = first == most;
        let is_b = !is_a & (second == most);
        let is_c = !is_a & !is_b & (third == most);
        let is_d = !is_a & !is_b & !is_c;
        let sum = |total: f32, here: bool, input: f32| {
            let sum = total + if here { value } else { 0.0 };
            if RECTIFIED & (input <= 0.0) { 0.0 } else { sum }
        };
        to_a[index] = sum(to_a[index], is_a, first);
        to_b[index] = sum(to_b[index], is_b, second);
        to_c[index] = sum(to_c[index], is_c, third);
        to_d[index] = sum(to_d[index], is_d, fourth);
    }
}

/// The four positions of window (y, x), row-major.
fn window(input: &Maps, y: usize, x: usize) -> [&[f32]; 4] {
    let position = input.position();
    [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[down, right]| {
        &input.values[((2 * y + down) * input.width + 2 * x + right) * position..][..position]
    })
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if (a < b) | b.is_nan() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_with_nan_gives_nan_wherever_it_lies() {
        let buffers = Buffers::default();
        for place in 0..4 {
            let mut input = Maps::new([2, 2], 1, 1, &buffers);
            input.values.copy_from_slice(&[1.0, 4.0, f32::INFINITY, 0.0]);
            input.values[place] = f32::NAN;
            assert!(pool(&input, &buffers).values[0].is_nan(), "{place}");
        }
    }

    #[test]
    fn the_first_largest_value_takes_the_gradient_unless_relu_cut_it_off() {
        let buffers = Buffers::default();
        let maps = |size, values: &[f32]| {
            let mut maps = Maps::new(size, 1, 1, &buffers);
            maps.values.copy_from_slice(values);
            maps
        };
        // Windows: a clear largest value, a tie of two, nothing above 0.
        let input = maps([2, 6], &[1.0, 4.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
        assert_eq!(pool(&input, &buffers).values, [4.0, 2.0, 0.0]);
        let mut total = maps([2, 6], &[1.0; 12]);
        let gradient = maps([1, 3], &[10.0, 20.0, 30.0]);
        let after = |_, rows: &[f32], (): &mut ()| assert_eq!(rows.len(), 12);
        add_gradient::<true, _>(&mut total, &gradient, &input, &mut [()], after);
        assert_eq!(total.values, [1.0, 11.0, 21.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        let mut total = maps([2, 6], &[1.0; 12]);
        add_gradient::<false, _>(&mut total, &gradient, &input, &mut [()], after);
        assert_eq!(total.values, [1.0, 11.0, 21.0, 1.0, 31.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
