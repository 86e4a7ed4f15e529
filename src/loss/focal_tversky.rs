//! Focal Tversky loss: `(1 - TI)^gamma`, with the Tversky index
//! `TI = TP / (TP + alpha FP + beta FN + epsilon)` of soft counts over the batch (N. Abraham and N. M. Khan,
//! "A novel focal Tversky loss function with improved attention U-Net for lesion segmentation", ISBI 2019).
//! They write the exponent as `1 / gamma` with gamma 4/3 and in their code as 0.75, as here; they call the
//! weight of false negatives alpha, here it is beta as in `tversky`. A batch without foreground has loss 1
//! and no gradient; saturated logits have none.

use crate::loss::{Parameter, Term, region, tversky};
use crate::rules::Range;
use burn::tensor::Tensor;

pub(super) const TERM: Term = Term {
    name: "focal-tversky",
    title: "Focal Tversky",
    parameters: &[
        tversky::ALPHA,
        tversky::BETA,
        Parameter {
            name: "gamma",
            default: 0.75,
            range: Range::AboveUpTo(0.0, 10.0),
            meaning: "exponent of one less the Tversky index",
        },
        region::EPSILON,
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let weights = [parameters[0], parameters[1]];
    tversky::index_error(logits, targets, weights, parameters[3]).powf_scalar(parameters[2])
}
