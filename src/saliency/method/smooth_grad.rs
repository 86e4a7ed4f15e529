//! The mean map over noisy copies of the slice, `1/n sum M(x + e_i)`.
//! D. Smilkov, N. Thorat, B. Kim, F. Viegas and M. Wattenberg, "SmoothGrad: removing noise by adding noise", 2017.

use super::Kind;
use super::noisy::Noisy;
use crate::saliency::moments::Moments;

pub(super) const KIND: Kind = Kind {
    name: "smoothgrad",
    title: "SmoothGrad",
    read: |settings| Ok(Box::new(Noisy::read(settings, 1, Moments::mean)?)),
};
