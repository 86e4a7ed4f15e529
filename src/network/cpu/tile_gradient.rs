//! The gradient of a 3x3 convolution's weights in fewer products: F(3x3, 2x2), Winograd's way for the correlation of
//! the input with the gradient of the output. A tile of 2x2 outputs takes 16 products per pair of channels where
//! the definition takes 36: the patch that it read is transformed as in [`winograd`](super::winograd), the tile of
//! gradients by the transpose of that one's way back, the products are summed up over all tiles place by place, and
//! the sums transformed by the transpose of the weights' transform.

use crate::network::cpu::kernel::{self, Outer};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::taps::{PLACES, Taps};
use crate::network::cpu::winograd::{Inward, load, patch, store, together};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;

/// Groups of tile rows that are summed up apart; the same whatever the machine, so that the order of sums is.
const GROUPS: usize = 8;

/// Gradient of the weights of a 3x3 convolution that read `input`; `gradient` is that of its output.
pub fn tile_gradient(input: &Maps, gradient: &Maps, buffers: &Buffers) -> Taps {
    let (inputs, outputs) = (input.channels, gradient.channels);
    let columns = kernel::columns(outputs);
    let blocks = outputs.div_ceil(columns);
    let tile_rows = gradient.height.div_ceil(2);
    let groups = GROUPS.min(tile_rows);
    // Blocks of outputs that one task sums up: few groups are cut further, so that every core has work.
    let of_task = blocks.div_ceil(GROUPS.div_ceil(groups));
    let tasks = blocks.div_ceil(of_task);
    let length = PLACES * inputs * columns;
    let mut sums = vec![0.0; groups * tasks * of_task * length];
    sums.par_chunks_exact_mut(of_task * length).enumerate().for_each(|(task, sums)| {
        let (group, first) = (task / tasks, task % tasks * of_task);
        let rows = group * tile_rows / groups..(group + 1) * tile_rows / groups;
        let sums = &mut sums[..(blocks - first).min(of_task) * length];
        let mut work = Work { input, gradient, columns, first, sums, buffers };
        rows.for_each(|row| work.add_row(row));
    });
    let values = transform_back(&sums, [groups, tasks * of_task, inputs, columns], outputs);
    Taps { taps: 9, inputs, outputs, values }
}

/// Some blocks of outputs over some rows of tiles.
struct Work<'a> {
    input: &'a Maps,
    gradient: &'a Maps,
    columns: usize,
    /// Number of the first block.
    first: usize,
    /// `[block][place][input][column]`.
    sums: &'a mut [f32],
    buffers: &'a Buffers,
}

impl Work<'_> {
    fn add_row(&mut self, row: usize) {
        let tiles = self.gradient.width.div_ceil(2);
        let together = together(tiles, self.input.position());
        for first in (0..tiles).step_by(together) {
            self.add_tiles(row, first..tiles.min(first + together));
        }
    }

    fn add_tiles(&mut self, row: usize, tiles: Range<usize>) {
        let (input, gradient) = (self.input, self.gradient);
        let maps = |maps: &Maps| Maps::new([tiles.len(), PLACES], maps.slices, maps.channels, self.buffers);
        let (mut patches, mut slopes) = (maps(input), maps(gradient));
        let [read, written] = [input, gradient].map(|maps| vec![0.0; maps.position()]);
        let lengths = [patches.row(), slopes.row()];
        let patch_of = patches.values.chunks_exact_mut(lengths[0]);
        for ((column, output), slope) in
            tiles.clone().zip(patch_of).zip(slopes.values.chunks_exact_mut(lengths[1]))
        {
            Arch::new().dispatch(Inward { input: patch(input, row, column, &read), output });
            Arch::new().dispatch(Slope { input: tile(gradient, row, column, &written), output: slope });
        }
        let places = input.channels * self.columns;
        for (number, sums) in self.sums.chunks_exact_mut(places).enumerate() {
            let (block, place) = (self.first + number / PLACES, number % PLACES);
            Outer {
                pairs: tiles.len(),
                pair: &|tile| Some([tile * PLACES + place; 2]),
                input: &patches.values,
                inputs: input.channels,
                gradient: &slopes.values,
                outputs: gradient.channels,
                first: block * self.columns,
                slices: gradient.slices,
                columns: self.columns,
                sums,
            }
            .run();
        }
    }
}

/// The 2x2 positions of a tile, zeros outside the maps.
fn tile<'a>(maps: &'a Maps, row: usize, column: usize, zeros: &'a [f32]) -> [&'a [f32]; 4] {
    std::array::from_fn(|place| {
        let (y, x) = (2 * row + place / 2, 2 * column + place % 2);
        match y < maps.height && x < maps.width {
            true => &maps.values[(y * maps.width + x) * zeros.len()..][..zeros.len()],
            false => zeros,
        }
    })
}

/// Transforms a tile of gradients: rows g0, g0 + g1, g0 - g1, -g1, then columns alike.
struct Slope<'a> {
    input: [&'a [f32]; 4],
    /// `[place][slice][channel]`.
    output: &'a mut [f32],
}

impl WithSimd for Slope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let size = self.input[0].len();
        let whole = size - size % S::F32_LANES;
        for at in (0..whole).step_by(S::F32_LANES) {
            self.transform::<S, true>(simd, at);
        }
        if whole < size {
            self.transform::<S, false>(simd, whole);
        }
    }
}

impl Slope<'_> {
    #[inline(always)]
    fn transform<S: Simd, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let [a, b, c, d] = self.input;
        let left = slope(simd, [load::<S, WHOLE>(simd, &a[at..]), load::<S, WHOLE>(simd, &c[at..])]);
        let right = slope(simd, [load::<S, WHOLE>(simd, &b[at..]), load::<S, WHOLE>(simd, &d[at..])]);
        self.row::<S, WHOLE, 0>(simd, at, left, right);
        self.row::<S, WHOLE, 1>(simd, at, left, right);
        self.row::<S, WHOLE, 2>(simd, at, left, right);
        self.row::<S, WHOLE, 3>(simd, at, left, right);
    }

    #[inline(always)]
    fn row<S: Simd, const WHOLE: bool, const Y: usize>(
        &mut self,
        simd: S,
        at: usize,
        left: [S::f32s; 4],
        right: [S::f32s; 4],
    ) {
        let size = self.input[0].len();
        let row = slope(simd, [left[Y], right[Y]]);
        let output = &mut self.output[4 * Y * size..4 * (Y + 1) * size];
        store::<S, WHOLE>(simd, &mut output[at..size], row[0]);
        store::<S, WHOLE>(simd, &mut output[size + at..2 * size], row[1]);
        store::<S, WHOLE>(simd, &mut output[2 * size + at..3 * size], row[2]);
        store::<S, WHOLE>(simd, &mut output[3 * size + at..], row[3]);
    }
}

#[inline(always)]
fn slope<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 4] {
    [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)]
}

/// From sums `[group][block][place][input][column]` to weights `[tap][input][output]`.
fn transform_back(sums: &[f32], [groups, blocks, inputs, columns]: [usize; 4], outputs: usize) -> Vec<f32> {
    let of_group = blocks * PLACES * inputs * columns;
    // By input and output first, so that every core writes a part of its own.
    let mut by_input = vec![0.0; inputs * 9 * outputs];
    by_input.par_chunks_exact_mut(9 * outputs).enumerate().for_each(|(input, weights)| {
        kernel::vectorised(|| {
            let mut places = [[0.0; kernel::WIDEST]; PLACES];
            for first in (0..outputs).step_by(columns) {
                let width = columns.min(outputs - first);
                for (place, sum) in places.iter_mut().enumerate() {
                    let start = ((first / columns * PLACES + place) * inputs + input) * columns;
                    sum[..width].copy_from_slice(&sums[start..][..width]);
                    for group in 1..groups {
                        let more = &sums[group * of_group + start..][..width];
                        sum[..width].iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
                    }
                }
                for output in 0..width {
                    let taps = back_of(|place| places[place][output]);
                    for (tap, value) in taps.into_iter().enumerate() {
                        weights[tap * outputs + first + output] = value;
                    }
                }
            }
        });
    });
    let mut values = vec![0.0; by_input.len()];
    values.par_chunks_exact_mut(inputs * outputs).enumerate().for_each(|(tap, values)| {
        for (values, weights) in values.chunks_exact_mut(outputs).zip(by_input.chunks_exact(9 * outputs)) {
            values.copy_from_slice(&weights[tap * outputs..][..outputs]);
        }
    });
    values
}

/// Rows m0 + (m1 + m2) / 2, (m1 - m2) / 2, (m1 + m2) / 2 + m3, then columns alike.
#[inline(always)]
fn back_of(place: impl Fn(usize) -> f32) -> [f32; 9] {
    let apply = |[a, b, c, d]: [f32; 4]| [a + 0.5 * (b + c), 0.5 * (b - c), 0.5 * (b + c) + d];
    let columns = [0, 1, 2, 3].map(|x| apply([place(x), place(4 + x), place(8 + x), place(12 + x)]));
    let row = |y: usize| apply([columns[0][y], columns[1][y], columns[2][y], columns[3][y]]);
    let [[a, b, c], [d, e, f], [g, h, i]] = [row(0), row(1), row(2)];
    [a, b, c, d, e, f, g, h, i]
}
