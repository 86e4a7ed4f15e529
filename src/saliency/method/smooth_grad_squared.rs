//! The mean squared map over noisy copies of the slice, `1/n sum M(x + e_i)^2`: without a sign.
//! S. Hooker, D. Erhan, P.-J. Kindermans and B. Kim, "A benchmark for interpretability methods in deep neural networks",
//! NeurIPS 2019.

use super::Kind;
use super::noisy::Noisy;
use crate::saliency::moments::Moments;

pub(super) const KIND: Kind = Kind {
    name: "smoothgrad-squared",
    title: "SmoothGrad squared",
    read: |settings| Ok(Box::new(Noisy::read(settings, 1, Moments::square)?)),
};
