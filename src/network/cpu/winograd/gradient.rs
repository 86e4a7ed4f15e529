//! The gradient of a 3x3 convolution's weights in fewer products: the transposed way of a tile. The patches of what the
//! convolution read are transformed as on the way forward, the gradient of what it gave is spread over the same places,
//! products are summed up over all tiles and slices place by place, and the sums folded into the weights' gradient.

use crate::network::cpu::kernel::{Outer, WIDEST, columns, vectorised};
use crate::network::cpu::maps::Maps;
use crate::network::cpu::taps::Taps;
use crate::network::cpu::unrolled::{build, each};
use crate::network::cpu::winograd::patch::{Transform, patch};
use crate::network::cpu::winograd::side::{Fold, Input, Side, Spread, Weights};
use crate::network::cpu::winograd::{GAP, together};
use rayon::prelude::*;
use std::marker::PhantomData;
use std::ops::Range;

/// Parts that the tiles are cut into, at most, for each to be summed up by itself.
const PARTS: usize = 8;
/// Sums that all parts together hold, about.
const SUMS: usize = 1 << 19;

/// Channels up to which tiles are of 4x4: beyond, maps are mostly small, and more time goes into the places' sums than
/// into products.
const FEW: usize = 64;

/// The gradient of weights: `input` is what the convolution read, `gradient` that of what it gave. None on maps of at
/// most 3 rows or columns, where tiles save nothing.
pub fn weight_gradient(input: &Maps, gradient: &Maps) -> Option<Taps> {
    if input.height.min(input.width) <= 3 {
        return None;
    }
    Some(match input.channels.max(gradient.channels) {
        ..=FEW => of_tiles::<4, 6, 16, 36>(input, gradient),
        _ => of_tiles::<2, 4, 4, 16>(input, gradient),
    })
}

fn of_tiles<const OUT: usize, const SIDE: usize, const TILE: usize, const PLACES: usize>(
    input: &Maps,
    gradient: &Maps,
) -> Taps
where
    Input<OUT>: Side<SIDE, SIDE>,
    Spread<OUT>: Side<OUT, SIDE>,
    Weights<OUT>: Fold<SIDE>,
{
    let (inputs, outputs) = (input.channels, gradient.channels);
    let padded = outputs.next_multiple_of(columns(outputs));
    let length = PLACES * inputs * padded;
    let tiles = input.height.div_ceil(OUT) * input.width.div_ceil(OUT);
    // The same for every vector width, so that the order of the sums is.
    let parts = (SUMS / (PLACES * inputs * outputs)).next_power_of_two().clamp(2, PARTS).min(tiles);
    let mut sums = vec![0.0; parts * length];
    sums.par_chunks_mut(length).enumerate().for_each(|(part, sums)| {
        let tiles = part * tiles / parts..(part + 1) * tiles / parts;
        add_tiles::<OUT, SIDE, TILE, PLACES>(input, gradient, tiles, sums);
    });
    fold::<OUT, SIDE>(&sums, parts, inputs, outputs)
}

/// Adds the products of some tiles, counted row by row, to `[place][block][input][column]`.
fn add_tiles<const OUT: usize, const SIDE: usize, const TILE: usize, const PLACES: usize>(
    input: &Maps,
    gradient: &Maps,
    tiles: Range<usize>,
    sums: &mut [f32],
) where
    Input<OUT>: Side<SIDE, SIDE>,
    Spread<OUT>: Side<OUT, SIDE>,
{
    let (inputs, outputs, slices) = (input.channels, gradient.channels, input.slices);
    let columns = columns(outputs);
    let across = input.width.div_ceil(OUT);
    let many = together(PLACES, input, tiles.len());
    let [read_zeros, gradient_zeros] = [input, gradient].map(|maps| vec![0.0; maps.position()]);
    let apart = [input, gradient].map(|maps| many * maps.position() + GAP);
    let [mut read, mut slopes] = apart.map(|apart| vec![0.0; PLACES * apart]);
    for first in tiles.clone().step_by(many) {
        let count = many.min(tiles.end - first);
        for index in 0..count {
            let corner = [(first + index) / across * OUT, (first + index) % across * OUT];
            let [top, left] = corner.map(|start| start as isize);
            Transform::<Input<OUT>, SIDE, SIDE, PLACES, PLACES> {
                input: &patch::<SIDE, PLACES>(input, [top - 1, left - 1], &read_zeros),
                apart: apart[0],
                output: &mut read[index * read_zeros.len()..],
                by: PhantomData,
            }
            .run();
            Transform::<Spread<OUT>, OUT, SIDE, TILE, PLACES> {
                input: &patch::<OUT, TILE>(gradient, [top, left], &gradient_zeros),
                apart: apart[1],
                output: &mut slopes[index * gradient_zeros.len()..],
                by: PhantomData,
            }
            .run();
        }
        let rows = count * slices;
        let places = read.chunks_exact(apart[0]).zip(slopes.chunks_exact(apart[1]));
        let length = sums.len() / PLACES;
        for ((read, slopes), sums) in places.zip(sums.chunks_exact_mut(length)) {
            for (block, sums) in sums.chunks_exact_mut(inputs * columns).enumerate() {
                Outer {
                    reads: &Some,
                    input: &read[..rows * inputs],
                    inputs,
                    gradient: &slopes[..rows * outputs],
                    outputs,
                    first: block * columns,
                    slices: rows,
                    columns,
                    sums,
                }
                .run();
            }
        }
    }
}

/// Weights of the sums of `parts`, each `[place][block][input][column]`.
fn fold<const OUT: usize, const SIDE: usize>(
    sums: &[f32],
    parts: usize,
    inputs: usize,
    outputs: usize,
) -> Taps
where
    Weights<OUT>: Fold<SIDE>,
{
    let columns = columns(outputs);
    let (part, place) = (sums.len() / parts, sums.len() / (parts * SIDE * SIDE));
    let of_input = |input: usize| {
        let mut weights = vec![0.0; 9 * outputs];
        for block in 0..outputs.div_ceil(columns) {
            let at = (block * inputs + input) * columns;
            let width = columns.min(outputs - block * columns);
            let mut places = [[[0.0; WIDEST]; SIDE]; SIDE];
            let mut folded = [[0.0; WIDEST]; 9];
            vectorised(
                #[inline(always)]
                || {
                    for (number, places) in places.iter_mut().flatten().enumerate() {
                        for sums in sums[at + number * place..].chunks(part) {
                            places.iter_mut().zip(&sums[..columns]).for_each(|(total, sum)| *total += sum);
                        }
                    }
                    fold_places::<OUT, SIDE>(&places, &mut folded);
                },
            );
            for (tap, values) in folded.iter().enumerate() {
                weights[tap * outputs + block * columns..][..width].copy_from_slice(&values[..width]);
            }
        }
        weights
    };
    let by_input: Vec<Vec<f32>> = (0..inputs).into_par_iter().map(of_input).collect();
    let taps =
        (0..9).flat_map(|tap| by_input.iter().map(move |weights| &weights[tap * outputs..][..outputs]));
    Taps { taps: 9, inputs, outputs, values: taps.flatten().copied().collect() }
}

/// Folds places, a value per column each, into taps.
#[inline(always)]
fn fold_places<const OUT: usize, const SIDE: usize>(
    places: &[[[f32; WIDEST]; SIDE]; SIDE],
    taps: &mut [[f32; WIDEST]; 9],
) where
    Weights<OUT>: Fold<SIDE>,
{
    for column in 0..WIDEST {
        let rows: [[f32; 3]; SIDE] = build(
            [0.0; 3],
            #[inline(always)]
            |y| {
                let row = build(
                    0.0,
                    #[inline(always)]
                    |x: usize| places[y][x][column],
                );
                Weights::<OUT>::fold(row)
            },
        );
        each::<3>(
            #[inline(always)]
            |x| {
                let values = build(
                    0.0,
                    #[inline(always)]
                    |y: usize| rows[y][x],
                );
                let values = Weights::<OUT>::fold(values);
                each::<3>(
                    #[inline(always)]
                    |y| taps[3 * y + x][column] = values[y],
                );
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::cpu::convolution::{self, Reach, tap_weight_gradient};
    use crate::network::cpu::maps::Buffers;
    use rstest::rstest;

    #[rstest]
    fn tiles_of_either_size_give_what_taps_give(
        #[values([4, 6], [10, 5], [7, 4])] size: [usize; 2],
        #[values((1, 1), (3, 5), (16, 17), (2, 40))] channels: (usize, usize),
        #[values(1, 5, 70)] slices: usize,
    ) {
        let (buffers, (inputs, outputs)) = (Buffers::default(), channels);
        let maps = |channels: usize, step: usize| {
            let mut maps = Maps::new(size, slices, channels, &buffers);
            let values = maps.values.iter_mut().enumerate();
            values.for_each(|(index, value)| *value = ((index * step) % 101) as f32 / 50.0 - 1.0);
            maps
        };
        let (input, gradient) = (maps(inputs, 37), maps(outputs, 29));
        let expected = tap_weight_gradient(Reach::Around, 9, &input, &gradient).values;
        let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        for found in [
            of_tiles::<2, 4, 4, 16>(&input, &gradient),
            of_tiles::<4, 6, 16, 36>(&input, &gradient),
            convolution::weight_gradient(Reach::Around, 9, &input, &gradient),
        ] {
            assert_eq!(found.values.len(), expected.len());
            for (found, expected) in found.values.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-5 * largest, "{found} {expected} of {largest}");
            }
        }
    }
}
