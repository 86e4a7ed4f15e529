//! The study file: every choice that decides a number, with the defaults of METHODOLOGY.md.

use super::StudyError;
use crate::attack::budget::Replacement;
use crate::attack::{self, Attack};
use crate::data::hash::hex;
use crate::data::split::SplitConfig;
use crate::loss::{LossFunction, LossParameters};
use crate::phantom::PhantomConfig;
use crate::saliency;
use crate::train::TrainConfig;
use crate::unet::UNetConfig;
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

/// Where volumes come from and how intensities are scaled.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// A Decathlon task folder, or phantoms made in memory.
    pub source: Source,
    /// Each volume's smallest and largest voxel are scaled to these.
    pub intensity: [f32; 2],
    /// The phantoms, where they are the source.
    pub phantom: PhantomConfig,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { source: Source::Decathlon, intensity: [0.0, 0.2], phantom: PhantomConfig::default() }
    }
}

/// Source of the volumes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A Medical Segmentation Decathlon task folder, named with `--data`.
    Decathlon,
    /// Phantoms made in memory.
    Phantom,
}

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

/// Attacks and controls.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttackConfig {
    /// Names in [`attack::ATTACKS`]; the first is the one that tables and figures show.
    pub methods: Vec<String>,
    /// Whether each network is also attacked with the other losses' saliency maps.
    pub transfer: bool,
}

impl Default for AttackConfig {
    fn default() -> Self {
        let methods = ["signed", "random", "random-foreground"];
        Self { methods: methods.map(String::from).to_vec(), transfer: true }
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
            set(&mut table, change)?;
        }
        let study: Self = table.try_into().map_err(|error| one_line(&error))?;
        study.check()?;
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

    fn check(&self) -> Result<(), String> {
        let should = |right: bool, message: String| if right { Ok(()) } else { Err(message) };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let named = !self.name.is_empty() && self.name.chars().all(plain) && !self.name.starts_with('.');
        should(named, format!("name should be letters, digits, - and _, but is '{}'", self.name))?;
        let losses = self.loss_functions()?;
        should(!losses.is_empty(), "losses should name at least one loss".into())?;
        distinct("losses", losses.iter().map(LossFunction::slug))?;
        should(!self.seeds.is_empty(), "seeds should name at least one seed".into())?;
        distinct("seeds", self.seeds.iter().map(u64::to_string))?;

        let [low, high] = self.data.intensity;
        let ordered = low.is_finite() && high.is_finite() && low < high;
        should(ordered, format!("data.intensity should be two rising numbers, but is [{low}, {high}]"))?;
        for (key, share) in [("validation", self.split.validation), ("test", self.split.test)] {
            should((0.0..1.0).contains(&share), format!("split.{key} should be 0 to 1, but is {share}"))?;
        }
        let TrainConfig { epochs, batch, learning_rate } = self.train;
        should(epochs > 0, "train.epochs should be 1 or more, but is 0".into())?;
        should(batch > 0, "train.batch should be 1 or more, but is 0".into())?;
        let stepping = learning_rate.is_finite() && learning_rate > 0.0;
        should(stepping, format!("train.learning_rate should be above 0, but is {learning_rate}"))?;
        let LossParameters { dice_epsilon, focal_alpha, focal_gamma } = self.loss;
        let positive = dice_epsilon.is_finite() && dice_epsilon > 0.0;
        should(positive, format!("loss.dice_epsilon should be above 0, but is {dice_epsilon}"))?;
        let share = (0.0..=1.0).contains(&focal_alpha);
        should(share, format!("loss.focal_alpha should be 0 to 1, but is {focal_alpha}"))?;
        let exponent = focal_gamma.is_finite() && focal_gamma >= 0.0;
        should(exponent, format!("loss.focal_gamma should be 0 or more, but is {focal_gamma}"))?;

        let outputs = saliency::OUTPUTS.iter().map(|output| output.name);
        one_of("saliency.output", &self.saliency.output, outputs)?;
        should(!self.attack.methods.is_empty(), "attack.methods should name at least one attack".into())?;
        distinct("attack.methods", self.attack.methods.iter().cloned())?;
        for method in &self.attack.methods {
            one_of("attack.methods", method, attack::ATTACKS.iter().map(|attack| attack.name))?;
        }
        let TrialsConfig { least, most, half_width } = self.trials;
        should(least >= 2, format!("trials.least should be 2 or more, but is {least}"))?;
        should(most >= least, format!("trials.most should be {least} or more, but is {most}"))?;
        let positive = half_width.is_finite() && half_width > 0.0;
        should(positive, format!("trials.half_width should be above 0, but is {half_width}"))?;
        should(!self.protocol.is_empty(), "protocol should hold at least one sweep".into())?;
        self.protocol.iter().try_for_each(|(name, protocol)| check_protocol(name, protocol))
    }
}

fn check_protocol(name: &str, protocol: &Protocol) -> Result<(), String> {
    let within = |value: f32| (0.0..=1.0).contains(&value);
    if protocol.pixels.is_empty() {
        return Err(format!("protocol.{name}.pixels should name at least one budget"));
    }
    distinct(&format!("protocol.{name}.pixels"), protocol.pixels.iter().map(usize::to_string))?;
    distinct(&format!("protocol.{name}.levels"), protocol.levels.iter().map(f32::to_string))?;
    match (protocol.levels.as_slice(), protocol.uniform) {
        ([], Some([low, high])) if within(low) && within(high) && low < high => Ok(()),
        ([], Some([low, high])) => Err(format!(
            "protocol.{name}.uniform should be two rising numbers of 0 to 1, but is [{low}, {high}]"
        )),
        ([], None) | ([_, ..], Some(_)) => {
            Err(format!("protocol.{name} should have either levels or uniform"))
        }
        (levels, None) => match levels.iter().find(|&&level| !within(level)) {
            Some(level) => Err(format!("protocol.{name}.levels should be 0 to 1, but one is {level}")),
            None => Ok(()),
        },
    }
}

fn distinct(key: &str, values: impl Iterator<Item = String>) -> Result<(), String> {
    let mut seen = Vec::new();
    for value in values {
        if seen.contains(&value) {
            return Err(format!("{key} names {value} twice"));
        }
        seen.push(value);
    }
    Ok(())
}

fn one_of(key: &str, value: &str, known: impl Iterator<Item = &'static str>) -> Result<(), String> {
    let known: Vec<_> = known.collect();
    if known.contains(&value) {
        return Ok(());
    }
    Err(format!("{key} should be one of {}, but is '{value}'", known.join(", ")))
}

/// Sets `a.b.c=value` in a table.
fn set(table: &mut toml::Table, change: &str) -> Result<(), String> {
    let Some((key, value)) = change.split_once('=') else {
        return Err(format!("--set should be key=value, but is '{change}'"));
    };
    let value = match format!("value = {value}").parse::<toml::Table>() {
        Ok(mut parsed) => parsed.remove("value"),
        Err(_) => None,
    }
    .unwrap_or_else(|| toml::Value::String(value.to_string()));
    let mut place = table;
    let (parents, last) = key.rsplit_once('.').map_or((None, key), |(parents, last)| (Some(parents), last));
    for part in parents.into_iter().flat_map(|parents| parents.split('.')) {
        let entry = place.entry(part.to_string()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        place = match entry {
            toml::Value::Table(inner) => inner,
            _ => return Err(format!("--set {change}: '{part}' is no table")),
        };
    }
    place.insert(last.to_string(), value);
    Ok(())
}

/// A TOML error without its excerpt of the text.
fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
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
