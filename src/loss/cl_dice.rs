//! Centreline Dice loss (clDice): `1 - 2 P R / (P + R)`, with `P = (sum s_p y + S) / (sum s_p + S)` and
//! `R = (sum s_y p + S) / (sum s_y + S)`, sums over the batch, `p = sigmoid(x)`, where `s_p` and `s_y` are
//! the soft skeletons of prediction and truth: what openings take away from ever smaller erosions (S. Shit et
//! al., "clDice: a novel topology-preserving loss function for tubular structure segmentation", CVPR 2021;
//! `soft_cldice` of their code with 3 erosions and S 1). They add it to the Dice loss:
//! `0.5*dice+0.5*cl-dice`. Erosions should be about half as many as the widest structure has pixels.
//! Saturated logits have no gradient, nor has a batch that is all foreground, whose skeleton is empty.

use crate::loss::sums::total;
use crate::loss::{Parameter, Term};
use crate::rules::Range;
use burn::tensor::{
    Tensor,
    activation::{relu, sigmoid},
    module::max_pool2d,
    ops::MaxPoolOptions,
};

pub(super) const TERM: Term = Term {
    name: "cl-dice",
    title: "clDice",
    parameters: &[
        Parameter {
            name: "iterations",
            default: 3.0,
            range: Range::Whole(1, 100),
            meaning: "erosions of the soft skeleton",
        },
        Parameter {
            name: "smooth",
            default: 1.0,
            range: Range::Within(1e-6, 1e6),
            meaning: "added to numerator and denominator of precision and recall",
        },
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let (erosions, smooth) = (parameters[0] as usize, parameters[1]);
    let probability = sigmoid(logits);
    let share = |skeleton: Tensor<4>, mask: Tensor<4>| {
        let inside = total(skeleton.clone() * mask).add_scalar(smooth);
        inside / total(skeleton).add_scalar(smooth)
    };
    let precision = share(skeleton(probability.clone(), erosions), targets.clone());
    let recall = share(skeleton(targets, erosions), probability);
    let overlap = (precision.clone() * recall.clone()).mul_scalar(2.0) / (precision + recall);
    overlap.neg().add_scalar(1.0)
}

/// The soft skeleton of values in 0 to 1, shape as they are.
fn skeleton(mut mask: Tensor<4>, erosions: usize) -> Tensor<4> {
    let mut skeleton = relu(mask.clone() - opened(mask.clone()));
    for _ in 0..erosions {
        mask = eroded(mask);
        let taken = relu(mask.clone() - opened(mask.clone()));
        skeleton = skeleton.clone() + relu(taken.clone() - skeleton * taken);
    }
    skeleton
}

fn opened(mask: Tensor<4>) -> Tensor<4> {
    largest(eroded(mask), [3, 3])
}

/// The least value of each pixel and its four neighbours.
fn eroded(mask: Tensor<4>) -> Tensor<4> {
    let least = |window| largest(mask.clone().neg(), window).neg();
    least([3, 1]).min_pair(least([1, 3]))
}

/// The largest value in a window around each pixel, of odd height and width.
fn largest(mask: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let options =
        MaxPoolOptions::new([height, width]).with_stride([1, 1]).with_padding([height / 2, width / 2]);
    max_pool2d(mask, options)
}
