//! What a study compares: an arm is a loss with its training, of which a network is trained once a seed, or a network that
//! exists ([`Existing`]).
//!
//! `losses = ["bce", "dice"]` is the short way: an arm per loss, named as the loss. The long way gives an
//! arm a name, and a training that differs from the study's where its own `train` says so:
//!
//! ```toml
//! [[arms]]
//! name = "dice-long"
//! loss = "dice"
//! train = { epochs = 36 }
//!
//! [[arms]]
//! name = "unet"
//! network = "python my_net.py"
//! ```

use super::existing::Existing;
use crate::loss::{LossFunction, LossParameters};
use crate::rules::table;
use crate::train::TrainConfig;
use serde::{Deserialize, Serialize};

/// An arm as a study file writes it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ArmConfig {
    /// Letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// As [`LossFunction::parse`] reads it; may be left out for a network that exists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub loss: String,
    /// Command that serves a network that exists, see NETWORKS.md.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// File of the weights of a network that exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Which network that is: SHA-256 of the weights' file, or what its process says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Fields of the section `train` that are other than the study's.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub train: toml::Table,
}

/// A loss with its training, or a network that exists.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Name in records and in what is shown of them.
    pub name: String,
    /// What is minimised; [`LossFunction::unknown`] where a network that exists does not tell.
    pub loss: LossFunction,
    /// How; of no meaning for a network that exists.
    pub train: TrainConfig,
    /// The network, where it is not trained here.
    pub existing: Option<Existing>,
    /// Whether the study gave it a name of its own.
    named: bool,
}

impl Arm {
    /// The arm of a loss, trained as the study says.
    pub fn of_loss(loss: LossFunction, train: &TrainConfig) -> Self {
        Self { name: loss.to_string(), loss, train: train.clone(), existing: None, named: false }
    }

    /// The arm of `config`.
    ///
    /// # Errors
    /// A line that names the arm and what is wrong.
    pub fn of_config(
        config: &ArmConfig,
        train: &TrainConfig,
        parameters: &LossParameters,
    ) -> Result<Self, String> {
        let name = &config.name;
        let fault = |fault: String| format!("arm '{name}': {fault}");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(fits) || name.starts_with('.') {
            return Err(format!(
                "the name of an arm should be letters, digits, -, _ and dots, but is '{name}'"
            ));
        }
        let keys = [&config.network, &config.weights, &config.fingerprint];
        let existing = Existing::of(keys, !config.train.is_empty()).map_err(fault)?;
        let loss = match config.loss.as_str() {
            "" if existing.is_some() => LossFunction::unknown(),
            "" => return Err(fault("should have a loss, or a network or weights that exist".to_string())),
            text => LossFunction::parse(text, parameters).map_err(|error| fault(error.to_string()))?,
        };
        // Claims go by losses, whose arms are named after them.
        let other = LossFunction::parse(name, parameters).ok().filter(|_| loss.is_known());
        if let Some(other) = other.filter(|other| other.to_string() != loss.to_string()) {
            return Err(fault(format!("is named after the loss {other}, but has {loss}: take another name")));
        }
        let mut table = toml::Table::try_from(train).map_err(|error| fault(error.to_string()))?;
        // Its own length replaces that of the study, in whichever unit.
        if let Some(other) = length_in_the_other_unit(&config.train) {
            table.remove(other);
        }
        table.extend(config.train.clone());
        let train: TrainConfig = table::read(&table, "train").map_err(fault)?;
        train.check().map_err(fault)?;
        Ok(Self { name: name.clone(), loss, train, existing, named: true })
    }

    /// The loss that it was trained with, where that is known.
    pub fn trained_with(&self) -> Option<&LossFunction> {
        Some(&self.loss).filter(|loss| loss.is_known())
    }

    /// Name for tables and figures.
    pub fn title(&self) -> String {
        if self.named { self.name.clone() } else { self.loss.title() }
    }

    /// Name for file names.
    pub fn slug(&self) -> String {
        if self.named { self.name.clone() } else { self.loss.slug() }
    }

    /// What decides its numbers and is not the study's, where it has a name of its own.
    ///
    /// # Errors
    /// A line where its training cannot be written as text.
    pub(super) fn own(&self) -> Result<Option<toml::Table>, String> {
        if !self.named {
            return Ok(None);
        }
        let mut table = match &self.existing {
            Some(existing) => existing.identity(),
            None => toml::Table::try_from(&self.train).map_err(|error| error.to_string())?,
        };
        table.insert("loss".to_string(), self.loss.to_string().into());
        Ok(Some(table))
    }
}

/// Of `epochs` and `steps` the one that a training that gives the other alone does not take over.
fn length_in_the_other_unit(train: &toml::Table) -> Option<&'static str> {
    match (train.contains_key("epochs"), train.contains_key("steps")) {
        (true, false) => Some("steps"),
        (false, true) => Some("epochs"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::shipped;
    use crate::definition::study::Study;
    use rstest::rstest;

    fn study(change: &str) -> Result<Study, String> {
        let text = shipped::text("smoke").expect("smoke");
        Study::parse(text, &[change.to_string()])
    }

    #[test]
    fn arms_of_one_loss_may_differ_in_parameters_and_in_training() {
        let change =
            "arms=[{name='long', loss='focal', train={epochs=9}}, {name='sharp', loss='focal(gamma=1)'}]";
        let study = study(change).expect("a study");
        let names: Vec<&str> = study.arms.iter().map(|arm| arm.name.as_str()).collect();
        assert_eq!(names, ["bce", "dice", "long", "sharp"]);
        let [bce, long, sharp] = [&study.arms[0], &study.arms[2], &study.arms[3]];
        assert_eq!([bce.train.epochs, long.train.epochs, sharp.train.epochs], [8, 9, 8]);
        assert_eq!((sharp.title().as_str(), bce.title().as_str()), ("sharp", "BCE"));
        let of = |arm| study.identity_of([arm]).expect("an identity").hash;
        assert!(of(bce) != of(long) && of(long) != of(sharp));
    }

    #[test]
    fn arms_may_differ_in_what_their_training_is_fed() {
        let change = "arms=[{name='turned', loss='dice', train={feed='augment(rotation=30)'}}, {name='plain', loss='dice', train={feed='plain'}}]";
        let study = study(change).expect("a study");
        let feeds: Vec<String> = study.arms.iter().map(|arm| arm.train.feed.to_string()).collect();
        assert_eq!(feeds, ["plain", "plain", "augment(rotation=30)", "plain"]);
        assert!(study.arms[2].train != study.arms[1].train && study.arms[3].train == study.arms[1].train);
    }

    #[test]
    fn an_arm_may_switch_off_or_change_the_attack_of_the_studys_training() {
        let text = shipped::text("smoke").expect("smoke");
        let changes = [
            "train.attack='pgd(steps=2)'",
            "train.radius=0.01",
            "arms=[{name='plain', loss='bce', train={attack='none'}}, {name='far', loss='bce', train={radius=0.02}}]",
        ];
        let study = Study::parse(text, &changes.map(String::from)).expect("a study");
        let radius = |name: &str| {
            study.arm(name).and_then(|arm| arm.train.adversary.as_ref()).map(|adversary| adversary.radius)
        };
        assert_eq!(["bce", "plain", "far"].map(radius), [Some(0.01), None, Some(0.02)]);
        // The same training as in a study that never had one.
        let never = Study::parse(text, &["arms=[{name='plain', loss='bce'}]".to_string()]).expect("a study");
        let train = |study: &Study| study.arm("plain").map(|arm| arm.train.clone());
        assert_eq!(train(&study), train(&never));
        // The study as a run writes it down is read back to the same.
        let written = toml::to_string(study.raw()).expect("a text");
        let again = Study::parse(&written, &[]).expect("a study");
        assert_eq!((train(&again), again.identity()), (train(&study), study.identity()));
    }

    #[test]
    fn an_arms_own_length_replaces_the_studys_in_either_unit() {
        let text = shipped::text("smoke").expect("smoke");
        let arm = |changes: &[&str]| {
            let overrides: Vec<String> = changes.iter().map(ToString::to_string).collect();
            let study = Study::parse(text, &overrides).expect("a study");
            let train = &study.arms.last().expect("an arm").train;
            (train.epochs, train.steps)
        };
        assert_eq!(arm(&["arms=[{name='a', loss='dice', train={steps=5}}]"]), (0, 5));
        let in_steps = ["train={steps=9}", "arms=[{name='a', loss='dice', train={epochs=2}}]"];
        assert_eq!(arm(&in_steps), (2, 0));
        assert_eq!(arm(&["train={steps=9}", "arms=[{name='a', loss='dice', train={batch=4}}]"]), (0, 9));
    }

    #[rstest]
    #[case("arms=[{name='bce', loss='bce'}]", "arms name bce twice")]
    #[case(
        "arms=[{name='tversky', loss='dice'}]",
        "arm 'tversky': is named after the loss tversky, but has dice"
    )]
    #[case(
        "arms=[{name='a b', loss='dice'}]",
        "the name of an arm should be letters, digits, -, _ and dots, but is 'a b'"
    )]
    #[case(
        "arms=[{name='a', loss='crossentropy'}]",
        "arm 'a': loss 'crossentropy': 'crossentropy' should be one of"
    )]
    #[case(
        "arms=[{name='a', loss='dice', train={epochs=0}}]",
        "arm 'a': train.epochs should be 1 or more, but is 0"
    )]
    #[case("arms=[{name='a', loss='dice', train={epoch=1}}]", "arm 'a': train: unknown field `epoch`")]
    #[case("arms=[{name='a', loss='dice', feed='x'}]", "feed")]
    #[case(
        "arms=[{name='a', loss='dice', train={feed='x'}}]",
        "arm 'a': train.feed should be one of plain, augment, hide, hide-salient, focus, shuffled-labels, but is 'x'"
    )]
    fn wrong_arms_are_refused(#[case] change: &str, #[case] says: &str) {
        let message = study(change).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
