//! The section `saliency` of a study: the gradient that ranks pixels.

use super::arm::Arm;
use crate::rules::{distinct, one_of};
use crate::saliency::{OUTPUTS, Output};
use serde::{Deserialize, Serialize};

/// The gradient that ranks pixels.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaliencyConfig {
    /// Name of an output in [`OUTPUTS`].
    pub output: String,
    /// Names of [`Check`]s of the methods of `attack.maps`; a table of every cell each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
}

/// Whether a way of explaining can be trusted: what is measured only where a study asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Check {
    /// Whether its maps depend on the network's weights.
    Sanity,
    /// Whether the network does what its maps say.
    Faithfulness,
    /// Whether its maps depend on what the training's masks say.
    ShuffledLabels,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sanity, Self::Faithfulness, Self::ShuffledLabels];

    /// Name in study files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sanity => "sanity",
            Self::Faithfulness => "faithfulness",
            Self::ShuffledLabels => "shuffled-labels",
        }
    }

    /// Whether it can be measured of the network of `arm`.
    ///
    /// # Errors
    /// A line that names the arm and says why not.
    pub fn fits(self, arm: &Arm) -> Result<(), String> {
        let of = format!("saliency.checks: {}", self.name());
        match self {
            Self::Sanity | Self::Faithfulness => Ok(()),
            Self::ShuffledLabels if arm.existing.is_some() => Err(format!(
                "{of} trains each network once more, and '{}' is not trained here: leave it out",
                arm.name
            )),
            Self::ShuffledLabels if !arm.train.feed.is_plain() => Err(format!(
                "{of} compares with a training on slices as they are, but '{}' has train.feed={}: leave either out",
                arm.name, arm.train.feed
            )),
            Self::ShuffledLabels => Ok(()),
        }
    }
}

impl Default for SaliencyConfig {
    fn default() -> Self {
        Self { output: OUTPUTS[0].name.to_string(), checks: Vec::new() }
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

    /// What is measured of the methods, in order.
    ///
    /// # Errors
    /// A line where one is unknown or named twice.
    pub fn checks(&self) -> Result<Vec<Check>, String> {
        distinct("saliency.checks", self.checks.iter().cloned())?;
        let of = |name: &String| one_of("saliency.checks", name, Check::ALL, Check::name);
        self.checks.iter().map(of).collect()
    }
}
