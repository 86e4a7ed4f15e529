//! Focal loss, mean over pixels: `alpha_t (1 - p_t)^gamma * cross-entropy`, where `p_t` is the
//! probability of the true class and `alpha_t` is alpha for foreground and 1 - alpha for background
//! (T.-Y. Lin et al., ICCV 2017; the paper's section 3 with the sign that makes smaller better).

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce};
use crate::rules::Range;
use burn::tensor::{
    Tensor,
    activation::{sigmoid, softplus},
};

pub(super) const TERM: Term = Term {
    name: "focal",
    title: "Focal",
    parameters: &[
        Parameter {
            name: "alpha",
            default: 0.25,
            range: Range::Within(0.0, 1.0),
            meaning: "weight of the foreground; the background has the rest",
        },
        Parameter { name: "gamma", default: 2.0, range: Range::AtLeast(0.0), meaning: "focusing exponent" },
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let [alpha, gamma] = [parameters[0], parameters[1]];
    let class_weight = targets.clone().mul_scalar(2.0 * alpha - 1.0).add_scalar(1.0 - alpha);
    let wrongness = bce::wrongness(logits.clone(), targets.clone());
    average(class_weight * modulation(wrongness, gamma) * bce::cross_entropy(logits, targets))
}

/// `(1 - p_t)^gamma`, from the logit of the wrong class.
fn modulation(wrongness: Tensor<4>, gamma: f64) -> Tensor<4> {
    if gamma < 1.0 {
        // The slope of such a power is infinite at 0, that of the logarithm is not.
        return softplus(wrongness.neg(), 1.0).mul_scalar(-gamma).exp();
    }
    sigmoid(wrongness).powf_scalar(gamma)
}
