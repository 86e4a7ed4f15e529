//! The scalar that is explained, its values and its gradient.

use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::finite::NotFinite;
use crate::network::tensors;
use crate::saliency::output::{Held, Output};
use std::ops::Range;

/// A scalar of a network's output.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'a> {
    /// Which one.
    pub output: &'a Output,
    /// The loss of the network.
    pub loss: &'a LossFunction,
}

/// What the scalar of each slice holds, `[slice][height][width]`.
#[derive(Clone, Copy)]
pub(super) struct Holds<'a> {
    /// True masks as 0 and 1.
    pub targets: &'a [f32],
    /// Logits of the slices that are explained; none for those that the network gives.
    pub logits: Option<&'a [f32]>,
}

/// Saliency maps, laid end to end as the images: the gradient of `output` with respect to each image.
/// `targets` holds the true masks as 0 and 1, `[slice][height][width]`; `loss` is that of the network.
///
/// # Errors
/// [`NotFinite`] where a gradient is NaN or infinite.
pub fn gradient(
    predictor: &Predictor,
    images: &[f32],
    targets: &[f32],
    output: &Output,
    loss: &LossFunction,
) -> Result<Vec<f32>, NotFinite> {
    Scalar { output, loss }.gradient(predictor, images, Holds { targets, logits: None })
}

impl Scalar<'_> {
    /// The gradient by each image.
    pub(super) fn gradient(
        &self,
        predictor: &Predictor,
        images: &[f32],
        holds: Holds,
    ) -> Result<Vec<f32>, NotFinite> {
        let pixels = predictor.pixels();
        predictor.gradient(images, |slices, logits| {
            self.slope(predictor, logits, holds.part(slices.start * pixels..slices.end * pixels))
        })
    }

    /// The derivative by each logit.
    pub(super) fn slope(&self, predictor: &Predictor, logits: Vec<f32>, holds: Holds) -> Vec<f32> {
        let (device, size) = (predictor.device(), predictor.size());
        let tracked = device.burn.clone().autodiff();
        let tensor = |values: &[f32]| tensors::images(values.to_vec(), 1, size, &tracked);
        let (targets, held) = (tensor(holds.targets), holds.logits.map(tensor));
        tensors::derive(logits, size, device, |logits| {
            let held = Held { targets, logits: held.unwrap_or_else(|| logits.clone().detach()) };
            (self.output.terms)(logits, held, self.loss).sum()
        })
        .1
    }

    /// The value for one slice with its logits. Summed in double precision, since methods take differences of such values that
    /// are small against them.
    pub(super) fn value(&self, predictor: &Predictor, logits: &[f32], holds: Holds) -> f64 {
        let (burn, size) = (&predictor.device().burn, predictor.size());
        let tensor = |values: &[f32]| tensors::images(values.to_vec(), 1, size, burn);
        let held = Held { targets: tensor(holds.targets), logits: tensor(holds.logits.unwrap_or(logits)) };
        let terms = tensors::to_host((self.output.terms)(tensor(logits), held, self.loss));
        terms.into_iter().map(f64::from).sum()
    }
}

impl<'a> Holds<'a> {
    /// What some of the pixels hold.
    pub(super) fn part(&self, pixels: Range<usize>) -> Self {
        let logits = self.logits.map(|logits| &logits[pixels.clone()]);
        Self { targets: &self.targets[pixels], logits }
    }
}
