//! Weights of a convolution, and their packing for the kernels.

use crate::network::arrays::Array;
use crate::network::cpu::kernel;
use crate::network::cpu::unrolled::{build, each};
use crate::network::cpu::winograd::side::{PLACES, SIDE, weights as transform};
use rayon::prelude::*;
use std::ops::Range;

/// Weights `[tap][input][output]`. A tap is a place of the kernel window, row-major.
#[derive(Clone)]
pub struct Taps {
    /// Places of the window: 9, 4 or 1.
    pub taps: usize,
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// The weights.
    pub values: Vec<f32>,
}

impl Taps {
    /// From a convolution's `[output, input, height, width]`.
    pub fn from_convolution(array: &Array) -> Self {
        let (outputs, inputs) = (array.shape[0], array.shape[1]);
        let taps = array.values.len() / (outputs * inputs);
        Self::build([taps, inputs, outputs], |tap, input, output| {
            array.values[(output * inputs + input) * taps + tap]
        })
    }

    /// From a transposed convolution's `[input, output, height, width]`.
    pub fn from_transposed_convolution(array: &Array) -> Self {
        let (inputs, outputs) = (array.shape[0], array.shape[1]);
        let taps = array.values.len() / (outputs * inputs);
        Self::build([taps, inputs, outputs], |tap, input, output| {
            array.values[(input * outputs + output) * taps + tap]
        })
    }

    /// The inverse of [`Self::from_convolution`], without the shape.
    pub fn to_convolution(&self) -> Vec<f32> {
        let Self { taps, inputs, outputs, values } = self;
        Self::build([*outputs, *inputs, *taps], |output, input, tap| {
            values[(tap * inputs + input) * outputs + output]
        })
        .values
    }

    /// The inverse of [`Self::from_transposed_convolution`], without the shape.
    pub fn to_transposed_convolution(&self) -> Vec<f32> {
        let Self { taps, inputs, outputs, values } = self;
        Self::build([*inputs, *outputs, *taps], |input, output, tap| {
            values[(tap * inputs + input) * outputs + output]
        })
        .values
    }

    /// The weights of some of the inputs.
    pub fn of_inputs(&self, range: Range<usize>) -> Self {
        let mut values = Vec::with_capacity(self.taps * range.len() * self.outputs);
        for of_tap in self.values.chunks_exact(self.inputs * self.outputs) {
            values.extend_from_slice(&of_tap[range.start * self.outputs..range.end * self.outputs]);
        }
        Self { taps: self.taps, inputs: range.len(), outputs: self.outputs, values }
    }

    /// The inverse of [`Self::of_inputs`], from its parts in order.
    pub fn join_inputs(parts: &[Self]) -> Self {
        let [taps, outputs] = parts.first().map_or([0; 2], |part| [part.taps, part.outputs]);
        let mut values = Vec::with_capacity(parts.iter().map(|part| part.values.len()).sum());
        for tap in 0..taps {
            for part in parts {
                let length = part.inputs * outputs;
                values.extend_from_slice(&part.values[tap * length..][..length]);
            }
        }
        Self { taps, inputs: parts.iter().map(|part| part.inputs).sum(), outputs, values }
    }

    /// The weights that carry an output's gradient back to the input: inputs and outputs swapped.
    /// `mirror` turns the window around, as the gradient of a 3x3 convolution wants it.
    pub fn transposed(&self, mirror: bool) -> Self {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let mut values = vec![0.0; self.values.len()];
        values.par_chunks_exact_mut(inputs * outputs).enumerate().for_each(|(tap, swapped)| {
            let tap = if mirror { self.taps - 1 - tap } else { tap };
            swap(&self.values[tap * inputs * outputs..][..inputs * outputs], outputs, swapped);
        });
        Self { taps: self.taps, inputs: outputs, outputs: inputs, values }
    }

    fn build([taps, inputs, outputs]: [usize; 3], value: impl Fn(usize, usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(taps * inputs * outputs);
        for tap in 0..taps {
            for input in 0..inputs {
                values.extend((0..outputs).map(|output| value(tap, input, output)));
            }
        }
        Self { taps, inputs, outputs, values }
    }
}

/// Rows and columns that [`swap`] takes at a time: what stays near a core.
const NEAR: usize = 16;

/// Rows become columns: `rows` of `width` values each, into `columns`.
fn swap(rows: &[f32], width: usize, columns: &mut [f32]) {
    let height = rows.len() / width;
    for top in (0..height).step_by(NEAR) {
        let some = top..height.min(top + NEAR);
        for (column, place) in columns.chunks_exact_mut(height).enumerate() {
            for (place, row) in place[some.clone()].iter_mut().zip(some.clone()) {
                *place = rows[row * width + column];
            }
        }
    }
}

/// Weights packed for [`kernel`]: `[block of outputs][tap][input][output of the block]`, the last block
/// filled up with zeros.
pub struct Filter {
    /// Places of the window, or of its transform.
    pub taps: usize,
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// Outputs of a block.
    pub columns: usize,
    values: Vec<f32>,
}

impl Filter {
    /// Packs weights for this processor; those of a 3x3 convolution transformed for
    /// [`winograd`](crate::network::cpu::winograd).
    pub fn pack(weights: &Taps) -> Self {
        let Taps { taps, inputs, outputs, .. } = *weights;
        let places = if taps == 9 { PLACES } else { taps };
        let columns = kernel::columns(outputs);
        let mut packed = vec![0.0; outputs.div_ceil(columns) * places * inputs * columns];
        packed.par_chunks_exact_mut(places * inputs * columns).enumerate().for_each(|(block, packed)| {
            let block = Block { weights, columns, first: block * columns };
            kernel::vectorised(
                #[inline(always)]
                || if taps == 9 { block.pack_transformed(packed) } else { block.pack(packed) },
            );
        });
        Self { taps: places, inputs, outputs, columns, values: packed }
    }

    /// Packs the weights of each map that is read apart, forward and, for the gradient, backward. `widths`
    /// are the channels of those maps, `mirror` is as [`Taps::transposed`] takes it.
    pub fn pack_both_ways(weights: &Taps, widths: &[usize], mirror: bool) -> [Vec<Self>; 2] {
        let mut first = 0;
        let parts: Vec<Taps> = widths
            .iter()
            .map(|width| {
                let part = weights.of_inputs(first..first + width);
                first += width;
                part
            })
            .collect();
        let backward = parts.iter().map(|part| Self::pack(&part.transposed(mirror))).collect();
        [parts.iter().map(Self::pack).collect(), backward]
    }

    /// Weights `[input][output of the block]` of one tap.
    pub fn tap(&self, block: usize, tap: usize) -> &[f32] {
        let length = self.inputs * self.columns;
        &self.values[(block * self.taps + tap) * length..][..length]
    }
}

/// A block of outputs to be packed.
struct Block<'a> {
    weights: &'a Taps,
    columns: usize,
    /// First output.
    first: usize,
}

impl Block<'_> {
    /// The weights of one tap and one input.
    #[inline(always)]
    fn of(&self, tap: usize, input: usize) -> &[f32] {
        let Taps { inputs, outputs, ref values, .. } = *self.weights;
        let values = &values[(tap * inputs + input) * outputs..][..outputs];
        &values[self.first..outputs.min(self.first + self.columns)]
    }

    /// Fills `[tap][input][column]`.
    #[inline(always)]
    fn pack(&self, packed: &mut [f32]) {
        let inputs = self.weights.inputs;
        for (index, place) in packed.chunks_exact_mut(self.columns).enumerate() {
            let values = self.of(index / inputs, index % inputs);
            place[..values.len()].copy_from_slice(values);
        }
    }

    /// Fills `[place][input][column]` with the weights' transform.
    #[inline(always)]
    fn pack_transformed(&self, packed: &mut [f32]) {
        let (inputs, columns) = (self.weights.inputs, self.columns);
        for input in 0..inputs {
            let taps: [&[f32]; 9] = std::array::from_fn(|tap| self.of(tap, input));
            let mut places = [[[0.0; kernel::WIDEST]; SIDE]; SIDE];
            for output in 0..taps[0].len() {
                let columns: [[f32; SIDE]; 3] = build(
                    [0.0; SIDE],
                    #[inline(always)]
                    |x| transform([taps[x][output], taps[3 + x][output], taps[6 + x][output]]),
                );
                each::<SIDE>(
                    #[inline(always)]
                    |y| {
                        let row = transform([columns[0][y], columns[1][y], columns[2][y]]);
                        each::<SIDE>(
                            #[inline(always)]
                            |x| places[y][x][output] = row[x],
                        );
                    },
                );
            }
            for (place, values) in places.iter().flatten().enumerate() {
                packed[(place * inputs + input) * columns..][..columns].copy_from_slice(&values[..columns]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array() -> Array {
        Array { shape: vec![3, 2, 2, 2], values: (0..24).map(|value| value as f32).collect() }
    }

    #[test]
    fn weights_come_back_in_the_layout_they_came_in() {
        assert_eq!(Taps::from_convolution(&array()).to_convolution(), array().values);
        assert_eq!(Taps::from_transposed_convolution(&array()).to_transposed_convolution(), array().values);
    }

    #[test]
    fn inputs_come_apart_and_together() {
        let taps = Taps::from_convolution(&array());
        let parts = [taps.of_inputs(0..1), taps.of_inputs(1..2)];
        assert_eq!(Taps::join_inputs(&parts).values, taps.values);
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let taps = Taps::from_convolution(&array());
        assert_eq!(taps.transposed(true).transposed(true).values, taps.values);
        // Output 2, input 1, last tap of the convolution is value 23.
        assert_eq!(taps.transposed(true).values[2 * 2 + 1], 23.0);
    }

    #[test]
    fn packing_keeps_every_weight_and_fills_up_with_zeros() {
        let taps = Taps::from_convolution(&array());
        let filter = Filter::pack(&taps);
        for tap in 0..4 {
            for (input, weights) in filter.tap(0, tap).chunks_exact(filter.columns).enumerate() {
                assert_eq!(weights[..3], taps.values[(tap * 2 + input) * 3..][..3]);
                assert!(weights[3..].iter().all(|&weight| weight == 0.0));
            }
        }
    }

    #[test]
    fn weights_transform_as_in_the_paper() {
        // One input, one output: G g G^T of g = 1..9, by hand.
        let weights = Taps { taps: 9, inputs: 1, outputs: 1, values: (1..10).map(|w| w as f32).collect() };
        let expected =
            [[1.0, 3.0, 1.0, 3.0], [6.0, 11.25, 3.75, 9.0], [2.0, 3.75, 1.25, 3.0], [7.0, 12.0, 4.0, 9.0]];
        let filter = Filter::pack(&weights);
        let transformed: Vec<f32> = (0..PLACES).map(|place| filter.tap(0, place)[0]).collect();
        assert_eq!(transformed, expected.concat());
    }
}
