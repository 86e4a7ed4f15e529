//! `sanity.csv`, `shuffled_labels.csv` and `faithfulness.csv`: whether ways of explaining can be trusted, where a study asks.

use serde::{Deserialize, Serialize};

/// Name of the table of [`SanityRow`].
pub const SANITY: &str = "sanity.csv";
/// Name of the table of [`SanityRow`] that has those of [`LABELS`].
pub const SHUFFLED_LABELS: &str = "shuffled_labels.csv";
/// Name of the table of [`FaithfulnessRow`].
pub const FAITHFULNESS: &str = "faithfulness.csv";

/// How alike the maps of one volume are before and after weights were drawn anew, or under a network trained otherwise.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SanityRow {
    /// Way of explaining.
    pub method: String,
    /// Layer that was drawn anew; empty for [`LABELS`] and [`CHANCE`].
    pub layer: String,
    /// [`CASCADING`], [`INDEPENDENT`], [`LABELS`] or [`CHANCE`].
    pub randomisation: String,
    /// Name of one of [`SIMILARITIES`](crate::similarity::SIMILARITIES).
    pub measure: String,
    /// Volume id.
    pub volume: String,
    /// The similarity; empty where it is not defined.
    pub value: Option<f32>,
}

/// The layer and every one behind it, up to the output, are drawn anew.
pub const CASCADING: &str = "cascading";
/// The layer alone is drawn anew.
pub const INDEPENDENT: &str = "independent";
/// The same training with the masks permuted among the slices.
pub const LABELS: &str = "labels";
/// How alike the maps of two networks are, each drawn anew throughout: what a method shows of images alone.
pub const CHANCE: &str = "chance";

/// Whether the network does what the maps of one volume say.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FaithfulnessRow {
    /// Way of explaining; [`RANDOM`] for a map of random numbers.
    pub method: String,
    /// The way that it is compared with; empty where the measure is of one.
    pub other: String,
    /// Name of the measure.
    pub measure: String,
    /// Volume id.
    pub volume: String,
    /// The measure; empty where it is not defined.
    pub value: Option<f32>,
}

/// Stands among the methods for a map of random numbers: what a measure is by chance.
pub const RANDOM: &str = "random";

/// The tables of a cell; empty where the study did not ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checks {
    /// `sanity.csv`.
    pub sanity: Vec<SanityRow>,
    /// `shuffled_labels.csv`.
    pub shuffled_labels: Vec<SanityRow>,
    /// `faithfulness.csv`.
    pub faithfulness: Vec<FaithfulnessRow>,
}
