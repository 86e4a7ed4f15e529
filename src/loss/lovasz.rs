//! Lovasz hinge: the Lovasz extension of the Jaccard loss at the hinge errors `e = max(0, 1 - (2 y - 1) x)`
//! of all pixels of the batch: `sum_i e_i (J_i - J_(i-1))`, errors in descending order, where `J_i` is the
//! Jaccard loss of a prediction that is wrong in the first i pixels (M. Berman, A. R. Triki and M. B.
//! Blaschko, "The Lovasz-Softmax loss", CVPR 2018; `lovasz_hinge` of their code with `per_image=False`).
//! Equal errors are taken in the pixels' order. A pixel that is right by 1 or more has no gradient; in a
//! batch without foreground the worst pixel alone has one.

use crate::loss::sums::total;
use crate::loss::{Term, bce, host};
use burn::tensor::{Tensor, activation::relu};

pub(super) const TERM: Term = Term { name: "lovasz", title: "Lovasz hinge", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    let wrong = bce::wrongness(logits, targets.clone());
    let order = host::descending(&host::values(wrong.clone()));
    let weights = host::tensor(steps(&order, &host::values(targets)), &wrong);
    total(relu(wrong.add_scalar(1.0)) * weights)
}

/// By how much the Jaccard loss rises as each pixel joins, in `order`, those that are wrong.
fn steps(order: &[usize], targets: &[f32]) -> Vec<f32> {
    let foreground = targets.iter().filter(|&&target| target > 0.5).count() as f64;
    let (mut overlap, mut union, mut before) = (foreground, foreground, 0.0);
    let mut steps = vec![0.0; targets.len()];
    for &pixel in order {
        if targets[pixel] > 0.5 {
            overlap -= 1.0
        } else {
            union += 1.0
        }
        let loss = 1.0 - overlap / union;
        steps[pixel] = (loss - before) as f32;
        before = loss;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of a batch of two foreground pixels of four: wrong in the last, both of the middle, then all.
    #[test]
    fn steps_add_up_to_the_jaccard_loss_of_all_pixels_wrong() {
        let found = steps(&[3, 1, 2, 0], &[1.0, 1.0, 0.0, 0.0]);
        let expected = [0.25, 5.0 / 12.0 - 1.0 / 12.0, 1.0 / 12.0, 1.0 / 3.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(steps(&[1, 0], &[0.0, 0.0]), [0.0, 1.0]);
    }
}
