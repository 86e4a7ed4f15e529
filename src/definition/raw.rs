//! A study file as it is written: names are texts, and no range is checked.

use super::arm::ArmConfig;
use super::attack::AttackConfig;
use super::data::DataConfig;
use super::saliency::SaliencyConfig;
use super::sweep::Sweep;
use super::trials::TrialsConfig;
use crate::data::split::SplitConfig;
use crate::loss::LossParameters;
use crate::network::unet::UNetConfig;
use crate::train::TrainConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The text of a study as a value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawStudy {
    /// Name of the run folder.
    pub name: String,
    /// The set of claims that it is judged by: one that is built in, or a folder; the default set without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// Losses, as [`crate::loss::LossFunction::parse`] reads them: an arm each.
    #[serde(default)]
    pub losses: Vec<String>,
    /// One network is trained per arm and seed.
    pub seeds: Vec<u64>,
    /// Where volumes come from.
    #[serde(default)]
    pub data: DataConfig,
    /// Train, validation and test.
    #[serde(default)]
    pub split: SplitConfig,
    /// The network.
    #[serde(default)]
    pub model: UNetConfig,
    /// The training.
    #[serde(default)]
    pub train: TrainConfig,
    /// Parameters that hold for every loss.
    #[serde(default, skip_serializing_if = "LossParameters::is_plain")]
    pub loss: LossParameters,
    /// The gradient.
    #[serde(default)]
    pub saliency: SaliencyConfig,
    /// Which pixels are chosen.
    #[serde(default)]
    pub attack: AttackConfig,
    /// How often random choices are repeated.
    #[serde(default)]
    pub trials: TrialsConfig,
    /// The sweeps by name; `protocol` is an earlier word for them.
    #[serde(rename = "sweep", alias = "protocol")]
    pub sweeps: BTreeMap<String, Sweep>,
    /// Arms that are more than a loss.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<ArmConfig>,
}

/// The sweep of a study that sets nothing.
pub(super) const PLAIN_SWEEP: &str = "sweep";

impl RawStudy {
    /// A study that sets nothing: every section at its defaults, one empty sweep.
    pub(super) fn plain() -> Self {
        Self {
            name: String::new(),
            claims: None,
            losses: Vec::new(),
            seeds: Vec::new(),
            data: DataConfig::default(),
            split: SplitConfig::default(),
            model: UNetConfig::default(),
            train: TrainConfig::default(),
            loss: LossParameters::default(),
            saliency: SaliencyConfig::default(),
            attack: AttackConfig::default(),
            trials: TrialsConfig::default(),
            sweeps: BTreeMap::from([(PLAIN_SWEEP.to_string(), Sweep::default())]),
            arms: Vec::new(),
        }
    }
}
