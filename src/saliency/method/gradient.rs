//! The gradient of the scalar by the image, `dS/dx`: how the output changes to first order with each value.
//! K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks", 2013, signed as in the paper.

use super::{ExplainError, Kind, Method, Needs};
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind { name: "gradient", title: "gradient", read: |_| Ok(Box::new(Gradient)) };

/// The method.
pub(super) struct Gradient;

impl Method for Gradient {
    fn needs(&self) -> Needs {
        Needs::Gradient
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        Ok(question.gradient()?)
    }
}
