//! The variance of the map over noisy copies of the slice, `1/n sum (M(x + e_i) - mean)^2`: without a sign.
//! J. Adebayo, J. Gilmer, I. Goodfellow and B. Kim, "Local explanation methods for deep neural networks lack sensitivity to
//! parameter values", 2018.

use super::Kind;
use super::noisy::Noisy;
use crate::saliency::moments::Moments;

pub(super) const KIND: Kind = Kind {
    name: "vargrad",
    title: "VarGrad",
    // One copy has no variance.
    read: |settings| Ok(Box::new(Noisy::read(settings, 2, Moments::variance)?)),
};
