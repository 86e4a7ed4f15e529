//! Exponential logarithmic loss: `w mean_l (-log D_l)^gamma + (1 - w) mean(w_l (-log p_t)^gamma)`, with the
//! Dice score of foreground and background `D_l = (2 H_l + epsilon) / (S_l + epsilon)` (overlap and sum of
//! areas over the batch), the probability `p_t` of the true class and
//! `w_l = sqrt(pixels / pixels of the class)` (K. C. L. Wong et al., "3D segmentation with exponential
//! logarithmic loss for highly unbalanced object sizes", MICCAI 2018, with w 0.8, gamma 0.3, epsilon 1). They
//! count classes over the training set; here the batch is what is known. A logit that is right by more than
//! 80 has no gradient.

use crate::loss::sums::{average, total};
use crate::loss::{Parameter, Term, bce, region};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::softplus};

/// Logit of the true class from which cross-entropy is taken as constant: further on single precision loses it,
/// and the slope of its power is infinite at 0.
const SURE: f64 = 80.0;

/// Least `-log D`, for the same reason.
const LEAST: f64 = 1e-30;

pub(super) const TERM: Term = Term {
    name: "exponential-log",
    title: "Exponential logarithmic",
    parameters: &[
        Parameter {
            name: "weight",
            default: 0.8,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of the Dice part; the cross-entropy part has the rest",
        },
        Parameter {
            name: "gamma",
            default: 0.3,
            range: Range::Within(0.01, 10.0),
            meaning: "exponent of the logarithms: below 1 it favours what is nearly right",
        },
        Parameter {
            default: 1.0,
            meaning: "added to numerator and denominator of the Dice score",
            ..region::EPSILON
        },
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let [weight, gamma, epsilon] = [parameters[0], parameters[1], parameters[2]];
    let cross_entropy = cross_entropy(logits.clone(), targets.clone(), gamma);
    let dice = dice(logits, targets, gamma, epsilon);
    dice.mul_scalar(weight) + cross_entropy.mul_scalar(1.0 - weight)
}

fn dice(logits: Tensor<4>, targets: Tensor<4>, gamma: f64, epsilon: f64) -> Tensor<1> {
    let counts = region::Counts::new(logits, targets);
    let misses = counts.false_positives + counts.false_negatives;
    // -log D is log1p(misses / (2 hits + epsilon)), which keeps its digits near 0.
    let of_class = |hits: Tensor<1>| {
        let logarithm = (misses.clone() / hits.mul_scalar(2.0).add_scalar(epsilon)).log1p();
        logarithm.clamp_min(LEAST).powf_scalar(gamma)
    };
    (of_class(counts.true_positives) + of_class(counts.true_negatives)).mul_scalar(0.5)
}

fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>, gamma: f64) -> Tensor<1> {
    let pixels = targets.shape().num_elements() as f64;
    let weight = |class: Tensor<4>| {
        let area = total(class.clone()).clamp_min(1.0);
        class * area.recip().mul_scalar(pixels).sqrt().reshape([1, 1, 1, 1])
    };
    let weights = weight(targets.clone()) + weight(region::background(targets.clone()));
    let wrong = bce::wrongness(logits, targets).clamp_min(-SURE);
    average(weights * softplus(wrong, 1.0).powf_scalar(gamma))
}
