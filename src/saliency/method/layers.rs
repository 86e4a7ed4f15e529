//! What methods that look into layers have in common.

use super::ExplainError;
use crate::network::chunked::Predictor;
use crate::network::{Layers, Network};
use crate::rules::settings::Settings;
use crate::saliency::Question;
use std::ops::Range;

/// The layers of a network that was checked to show them.
pub(super) fn asked(predictor: &Predictor) -> Result<&dyn Layers, ExplainError> {
    let refused = || ExplainError::Refused("this network does not show its layers".to_string());
    predictor.network().layers().ok_or_else(refused)
}

/// What `of` gives for chunks of slices, told their numbers and images, laid end to end.
pub(super) fn in_chunks(
    question: &Question,
    of: impl Fn(Range<usize>, &[f32]) -> Result<Vec<f32>, ExplainError> + Sync,
) -> Result<Vec<f32>, ExplainError> {
    question.predictor().in_chunks(question.images(), of)
}

/// A layer by its name, or the bottleneck where none is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen(String);

/// What stands for the bottleneck.
const BOTTLENECK: &str = "bottleneck";

impl Chosen {
    /// Takes the setting `layer`.
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self(settings.text("layer", BOTTLENECK))
    }

    /// Name of the layer among those of `layers`: `bottleneck` is the last one whose name begins so.
    pub(super) fn name(&self, layers: &dyn Layers) -> Option<String> {
        let names = layers.names();
        let exact = names.iter().find(|name| **name == self.0);
        let last = || names.iter().rfind(|name| self.0 == BOTTLENECK && name.starts_with(BOTTLENECK));
        exact.or_else(last).cloned()
    }

    /// Whether `network` has the layer.
    ///
    /// # Errors
    /// A line that lists those that it has.
    pub(super) fn check(&self, method: &str, network: &dyn Network) -> Result<(), String> {
        let Some(layers) = network.layers().filter(|layers| self.name(*layers).is_none()) else {
            return Ok(());
        };
        Err(format!("layer of {method} should be one of {}, but is '{}'", layers.names().join(", "), self.0))
    }
}
