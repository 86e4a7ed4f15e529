//! The mean squared map over noisy copies of the slice, `1/n sum M(x + e_i)^2`: without a sign.
//! S. Hooker, D. Erhan, P.-J. Kindermans and B. Kim, "A benchmark for interpretability methods in deep neural networks",
//! NeurIPS 2019.

use super::noisy::Noisy;
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind {
    name: "smoothgrad-squared",
    title: "SmoothGrad squared",
    read: |settings| Ok(Box::new(SmoothGradSquared(Noisy::read(settings)?))),
};

struct SmoothGradSquared(Noisy);

impl Method for SmoothGradSquared {
    fn needs(&self) -> Needs {
        self.0.of().needs()
    }

    fn draws(&self) -> bool {
        true
    }

    fn check(&self, network: &dyn Network, size: [usize; 2]) -> Result<(), String> {
        self.0.of().check(network, size)
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        Ok(self.0.moments(question)?.square())
    }
}
