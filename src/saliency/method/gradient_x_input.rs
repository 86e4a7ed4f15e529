//! The gradient times the image, `x dS/dx`: what each value adds to the scalar of a network that is linear around it.
//! A. Shrikumar, P. Greenside, A. Shcherbina and A. Kundaje, "Not just a black box", 2016.

use super::{ExplainError, Kind, Method, Needs};
use crate::saliency::Question;

pub(super) const KIND: Kind =
    Kind { name: "gradient-x-input", title: "gradient x input", read: |_| Ok(Box::new(GradientXInput)) };

struct GradientXInput;

impl Method for GradientXInput {
    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let gradient = question.gradient()?;
        Ok(gradient.iter().zip(question.images()).map(|(slope, value)| slope * value).collect())
    }
}
