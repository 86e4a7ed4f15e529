//! Cross-entropy of the hardest pixels: the mean over those pixels of the batch whose cross-entropy is
//! largest, a share `k` of all, rounded down, one at least (Z. Wu, C. Shen and A. van den Hengel, "Bridging
//! category-level and instance-level semantic image segmentation", arXiv:1605.06885, 2016; nnU-Net's
//! `TopKLoss` with k 10%). Equal pixels are taken in their order. The others have no gradient.

use crate::loss::sums::total;
use crate::loss::{Parameter, Term, bce, host};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::softplus};

pub(super) const TERM: Term = Term {
    name: "topk-bce",
    title: "Top-k BCE",
    parameters: &[Parameter {
        name: "share",
        default: 0.1,
        range: Range::AboveUpTo(0.0, 1.0),
        meaning: "share of the pixels that count",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let wrong = bce::wrongness(logits, targets);
    // Cross-entropy rises with the logit of the wrong class, which is exact where cross-entropy is rounded.
    let order = host::descending(&host::values(wrong.clone()));
    let count = counted(order.len(), parameters[0]);
    let mut weights = vec![0.0; order.len()];
    for &pixel in &order[..count] {
        weights[pixel] = 1.0 / count as f32;
    }
    let weights = host::tensor(weights, &wrong);
    total(softplus(wrong, 1.0) * weights)
}

/// The share of so many pixels, rounded down, one at least. A product that rounding alone keeps below a whole number, as 0.29 of
/// 100, is that number.
fn counted(pixels: usize, share: f64) -> usize {
    let exact = pixels as f64 * share;
    let nearest = exact.round();
    let whole = if (nearest - exact).abs() <= 4.0 * f64::EPSILON * nearest { nearest } else { exact.floor() };
    (whole as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::counted;
    use rstest::rstest;

    /// As nnU-Net's `int(pixels * k / 100)` with k in whole percent.
    #[rstest]
    #[case(100, 0.29, 29)]
    #[case(10_000, 0.57, 5_700)]
    #[case(3_072, 0.1, 307)]
    #[case(99, 0.29, 28)]
    #[case(5, 0.1, 1)]
    #[case(7, 1.0, 7)]
    fn shares_are_rounded_down(#[case] pixels: usize, #[case] share: f64, #[case] count: usize) {
        assert_eq!(counted(pixels, share), count);
    }
}
