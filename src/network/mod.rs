//! Networks: what computes logits and gradients, whoever computes them. [`unet`] runs through burn,
//! [`cpu`] in our own kernels, [`process`] is someone else's; [`open`] picks by [`device`], [`chunked`] runs many slices side
//! by side.
//!
//! Images lie end to end, `[slice][channel][height][width]`; logits, and whatever is derived by them,
//! `[slice][height][width]`.

pub mod arrays;
mod burn_device;
pub mod chunked;
pub mod cpu;
pub mod device;
pub mod finite;
pub mod layer;
#[cfg(feature = "tch")]
mod libtorch;
pub mod open;
pub mod plan;
pub mod process;
pub mod tensors;
pub mod unet;

use crate::network::arrays::{Array, Arrays};
use std::sync::Arc;

/// From logits to the derivative of some scalar by each of them, laid out as the logits.
pub type Slope<'a> = &'a dyn Fn(Vec<f32>) -> Vec<f32>;

/// From logits to a loss and its derivative by each of them, laid out as the logits.
pub type Loss<'a> = &'a dyn Fn(Vec<f32>) -> (f64, Vec<f32>);

/// A network in use. A slice's numbers do not depend on the slices beside it.
pub trait Network: Send + Sync {
    /// Channels of an image.
    fn channels(&self) -> usize;

    /// Height and width of an image must be multiples of this.
    fn multiple(&self) -> usize;

    /// Logits of images of `size` (height, width).
    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32>;

    /// The derivative by each value of the images of the scalar of the logits that `slope` derives.
    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32>;

    /// Name of the first layer whose outcome for images of `size` holds values that are NaN or infinite.
    fn first_not_finite(&self, images: &[f32], size: [usize; 2]) -> Option<String>;

    /// Why it gives no numbers any more, in one line; none while it does. From then on all that it gives is NaN.
    fn failure(&self) -> Option<String> {
        None
    }

    /// Access to its layers, where it gives that.
    fn layers(&self) -> Option<&dyn Layers> {
        None
    }
}

/// One network that several hold.
impl<N: Network + ?Sized> Network for Arc<N> {
    fn channels(&self) -> usize {
        self.as_ref().channels()
    }

    fn multiple(&self) -> usize {
        self.as_ref().multiple()
    }

    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32> {
        self.as_ref().logits(images, size)
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        self.as_ref().gradient(images, size, slope)
    }

    fn first_not_finite(&self, images: &[f32], size: [usize; 2]) -> Option<String> {
        self.as_ref().first_not_finite(images, size)
    }

    fn failure(&self) -> Option<String> {
        self.as_ref().failure()
    }

    fn layers(&self) -> Option<&dyn Layers> {
        self.as_ref().layers()
    }
}

/// Access to the layers inside a network. Arrays are `[slice, channel, height, width]`.
pub trait Layers {
    /// Names of the layers, in the order in which they run.
    fn names(&self) -> Vec<String>;

    /// What the layer called `name` gives for images of `size`; none where there is no such layer.
    fn activation(&self, name: &str, images: &[f32], size: [usize; 2]) -> Option<Array>;

    /// The derivative by each value of [`Self::activation`] of the scalar of the logits that `slope`
    /// derives.
    fn gradient_at(&self, name: &str, images: &[f32], size: [usize; 2], slope: Slope) -> Option<Array>;

    /// [`Network::gradient`], but every ReLU and pooling passes derivatives on by `rule`.
    fn gradient_by(&self, rule: Rule, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32>;

    /// Name of the first layer for which [`Rule::Rescale`] is not defined; none where it is for all.
    fn not_rescaled(&self) -> Option<String>;
}

/// How a derivative passes a ReLU or a pooling on its way back.
#[derive(Clone, Copy, Debug)]
pub enum Rule<'a> {
    /// As it is.
    Plain,
    /// A ReLU also stops what is below 0 on its way back.
    Guided,
    /// Slopes become quotients of differences from what images called the reference give, one for each image: those
    /// of the layer's outcome by those of what it reads. Where these are 0, the derivative passes plainly.
    Rescale {
        /// The reference, laid out as the images.
        reference: &'a [f32],
    },
}

/// A network in training.
pub trait Learner {
    /// One step of the optimiser on images of `size` against `loss`; gives the loss before it. Where that
    /// is not finite, no weight moves.
    fn step(&mut self, images: &[f32], size: [usize; 2], loss: Loss, learning_rate: f64) -> f64;

    /// Copies the arrays out, running statistics up to date. They may hold values that are not finite.
    fn arrays(&self) -> Arrays;

    /// What the optimiser remembers beside the number of steps, so that training can be broken off and gone on with, to the same
    /// bits where the device's arithmetic repeats; none where the device does not give it.
    fn memory(&self) -> Option<Arrays> {
        None
    }

    /// Goes on after `steps` steps with what [`Learner::memory`] gave then; the network has the arrays of then.
    fn remember(&mut self, memory: &Arrays, steps: usize) {
        let _ = (memory, steps);
    }
}
