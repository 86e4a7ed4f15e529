//! What can be measured of a cell on each test volume: a closed list, as claims and comparisons name it.

use crate::rules::one_of;
use crate::similarity::SIMILARITIES;
use crate::spread::MEASURES;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is measured of a cell on each test volume.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "of", rename_all = "lowercase", deny_unknown_fields)]
pub enum Quantity {
    /// Dice score without an attack.
    Clean {},
    /// Dice score under the attack, mean over the chosen points.
    Dice {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// Dice score lost to the attack, mean over the chosen points.
    Drop {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// Predicted pixels under the attack as a share of those without, mean over the chosen points.
    Area {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
    /// A measure of spread, mean over slices.
    Spread {
        /// Name in [`MEASURES`].
        measure: String,
        /// Way of explaining whose maps are measured, as the study writes it; without it the study's first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
    },
    /// How alike the maps of a way of explaining are before and after every layer was drawn anew.
    Sanity {
        /// Way of explaining, as the study writes it.
        method: String,
        /// Name in [`SIMILARITIES`].
        measure: String,
    },
    /// Whether the network does what the maps of a way of explaining say.
    Faithfulness {
        /// Way of explaining, as the study writes it, or [`RANDOM`](crate::records::checks::RANDOM).
        method: String,
        /// A measure of `faithfulness.csv`.
        measure: String,
    },
    /// Peak of the gradient over its effective number of pixels, mean over slices.
    Sharpness {},
    /// Pixels with a probability of 0.05 to 0.95 as a share of the true foreground.
    Softness {},
    /// Pixels whose predicted class is the true one, as a share of those scanned, over all slices, without an
    /// attack.
    Accuracy {},
    /// Dice between the masks of two networks of a seed, for each pair of the losses.
    Agreement {},
    /// For each pair of the losses, how much less harm the other loss's map does than the loss's own, both
    /// drawn by networks of another seed: Dice under the one less Dice under the other, mean over both
    /// directions and the chosen points. 0 where it does not matter which loss drew the map.
    Transfer {
        /// Sweeps, by name.
        sweep: Sweeps,
        /// Only points of this budget.
        pixels: Option<usize>,
        /// Only points of this level.
        level: Option<f32>,
    },
}

/// One sweep or several.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, expecting = "sweep should be a name or a list of names")]
pub enum Sweeps {
    /// One.
    One(String),
    /// Several; their points count alike.
    Many(Vec<String>),
}

impl Sweeps {
    /// Their names.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        }
    }

    /// Whether the sweep called `name` is meant.
    pub fn contain(&self, name: &str) -> bool {
        self.names().iter().any(|one| one == name)
    }
}

impl Quantity {
    /// Checks names that it holds.
    ///
    /// # Errors
    /// A line that names the measure that is none.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Spread { measure, .. } => {
                one_of("measure", measure, MEASURES, |measure| measure.name).map(drop)
            }
            Self::Sanity { measure, .. } => {
                one_of("measure", measure, SIMILARITIES, |measure| measure.name).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Whether it is measured of a pair of losses.
    pub fn is_of_pairs(&self) -> bool {
        matches!(self, Self::Agreement {} | Self::Transfer { .. })
    }

    /// What it is and where it is measured, in a few words.
    pub fn name(&self) -> String {
        match self {
            Self::Clean {} => "clean Dice".to_string(),
            Self::Dice { sweep, pixels, level } => format!("Dice at {}", place(sweep, *pixels, *level)),
            Self::Drop { sweep, pixels, level } => format!("Dice lost at {}", place(sweep, *pixels, *level)),
            Self::Area { sweep, pixels, level } => format!("area left at {}", place(sweep, *pixels, *level)),
            Self::Spread { measure, method: None } => measure.replace('_', " "),
            Self::Spread { measure, method: Some(method) } => {
                format!("{} of {method}", measure.replace('_', " "))
            }
            Self::Sanity { method, measure } => {
                format!("{} of {method} with weights drawn anew", measure.replace('-', " "))
            }
            Self::Faithfulness { method, measure } => format!("{} by {method}", measure.replace('-', " ")),
            Self::Sharpness {} => "peak over spread".to_string(),
            Self::Softness {} => "undecided pixels".to_string(),
            Self::Accuracy {} => "right pixels".to_string(),
            Self::Agreement {} => "Dice between masks".to_string(),
            Self::Transfer { sweep, pixels, level } => {
                format!("Dice kept under another loss's map at {}", place(sweep, *pixels, *level))
            }
        }
    }
}

/// The level or budget that is looked at, else the sweep.
fn place(sweep: &Sweeps, pixels: Option<usize>, level: Option<f32>) -> String {
    match (level, pixels) {
        (Some(level), _) => level.to_string(),
        (None, Some(pixels)) => format!("N = {pixels}"),
        (None, None) => sweep.to_string(),
    }
}

impl fmt::Display for Sweeps {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.names().join(" and "))
    }
}
