//! 3x3 convolutions in fewer products: F(2x2, 3x3) of S. Winograd (1980), as A. Lavin and S. Gray use it
//! (CVPR 2016). A tile of 2x2 outputs takes 16 products per pair of channels where the definition takes
//! 36: a 4x4 patch of the input and the weights are transformed, multiplied place by place and summed
//! over channels, and the sums transformed back.

use crate::network::cpu::kernel::{Finish, Row, Term, keep_above_0};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::taps::{Filter, PLACES};
use pulp::{Arch, Simd, WithSimd};

/// Values of transformed input that are worked on at a time, about: what stays near a core.
const NEAR: usize = 32_768;

/// Computes two rows of a convolution, or one where the height is odd: those of tile row `tile`. `bias`
/// has a value per slice and output channel; `output` holds the rows, `finish` speaks of the same rows.
pub fn convolve_tiles<'a>(
    sources: &[(&'a Maps, &'a Filter)],
    tile: usize,
    bias: &[f32],
    finish: Finish,
    output: &mut [f32],
    buffers: &Buffers,
) {
    let (input, filter) = sources[0];
    let (width, slices, outputs, columns) = (input.width, input.slices, filter.outputs, filter.columns);
    let tiles = width.div_ceil(2);
    let together = (NEAR / (PLACES * input.position())).clamp(4.min(tiles), tiles);
    let nothing = vec![0.0; columns];
    for first in (0..tiles).step_by(together) {
        let count = together.min(tiles - first);
        let patches: Vec<Maps> = sources
            .iter()
            .map(|(maps, _)| {
                let mut patches = Maps::new([count, PLACES], slices, maps.channels, buffers);
                let zeros = vec![0.0; maps.position()];
                let length = patches.row();
                for (index, output) in patches.values.chunks_exact_mut(length).enumerate() {
                    let input = patch(maps, tile, first + index, &zeros);
                    Arch::new().dispatch(Inward { input, output });
                }
                patches
            })
            .collect();
        let mut sums = Maps::new([count, PLACES], slices, outputs, buffers);
        for block in 0..outputs.div_ceil(columns) {
            let list = terms(sources, &patches, block);
            Row {
                terms: &list,
                slices,
                outputs,
                first: block * columns,
                bias: &nothing,
                finish: Finish::Plain,
                output: &mut sums.values,
            }
            .run();
        }
        let position = sums.position();
        for (index, sums) in sums.values.chunks_exact(PLACES * position).enumerate() {
            Arch::new().dispatch(Outward {
                sums,
                bias,
                finish,
                tile: first + index,
                width,
                output: &mut *output,
            });
        }
    }
}

/// Lists what each place of each tile sums up.
fn terms<'a>(
    sources: &[(&'a Maps, &'a Filter)],
    patches: &'a [Maps],
    block: usize,
) -> impl Fn(usize, &mut Vec<Term<'a>>) {
    let filters: Vec<&Filter> = sources.iter().map(|(_, filter)| *filter).collect();
    move |position, terms| {
        terms.extend(patches.iter().zip(&filters).map(|(patches, filter)| {
            let size = patches.position();
            let input = &patches.values[position * size..][..size];
            Term { input, weights: filter.tap(block, position % PLACES) }
        }));
    }
}

/// The 4x4 positions that a tile reads, zeros outside the maps.
fn patch<'a>(maps: &'a Maps, row: usize, column: usize, zeros: &'a [f32]) -> [&'a [f32]; PLACES] {
    std::array::from_fn(|place| {
        let (y, x) = ((2 * row + place / 4).wrapping_sub(1), (2 * column + place % 4).wrapping_sub(1));
        match y < maps.height && x < maps.width {
            true => &maps.values[(y * maps.width + x) * zeros.len()..][..zeros.len()],
            false => zeros,
        }
    })
}

/// Transforms a patch: rows d0 - d2, d1 + d2, d2 - d1, d1 - d3, then columns alike.
struct Inward<'a> {
    input: [&'a [f32]; PLACES],
    /// `[place][slice][channel]`.
    output: &'a mut [f32],
}

impl WithSimd for Inward<'_> {
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

impl Inward<'_> {
    /// The vector of values from `at` on, whole or not. Without loops and closures, which would leave
    /// their values in memory.
    #[inline(always)]
    fn transform<S: Simd, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let columns = [
            self.column::<S, WHOLE, 0>(simd, at),
            self.column::<S, WHOLE, 1>(simd, at),
            self.column::<S, WHOLE, 2>(simd, at),
            self.column::<S, WHOLE, 3>(simd, at),
        ];
        self.row::<S, WHOLE, 0>(simd, at, &columns);
        self.row::<S, WHOLE, 1>(simd, at, &columns);
        self.row::<S, WHOLE, 2>(simd, at, &columns);
        self.row::<S, WHOLE, 3>(simd, at, &columns);
    }

    #[inline(always)]
    fn column<S: Simd, const WHOLE: bool, const X: usize>(&self, simd: S, at: usize) -> [S::f32s; 4] {
        let patch = [
            load::<S, WHOLE>(simd, &self.input[X][at..]),
            load::<S, WHOLE>(simd, &self.input[4 + X][at..]),
            load::<S, WHOLE>(simd, &self.input[8 + X][at..]),
            load::<S, WHOLE>(simd, &self.input[12 + X][at..]),
        ];
        inward(simd, patch)
    }

    #[inline(always)]
    fn row<S: Simd, const WHOLE: bool, const Y: usize>(
        &mut self,
        simd: S,
        at: usize,
        columns: &[[S::f32s; 4]; 4],
    ) {
        let size = self.input[0].len();
        let row = inward(simd, [columns[0][Y], columns[1][Y], columns[2][Y], columns[3][Y]]);
        let output = &mut self.output[4 * Y * size..4 * (Y + 1) * size];
        store::<S, WHOLE>(simd, &mut output[at..size], row[0]);
        store::<S, WHOLE>(simd, &mut output[size + at..2 * size], row[1]);
        store::<S, WHOLE>(simd, &mut output[2 * size + at..3 * size], row[2]);
        store::<S, WHOLE>(simd, &mut output[3 * size + at..], row[3]);
    }
}

/// Transforms a tile's sums back: rows m0 + m1 + m2, m1 - m2 - m3, then columns alike; adds the bias and
/// finishes.
struct Outward<'a> {
    /// `[place][slice][channel]`.
    sums: &'a [f32],
    bias: &'a [f32],
    finish: Finish<'a>,
    /// Column of the tile.
    tile: usize,
    /// Columns of the output.
    width: usize,
    /// One or two rows.
    output: &'a mut [f32],
}

impl WithSimd for Outward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let size = self.bias.len();
        let whole = size - size % S::F32_LANES;
        for at in (0..whole).step_by(S::F32_LANES) {
            self.transform::<S, true>(simd, at);
        }
        if whole < size {
            self.transform::<S, false>(simd, whole);
        }
    }
}

impl Outward<'_> {
    /// See [`Inward::transform`].
    #[inline(always)]
    fn transform<S: Simd, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let size = self.bias.len();
        let bias = load::<S, WHOLE>(simd, &self.bias[at..]);
        let columns = [
            self.column::<S, WHOLE, 0>(simd, at),
            self.column::<S, WHOLE, 1>(simd, at),
            self.column::<S, WHOLE, 2>(simd, at),
            self.column::<S, WHOLE, 3>(simd, at),
        ];
        let start = 2 * self.tile * size + at;
        let second = 2 * self.tile + 1 < self.width;
        let upper = outward(simd, [columns[0][0], columns[1][0], columns[2][0], columns[3][0]]);
        self.finish::<S, WHOLE>(simd, start, simd.add_f32s(upper[0], bias));
        if second {
            self.finish::<S, WHOLE>(simd, start + size, simd.add_f32s(upper[1], bias));
        }
        let start = start + self.width * size;
        if start < self.output.len() {
            let lower = outward(simd, [columns[0][1], columns[1][1], columns[2][1], columns[3][1]]);
            self.finish::<S, WHOLE>(simd, start, simd.add_f32s(lower[0], bias));
            if second {
                self.finish::<S, WHOLE>(simd, start + size, simd.add_f32s(lower[1], bias));
            }
        }
    }

    #[inline(always)]
    fn column<S: Simd, const WHOLE: bool, const X: usize>(&self, simd: S, at: usize) -> [S::f32s; 2] {
        let size = self.bias.len();
        let sums = [
            load::<S, WHOLE>(simd, &self.sums[X * size + at..(X + 1) * size]),
            load::<S, WHOLE>(simd, &self.sums[(4 + X) * size + at..(5 + X) * size]),
            load::<S, WHOLE>(simd, &self.sums[(8 + X) * size + at..(9 + X) * size]),
            load::<S, WHOLE>(simd, &self.sums[(12 + X) * size + at..(13 + X) * size]),
        ];
        outward(simd, sums)
    }

    /// Finishes and stores the values from `start` on.
    #[inline(always)]
    fn finish<S: Simd, const WHOLE: bool>(&mut self, simd: S, start: usize, sum: S::f32s) {
        let size = self.bias.len();
        let range = start..(start / size + 1) * size;
        let value = match self.finish {
            Finish::Plain => sum,
            Finish::Relu => keep_above_0(simd, sum, sum),
            Finish::Where(positive) => {
                keep_above_0(simd, load::<S, WHOLE>(simd, &positive[range.clone()]), sum)
            }
        };
        store::<S, WHOLE>(simd, &mut self.output[range], value);
    }
}

#[inline(always)]
fn inward<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
}

#[inline(always)]
fn outward<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
}

/// The first vector of values, whole or not.
#[inline(always)]
fn load<S: Simd, const WHOLE: bool>(simd: S, values: &[f32]) -> S::f32s {
    if WHOLE { S::as_simd_f32s(values).0[0] } else { simd.partial_load_f32s(values) }
}

/// The inverse of [`load`].
#[inline(always)]
fn store<S: Simd, const WHOLE: bool>(simd: S, place: &mut [f32], value: S::f32s) {
    if WHOLE { S::as_mut_simd_f32s(place).0[0] = value } else { simd.partial_store_f32s(place, value) }
}
