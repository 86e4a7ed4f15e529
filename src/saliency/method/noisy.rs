//! What SmoothGrad and its relatives have in common: another method asked at several noisy copies of a slice.
//!
//! Noise is Gaussian, independent in each scanned value; its standard deviation is a share of the range of the slice's
//! scanned values, as D. Smilkov et al. have it (`sigma / (x_max - x_min)`). Padding, which no network ever saw but
//! as 0, stays as it is. Draws are named by seed, volume, depth and number of the copy.

use super::{ExplainError, Explainer, Method, Needs};
use crate::network::Network;
use crate::rules::Range;
use crate::rules::settings::Settings;
use crate::saliency::moments::Moments;
use crate::saliency::{Place, Question};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::sync::Arc;

/// Such a method.
pub(super) struct Noisy {
    samples: usize,
    noise: f64,
    of: Explainer,
    /// What it makes of the copies' maps.
    of_copies: fn(&Moments) -> Vec<f32>,
}

impl Noisy {
    /// Takes the settings of the method that makes `of_copies` of the maps of `least` copies or more.
    pub(super) fn read(
        settings: &mut Settings,
        least: usize,
        of_copies: fn(&Moments) -> Vec<f32>,
    ) -> Result<Self, String> {
        let samples = settings.whole("samples", 50, least..=10_000)?;
        let noise = settings.number("noise", 0.15, Range::AtLeast(0.0))?;
        let of = Explainer::default();
        let text = settings.text("of", of.name());
        let of = Explainer::parse(&settings.called("of"), &text)?;
        if of.draws() {
            let called = settings.called("of");
            return Err(format!("{called} should be a method that draws no noise of its own, but is '{of}'"));
        }
        settings.restate(of.to_string(), of == Explainer::default());
        Ok(Self { samples, noise, of, of_copies })
    }

    /// The method that is asked at each copy.
    fn of(&self) -> &dyn Method {
        self.of.method.as_ref()
    }

    /// Asks at every copy, once for all that make something of the same copies.
    fn moments(&self, question: &Question) -> Result<Arc<Moments>, ExplainError> {
        let copies = format!("{} copies, {} noise, {}", self.samples, self.noise, self.of);
        question.moments(copies, || self.asked(question))
    }

    fn asked(&self, question: &Question) -> Result<Moments, ExplainError> {
        let pixels = question.predictor().pixels();
        let noise = |sample| {
            let slices = question.slices();
            slices.flat_map(|(image, place)| drawn(image, pixels, place, self.noise, sample)).collect()
        };
        self.moments_under(question, noise)
    }

    /// [`Self::asked`], where `noise` gives what is added to the images in each copy.
    fn moments_under(
        &self,
        question: &Question,
        noise: impl Fn(usize) -> Vec<f32>,
    ) -> Result<Moments, ExplainError> {
        let values = question.images().len();
        let mut moments = Moments::new(values);
        for sample in 0..self.samples {
            let copy = question.images().iter().zip(noise(sample)).map(|(value, noise)| value + noise);
            moments.add(&self.of().maps(&question.at(copy.collect()))?);
        }
        Ok(moments)
    }
}

impl Method for Noisy {
    fn needs(&self) -> Needs {
        self.of().needs()
    }

    fn draws(&self) -> bool {
        true
    }

    fn check(&self, network: &dyn Network, size: [usize; 2]) -> Result<(), String> {
        self.of().check(network, size)
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        Ok((self.of_copies)(&*self.moments(question)?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::loss::{LossFunction, LossParameters};
    use crate::network::unet::weights::Weights;
    use crate::network::{arrays, device, open};
    use crate::saliency::{Scalar, find};
    use anyhow::{Context, Result};
    use std::path::PathBuf;

    /// Given the noise that Captum was given, the maps are Captum's (`scripts/make_map_fixtures.py`).
    #[test]
    fn maps_under_given_noise_are_captums() -> Result<()> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity");
        let fixture: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("unet.json"))?)?;
        let list = |key: &str| -> Result<Vec<f32>> { Ok(serde_json::from_value(fixture[key].clone())?) };
        let (images, targets) = (list("input")?, list("target")?);
        let (maps, _) = arrays::read(&folder.join("maps.safetensors"), |_| false)?;
        let noise = &maps["noise"];
        let (size, copy) = ([noise.shape[3], noise.shape[4]], images.len());
        let region = Region::centred(size, size);
        let place = |depth| Place { region, seed: 0, volume: String::new(), depth };
        let places: Vec<Place> = (0..noise.shape[1]).map(place).collect();
        let weights = Weights::read(&folder.join("unet.safetensors"))?;
        let loss = &LossFunction::parse("bce", &LossParameters::default())?;
        let mut compared = Vec::new();
        for name in device::available() {
            let predictor = open::predictor(&weights, &device::open(name)?, size);
            for (key, expected) in maps.iter().filter(|(key, _)| key.contains("samples=")) {
                let (output, text) = key.split_once(": ").context("an output")?;
                let (kind, settings) = text.split_at(text.find('(').context("settings")?);
                let mut settings = Settings::parse(kind, settings).map_err(anyhow::Error::msg)?;
                let noisy = Noisy::read(&mut settings, 1, Moments::mean).map_err(anyhow::Error::msg)?;
                let scalar = Scalar { output: find(output).context("an output")?, loss };
                let question = Question::new(&predictor, scalar, &images, &targets, &places)?;
                let given = |sample: usize| noise.values[sample * copy..(sample + 1) * copy].to_vec();
                let moments = noisy.moments_under(&question, given)?;
                let found = match kind {
                    "smoothgrad" => moments.mean(),
                    "smoothgrad-squared" => moments.square(),
                    "vargrad" => moments.variance(),
                    _ => anyhow::bail!("{kind} is not compared"),
                };
                let size: f32 = expected.values.iter().map(|value| value.abs()).sum();
                let off: f32 = found.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).sum();
                assert!(off <= 1e-4 * size, "{key} on {name}: off by {} of its sum", off / size);
                compared.push(kind.to_string());
            }
        }
        compared.sort();
        compared.dedup();
        assert_eq!(compared, ["smoothgrad", "smoothgrad-squared", "vargrad"]);
        Ok(())
    }
}
