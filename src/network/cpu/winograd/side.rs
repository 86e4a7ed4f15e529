//! The transforms of Winograd's tiles along one side of a patch; a patch takes them along both.
//!
//! A tile of `OUT` outputs reads `SIDE` = `OUT` + 2 inputs. A convolution's outputs are `Output(weights * Input)`, its
//! gradient by the weights is `fold(Input * Spread)`, where `Spread`, of the outputs' gradient, is `Output` transposed and
//! `fold` is that of the weights. All follow from the points at which the polynomials of inputs and weights are
//! multiplied (A. L. Toom 1963; S. Winograd 1980): 0, 1, -1 and infinity for two outputs, 2 and -2 beside them for four.

use pulp::Simd;

/// Rows and columns of a convolution's tile, and of the patch that it reads.
pub const OUT: usize = 2;
pub const SIDE: usize = OUT + 2;
/// Places of a transformed patch.
pub const PLACES: usize = SIDE * SIDE;

/// A transform of `FROM` vectors into `TO`.
pub trait Side<const FROM: usize, const TO: usize> {
    /// The transform.
    fn of<S: Simd>(simd: S, values: [S::f32s; FROM]) -> [S::f32s; TO];
}

/// Of inputs, for tiles of `OUT`.
pub struct Input<const OUT: usize>;

/// Of what the places summed up, to outputs.
pub struct Output<const OUT: usize>;

/// Of the outputs' gradient, to places.
pub struct Spread<const OUT: usize>;

impl Side<4, 4> for Input<2> {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 4] {
        [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
    }
}

impl Side<4, 2> for Output<2> {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 2] {
        [simd.add_f32s(simd.add_f32s(a, b), c), simd.sub_f32s(simd.sub_f32s(b, c), d)]
    }
}

impl Side<2, 4> for Spread<2> {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 4] {
        [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)]
    }
}

/// `factor * value + sum`.
#[inline(always)]
fn times<S: Simd>(simd: S, factor: f32, value: S::f32s, sum: S::f32s) -> S::f32s {
    simd.mul_add_f32s(simd.splat_f32s(factor), value, sum)
}

impl Side<6, 6> for Input<4> {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; 6]) -> [S::f32s; 6] {
        let (near, near_odd) = (times(simd, -4.0, c, e), times(simd, -4.0, b, d));
        let (far, far_odd) = (simd.sub_f32s(e, c), simd.sub_f32s(d, b));
        [
            times(simd, 4.0, a, times(simd, -5.0, c, e)),
            simd.add_f32s(near, near_odd),
            simd.sub_f32s(near, near_odd),
            times(simd, 2.0, far_odd, far),
            times(simd, -2.0, far_odd, far),
            times(simd, 4.0, b, times(simd, -5.0, d, f)),
        ]
    }
}

impl Side<4, 6> for Spread<4> {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> [S::f32s; 6] {
        let (near, near_odd) = (simd.add_f32s(a, c), simd.add_f32s(b, d));
        let (far, far_odd) = (times(simd, 4.0, c, a), times(simd, 4.0, d, b));
        [
            a,
            simd.add_f32s(near, near_odd),
            simd.sub_f32s(near, near_odd),
            times(simd, 2.0, far_odd, far),
            times(simd, -2.0, far_odd, far),
            d,
        ]
    }
}

/// Of three weights, for tiles of two.
#[inline(always)]
pub fn weights([a, b, c]: [f32; 3]) -> [f32; 4] {
    [a, 0.5 * (a + b + c), 0.5 * (a - b + c), c]
}

/// Of the places' gradient to that of three weights, for tiles of `OUT`.
pub struct Weights<const OUT: usize>;

/// A transform of `SIDE` places into three weights.
pub trait Fold<const SIDE: usize> {
    /// The transform.
    fn fold(places: [f32; SIDE]) -> [f32; 3];
}

impl Fold<4> for Weights<2> {
    #[inline(always)]
    fn fold([a, b, c, d]: [f32; 4]) -> [f32; 3] {
        let sum = 0.5 * (b + c);
        [a + sum, 0.5 * (b - c), sum + d]
    }
}

/// One by the product of the other points' distances: from 0, from 1 and -1, from 2 and -2.
const MIDDLE: f32 = 1.0 / 4.0;
const NEAR: f32 = -1.0 / 6.0;
const FAR: f32 = 1.0 / 24.0;

impl Fold<6> for Weights<4> {
    #[inline(always)]
    fn fold([a, b, c, d, e, f]: [f32; 6]) -> [f32; 3] {
        let (near, near_odd) = (NEAR * (b + c), NEAR * (b - c));
        let (far, far_odd) = (FAR * (d + e), FAR * (d - e));
        [MIDDLE * a + near + far, near_odd + 2.0 * far_odd, near + 4.0 * far + f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One lane of a transform, with a vector of one value.
    fn of<T: Side<FROM, TO>, const FROM: usize, const TO: usize>(values: [f32; FROM]) -> [f32; TO] {
        T::of(pulp::Scalar::new(), values)
    }

    fn near(found: &[f32], expected: &[f32]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 2e-6, "{found} {expected}");
        }
    }

    const WEIGHTS: [f32; 3] = [0.3, -0.8, 0.5];
    const INPUTS: [f32; 6] = [0.9, -0.2, 0.4, 0.7, -0.6, 0.1];
    const SLOPES: [f32; 4] = [0.2, -0.7, 0.6, 0.8];

    #[test]
    fn outputs_are_those_of_the_definition() {
        let places = of::<Input<2>, 4, 4>([INPUTS[0], INPUTS[1], INPUTS[2], INPUTS[3]]);
        let weights = weights(WEIGHTS);
        let products: [f32; 4] = std::array::from_fn(|at| places[at] * weights[at]);
        let expected = [0, 1].map(|at| (0..3).map(|tap| INPUTS[at + tap] * WEIGHTS[tap]).sum());
        near(&of::<Output<2>, 4, 2>(products), &expected);
    }

    #[test]
    fn inputs_that_are_alike_give_outputs_that_are() {
        let places = of::<Input<2>, 4, 4>([0.1; 4]);
        assert_eq!([places[0], places[2], places[3]], [0.0; 3]);
        assert_eq!(of::<Output<2>, 4, 2>([0.0, 0.1, 0.0, 0.0]), [0.1; 2]);
    }

    /// The weights' gradient over a tile of `OUT` is that of the definition.
    fn check<const OUT: usize, const SIDE: usize>()
    where
        Input<OUT>: Side<SIDE, SIDE>,
        Spread<OUT>: Side<OUT, SIDE>,
        Weights<OUT>: Fold<SIDE>,
    {
        let places = of::<Input<OUT>, SIDE, SIDE>(std::array::from_fn(|at| INPUTS[at]));
        let slopes = of::<Spread<OUT>, OUT, SIDE>(std::array::from_fn(|at| SLOPES[at]));
        let products: [f32; SIDE] = std::array::from_fn(|at| places[at] * slopes[at]);
        let expected: [f32; 3] =
            std::array::from_fn(|tap| (0..OUT).map(|at| SLOPES[at] * INPUTS[at + tap]).sum());
        near(&Weights::<OUT>::fold(products), &expected);
    }

    #[test]
    fn weights_gradients_are_those_of_the_definition() {
        check::<2, 4>();
        check::<4, 6>();
    }
}
