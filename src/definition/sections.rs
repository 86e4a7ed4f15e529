//! The tables of a study file that are the study's own: gradient, attacks, trials and sweeps.

use crate::attack::budget::Replacement;
use crate::saliency;
use serde::{Deserialize, Serialize};

/// The gradient that ranks pixels.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaliencyConfig {
    /// Name of an output in [`saliency::OUTPUTS`].
    pub output: String,
}

impl Default for SaliencyConfig {
    fn default() -> Self {
        Self { output: "probability".to_string() }
    }
}

impl SaliencyConfig {
    /// The output whose gradient is taken; reading a study has checked its name.
    pub fn output(&self) -> &'static saliency::Output {
        saliency::find(&self.output).unwrap_or(&saliency::OUTPUTS[0])
    }
}

/// Attacks and controls.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttackConfig {
    /// Names in [`ATTACKS`](crate::attack::ATTACKS); the first is the one that tables and figures show.
    pub methods: Vec<String>,
    /// The sweeps that each network also goes through with the other losses' saliency maps.
    pub transfer: Transfer,
}

/// Sweeps of the transfer control.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, expecting = "attack.transfer should be true, false or a list of sweeps")]
pub enum Transfer {
    /// All sweeps, or none.
    All(bool),
    /// These sweeps, by name.
    Sweeps(Vec<String>),
}

impl Default for AttackConfig {
    fn default() -> Self {
        let methods = ["signed", "random", "random-foreground"];
        Self { methods: methods.map(String::from).to_vec(), transfer: Transfer::All(true) }
    }
}

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

/// One sweep: every budget of `pixels` with every level of `levels`, or with values drawn from `uniform`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// What the sweep shows, for tables and figures.
    pub title: String,
    /// Numbers of pixels replaced.
    pub pixels: Vec<usize>,
    /// Values that replace them.
    #[serde(default)]
    pub levels: Vec<f32>,
    /// Or the range that values are drawn from.
    #[serde(default)]
    pub uniform: Option<[f32; 2]>,
}

impl Protocol {
    /// Every point of the sweep, budgets outermost.
    pub fn points(&self) -> Vec<(usize, Replacement)> {
        let replacements: Vec<Replacement> = match self.uniform {
            Some([low, high]) => vec![Replacement::Uniform(low, high)],
            None => self.levels.iter().map(|&level| Replacement::Level(level)).collect(),
        };
        self.pixels.iter().flat_map(|&pixels| replacements.iter().map(move |&r| (pixels, r))).collect()
    }
}
