//! The gradient of the scalar by the image, but a ReLU also stops what is below 0 on its way back.
//! J. Springenberg, A. Dosovitskiy, T. Brox and M. Riedmiller, "Striving for simplicity: the all convolutional net", 2014.
//! The sigmoid and the sum behind the logits are passed plainly.

use super::layers::{asked, in_chunks};
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Rule;
use crate::saliency::Question;

pub(super) const KIND: Kind =
    Kind { name: "guided-backprop", title: "guided backprop", read: |_| Ok(Box::new(GuidedBackprop)) };

/// The method.
pub(super) struct GuidedBackprop;

impl Method for GuidedBackprop {
    fn needs(&self) -> Needs {
        Needs::Layers
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let predictor = question.predictor();
        in_chunks(question, |slices, images| {
            let slope = |logits| question.slope(slices.clone(), logits);
            Ok(asked(predictor)?.gradient_by(Rule::Guided, images, predictor.size(), &slope))
        })
    }
}
