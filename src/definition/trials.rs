//! The section `trials` of a study: how often random choices are repeated.

use crate::rules::{Range, should};
use serde::{Deserialize, Serialize};

/// How often an attack that draws random numbers is repeated on each slice: `least` times, then more
/// until the 95% half-width that trials add to the curve's mean is under `half_width`, `most` times at
/// the most. `least = most = 100` is the paper's own rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialsConfig {
    /// 2 or more.
    pub least: usize,
    /// `least` or more.
    pub most: usize,
    /// In units of Dice, above 0.
    pub half_width: f64,
}

impl Default for TrialsConfig {
    fn default() -> Self {
        Self { least: 2, most: 100, half_width: 0.002 }
    }
}

impl TrialsConfig {
    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        should(self.least >= 2, "trials.least", "2 or more", self.least)?;
        should(self.most >= self.least, "trials.most", format!("{} or more", self.least), self.most)?;
        Range::Above(0.0).check("trials.half_width", self.half_width)
    }
}
