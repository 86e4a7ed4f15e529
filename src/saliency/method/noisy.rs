//! What SmoothGrad and its relatives have in common: another method asked at several noisy copies of a slice.
//!
//! Noise is Gaussian, independent in each scanned value; its standard deviation is a share of the range of the slice's
//! scanned values, as D. Smilkov et al. have it (`sigma / (x_max - x_min)`). Padding, which no network ever saw but
//! as 0, stays as it is. Draws are named by seed, volume, depth and number of the copy.

use super::{ExplainError, Explainer, Method};
use crate::rules::Range;
use crate::rules::settings::Settings;
use crate::saliency::{Place, Question};
use rand::RngExt;
use rand_distr::StandardNormal;

/// The settings of such a method.
pub(super) struct Noisy {
    samples: usize,
    noise: f64,
    of: Explainer,
}

/// Sums over the copies, value by value.
pub(super) struct Moments {
    mean: Vec<f64>,
    /// Summed squares of the distance from the mean.
    spread: Vec<f64>,
    samples: f64,
}

impl Noisy {
    /// Takes the settings.
    pub(super) fn read(settings: &mut Settings) -> Result<Self, String> {
        let samples = settings.whole("samples", 50, 1..=10_000)?;
        let noise = settings.number("noise", 0.15, Range::AtLeast(0.0))?;
        let of = Explainer::default();
        let text = settings.text("of", of.name());
        let of = Explainer::parse(&settings.called("of"), &text)?;
        if of.draws() {
            let called = settings.called("of");
            return Err(format!("{called} should be a method that draws no noise of its own, but is '{of}'"));
        }
        settings.restate(of.to_string(), of == Explainer::default());
        Ok(Self { samples, noise, of })
    }

    /// The method that is asked at each copy.
    pub(super) fn of(&self) -> &dyn Method {
        self.of.method.as_ref()
    }

    /// Asks at every copy.
    pub(super) fn moments(&self, question: &Question) -> Result<Moments, ExplainError> {
        let pixels = question.predictor().pixels();
        let noise = |sample| {
            let slices = question.slices();
            slices.flat_map(|(image, place)| drawn(image, pixels, place, self.noise, sample)).collect()
        };
        self.moments_under(question, noise)
    }

    /// [`Self::moments`], where `noise` gives what is added to the images in each copy.
    fn moments_under(
        &self,
        question: &Question,
        noise: impl Fn(usize) -> Vec<f32>,
    ) -> Result<Moments, ExplainError> {
        let values = question.images().len();
        let mut moments = Moments { mean: vec![0.0; values], spread: vec![0.0; values], samples: 0.0 };
        for sample in 0..self.samples {
            let copy = question.images().iter().zip(noise(sample)).map(|(value, noise)| value + noise);
            moments.add(&self.of().maps(&question.at(copy.collect()))?);
        }
        Ok(moments)
    }
}

impl Moments {
    /// B. P. Welford's way, Technometrics 4, 1962: no difference of large sums.
    fn add(&mut self, map: &[f32]) {
        self.samples += 1.0;
        for ((mean, spread), &value) in self.mean.iter_mut().zip(&mut self.spread).zip(map) {
            let value = f64::from(value);
            let before = value - *mean;
            *mean += before / self.samples;
            *spread += before * (value - *mean);
        }
    }

    /// The mean of each value.
    pub(super) fn mean(self) -> Vec<f32> {
        self.mean.into_iter().map(|mean| mean as f32).collect()
    }

    /// The mean square of each value.
    pub(super) fn square(self) -> Vec<f32> {
        let both = self.mean.iter().zip(&self.spread);
        both.map(|(mean, spread)| (mean * mean + spread / self.samples) as f32).collect()
    }

    /// The variance of each value: the summed squares divided by their number.
    pub(super) fn variance(self) -> Vec<f32> {
        self.spread.iter().map(|spread| (spread / self.samples) as f32).collect()
    }
}

/// What is added to an image, whose channels have planes of `plane` pixels, in copy number `sample`.
fn drawn(image: &[f32], plane: usize, place: &Place, noise: f64, sample: usize) -> Vec<f32> {
    let scanned = || image.chunks(plane).flat_map(|plane| place.region.pixels().map(|pixel| plane[pixel]));
    let (low, high) = scanned()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let mut added = vec![0.0; image.len()];
    if low < high {
        let (deviation, mut generator) = (noise * f64::from(high - low), place.stream("noise", sample));
        for added in added.chunks_mut(plane) {
            for pixel in place.region.pixels() {
                let draw: f64 = generator.sample(StandardNormal);
                added[pixel] = (deviation * draw) as f32;
            }
        }
    }
    added
}
