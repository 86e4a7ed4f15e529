//! The scalar that a directional attack raises, for a slice on its own, over its scored pixels: the loss of the
//! training, any other loss of [`crate::loss`], or a sum over pixels, each a file of this folder and a line in
//! [`PIXELWISE`].

pub mod balanced_cross_entropy;
pub mod cosine_cross_entropy;
pub mod jensen_shannon;
mod margin;
pub mod masked_cross_entropy;

use crate::attack::victim::Victim;
use crate::image::predicted::is_foreground;
use crate::image::slice::Slice;
use crate::loss::{LossFunction, LossParameters};
use crate::network::tensors;

/// The loss of the training, in a text.
pub const TRAINING: &str = "training";

/// A mean over pixels, raised.
pub struct Pixelwise {
    /// Name in study files.
    pub name: &'static str,
    /// Of a pixel's logit: a value to tell better images from worse by, and the derivative along which the attack
    /// goes.
    pub of: fn(logit: f64, aim: Aim) -> [f64; 2],
}

/// Every mean over pixels.
pub const PIXELWISE: &[&Pixelwise] = &[
    &margin::LOSS,
    &masked_cross_entropy::LOSS,
    &balanced_cross_entropy::LOSS,
    &jensen_shannon::LOSS,
    &cosine_cross_entropy::LOSS,
];

/// What an attack is about at one pixel.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Whether foreground is what to lead away from or, where it is targeted, to.
    pub foreground: bool,
    /// Whether the attack leads to that class instead of away from it.
    pub targeted: bool,
    /// Steps done, as a share of all, from 0 to below 1.
    pub progress: f64,
}

impl Aim {
    /// 1, or -1 where a loss is to fall because the attack is targeted.
    pub fn sign(self) -> f64 {
        if self.targeted { -1.0 } else { 1.0 }
    }

    /// Whether the prediction of `logit` is what the attack wants.
    pub fn is_reached(self, logit: f64) -> bool {
        (is_foreground(logit as f32) == self.foreground) == self.targeted
    }

    /// The probability of its class.
    pub fn probability(self, logit: f64) -> f64 {
        sigmoid(if self.foreground { logit } else { -logit })
    }

    /// The probability of the other class: what the first leaves, but not rounded off where that is close to 1.
    pub fn other_probability(self, logit: f64) -> f64 {
        sigmoid(if self.foreground { -logit } else { logit })
    }

    /// The cross-entropy `softplus((1 - 2 y) x)` and its derivative `p - y`, of the sign of the attack.
    pub fn cross_entropy(self, logit: f64) -> [f64; 2] {
        let wrong = if self.foreground { -logit } else { logit };
        let value = wrong.max(0.0) + (-wrong.abs()).exp().ln_1p();
        let slope = self.other_probability(logit) * if self.foreground { -1.0 } else { 1.0 };
        [self.sign() * value, self.sign() * slope]
    }
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// What an attack raises, as a study names it.
#[derive(Clone)]
pub enum Loss {
    /// The loss that the network was trained with.
    Training,
    /// Another loss.
    Function(LossFunction),
    /// A mean over pixels.
    Pixelwise(&'static Pixelwise),
}

impl Loss {
    /// Reads `training`, a name of [`PIXELWISE`], or a loss as [`LossFunction::parse`] does.
    ///
    /// # Errors
    /// A line that lists what there is.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == TRAINING {
            return Ok(Self::Training);
        }
        if let Some(pixelwise) = PIXELWISE.iter().find(|loss| loss.name == text) {
            return Ok(Self::Pixelwise(pixelwise));
        }
        LossFunction::parse(text, &LossParameters::default()).map(Self::Function).map_err(|error| {
            let names: Vec<&str> = PIXELWISE.iter().map(|loss| loss.name).collect();
            format!("{error}; or {TRAINING}, {}", names.join(", "))
        })
    }

    /// Itself, the loss of the training found out; none where the victim does not tell it.
    pub fn of_victim(&self, victim: &Victim) -> Option<Self> {
        match self {
            Self::Training => victim.loss().cloned().map(Self::Function),
            known => Some(known.clone()),
        }
    }

    /// Its value on one slice and the derivative by each of `logits`, a padded plane; 0 where a pixel is not scored. Away
    /// from the true mask, or to that of `target`. The loss of the training is none here, see [`Self::of_victim`].
    pub fn slope(
        &self,
        logits: &[f32],
        slice: &Slice,
        target: Option<&[bool]>,
        progress: f64,
        victim: &Victim,
    ) -> (f64, Vec<f32>) {
        match self {
            Self::Training => (f64::NAN, vec![f32::NAN; logits.len()]),
            Self::Function(loss) => of_function(loss, logits, slice, target, victim),
            Self::Pixelwise(pixelwise) => of_pixels(pixelwise, logits, slice, target, progress),
        }
    }
}

fn of_pixels(
    loss: &Pixelwise,
    logits: &[f32],
    slice: &Slice,
    target: Option<&[bool]>,
    progress: f64,
) -> (f64, Vec<f32>) {
    let (mask, targeted) = (target.unwrap_or(&slice.mask), target.is_some());
    let count = slice.pixels().count().max(1) as f64;
    let (mut sum, mut slope) = (0.0, vec![0.0; logits.len()]);
    for pixel in slice.pixels() {
        let aim = Aim { foreground: mask[pixel], targeted, progress };
        let [value, along] = (loss.of)(f64::from(logits[pixel]), aim);
        sum += value;
        slope[pixel] = (along / count) as f32;
    }
    (sum / count, slope)
}

/// Over the scored pixels alone, in a row; for a loss that looks at where pixels lie, over the scanned rectangle, in which one to
/// ignore is taken for background that the network is sure of.
fn of_function(
    loss: &LossFunction,
    logits: &[f32],
    slice: &Slice,
    target: Option<&[bool]>,
    victim: &Victim,
) -> (f64, Vec<f32>) {
    const SURE: f32 = -30.0;
    let region = slice.region;
    let whole = slice.ignored.is_empty() || loss.looks_at_places();
    let pixels: Vec<usize> = if whole { region.pixels().collect() } else { slice.pixels().collect() };
    let size = if whole { [region.height, region.width] } else { [1, pixels.len()] };
    let mut slope = vec![0.0; logits.len()];
    if pixels.is_empty() {
        return (0.0, slope);
    }
    let mask = target.unwrap_or(&slice.mask);
    let is_scored = |pixel: usize| slice.ignored.binary_search(&pixel).is_err();
    let logit = |&pixel: &usize| if is_scored(pixel) { logits[pixel] } else { SURE };
    let label = |&pixel: &usize| f32::from(u8::from(mask[pixel] && is_scored(pixel)));
    let device = victim.device();
    let labels = pixels.iter().map(label).collect();
    let labels = tensors::images(labels, 1, size, &device.burn.clone().autodiff());
    let (value, along) = tensors::derive(pixels.iter().map(logit).collect(), size, device, |logits| {
        loss.forward(logits, labels)
    });
    let sign = if target.is_some() { -1.0 } else { 1.0 };
    for (pixel, along) in pixels.into_iter().zip(along).filter(|(pixel, _)| is_scored(*pixel)) {
        slope[pixel] = sign * along;
    }
    (f64::from(sign) * tensors::scalar(value), slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::network::unet::{UNetConfig, weights::Weights};
    use crate::network::{device, open};
    use approx::assert_relative_eq;
    use rstest::rstest;

    fn aim(foreground: bool, targeted: bool) -> Aim {
        Aim { foreground, targeted, progress: 0.5 }
    }

    /// Of cross-entropy it is the probability of the other class, which for a logit `x` far on the right side is `exp(-x)` to the
    /// last digit.
    #[test]
    fn pixels_that_are_right_by_far_still_have_a_derivative() {
        for logit in [36.5_f64, 40.0, 300.0] {
            let aim = aim(true, false);
            let expected = -(-logit).exp();
            assert_relative_eq!(aim.cross_entropy(logit)[1], expected, max_relative = 1e-14);
            assert_relative_eq!(aim.other_probability(logit), -expected, max_relative = 1e-14);
            assert_ne!((jensen_shannon::LOSS.of)(logit, aim)[1], 0.0);
        }
    }

    /// Where weights are held, the derivative is that of the weighted cross-entropy; `js` and `margin` are derived whole.
    #[test]
    fn derivatives_are_those_of_finite_differences() {
        let js = |logit: f64, aim: Aim| {
            let right = aim.probability(logit);
            let middle = 0.5 * (1.0 + right);
            let wrong = 1.0 - right;
            let own = right * (right / middle).ln() + wrong * 2.0_f64.ln();
            aim.sign() * 0.5 * (own - middle.ln())
        };
        for (foreground, targeted) in [(true, false), (false, false), (true, true), (false, true)] {
            let aim = aim(foreground, targeted);
            for logit in [-3.0, -0.4, 0.7, 2.5] {
                let difference = |of: &dyn Fn(f64) -> f64| (of(logit + 1e-5) - of(logit - 1e-5)) / 2e-5;
                let ce = difference(&|logit| aim.cross_entropy(logit)[0]);
                assert!((aim.cross_entropy(logit)[1] - ce).abs() < 1e-8);
                let slope = (jensen_shannon::LOSS.of)(logit, aim)[1];
                assert!((slope - difference(&|logit| js(logit, aim))).abs() < 1e-8, "{logit}: {slope}");
                let slope = (margin::LOSS.of)(logit, aim)[1];
                assert!((slope - difference(&|logit| (margin::LOSS.of)(logit, aim)[0])).abs() < 1e-8);
            }
        }
    }

    #[rstest]
    // Right and wrong pixels of foreground at probability 3/4 and 1/4; half way, lambda is a quarter.
    #[case("mask-ce", 3.0, false, 1.0)]
    #[case("mask-ce", 1.0 / 3.0, false, 0.0)]
    #[case("mask-ce", 3.0, true, 0.0)]
    #[case("mask-ce", 1.0 / 3.0, true, 1.0)]
    #[case("balanced-ce", 3.0, false, 0.75)]
    #[case("balanced-ce", 1.0 / 3.0, false, 0.25)]
    #[case("balanced-ce", 3.0, true, 0.25)]
    // 0.75 and 0.25 over the root of 0.625.
    #[case("cosine-ce", 3.0, false, 0.948_683_298_050_513_8)]
    #[case("cosine-ce", 1.0 / 3.0, false, 0.316_227_766_016_837_94)]
    #[case("cosine-ce", 1.0 / 3.0, true, 0.683_772_233_983_162_1)]
    fn weights_are_those_of_the_papers(
        #[case] name: &str,
        #[case] odds: f64,
        #[case] targeted: bool,
        #[case] weight: f64,
    ) {
        let loss = PIXELWISE.iter().find(|loss| loss.name == name).expect("a loss");
        let (aim, logit) = (aim(true, targeted), odds.ln());
        let [value, slope] = (loss.of)(logit, aim);
        let [whole, plain] = aim.cross_entropy(logit);
        assert_eq!(value, whole);
        assert!((slope - weight * plain).abs() < 1e-12, "{slope} {plain}");
    }

    /// Pixels to ignore are as if they were not there, but for losses that look at places.
    #[test]
    fn a_loss_is_over_the_scored_pixels_alone() -> Result<(), String> {
        let slice = |width: usize, ignored: Vec<usize>| {
            let region = Region { top: 0, left: 0, height: 3, width, row: width };
            let mask = (0..3 * width).map(|pixel| pixel % width == 0).collect();
            Slice { volume: 0, depth: 0, region, image: vec![0.0; 3 * width], mask, ignored }
        };
        let logits = |width: usize| -> Vec<f32> {
            (0..3 * width).map(|pixel| (pixel / width) as f32 - 0.7 * (pixel % width) as f32 + 0.2).collect()
        };
        let device = device::open(device::available()[0]).map_err(|error| error.to_string())?;
        let weights = Weights::random(&UNetConfig::new(1, 2)?, 0);
        let predictor = open::predictor(&weights, &device, [4, 4]);
        let victim = Victim::new(&predictor, None);
        for text in ["bce+dice", "topk-bce(share=0.3)", "generalised-dice", "mcc", "lovasz"] {
            let loss = Loss::parse(text)?;
            let (value, slope) = loss.slope(&logits(3), &slice(3, vec![2, 5, 8]), None, 0.0, &victim);
            let (alone, along) = loss.slope(&logits(2), &slice(2, vec![]), None, 0.0, &victim);
            assert!((value - alone).abs() < 1e-6, "{text}: {value} for {alone}");
            for (pixel, along) in along.into_iter().enumerate() {
                let found = slope[3 * (pixel / 2) + pixel % 2];
                assert!((found - along).abs() < 1e-6, "{text}: {slope:?}");
            }
            assert!([2, 5, 8].iter().all(|&pixel| slope[pixel] == 0.0), "{text}: {slope:?}");
        }
        Ok(())
    }

    #[test]
    fn names_are_read_and_others_refused() {
        for loss in PIXELWISE {
            assert!(matches!(Loss::parse(loss.name), Ok(Loss::Pixelwise(found)) if found.name == loss.name));
        }
        assert!(matches!(Loss::parse("training"), Ok(Loss::Training)));
        assert!(matches!(Loss::parse("bce+dice"), Ok(Loss::Function(_))));
        let message = Loss::parse("crossentropy").map(drop).unwrap_err();
        assert!(
            message.contains("should be one of bce, dice") && message.contains("training, margin"),
            "{message}"
        );
    }
}
