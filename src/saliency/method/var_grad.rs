//! The variance of the map over noisy copies of the slice, `1/n sum (M(x + e_i) - mean)^2`: without a sign.
//! J. Adebayo, J. Gilmer, I. Goodfellow and B. Kim, "Local explanation methods for deep neural networks lack sensitivity to
//! parameter values", 2018.

use super::noisy::Noisy;
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind {
    name: "vargrad",
    title: "VarGrad",
    read: |settings| Ok(Box::new(VarGrad(Noisy::read(settings)?))),
};

struct VarGrad(Noisy);

impl Method for VarGrad {
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
        Ok(self.0.moments(question)?.variance())
    }
}
