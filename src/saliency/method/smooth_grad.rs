//! The mean map over noisy copies of the slice, `1/n sum M(x + e_i)`.
//! D. Smilkov, N. Thorat, B. Kim, F. Viegas and M. Wattenberg, "SmoothGrad: removing noise by adding noise", 2017.

use super::noisy::Noisy;
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind {
    name: "smoothgrad",
    title: "SmoothGrad",
    read: |settings| Ok(Box::new(SmoothGrad(Noisy::read(settings)?))),
};

struct SmoothGrad(Noisy);

impl Method for SmoothGrad {
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
        Ok(self.0.moments(question)?.mean())
    }
}
