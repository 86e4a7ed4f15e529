//! What a method is asked: some slices, a network, and the scalar of its output that is to be explained.

use crate::image::region::Region;
use crate::network::chunked::Predictor;
use crate::network::finite::NotFinite;
use crate::random::stream;
use crate::saliency::moments::Moments;
use crate::saliency::scalar::{Holds, Scalar};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Where a slice comes from: what is scanned of it, and what names its random numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The scanned part.
    pub region: Region,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Id of the volume.
    pub volume: String,
    /// Depth index z.
    pub depth: usize,
}

impl Place {
    /// Random numbers for one purpose; `number` tells those of the same purpose apart. They do not depend on the
    /// network, so that every network of a seed meets the same draws.
    pub fn stream(&self, purpose: &str, number: usize) -> ChaCha8Rng {
        let numbers = [self.seed, self.depth as u64, number as u64].map(|number| number.to_string());
        let [seed, depth, number] = numbers.each_ref().map(String::as_str);
        stream(&[seed, "saliency", purpose, &self.volume, depth, number])
    }
}

/// Slices under a network. Images lie end to end, `[slice][channel][height][width]`.
#[derive(Clone)]
pub struct Question<'a> {
    predictor: &'a Predictor,
    scalar: Scalar<'a>,
    images: Cow<'a, [f32]>,
    targets: &'a [f32],
    places: &'a [Place],
    /// The logits that the scalar holds, where it holds any.
    held: Option<Cow<'a, [f32]>>,
    /// What methods asked of noisy copies of these images, so that those that ask the same share it.
    noisy: Arc<Mutex<BTreeMap<String, Arc<Moments>>>>,
}

impl<'a> Question<'a> {
    /// Asks after `scalar` of `predictor` at `images` with their true masks `targets`, 0 and 1,
    /// `[slice][height][width]`. `places` has one entry a slice.
    ///
    /// # Errors
    /// [`NotFinite`] where the scalar holds the logits of the slices and one is NaN or infinite.
    pub fn new(
        predictor: &'a Predictor,
        scalar: Scalar<'a>,
        images: &'a [f32],
        targets: &'a [f32],
        places: &'a [Place],
    ) -> Result<Self, NotFinite> {
        let held = match scalar.output.holds_prediction {
            true => Some(Cow::Owned(predictor.logits(images)?)),
            false => None,
        };
        Ok(Self {
            predictor,
            scalar,
            images: Cow::Borrowed(images),
            targets,
            places,
            held,
            noisy: Arc::default(),
        })
    }

    /// The same question at other images of the same slices: the scalar holds what it held.
    #[must_use]
    pub fn at(&self, images: Vec<f32>) -> Self {
        Self { images: Cow::Owned(images), noisy: Arc::default(), ..self.clone() }
    }

    /// The network.
    pub fn predictor(&self) -> &'a Predictor {
        self.predictor
    }

    /// The images, laid end to end.
    pub fn images(&self) -> &[f32] {
        &self.images
    }

    /// The image of each slice with where it comes from.
    pub fn slices(&self) -> impl Iterator<Item = (&[f32], &'a Place)> {
        self.images.chunks(self.image()).zip(self.places)
    }

    /// Values of one image.
    pub fn image(&self) -> usize {
        self.predictor.network().channels() * self.predictor.pixels()
    }

    /// The gradient of the scalar by each of the images.
    ///
    /// # Errors
    /// [`NotFinite`] where one is NaN or infinite.
    pub fn gradient(&self) -> Result<Vec<f32>, NotFinite> {
        self.scalar.gradient(self.predictor, &self.images, self.holds())
    }

    /// The scalar of each of the images.
    ///
    /// # Errors
    /// [`NotFinite`] where a logit is NaN or infinite.
    pub fn values(&self) -> Result<Vec<f64>, NotFinite> {
        let slices: Vec<usize> = (0..self.places.len()).collect();
        self.values_at(&slices, &self.images)
    }

    /// The scalar of other images, of which each is one of the slice that `slices` numbers.
    ///
    /// # Errors
    /// [`NotFinite`] where a logit is NaN or infinite.
    pub fn values_at(&self, slices: &[usize], images: &[f32]) -> Result<Vec<f64>, NotFinite> {
        let (logits, pixels) = (self.predictor.logits(images)?, self.predictor.pixels());
        let each = slices.par_iter().zip(logits.par_chunks(pixels));
        let value = |(slice, logits): (&usize, &[f32])| {
            let held = self.holds().part(slice * pixels..(slice + 1) * pixels);
            self.scalar.value(self.predictor, logits, held)
        };
        Ok(each.map(value).collect())
    }

    /// The derivative of the scalar by each of `logits`, of the slices that `slices` numbers.
    pub fn slope(&self, slices: Range<usize>, logits: Vec<f32>) -> Vec<f32> {
        let pixels = self.predictor.pixels();
        let held = self.holds().part(slices.start * pixels..slices.end * pixels);
        self.scalar.slope(self.predictor, logits, held)
    }

    /// What `asked` gives, or gave before for the same `copies` of these images.
    pub(super) fn moments<E>(
        &self,
        copies: String,
        asked: impl FnOnce() -> Result<Moments, E>,
    ) -> Result<Arc<Moments>, E> {
        // A map of whole entries is never half changed, whoever panicked while holding it.
        let noisy = || self.noisy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = noisy().get(&copies) {
            return Ok(Arc::clone(known));
        }
        let moments = Arc::new(asked()?);
        noisy().insert(copies, Arc::clone(&moments));
        Ok(moments)
    }

    fn holds(&self) -> Holds<'_> {
        Holds { targets: self.targets, logits: self.held.as_deref() }
    }
}
