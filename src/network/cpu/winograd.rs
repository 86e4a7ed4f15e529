//! 3x3 convolutions in fewer products: F(2x2, 3x3) of S. Winograd (1980), as A. Lavin and S. Gray use it
//! (CVPR 2016). A tile of 2x2 outputs takes 16 products per pair of channels where the definition takes
//! 36: a 4x4 patch of the input and the weights are transformed, multiplied place by place and summed
//! over channels, and the sums transformed back.

use crate::network::cpu::kernel::{Finish, WIDEST, keep_above_0};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::product::{Product, Source};
use crate::network::cpu::taps::{Filter, PLACES};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// Values of transformed input that are worked on at a time, about: what stays near a core.
const NEAR: usize = 32_768;
/// Values left free between two places: else the 16 places of a vector could lie a power of two apart and drive each
/// other out of the first cache. A row that [`Product`] does not fill runs over into them.
const GAP: usize = WIDEST;

/// Computes two rows of a convolution, or one where the height is odd: those of tile row `tile`. `bias`
/// has a value per slice and output channel; `output` holds the rows, `finish` speaks of the same rows.
pub fn convolve_tiles(
    sources: &[(&Maps, &Filter)],
    tile: usize,
    bias: &[f32],
    finish: Finish,
    output: &mut [f32],
    buffers: &Buffers,
) {
    let (input, _) = sources[0];
    let (width, position) = (input.width, bias.len());
    let tiles = width.div_ceil(2);
    let together = (NEAR / (PLACES * input.position())).clamp(4.min(tiles), tiles);
    for first in (0..tiles).step_by(together) {
        let count = together.min(tiles - first);
        let patches: Vec<Maps> =
            sources.iter().map(|(maps, _)| patches(maps, tile, first..first + count, buffers)).collect();
        let sums = sums(sources, &patches, count * input.slices, buffers);
        for index in 0..count {
            Arch::new().dispatch(Outward {
                sums: &sums.values[index * position..],
                places: count * position + GAP,
                bias,
                finish,
                tile: first + index,
                width,
                output: &mut *output,
            });
        }
    }
}

/// The transformed patches of some tiles of row `tile`: `[place][tile][slice][channel]`, and the gaps.
fn patches(maps: &Maps, tile: usize, tiles: Range<usize>, buffers: &Buffers) -> Maps {
    let size = maps.position();
    let places = tiles.len() * size + GAP;
    let mut patches = Maps::flat(PLACES * places, buffers);
    let zeros = vec![0.0; size];
    for (index, column) in tiles.enumerate() {
        let input = patch(maps, tile, column, &zeros);
        Arch::new().dispatch(Inward { input, places, output: &mut patches.values[index * size..] });
    }
    patches
}

/// What each place of each tile sums up, `[place][tile][slice][output]`, and the gaps; `rows` are all slices of the
/// tiles.
fn sums(sources: &[(&Maps, &Filter)], patches: &[Maps], rows: usize, buffers: &Buffers) -> Maps {
    let Filter { outputs, columns, .. } = *sources[0].1;
    let places = rows * outputs + GAP;
    let mut sums = Maps::flat(PLACES * places, buffers);
    let mut terms = Vec::with_capacity(sources.len());
    for block in (0..outputs.div_ceil(columns)).rev() {
        for (place, output) in sums.values.chunks_exact_mut(places).enumerate() {
            terms.clear();
            terms.extend(sources.iter().zip(patches).map(|((_, filter), patches)| {
                let length = rows * filter.inputs;
                let rows = &patches.values[place * (length + GAP)..][..length];
                Source { rows, inputs: filter.inputs, weights: filter.tap(block, place) }
            }));
            Product { sources: &terms, rows, outputs, first: block * columns, columns, output }.run();
        }
    }
    sums
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
    /// From one place of the output to the next.
    places: usize,
    /// `[slice][channel]` at each place.
    output: &'a mut [f32],
}

impl WithSimd for Inward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { input, places, output } = self;
        let whole = input[0].len() / S::F32_LANES;
        let from: [&[S::f32s]; PLACES] =
            std::array::from_fn(|place| &S::as_simd_f32s(input[place]).0[..whole]);
        let mut parts = output.chunks_mut(places);
        let mut rest: [&mut [f32]; PLACES] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        let mut to: [&mut [S::f32s]; PLACES] =
            rest.each_mut().map(|part| &mut S::as_mut_simd_f32s(part).0[..whole]);
        for at in 0..whole {
            inward(
                simd,
                #[inline(always)]
                |place| from[place][at],
                #[inline(always)]
                |place, value| to[place][at] = value,
            );
        }
        let (start, end) = (whole * S::F32_LANES, input[0].len());
        if start < end {
            inward(
                simd,
                #[inline(always)]
                |place| simd.partial_load_f32s(&input[place][start..]),
                #[inline(always)]
                |place, value| simd.partial_store_f32s(&mut rest[place][start..end], value),
            );
        }
    }
}

/// Transforms one vector. Without loops, which would leave its values in memory.
#[inline(always)]
fn inward<S: Simd>(simd: S, load: impl Fn(usize) -> S::f32s, mut store: impl FnMut(usize, S::f32s)) {
    let a = inward_four(simd, [load(0), load(4), load(8), load(12)]);
    let b = inward_four(simd, [load(1), load(5), load(9), load(13)]);
    let c = inward_four(simd, [load(2), load(6), load(10), load(14)]);
    let d = inward_four(simd, [load(3), load(7), load(11), load(15)]);
    store_four(0, inward_four(simd, [a[0], b[0], c[0], d[0]]), &mut store);
    store_four(4, inward_four(simd, [a[1], b[1], c[1], d[1]]), &mut store);
    store_four(8, inward_four(simd, [a[2], b[2], c[2], d[2]]), &mut store);
    store_four(12, inward_four(simd, [a[3], b[3], c[3], d[3]]), &mut store);
}

#[inline(always)]
fn store_four<V>(first: usize, [a, b, c, d]: [V; 4], store: &mut impl FnMut(usize, V)) {
    store(first, a);
    store(first + 1, b);
    store(first + 2, c);
    store(first + 3, d);
}

/// Transforms a tile's sums back: rows m0 + m1 + m2, m1 - m2 - m3, then columns alike; adds the bias and
/// finishes.
struct Outward<'a> {
    /// `[slice][channel]` at each place.
    sums: &'a [f32],
    /// From one place of the sums to the next.
    places: usize,
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

    #[expect(clippy::needless_range_loop, reason = "every place is read at the same index")]
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (sums, places, size) = (self.sums, self.places, self.bias.len());
        let whole = size / S::F32_LANES;
        let sums: [&[f32]; PLACES] = std::array::from_fn(|place| &sums[place * places..][..size]);
        let from: [&[S::f32s]; PLACES] =
            std::array::from_fn(|place| &S::as_simd_f32s(sums[place]).0[..whole]);
        for at in 0..whole {
            self.transform::<S, true>(
                simd,
                at * S::F32_LANES,
                #[inline(always)]
                |place| from[place][at],
            );
        }
        let start = whole * S::F32_LANES;
        if start < size {
            self.transform::<S, false>(
                simd,
                start,
                #[inline(always)]
                |place| simd.partial_load_f32s(&sums[place][start..]),
            );
        }
    }
}

impl Outward<'_> {
    /// The vector of values from `at` on, whole or not. See [`inward`].
    #[inline(always)]
    fn transform<S: Simd, const WHOLE: bool>(&mut self, simd: S, at: usize, load: impl Fn(usize) -> S::f32s) {
        let size = self.bias.len();
        let bias = first::<S, WHOLE>(simd, &self.bias[at..]);
        let a = outward_four(simd, [load(0), load(4), load(8), load(12)]);
        let b = outward_four(simd, [load(1), load(5), load(9), load(13)]);
        let c = outward_four(simd, [load(2), load(6), load(10), load(14)]);
        let d = outward_four(simd, [load(3), load(7), load(11), load(15)]);
        let start = 2 * self.tile * size + at;
        let second = 2 * self.tile + 1 < self.width;
        let upper = outward_four(simd, [a[0], b[0], c[0], d[0]]);
        self.finish::<S, WHOLE>(simd, start, simd.add_f32s(upper[0], bias));
        if second {
            self.finish::<S, WHOLE>(simd, start + size, simd.add_f32s(upper[1], bias));
        }
        let start = start + self.width * size;
        if start < self.output.len() {
            let lower = outward_four(simd, [a[1], b[1], c[1], d[1]]);
            self.finish::<S, WHOLE>(simd, start, simd.add_f32s(lower[0], bias));
            if second {
                self.finish::<S, WHOLE>(simd, start + size, simd.add_f32s(lower[1], bias));
            }
        }
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
                keep_above_0(simd, first::<S, WHOLE>(simd, &positive[range.clone()]), sum)
            }
        };
        store::<S, WHOLE>(simd, &mut self.output[range], value);
    }
}

#[inline(always)]
fn inward_four<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
    [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
}

#[inline(always)]
fn outward_four<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
    [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
}

/// The first vector of values, whole or not.
#[inline(always)]
fn first<S: Simd, const WHOLE: bool>(simd: S, values: &[f32]) -> S::f32s {
    if WHOLE { S::as_simd_f32s(values).0[0] } else { simd.partial_load_f32s(values) }
}

/// The inverse of [`first`].
#[inline(always)]
fn store<S: Simd, const WHOLE: bool>(simd: S, place: &mut [f32], value: S::f32s) {
    if WHOLE { S::as_mut_simd_f32s(place).0[0] = value } else { simd.partial_store_f32s(place, value) }
}
