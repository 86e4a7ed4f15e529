//! Soft Jaccard loss (intersection over union): `1 - TP / (TP + FP + FN + epsilon)`, soft counts over the
//! batch (M. A. Rahman and Y. Wang, "Optimizing intersection-over-union in deep neural networks for image
//! segmentation", ISVC 2016). A batch without foreground has loss 1 and no gradient; saturated logits have
//! none.

use crate::loss::{Term, region};
use burn::tensor::Tensor;

pub(super) const TERM: Term =
    Term { name: "jaccard", title: "Jaccard", parameters: &[region::EPSILON], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let counts = region::Counts::new(logits, targets);
    region::error(counts.true_positives, counts.false_positives + counts.false_negatives, parameters[0])
}
