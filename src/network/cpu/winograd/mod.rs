//! 3x3 convolutions in fewer products: F(2x2, 3x3) of S. Winograd (1980), as A. Lavin and S. Gray use it (CVPR 2016). A
//! tile of 2x2 outputs takes 16 products per pair of channels where the definition takes 36: a 4x4 patch of the input
//! and the weights are transformed into places, multiplied place by place and summed over channels, and the sums
//! transformed back.
//!
//! Tiles of 4x4 would take fewer products yet. But a tile of 2x2 is the window of a pooling: where the pixels around a
//! window are all alike, as in a slice's background, its four values come out equal to the bit, as by the definition,
//! and the first takes the gradient. Tiles of 4x4 let roundings choose, and saliency is no longer PyTorch's. So only
//! the gradient of weights, where no order of values matters, takes them.

mod gradient;
mod outward;
mod patch;
pub mod side;

use crate::network::cpu::kernel::{Finish, WIDEST};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::product::{Product, Source};
use crate::network::cpu::taps::Filter;
use crate::network::cpu::winograd::outward::{Outward, Place, Tile};
use crate::network::cpu::winograd::patch::{Transform, patch};
use crate::network::cpu::winograd::side::{Input, OUT, PLACES, SIDE};
use rayon::prelude::*;
use std::marker::PhantomData;
use std::ops::Range;

pub use gradient::weight_gradient as tile_weight_gradient;

/// Values of transformed input that are worked on at a time, about: what stays near a core.
const NEAR: usize = 32_768;
/// Rows of a product, tiles times slices, at least: each weight is then used that often.
const ROWS: usize = 64;
/// Values left free between two places: else the places of a vector could lie a power of two apart and drive each
/// other out of the first cache. A row that [`Product`] does not fill runs over into them.
const GAP: usize = WIDEST;

/// Computes the rows of a convolution that tile row `tile` covers, as many as are left. `bias` has a value per slice
/// and output channel; `output` holds the rows, `finish` speaks of the same rows.
pub fn convolve_tiles(
    sources: &[(&Maps, &Filter)],
    tile: usize,
    bias: &[f32],
    finish: Finish,
    output: &mut [f32],
    buffers: &Buffers,
) {
    let (input, _) = sources[0];
    let mut tiles = tiles(finish, output, input.width, bias.len());
    let together = together(PLACES, input, tiles.len());
    tiles.par_chunks_mut(together).enumerate().for_each(|(group, tiles)| {
        let (first, count) = (group * together, tiles.len());
        let patches: Vec<Maps> =
            sources.iter().map(|(maps, _)| patches(maps, tile, first..first + count, buffers)).collect();
        let sums = sums(sources, &patches, count * input.slices, buffers);
        for (index, tile) in tiles.iter_mut().enumerate() {
            let (sums, apart) = (&sums.values[index * bias.len()..], count * bias.len() + GAP);
            Outward { sums, apart, bias, tile }.run();
        }
    });
}

/// The positions of rows of `width` positions of `size` values, tile by tile.
fn tiles<'a>(finish: Finish<'a>, rows: &'a mut [f32], width: usize, size: usize) -> Vec<Tile<'a>> {
    let mut tiles: Vec<Tile> = (0..width.div_ceil(OUT)).map(|_| Tile::default()).collect();
    for (index, values) in rows.chunks_exact_mut(size).enumerate() {
        let (y, x) = (index / width, index % width);
        let finish = match finish {
            Finish::Where(positive) => Finish::Where(&positive[index * size..][..size]),
            finish => finish,
        };
        tiles[x / OUT][y][x % OUT] = Some(Place { finish, values });
    }
    tiles
}

/// How many tiles of a row of `tiles` are worked on at a time.
fn together(places: usize, input: &Maps, tiles: usize) -> usize {
    (NEAR / (places * input.position())).max(ROWS.div_ceil(input.slices)).min(tiles)
}

/// The transformed patches of some tiles of row `tile`: `[place][tile][slice][channel]`, and the gaps.
fn patches(maps: &Maps, tile: usize, tiles: Range<usize>, buffers: &Buffers) -> Maps {
    let size = maps.position();
    let apart = tiles.len() * size + GAP;
    let mut patches = Maps::flat(PLACES * apart, buffers);
    let zeros = vec![0.0; size];
    for (index, column) in tiles.enumerate() {
        let corner = [tile, column].map(|tile| (OUT * tile) as isize - 1);
        let input = &patch::<SIDE, PLACES>(maps, corner, &zeros);
        let output = &mut patches.values[index * size..];
        Transform::<Input<OUT>, SIDE, SIDE, PLACES, PLACES> { input, apart, output, by: PhantomData }.run();
    }
    patches
}

/// What each place of each tile sums up, `[place][tile][slice][output]`, and the gaps; `rows` are all slices of the
/// tiles.
fn sums(sources: &[(&Maps, &Filter)], patches: &[Maps], rows: usize, buffers: &Buffers) -> Maps {
    let Filter { outputs, columns, taps, .. } = *sources[0].1;
    let apart = rows * outputs + GAP;
    let mut sums = Maps::flat(taps * apart, buffers);
    let mut terms = Vec::with_capacity(sources.len());
    for block in (0..outputs.div_ceil(columns)).rev() {
        for (place, output) in sums.values.chunks_exact_mut(apart).enumerate() {
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
