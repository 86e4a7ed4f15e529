//! Matrix products in vectors over output channels: what a place of many of Winograd's tiles sums up.
//!
//! A sum is over sources and their channels, always in that order and with fused multiply-adds, so that its bits depend
//! neither on the processor's vector width nor on how many rows are taken at a time.

use crate::network::cpu::kernel::wide;
use pulp::{Arch, Simd, WithSimd};

/// What is read, and with which weights.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// `[row][input]`.
    pub rows: &'a [f32],
    /// Channels of a row.
    pub inputs: usize,
    /// `[input][column]`.
    pub weights: &'a [f32],
}

/// One block of output channels of a matrix product.
pub struct Product<'a> {
    /// What is summed up.
    pub sources: &'a [Source<'a>],
    /// Rows of each source.
    pub rows: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// First channel of the block.
    pub first: usize,
    /// Channels of a block: one vector or two.
    pub columns: usize,
    /// `[row][output]`. A row is written in whole vectors, so that one that the block does not fill runs over into the
    /// next row's first channels: the last block has to be computed before the others, and `columns` more values
    /// have to follow the last row.
    pub output: &'a mut [f32],
}

impl Product<'_> {
    /// Computes the block.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.columns == S::F32_LANES { product::<S, 1>(simd, self) } else { product::<S, 2>(simd, self) }
    }
}

#[inline(always)]
fn product<S: Simd, const C: usize>(simd: S, mut product: Product) {
    let mut row = 0;
    while row < product.rows {
        // As many sums as registers hold beside the weights and a value, so that no sum waits for the one before it.
        row += match product.rows - row {
            16.. if C == 1 && wide::<S>() => rows::<S, C, 16>(simd, &mut product, row),
            8.. if C == 1 || wide::<S>() => rows::<S, C, 8>(simd, &mut product, row),
            4.. => rows::<S, C, 4>(simd, &mut product, row),
            _ => rows::<S, C, 1>(simd, &mut product, row),
        };
    }
}

/// `R` rows from `row` on; gives `R`.
#[inline(always)]
fn rows<S: Simd, const C: usize, const R: usize>(simd: S, product: &mut Product, row: usize) -> usize {
    let mut sums = [[simd.splat_f32s(0.0); C]; R];
    for source in product.sources {
        match source.inputs {
            16 => add::<S, C, R, 16>(simd, source, row, &mut sums),
            32 => add::<S, C, R, 32>(simd, source, row, &mut sums),
            64 => add::<S, C, R, 64>(simd, source, row, &mut sums),
            128 => add::<S, C, R, 128>(simd, source, row, &mut sums),
            256 => add::<S, C, R, 256>(simd, source, row, &mut sums),
            _ => add::<S, C, R, ANY>(simd, source, row, &mut sums),
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let place = (row + r) * product.outputs + product.first;
        let (places, _) = S::as_mut_simd_f32s(&mut product.output[place..][..C * S::F32_LANES]);
        places.copy_from_slice(sums);
    }
    R
}

/// Stands for a number of channels that is known only at run time.
const ANY: usize = 0;

/// Adds what a source of `N` channels gives to the sums of `R` rows from `row` on. With a number that the compiler
/// knows, no address of a row has to be worked out in the loop.
#[inline(always)]
fn add<S: Simd, const C: usize, const R: usize, const N: usize>(
    simd: S,
    source: &Source,
    row: usize,
    sums: &mut [[S::f32s; C]; R],
) {
    let inputs = if N == ANY { source.inputs } else { N };
    let some = &source.rows[row * inputs..][..R * inputs];
    let some: [&[f32]; R] = std::array::from_fn(|r| &some[r * inputs..][..inputs]);
    let (weights, _) = S::as_simd_f32s(source.weights);
    let (weights, _) = weights.as_chunks::<C>();
    let weights = &weights[..inputs];
    for channel in 0..inputs {
        let weight = weights[channel];
        for r in 0..R {
            let value = simd.splat_f32s(some[r][channel]);
            for c in 0..C {
                sums[r][c] = simd.mul_add_f32s(value, weight[c], sums[r][c]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::cpu::kernel::WIDEST;

    /// 21 rows of two sources of 3 and 5 channels, 40 outputs, computed by `S` in blocks of `vectors`.
    struct Example {
        vectors: usize,
    }

    fn value(index: usize) -> f32 {
        // Values without a short binary form, so that every rounding shows.
        1.0 / (3.0 + index as f32) - 0.1
    }

    const ROWS: usize = 21;
    const OUTPUTS: usize = 40;

    fn row_of(source: usize, inputs: usize) -> Vec<f32> {
        (0..ROWS * inputs).map(|index| value(index + 7 * source)).collect()
    }

    fn weight(source: usize, input: usize, output: usize) -> f32 {
        value(13 * source + 5 * input + 31 * output)
    }

    impl WithSimd for Example {
        type Output = Vec<f32>;

        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let columns = self.vectors * S::F32_LANES;
            let mut output = vec![f32::NAN; ROWS * OUTPUTS + columns];
            for first in (0..OUTPUTS).step_by(columns).rev() {
                let of_block = |source: usize, inputs: usize| -> Vec<f32> {
                    let of = |index: usize| (index / columns, first + index % columns);
                    let some = (0..inputs * columns).map(of);
                    some.map(|(i, o)| if o < OUTPUTS { weight(source, i, o) } else { 0.0 }).collect()
                };
                let parts = [3, 5].map(|inputs| (inputs, row_of(inputs, inputs), of_block(inputs, inputs)));
                let sources: Vec<Source> = parts
                    .iter()
                    .map(|(inputs, rows, weights)| Source { rows, inputs: *inputs, weights })
                    .collect();
                let output = &mut output;
                Product { sources: &sources, rows: ROWS, outputs: OUTPUTS, first, columns, output }
                    .with_simd(simd);
            }
            output.truncate(ROWS * OUTPUTS);
            output
        }
    }

    #[test]
    fn sums_are_those_of_the_definition_at_every_vector_width() {
        let mut expected = Vec::new();
        for (row, output) in (0..ROWS).flat_map(|row| (0..OUTPUTS).map(move |output| (row, output))) {
            let channels = [3, 5].into_iter().flat_map(|inputs| (0..inputs).map(move |i| (inputs, i)));
            let term = |(inputs, i): (usize, usize)| {
                (row_of(inputs, inputs)[row * inputs + i], weight(inputs, i, output))
            };
            expected
                .push(channels.map(term).fold(0.0_f32, |sum, (value, weight)| value.mul_add(weight, sum)));
        }
        for vectors in [1, 2] {
            let example = || Example { vectors };
            assert_eq!(example().with_simd(pulp::Scalar128b), expected);
            assert_eq!(example().with_simd(pulp::Scalar256b), expected);
            assert_eq!(example().with_simd(pulp::Scalar512b), expected);
            assert_eq!(Arch::new().dispatch(example()), expected);
        }
        const { assert!(WIDEST < OUTPUTS, "the last block should not be the first") };
    }
}
