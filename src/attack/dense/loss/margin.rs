//! The margin of the class, where it is still predicted: `-max(x, 0)` of a foreground pixel's logit x, `-max(-x, 0)` of
//! background (N. Carlini and D. Wagner, IEEE S&P 2017, their f6 with kappa 0; a logit is the difference of two
//! classes' logits). A pixel that is lost adds nothing.

use super::{Aim, Pixelwise};

pub(super) const LOSS: Pixelwise = Pixelwise { name: "margin", of };

fn of(logit: f64, aim: Aim) -> [f64; 2] {
    let wanted = if aim.foreground { -aim.sign() } else { aim.sign() };
    match aim.is_reached(logit) {
        true => [0.0; 2],
        false => [-(wanted * logit).abs(), wanted],
    }
}
