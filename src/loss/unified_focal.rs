//! Asymmetric unified focal loss: `lambda F + (1 - lambda) T` with
//! `F = mean(delta y CE + (1 - delta) (1 - y) p^gamma CE)`, `p = sigmoid(x)`, and
//! `T = ((1 - TI_b) + (1 - TI_f)^(1 - gamma)) / 2`, `TI = TP / (TP + delta FN + (1 - delta) FP + epsilon)` of
//! background and foreground (M. Yeung et al., "Unified focal loss: generalising Dice and cross entropy-based
//! losses to handle class imbalanced medical image segmentation", Computerized Medical Imaging and Graphics,
//! 2022, with their lambda 0.5, delta 0.6, gamma 0.5). Sums run over the batch, where theirs run over a
//! slice, and epsilon stands in the denominator alone. In a batch without foreground `TI_f` has no gradient;
//! the other parts have one.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce, region};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::softplus};

pub(super) const TERM: Term = Term {
    name: "unified-focal",
    title: "Unified focal",
    parameters: &[
        Parameter {
            name: "lambda",
            default: 0.5,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of the focal part; the Tversky part has the rest",
        },
        Parameter {
            name: "delta",
            default: 0.6,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of missed foreground against false foreground",
        },
        Parameter {
            name: "gamma",
            default: 0.5,
            range: Range::FromBelow(0.0, 1.0),
            meaning: "how far the background is suppressed and the foreground enhanced",
        },
        region::EPSILON,
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let [lambda, delta, gamma, epsilon] = [parameters[0], parameters[1], parameters[2], parameters[3]];
    let focal = focal(logits.clone(), targets.clone(), delta, gamma);
    let tversky = tversky(logits, targets, [delta, gamma], epsilon);
    focal.mul_scalar(lambda) + tversky.mul_scalar(1.0 - lambda)
}

fn focal(logits: Tensor<4>, targets: Tensor<4>, delta: f64, gamma: f64) -> Tensor<1> {
    // The logarithm's slope stays finite where p is 0, that of the power does not.
    let modulation = softplus(logits.clone().neg(), 1.0).mul_scalar(-gamma).exp();
    let cross_entropy = bce::cross_entropy(logits, targets.clone());
    let background = region::background(targets.clone()).mul_scalar(1.0 - delta) * modulation;
    average((targets.mul_scalar(delta) + background) * cross_entropy)
}

fn tversky(logits: Tensor<4>, targets: Tensor<4>, [delta, gamma]: [f64; 2], epsilon: f64) -> Tensor<1> {
    let counts = region::Counts::new(logits, targets);
    let [missed, false_ones] = [counts.false_negatives, counts.false_positives];
    let misses = |missed: &Tensor<1>, false_ones: &Tensor<1>| {
        missed.clone().mul_scalar(delta) + false_ones.clone().mul_scalar(1.0 - delta)
    };
    // What the foreground misses is falsely called background.
    let background = region::error(counts.true_negatives, misses(&false_ones, &missed), epsilon);
    let foreground = region::error(counts.true_positives, misses(&missed, &false_ones), epsilon);
    (background + foreground.powf_scalar(1.0 - gamma)).mul_scalar(0.5)
}
