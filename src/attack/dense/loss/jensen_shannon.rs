//! Jensen-Shannon divergence of the two classes' probabilities and the label as one-hot vector (F. Croce, N. D. Singh
//! and M. Hein, ECCV 2024, L_JS). With probability q of the label's class its derivative by q is
//! `log(q / (1 + q)) / 2`; unlike that of cross-entropy, it vanishes with q: a pixel that is lost lets go. Images are
//! told apart by the plain cross-entropy.

use super::{Aim, Pixelwise};

pub(in crate::attack::dense) const LOSS: Pixelwise = Pixelwise { name: "js", of };

fn of(logit: f64, aim: Aim) -> [f64; 2] {
    let right = aim.probability(logit);
    let by_logit = right * aim.other_probability(logit) * if aim.foreground { 1.0 } else { -1.0 };
    // As q falls to 0, q log q does; the smallest q keeps the logarithm finite.
    let by_probability = 0.5 * (right.max(f64::MIN_POSITIVE) / (1.0 + right)).ln();
    [aim.cross_entropy(logit)[0], aim.sign() * by_probability * by_logit]
}
