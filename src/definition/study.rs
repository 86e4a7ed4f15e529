//! The study file: every choice that decides a number, with the defaults of METHODOLOGY.md.

use crate::attack::{self, Attack};
use crate::data::hash::hex;
use crate::data::split::SplitConfig;
use crate::definition::data::{DataConfig, Source};
use crate::definition::sections::{AttackConfig, Protocol, SaliencyConfig, Transfer, TrialsConfig};
use crate::definition::{check, overrides};
use crate::loss::{LossFunction, LossParameters};
use crate::network::unet::UNetConfig;
use crate::phantom::PhantomConfig;
use crate::study::StudyError;
use crate::train::TrainConfig;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Studies that are built in: name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("quick", include_str!("../../studies/quick.toml")),
    ("paper", include_str!("../../studies/paper.toml")),
    ("smoke", include_str!("../../studies/smoke.toml")),
];

/// A study file, checked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Name of the run folder.
    pub name: String,
    /// Losses, as [`LossFunction::parse`] reads them.
    pub losses: Vec<String>,
    /// One network is trained per loss and seed.
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
    /// Free parameters of the losses.
    #[serde(default)]
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
    /// The sweeps by name.
    pub protocol: BTreeMap<String, Protocol>,
}

impl Study {
    /// Reads the study called `name`: a file, or where there is none a shipped study. Each override is
    /// `key=value` with a dotted key and a TOML value; a value that is none counts as text.
    ///
    /// # Errors
    /// [`StudyError::Definition`] that names the key that is wrong.
    pub fn read(name: &str, overrides: &[String]) -> Result<Self, StudyError> {
        let path = Path::new(name);
        let shipped = SHIPPED.iter().find(|(known, _)| *known == name);
        let text = match (path.is_file(), shipped) {
            (false, Some((_, text))) => Ok((*text).to_string()),
            _ => std::fs::read_to_string(path),
        };
        let fault = |fault: String| StudyError::Definition { path: path.into(), fault };
        let text = text.map_err(|source| {
            let known: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
            fault(format!("{source}: give a study file or one of {}", known.join(", ")))
        })?;
        Self::parse(&text, overrides).map_err(fault)
    }

    /// Reads a study from its text. See [`Self::read`].
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self, String> {
        let mut table: toml::Table = text.parse().map_err(|error| one_line(&error))?;
        for change in overrides {
            overrides::set(&mut table, change)?;
        }
        let study: Self = table.try_into().map_err(|error| one_line(&error))?;
        check::study(&study)?;
        Ok(study)
    }

    /// The losses, in order.
    ///
    /// # Errors
    /// A line that names a text that is no loss.
    pub fn loss_functions(&self) -> Result<Vec<LossFunction>, String> {
        let losses = self.losses.iter().map(|text| LossFunction::parse(text, &self.loss));
        losses.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    /// The attacks, in order.
    pub fn attacks(&self) -> Vec<&'static Attack> {
        self.attack.methods.iter().filter_map(|name| attack::find(name)).collect()
    }

    /// Names of the attacks that rank pixels by a saliency map, in order.
    pub fn rankings(&self) -> Vec<&'static str> {
        self.attacks().into_iter().filter(|attack| attack.reads_saliency).map(|attack| attack.name).collect()
    }

    /// The sweeps of the transfer control, by name; none where one loss has no other to compare with.
    pub fn transferred(&self) -> Vec<(&String, &Protocol)> {
        let wanted = |name: &String| match &self.attack.transfer {
            Transfer::All(all) => *all,
            Transfer::Sweeps(names) => names.contains(name),
        };
        let possible = self.losses.len() > 1 && !self.rankings().is_empty();
        self.protocol.iter().filter(|(name, _)| possible && wanted(name)).collect()
    }

    /// Whether `other` trains the same networks from the same data.
    pub fn trains_like(&self, other: &Self) -> bool {
        let same_data = self.data.slices_like(&other.data) && self.split == other.split;
        same_data && self.model == other.model && self.train == other.train && self.loss == other.loss
    }

    /// The largest budget of any sweep.
    pub fn largest_budget(&self) -> usize {
        self.protocol.values().flat_map(|protocol| protocol.pixels.iter().copied()).max().unwrap_or(0)
    }

    /// SHA-256, in hex, over everything that decides a cell's numbers: all but the name and the lists of
    /// losses and seeds, so that a study may grow.
    pub fn hash(&self) -> Result<String, String> {
        let mut protocol = self.clone();
        protocol.name.clear();
        protocol.losses.clear();
        protocol.seeds.clear();
        if protocol.data.source == Source::Decathlon {
            protocol.data.phantom = PhantomConfig::default();
        }
        let text = serde_json::to_string(&protocol).map_err(|error| error.to_string())?;
        Ok(hex(&Sha256::digest(text)))
    }
}

/// A TOML error without its excerpt of the text.
fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::budget::Replacement;
    use rstest::rstest;

    fn smoke(changes: &[&str]) -> Result<Study, String> {
        let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::parse(SHIPPED[2].1, &overrides)
    }

    #[rstest]
    #[case(0)]
    #[case(1)]
    #[case(2)]
    fn shipped_studies_are_valid_and_named_as_they_are_asked_for(#[case] index: usize) {
        let (name, text) = SHIPPED[index];
        assert_eq!(Study::parse(text, &[]).expect(name).name, name);
    }

    #[test]
    fn the_paper_study_spells_out_the_papers_sweeps() {
        let study = Study::parse(SHIPPED[1].1, &[]).expect("the paper study");
        assert_eq!(study.losses, ["bce", "dice", "bce+dice", "bce+dice+focal"]);
        assert_eq!(study.protocol["fig2"].levels, [0.0, 0.05, 0.1, 0.15, 0.2]);
        assert_eq!(study.protocol["fig3"].levels, [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(study.protocol["fig5"].pixels, [0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100]);
        assert_eq!(study.protocol["fig6"].points()[3], (5, Replacement::Uniform(0.0, 1.0)));
        assert_eq!(study.model, UNetConfig::default());
        assert!(study.seeds.len() >= 6);
    }

    #[test]
    fn overrides_reach_into_tables() {
        let study =
            smoke(&["train.epochs=7", "seeds=[4, 5]", "protocol.fig2.levels=[0.1]", "saliency.output=logit"])
                .expect("a study");
        assert_eq!((study.train.epochs, study.seeds.as_slice()), (7, [4, 5].as_slice()));
        assert_eq!(study.protocol["fig2"].levels, [0.1]);
        assert_eq!(study.saliency.output, "logit");
    }

    #[rstest]
    #[case("train.epoch=2", "epoch")]
    #[case("nonsense=2", "nonsense")]
    #[case("train.epochs=0", "train.epochs should be 1 or more")]
    #[case("train.epochs=many", "invalid type")]
    #[case("train.learning_rate=nan", "train.learning_rate should be above 0")]
    #[case("losses=['bce', 'hinge']", "'hinge' should be one of")]
    #[case("losses=['bce', 'bce']", "losses names bce twice")]
    #[case("seeds=[]", "at least one seed")]
    #[case("model.levels=9", "levels should be 1 to 6")]
    #[case("saliency.output=grad-cam", "saliency.output should be one of probability")]
    #[case("attack.methods=['fgsm']", "attack.methods should be one of signed")]
    #[case("attack.transfer=['fig9']", "attack.transfer should be one of fig2, fig6, but is 'fig9'")]
    #[case("attack.transfer=3", "attack.transfer")]
    #[case("protocol.fig2.levels=[1.5]", "protocol.fig2.levels should be 0 to 1")]
    #[case("protocol.fig2.uniform=[0, 1]", "either levels or uniform")]
    #[case("trials.most=1", "trials.most should be 2 or more")]
    #[case("name='../up'", "name should be letters")]
    #[case("data.intensity=[0.2, 0.0]", "two rising numbers")]
    #[case("epochs", "key=value")]
    fn wrong_studies_are_refused_with_the_key(#[case] change: &str, #[case] says: &str) {
        let message = smoke(&[change]).unwrap_err();
        assert!(message.contains(says), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn the_hash_ignores_the_lists_that_may_grow_and_nothing_else() {
        let hash = |changes: &[&str]| smoke(changes).and_then(|study| study.hash()).expect("a hash");
        assert_eq!(hash(&[]), hash(&["seeds=[9]", "losses=['focal']", "name='other'"]));
        assert_ne!(hash(&[]), hash(&["train.epochs=9"]));
        assert_ne!(hash(&[]), hash(&["loss.focal_gamma=1.0"]));
        assert_ne!(hash(&[]), hash(&["protocol.fig2.pixels=[4]"]));
    }
}
