//! What a directional attack asks a network: for each image the value of a loss and its gradient.

use super::climb::Climb;
use super::loss::Loss;
use super::target::Target;
use crate::attack::victim::Victim;
use crate::network::finite::NotFinite;
use std::sync::Mutex;

/// A loss of a network, to be raised.
pub struct Ascent<'a> {
    /// The network.
    pub victim: &'a Victim<'a>,
    /// The loss; not that of the training, but which that is.
    pub loss: &'a Loss,
    /// What is to be reached instead of leaving the true mask; the victim knows it.
    pub target: Option<Target>,
}

/// The loss at an image.
pub struct Seen {
    /// Its value.
    pub value: f64,
    /// Its gradient by the values that may change.
    pub gradient: Vec<f64>,
}

impl Ascent<'_> {
    /// Value and gradient where each of `climbs` is, at `progress`, a share of the steps. One pass forward and back a
    /// climb, whatever the device makes of the batch.
    ///
    /// # Errors
    /// [`NotFinite`] where a gradient or a logit is NaN or infinite.
    pub fn look(&self, climbs: &[Climb], progress: f64) -> Result<Vec<Seen>, NotFinite> {
        let images: Vec<f32> = climbs.iter().flat_map(Climb::image).collect();
        let values = Mutex::new(vec![f64::NAN; climbs.len()]);
        let pixels = self.victim.pixels();
        let gradient = self.victim.gradient(&images, |slices, logits| {
            let mut slopes = Vec::with_capacity(logits.len());
            for (number, logits) in slices.zip(logits.chunks(pixels)) {
                let slice = climbs[number].trial.slice;
                let target = self.target.and_then(|target| target.mask(slice, self.victim));
                let (value, slope) = self.loss.slope(logits, slice, target.as_deref(), progress, self.victim);
                slopes.extend(slope);
                if let Ok(mut values) = values.lock() {
                    values[number] = value;
                }
            }
            slopes
        })?;
        let values = values.into_inner().unwrap_or_default();
        let image = images.len() / climbs.len().max(1);
        let seen = climbs.iter().zip(gradient.chunks(image)).zip(values);
        Ok(seen.map(|((climb, gradient), value)| Seen { value, gradient: climb.own(gradient) }).collect())
    }
}
