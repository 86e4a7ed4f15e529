//! The network under attack, as an attack sees it: every pass through it is counted.

use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::finite::NotFinite;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Passes of images through a network.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Queries {
    /// From the image to its logits.
    pub forward: usize,
    /// Back to the gradient.
    pub backward: usize,
}

impl Queries {
    /// `count` gradients, each a pass forward and one back.
    pub fn gradients(count: usize) -> Self {
        Self { forward: count, backward: count }
    }

    /// `count` passes forward alone.
    pub fn answers(count: usize) -> Self {
        Self { forward: count, backward: 0 }
    }

    /// These and `other`.
    pub fn and(self, other: Self) -> Self {
        Self { forward: self.forward + other.forward, backward: self.backward + other.backward }
    }

    /// As many times over.
    pub fn times(self, count: usize) -> Self {
        Self { forward: count * self.forward, backward: count * self.backward }
    }

    /// Passes in both directions.
    pub fn all(self) -> usize {
        self.forward + self.backward
    }
}

/// A network under attack.
pub struct Victim<'a> {
    predictor: &'a Predictor,
    /// The loss that it was trained with, where that is known.
    loss: Option<&'a LossFunction>,
    /// Another slice's mask, by volume and depth of the slice that it is for.
    others: HashMap<(usize, usize), Vec<bool>>,
    forward: AtomicUsize,
    backward: AtomicUsize,
}

impl<'a> Victim<'a> {
    /// The network of `predictor`, trained with `loss`, which may be unknown.
    pub fn new(predictor: &'a Predictor, loss: Option<&'a LossFunction>) -> Self {
        let others = HashMap::new();
        Self { predictor, loss, others, forward: AtomicUsize::new(0), backward: AtomicUsize::new(0) }
    }

    /// The same, where attacks may lead each slice to the true mask of the one beside it.
    pub fn with_others<'b>(mut self, pairs: impl IntoIterator<Item = (&'b Slice, Slice)>) -> Self {
        let other = |(slice, other): (&Slice, Slice)| ((slice.volume, slice.depth), other.mask);
        self.others.extend(pairs.into_iter().map(other));
        self
    }

    /// The mask of another slice that `slice` may be led to.
    pub fn other(&self, slice: &Slice) -> Option<&[bool]> {
        self.others.get(&(slice.volume, slice.depth)).map(Vec::as_slice)
    }

    /// The loss that it was trained with, where that is known.
    pub fn loss(&self) -> Option<&'a LossFunction> {
        self.loss
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        self.predictor.device()
    }

    /// Pixels of one slice.
    pub fn pixels(&self) -> usize {
        self.predictor.pixels()
    }

    /// See [`Predictor::logits`].
    ///
    /// # Errors
    /// [`NotFinite`] as there.
    pub fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NotFinite> {
        let logits = self.predictor.logits(images)?;
        self.forward.fetch_add(logits.len() / self.pixels().max(1), Ordering::Relaxed);
        Ok(logits)
    }

    /// See [`Predictor::gradient`].
    ///
    /// # Errors
    /// [`NotFinite`] as there.
    pub fn gradient(
        &self,
        images: &[f32],
        slope: impl Fn(Range<usize>, Vec<f32>) -> Vec<f32> + Sync,
    ) -> Result<Vec<f32>, NotFinite> {
        self.predictor.gradient(images, |slices, logits| {
            self.forward.fetch_add(slices.len(), Ordering::Relaxed);
            self.backward.fetch_add(slices.len(), Ordering::Relaxed);
            slope(slices, logits)
        })
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Queries {
        Queries {
            forward: self.forward.load(Ordering::Relaxed),
            backward: self.backward.load(Ordering::Relaxed),
        }
    }
}
