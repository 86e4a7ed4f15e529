//! Combo loss: `alpha mean(-beta y log p - (1 - beta) (1 - y) log(1 - p)) + (1 - alpha) (1 - (2 TP + S) / (2
//! TP + FP + FN + S))`, mean and soft counts over the batch (S. A. Taghanaki et al., "Combo loss: handling
//! input and output imbalance in multi-organ segmentation", Computerized Medical Imaging and Graphics, 2019,
//! with alpha and beta 0.5 and S 1). They subtract the Dice score; here one less the score is added, so that
//! a perfect prediction has loss 0.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce, region};
use crate::rules::Range;
use burn::tensor::Tensor;

pub(super) const TERM: Term = Term {
    name: "combo",
    title: "Combo",
    parameters: &[
        Parameter {
            name: "alpha",
            default: 0.5,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of the cross-entropy; the Dice loss has the rest",
        },
        Parameter {
            name: "beta",
            default: 0.5,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of the foreground's cross-entropy; the background's has the rest",
        },
        Parameter {
            name: "smooth",
            default: 1.0,
            range: Range::Within(1e-10, 1e6),
            meaning: "added to numerator and denominator of the Dice score",
        },
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let [alpha, beta, smooth] = [parameters[0], parameters[1], parameters[2]];
    let weight = targets.clone().mul_scalar(2.0 * beta - 1.0).add_scalar(1.0 - beta);
    let cross_entropy = average(weight * bce::cross_entropy(logits.clone(), targets.clone()));
    let counts = region::Counts::new(logits, targets);
    let misses = counts.false_positives + counts.false_negatives;
    let hits = counts.true_positives.mul_scalar(2.0).add_scalar(smooth);
    let dice = misses.clone() / (hits + misses);
    cross_entropy.mul_scalar(alpha) + dice.mul_scalar(1.0 - alpha)
}
