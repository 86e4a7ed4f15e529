//! Transforming what places summed up back into outputs.

use crate::network::cpu::kernel::{Finish, keep_above_0};
use crate::network::cpu::winograd::patch::both_sides;
use crate::network::cpu::winograd::side::{OUT, Output, PLACES, SIDE};
use pulp::{Arch, Simd, WithSimd};

/// One position of the output: a value per slice and channel.
pub struct Place<'a> {
    /// Speaks of the same position.
    pub finish: Finish<'a>,
    /// The values.
    pub values: &'a mut [f32],
}

/// The positions of a tile, as far as the output has them.
pub type Tile<'a> = [[Option<Place<'a>>; OUT]; OUT];

/// Transforms a tile's sums back, adds the bias and finishes.
pub struct Outward<'a, 'b> {
    /// `[slice][channel]` at each place.
    pub sums: &'a [f32],
    /// From one place of the sums to the next.
    pub apart: usize,
    /// A value per slice and channel.
    pub bias: &'a [f32],
    /// What is computed.
    pub tile: &'a mut Tile<'b>,
}

impl Outward<'_, '_> {
    /// Computes the tile.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Outward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sums, apart, bias, tile } = self;
        let (size, whole) = (bias.len(), bias.len() / S::F32_LANES);
        let sums: [&[f32]; PLACES] = std::array::from_fn(|place| &sums[place * apart..][..size]);
        let from: [&[S::f32s]; PLACES] =
            std::array::from_fn(|place| &S::as_simd_f32s(sums[place]).0[..whole]);
        for (at, bias) in S::as_simd_f32s(bias).0[..whole].iter().enumerate() {
            both_sides::<S, Output<OUT>, SIDE, OUT>(
                simd,
                #[inline(always)]
                |y, x| from[y * SIDE + x][at],
                #[inline(always)]
                |y, x, sum| {
                    if let Some(place) = &mut tile[y][x] {
                        place.finish::<S, true>(simd, at * S::F32_LANES, simd.add_f32s(sum, *bias));
                    }
                },
            );
        }
        let start = whole * S::F32_LANES;
        if start < size {
            let bias = simd.partial_load_f32s(&bias[start..]);
            both_sides::<S, Output<OUT>, SIDE, OUT>(
                simd,
                #[inline(always)]
                |y, x| simd.partial_load_f32s(&sums[y * SIDE + x][start..]),
                #[inline(always)]
                |y, x, sum| {
                    if let Some(place) = &mut tile[y][x] {
                        place.finish::<S, false>(simd, start, simd.add_f32s(sum, bias));
                    }
                },
            );
        }
    }
}

impl Place<'_> {
    /// Finishes and stores a vector, whole or not, from value `at` on.
    #[inline(always)]
    fn finish<S: Simd, const WHOLE: bool>(&mut self, simd: S, at: usize, sum: S::f32s) {
        let value = match self.finish {
            Finish::Plain => sum,
            Finish::Relu => keep_above_0(simd, sum, sum),
            Finish::Where(positive) => keep_above_0(simd, first::<S, WHOLE>(simd, &positive[at..]), sum),
        };
        store::<S, WHOLE>(simd, &mut self.values[at..], value);
    }
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
