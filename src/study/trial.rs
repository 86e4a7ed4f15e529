//! One trial on one test slice: which pixels an attack takes, what replaces them, and the image that the
//! network then sees. Random numbers are named by seed, volume, slice and trial, not by loss, so that
//! every network of a seed meets the same draws and losses are paired.

use crate::attack::budget::{self, Replacement};
use crate::attack::{Attack, Target};
use crate::image::slice::Slice;
use crate::random::stream;
use crate::study::StudyError;
use crate::study::prepared::Prepared;
use rand_chacha::ChaCha8Rng;

/// A trial on a test slice.
pub struct Trial<'a> {
    prepared: &'a Prepared,
    slice: &'a Slice,
    seed: &'a str,
    trial: String,
}

impl<'a> Trial<'a> {
    /// The trial numbered `trial`, from 0, on `slice`, one of `prepared`'s.
    pub fn new(prepared: &'a Prepared, slice: &'a Slice, seed: &'a str, trial: usize) -> Self {
        Self { prepared, slice, seed, trial: trial.to_string() }
    }

    /// The `most` pixels that the attack takes first; `saliency` is the slice's map.
    ///
    /// # Errors
    /// [`StudyError::Budget`] where the slice cannot hold the budget.
    pub fn order(&self, attack: &Attack, saliency: &[f32], most: usize) -> Result<Vec<usize>, StudyError> {
        let target = Target {
            saliency,
            mask: &self.slice.mask,
            region: &self.slice.region,
            ignored: &self.slice.ignored,
        };
        Ok(budget::choose(attack, &target, most, &mut self.stream(attack.name))?)
    }

    /// What replaces `count` pixels. The first values of a larger `count` are the same.
    pub fn values(&self, replacement: Replacement, count: usize) -> Vec<f32> {
        replacement.values(count, &mut self.stream("values"))
    }

    /// Appends the slice's image to `images`, its pixels in `order` replaced by `values`, one each, in every
    /// channel.
    pub fn replace(&self, order: &[usize], values: &[f32], images: &mut Vec<f32>) {
        let start = images.len();
        images.extend_from_slice(&self.slice.image);
        let plane = self.slice.mask.len();
        for (&pixel, &value) in order.iter().zip(values) {
            for channel in 0..self.slice.channels() {
                images[start + channel * plane + pixel] = value;
            }
        }
    }

    /// The random numbers for one purpose.
    fn stream(&self, purpose: &str) -> ChaCha8Rng {
        let volume = &self.prepared.volumes[self.slice.volume].id;
        stream(&[self.seed, purpose, volume, &self.slice.depth.to_string(), &self.trial])
    }
}
