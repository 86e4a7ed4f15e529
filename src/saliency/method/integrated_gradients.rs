//! The gradient averaged along the straight way from a baseline `x'` to the image, times how far the image lies from it:
//! `(x - x') * integral from 0 to 1 of dS/dx(x' + a (x - x')) da`, by Gauss-Legendre quadrature.
//! M. Sundararajan, A. Taly and Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.
//! The values of a map add up to `S(x) - S(x')` (completeness), but for the error of the quadrature.

use super::baseline::Baseline;
use super::quadrature::gauss_legendre;
use super::{ExplainError, Kind, Method, Needs};
use crate::rules::settings::Settings;
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind { name: "integrated-gradients", title: "integrated gradients", read };

struct IntegratedGradients {
    /// Abscissas and weights along the way.
    points: Vec<(f64, f64)>,
    baseline: Baseline,
}

fn read(settings: &mut Settings) -> Result<Box<dyn Method>, String> {
    let points = gauss_legendre(settings.whole("steps", 32, 1..=1000)?);
    let baseline = settings.one_of("baseline", &Baseline::ALL, Baseline::name)?;
    Ok(Box::new(IntegratedGradients { points, baseline }))
}

impl Method for IntegratedGradients {
    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let baselines = self.baseline.of_each(question);
        let mut mean = vec![0.0; baselines.len()];
        for &(along, weight) in &self.points {
            let between = question.images().iter().zip(&baselines);
            let between = between.map(|(image, baseline)| baseline + along as f32 * (image - baseline));
            let gradient = question.at(between.collect()).gradient()?;
            mean.iter_mut().zip(gradient).for_each(|(mean, slope)| *mean += weight * f64::from(slope));
        }
        let far = question.images().iter().zip(&baselines).map(|(image, baseline)| image - baseline);
        Ok(far.zip(mean).map(|(far, mean)| (f64::from(far) * mean) as f32).collect())
    }

    fn totals(&self, question: &Question) -> Result<Option<Vec<f64>>, ExplainError> {
        let (there, here) = (question.values()?, question.at(self.baseline.of_each(question)).values()?);
        Ok(Some(there.iter().zip(here).map(|(there, here)| there - here).collect()))
    }
}
