//! Focal loss, mean over pixels: `alpha_t (1 - p_t)^gamma * cross-entropy`, where `p_t` is the
//! probability of the true class and `alpha_t` is alpha for foreground and 1 - alpha for background
//! (T.-Y. Lin et al., ICCV 2017; the paper's section 3 with the sign that makes smaller better).

use crate::loss::{LossParameters, Term, bce};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term { name: "focal", title: "Focal", forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &LossParameters) -> Tensor<1> {
    let alpha = parameters.focal_alpha;
    let class_weight = targets.clone().mul_scalar(2.0 * alpha - 1.0).add_scalar(1.0 - alpha);
    let wrong = sigmoid(bce::wrongness(logits.clone(), targets.clone()));
    let modulation = wrong.powf_scalar(parameters.focal_gamma);
    (class_weight * modulation * bce::cross_entropy(logits, targets)).mean()
}
