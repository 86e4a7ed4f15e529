//! One less the soft Matthews correlation coefficient:
//! `1 - (TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN) + epsilon)`, soft counts over the
//! batch (K. Abhishek and G. Hamarneh, "Matthews correlation coefficient loss for deep convolutional
//! networks: application to skin lesion segmentation", ISBI 2021). They add 1 to the root; here epsilon
//! stands under it, where the root has no slope at 0. A batch of one class has loss 1 and no gradient;
//! saturated logits have none.

use crate::loss::sums::total;
use crate::loss::{Parameter, Term, region};
use burn::tensor::Tensor;

pub(super) const TERM: Term = Term {
    name: "mcc",
    title: "MCC",
    parameters: &[Parameter {
        default: 1.0,
        meaning: "added under the root of the denominator",
        ..region::EPSILON
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let foreground = total(targets.clone());
    let background = total(region::background(targets.clone()));
    let counts = region::Counts::new(logits, targets);
    let [hits, rejections] = [counts.true_positives, counts.true_negatives];
    let [missed, false_ones] = [counts.false_negatives, counts.false_positives];
    let predicted = [hits.clone() + false_ones.clone(), rejections.clone() + missed.clone()];
    let [foreground_predicted, background_predicted] = predicted;
    let product = foreground_predicted * background_predicted * (foreground * background);
    let covariance = hits * rejections - false_ones * missed;
    (covariance / product.add_scalar(parameters[0]).sqrt()).neg().add_scalar(1.0)
}
