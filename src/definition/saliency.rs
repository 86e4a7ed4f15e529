//! The section `saliency` of a study: the gradient that ranks pixels.

use crate::rules::one_of;
use crate::saliency::{OUTPUTS, Output};
use serde::{Deserialize, Serialize};

/// The gradient that ranks pixels.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaliencyConfig {
    /// Name of an output in [`OUTPUTS`].
    pub output: String,
}

impl Default for SaliencyConfig {
    fn default() -> Self {
        Self { output: OUTPUTS[0].name.to_string() }
    }
}

impl SaliencyConfig {
    /// The output whose gradient is taken.
    ///
    /// # Errors
    /// A line that names those that there are.
    pub fn output(&self) -> Result<&'static Output, String> {
        one_of("saliency.output", &self.output, OUTPUTS, |output| output.name)
    }
}
