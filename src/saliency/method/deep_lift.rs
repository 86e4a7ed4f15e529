//! What the difference of the image from a baseline gives of the scalar's: `m (x - x')`, where `m` are slopes that at each
//! ReLU, pooling and sigmoid are quotients of differences (the rescale rule).
//! A. Shrikumar, P. Greenside and A. Kundaje, "Learning important features through propagating activation differences",
//! ICML 2017; the rule of poolings is that of SHAP and Captum. The values of a map add up to `S(x) - S(x')`.
//!
//! What follows the logits is explained by the mean slope between the baseline's logits and the image's, which for a sigmoid
//! is the rescale rule and for any other scalar (the loss) still adds up.

use super::baseline::Baseline;
use super::layers::{asked, in_chunks};
use super::quadrature::gauss_legendre;
use super::{ExplainError, Kind, Method, Needs};
use crate::network::{Network, Rule};
use crate::rules::settings::Settings;
use crate::saliency::Question;

/// Points of the mean slope: for a sigmoid between logits 40 apart its error is far below rounding.
const POINTS: usize = 64;

pub(super) const KIND: Kind = Kind { name: "deeplift", title: "DeepLift", read };

struct DeepLift(Baseline);

fn read(settings: &mut Settings) -> Result<Box<dyn Method>, String> {
    Ok(Box::new(DeepLift(settings.one_of("baseline", &Baseline::ALL, Baseline::name)?)))
}

impl Method for DeepLift {
    fn needs(&self) -> Needs {
        Needs::Layers
    }

    fn check(&self, network: &dyn Network, _: [usize; 2]) -> Result<(), String> {
        match network.layers().and_then(crate::network::Layers::not_rescaled) {
            None => Ok(()),
            Some(layer) => Err(format!(
                "deeplift has no rule for the group norm of layer '{layer}': take integrated-gradients, which adds up too"
            )),
        }
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let (predictor, baselines) = (question.predictor(), self.0.of_each(question));
        let reference = predictor.logits(&baselines)?;
        let (points, pixels, image) = (gauss_legendre(POINTS), predictor.pixels(), question.image());
        let slopes = in_chunks(question, |slices, images| {
            let reference = &reference[slices.start * pixels..slices.end * pixels];
            let slope = |logits: Vec<f32>| -> Vec<f32> {
                let mut mean = vec![0.0; logits.len()];
                for &(along, weight) in &points {
                    let between = logits.iter().zip(reference);
                    let between =
                        between.map(|(here, there)| there + along as f32 * (here - there)).collect();
                    let slopes = question.slope(slices.clone(), between);
                    mean.iter_mut().zip(slopes).for_each(|(mean, slope)| *mean += weight * f64::from(slope));
                }
                mean.into_iter().map(|mean| mean as f32).collect()
            };
            let baselines = &baselines[slices.start * image..slices.end * image];
            let rule = Rule::Rescale { reference: baselines };
            Ok(asked(predictor)?.gradient_by(rule, images, predictor.size(), &slope))
        })?;
        let far = question.images().iter().zip(&baselines).map(|(image, baseline)| image - baseline);
        Ok(far.zip(slopes).map(|(far, slope)| far * slope).collect())
    }

    fn totals(&self, question: &Question) -> Result<Option<Vec<f64>>, ExplainError> {
        let (there, here) = (question.values()?, question.at(self.0.of_each(question)).values()?);
        Ok(Some(there.iter().zip(here).map(|(there, here)| there - here).collect()))
    }
}
