//! The arithmetic of convolutions, in vectors over output channels.
//!
//! An output value is a sum over taps and input channels, always taken in that order and with fused
//! multiply-adds, so that its bits depend neither on the processor's vector width nor on threads. Vector
//! instructions are chosen at run time.

use pulp::{Arch, Simd, WithSimd};

/// One tap of an output position: what it reads and with which weights.
#[derive(Clone, Copy)]
pub struct Term<'a> {
    /// `[slice][input]`.
    pub input: &'a [f32],
    /// `[input][column]`.
    pub weights: &'a [f32],
}

/// What happens to a sum before it is stored.
#[derive(Clone, Copy)]
pub enum Finish<'a> {
    /// Nothing.
    Plain,
    /// Negative values become 0; NaN stays NaN.
    Relu,
    /// Values become 0 where these, laid out as the output, are 0 or below: the gradient of ReLU.
    Where(&'a [f32]),
}

/// Computes one block of output channels along one row.
pub struct Row<'a, 'b> {
    /// Lists the terms of an output position.
    pub terms: &'b dyn Fn(usize, &mut Vec<Term<'a>>),
    /// Slices.
    pub slices: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// First channel of the block.
    pub first: usize,
    /// What each sum starts from, one value a column.
    pub bias: &'b [f32],
    /// See [`Finish`].
    pub finish: Finish<'b>,
    /// `[position][slice][output]`; the block's channels are written.
    pub output: &'b mut [f32],
}

/// The most output channels of a block: two of the widest vectors there are.
pub const WIDEST: usize = 32;

/// How many output channels a block has: two vectors, or one where that holds them all.
pub fn columns(outputs: usize) -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    let lanes = Arch::new().dispatch(Lanes);
    if outputs > lanes { 2 * lanes } else { lanes }
}

/// Whether a tile of 8 by two vectors fits the registers: 16 sums, 2 weights and, as compilers like to
/// have them, up to 8 inputs. With 16 registers sums would go through memory at every step, at less
/// than half the speed.
pub const fn wide<S: Simd>() -> bool {
    S::REGISTER_COUNT >= 32
}

/// Runs `work`, and what is inlined into it, with this processor's vector instructions.
#[inline(always)]
pub fn vectorised(work: impl FnOnce()) {
    struct Work<F>(F);
    impl<F: FnOnce()> WithSimd for Work<F> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            (self.0)();
        }
    }
    Arch::new().dispatch(Work(work));
}

/// `values`, but 0 where `by` is 0 or below. Not by the processor's maximum, which takes 0 for NaN.
#[inline(always)]
pub fn keep_above_0<S: Simd>(simd: S, by: S::f32s, values: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_or_equal_f32s(by, zero), zero, values)
}

impl Row<'_, '_> {
    /// Computes the block.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Row<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.bias.len() == S::F32_LANES { row::<S, 1>(simd, self) } else { row::<S, 2>(simd, self) }
    }
}

#[inline(always)]
fn row<S: Simd, const C: usize>(simd: S, mut row: Row) {
    let position = row.slices * row.outputs;
    let mut terms = Vec::with_capacity(18);
    for x in 0..row.output.len() / position {
        terms.clear();
        (row.terms)(x, &mut terms);
        let start = x * position;
        let mut slice = 0;
        while slice < row.slices {
            slice += match row.slices - slice {
                8.. if wide::<S>() => tile::<S, C, 8>(simd, &terms, &mut row, start, slice),
                4.. => tile::<S, C, 4>(simd, &terms, &mut row, start, slice),
                _ => tile::<S, C, 1>(simd, &terms, &mut row, start, slice),
            };
        }
    }
}

/// The sums of `R` slices from `slice` on; gives `R`.
#[inline(always)]
fn tile<S: Simd, const C: usize, const R: usize>(
    simd: S,
    terms: &[Term],
    row: &mut Row,
    start: usize,
    slice: usize,
) -> usize {
    let (bias, _) = S::as_simd_f32s(row.bias);
    let bias: [S::f32s; C] = std::array::from_fn(|c| bias[c]);
    let mut sums = [bias; R];
    for term in terms {
        let inputs = term.input.len() / row.slices;
        let input = &term.input[slice * inputs..][..R * inputs];
        let input: [&[f32]; R] = std::array::from_fn(|r| &input[r * inputs..][..inputs]);
        let (weights, _) = S::as_simd_f32s(term.weights);
        let weights = &weights[..inputs * C];
        for channel in 0..inputs {
            let weight: [S::f32s; C] = std::array::from_fn(|c| weights[channel * C + c]);
            for r in 0..R {
                let value = simd.splat_f32s(input[r][channel]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add_f32s(value, weight[c], sums[r][c]);
                }
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let place = start + (slice + r) * row.outputs;
        for (c, &sum) in sums.iter().enumerate() {
            let first = row.first + c * S::F32_LANES;
            if first >= row.outputs {
                break;
            }
            let range = place + first..place + row.outputs.min(first + S::F32_LANES);
            let value = match row.finish {
                Finish::Plain => sum,
                Finish::Relu => keep_above_0(simd, sum, sum),
                Finish::Where(positive) => {
                    keep_above_0(simd, simd.partial_load_f32s(&positive[range.clone()]), sum)
                }
            };
            match S::as_mut_simd_f32s(&mut row.output[range]) {
                ([whole], _) => *whole = value,
                (_, part) => simd.partial_store_f32s(part, value),
            }
        }
    }
    R
}

/// Adds to one block of one tap's weight gradient, along one row: over all positions and slices, the
/// products of each input channel with each output channel's gradient.
pub struct Outer<'a> {
    /// Index of the input position that an output position reads through this tap.
    pub reads: &'a dyn Fn(usize) -> Option<usize>,
    /// `[position][slice][input]` of the whole input.
    pub input: &'a [f32],
    /// Channels of the input.
    pub inputs: usize,
    /// `[position][slice][output]` of the row.
    pub gradient: &'a [f32],
    /// Channels of the output.
    pub outputs: usize,
    /// First channel of the block.
    pub first: usize,
    /// Slices.
    pub slices: usize,
    /// Channels of a block.
    pub columns: usize,
    /// `[input][column]`.
    pub sums: &'a mut [f32],
}

impl Outer<'_> {
    /// Adds the row.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut input = 0;
        while input < self.inputs {
            let two = self.columns > S::F32_LANES;
            input += match (self.inputs - input, two) {
                (16.., false) if wide::<S>() => products::<S, 1, 16>(simd, &mut self, input),
                (8.., false) if wide::<S>() => products::<S, 1, 8>(simd, &mut self, input),
                (8.., true) if wide::<S>() => products::<S, 2, 8>(simd, &mut self, input),
                (4.., false) => products::<S, 1, 4>(simd, &mut self, input),
                (4.., true) => products::<S, 2, 4>(simd, &mut self, input),
                (_, false) => products::<S, 1, 1>(simd, &mut self, input),
                (_, true) => products::<S, 2, 1>(simd, &mut self, input),
            };
        }
    }
}

/// The sums of `R` input channels from `first` on; gives `R`.
#[inline(always)]
fn products<S: Simd, const C: usize, const R: usize>(simd: S, outer: &mut Outer, first: usize) -> usize {
    let Outer { inputs, outputs, slices, .. } = *outer;
    let (places, _) = S::as_mut_simd_f32s(&mut outer.sums[first * outer.columns..][..R * outer.columns]);
    let mut sums: [[S::f32s; C]; R] = std::array::from_fn(|r| std::array::from_fn(|c| places[r * C + c]));
    let whole = outer.first + C * S::F32_LANES <= outputs;
    let width = (outputs - outer.first).min(C * S::F32_LANES);
    for (x, gradient) in outer.gradient.chunks_exact(slices * outputs).enumerate() {
        let Some(position) = (outer.reads)(x) else {
            continue;
        };
        let input = &outer.input[position * slices * inputs..][..slices * inputs];
        for (input, gradient) in input.chunks_exact(inputs).zip(gradient.chunks_exact(outputs)) {
            let gradient = &gradient[outer.first..][..width];
            let gradient: [S::f32s; C] = if whole {
                let (gradient, _) = S::as_simd_f32s(gradient);
                std::array::from_fn(|c| gradient[c])
            } else {
                std::array::from_fn(|c| simd.partial_load_f32s(&gradient[(c * S::F32_LANES).min(width)..]))
            };
            let input = &input[first..][..R];
            for r in 0..R {
                let value = simd.splat_f32s(input[r]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add_f32s(value, gradient[c], sums[r][c]);
                }
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        places[r * C..][..C].copy_from_slice(sums);
    }
    R
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every position reads all of `input`, in blocks of `size`.
    fn lister<'a>(input: &'a [f32], weights: &'a [f32], size: usize) -> impl Fn(usize, &mut Vec<Term<'a>>) {
        move |_, terms| terms.extend(input.chunks(size).map(|input| Term { input, weights }))
    }

    /// A row of 3 positions, 5 slices, 4 inputs and 9 outputs, computed by `S`.
    struct Example;

    impl WithSimd for Example {
        type Output = (usize, Vec<f32>, Vec<f32>);

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let (slices, inputs, outputs, columns) = (5, 4, 9, S::F32_LANES);
            // Values without a short binary form, so that every rounding shows.
            let value = |index: usize| 1.0 / (3.0 + index as f32) - 0.1;
            let input: Vec<f32> = (0..3 * slices * inputs).map(value).collect();
            let mut output = vec![0.0; 3 * slices * outputs];
            let mut products = vec![0.0; inputs * outputs];
            for first in (0..outputs).step_by(columns) {
                let weights: Vec<f32> = (0..inputs * columns)
                    .map(|index| (index / columns, first + index % columns))
                    .map(|(i, o)| if o < outputs { value(7 * i + 31 * o) } else { 0.0 })
                    .collect();
                let terms = lister(&input, &weights, slices * inputs);
                let bias = vec![0.1; columns];
                let job = Row {
                    terms: &terms,
                    slices,
                    outputs,
                    first,
                    bias: &bias,
                    finish: Finish::Relu,
                    output: &mut output,
                };
                job.with_simd(simd);
                let mut sums = vec![0.0; inputs * columns];
                let gradient: Vec<f32> = (0..3 * slices * outputs).map(|index| value(index % 17)).collect();
                let job = Outer {
                    reads: &Some,
                    input: &input,
                    inputs,
                    gradient: &gradient,
                    outputs,
                    first,
                    slices,
                    columns,
                    sums: &mut sums,
                };
                job.with_simd(simd);
                for (i, sums) in sums.chunks(columns).enumerate() {
                    let width = columns.min(outputs - first);
                    products[i * outputs + first..][..width].copy_from_slice(&sums[..width]);
                }
            }
            (columns, output, products)
        }
    }

    /// What ReLU and its gradient make of every kind of number, at every vector width.
    struct Kept;

    impl WithSimd for Kept {
        type Output = [Vec<u32>; 2];

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let values = [f32::NAN, -f32::NAN, -1.0, -0.0, 0.0, 2.0, f32::INFINITY, f32::NEG_INFINITY];
            let kept = |by: &[f32], value: f32| -> Vec<u32> {
                let of = |by: &f32| {
                    let mut output = vec![0.0; S::F32_LANES];
                    let kept = keep_above_0(simd, simd.splat_f32s(*by), simd.splat_f32s(value));
                    S::as_mut_simd_f32s(&mut output).0[0] = kept;
                    output[0]
                };
                by.iter().map(|by| of(by).to_bits()).collect()
            };
            let relu = values.iter().flat_map(|value| kept(&[*value], *value)).collect();
            [relu, kept(&values, 7.0)]
        }
    }

    #[test]
    fn nan_stays_nan_and_what_is_0_or_below_becomes_plain_0() {
        let [nan, infinity, seven] = [f32::NAN, f32::INFINITY, 7.0].map(f32::to_bits);
        let relu = [nan, (-f32::NAN).to_bits(), 0, 0, 0, 2.0_f32.to_bits(), infinity, 0];
        let slope = [seven, seven, 0, 0, 0, seven, seven, 0];
        for kept in [
            Kept.with_simd(pulp::Scalar128b),
            Kept.with_simd(pulp::Scalar256b),
            Kept.with_simd(pulp::Scalar512b),
            Arch::new().dispatch(Kept),
        ] {
            assert_eq!(kept, [relu.to_vec(), slope.to_vec()]);
        }
    }

    #[test]
    fn every_vector_width_gives_the_same_bits() {
        let (lanes, sums, products) = Example.with_simd(pulp::Scalar128b);
        assert_eq!(lanes, 4);
        assert!(sums.iter().any(|sum| *sum > 0.0) && products.iter().any(|product| *product != 0.0));
        let wider = [
            Example.with_simd(pulp::Scalar256b),
            Example.with_simd(pulp::Scalar512b),
            Arch::new().dispatch(Example),
        ];
        for (lanes, other_sums, other_products) in wider {
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&sums), bits(&other_sums), "{lanes} lanes");
            assert_eq!(bits(&products), bits(&other_products), "{lanes} lanes");
        }
    }
}
