//! How to train: the section `train` of a study.

use super::adversary::{Adversary, Switch};
use super::feed::{Feed, Reads};
use super::schedule::Schedule;
use crate::attack::ball::Norm;
use crate::rules::{Range, should};
use serde::{Deserialize, Serialize};

/// How to train.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Written")]
pub struct TrainConfig {
    /// Passes over the training slices, 1 or more; 0 where `steps` decides.
    #[serde(skip_serializing_if = "is_zero")]
    pub epochs: usize,
    /// Optimiser steps, a batch each; 0 where `epochs` decides. The last pass over the slices may be broken off.
    #[serde(skip_serializing_if = "is_zero")]
    pub steps: usize,
    /// Slices in a batch, 1 or more; the last batch of an epoch may be smaller.
    pub batch: usize,
    /// Adam's step size, above 0; the first one's where a schedule lowers it.
    pub learning_rate: f64,
    /// How the step size goes from the first step to the last.
    #[serde(skip_serializing_if = "Schedule::is_constant")]
    pub schedule: Schedule,
    /// What becomes of the training slices before the network sees them.
    #[serde(skip_serializing_if = "Feed::is_plain")]
    pub feed: Feed,
    /// What attacks them then, in an adversarial training.
    #[serde(flatten)]
    pub adversary: Option<Adversary>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        let (schedule, feed) = (Schedule::default(), Feed::default());
        Self { epochs: 6, steps: 0, batch: 32, learning_rate: 1e-3, schedule, feed, adversary: None }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The section as it is written: with the number of epochs or of steps, or neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    epochs: Option<usize>,
    steps: Option<usize>,
    batch: usize,
    learning_rate: f64,
    schedule: Schedule,
    feed: Feed,
    attack: Option<Switch>,
    norm: Option<Norm>,
    radius: Option<f64>,
}

impl Default for Written {
    fn default() -> Self {
        let TrainConfig { batch, learning_rate, schedule, feed, .. } = TrainConfig::default();
        let (attack, norm, radius) = (None, None, None);
        Self { epochs: None, steps: None, batch, learning_rate, schedule, feed, attack, norm, radius }
    }
}

impl TryFrom<Written> for TrainConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { epochs, steps, batch, learning_rate, schedule, feed, attack, norm, radius } = written;
        let adversary = Adversary::of(attack, norm, radius)?;
        let (epochs, steps) = match (epochs, steps.unwrap_or(0)) {
            (None, 0) => (Self::default().epochs, 0),
            (Some(epochs), steps) if epochs > 0 && steps > 0 => {
                return Err(format!(
                    "train.epochs ({epochs}) and train.steps ({steps}) are both given: set one of them to 0"
                ));
            }
            (epochs, steps) => (epochs.unwrap_or(0), steps),
        };
        Ok(Self { epochs, steps, batch, learning_rate, schedule, feed, adversary })
    }
}

impl TrainConfig {
    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        should(self.epochs > 0 || self.steps > 0, "train.epochs", "1 or more", self.epochs)?;
        should(self.epochs == 0 || self.steps == 0, "train.steps", "0 beside train.epochs", self.steps)?;
        should(self.batch > 0, "train.batch", "1 or more", self.batch)?;
        Range::Above(0.0).check("train.learning_rate", self.learning_rate)
    }

    /// The training of the earlier network that the feed reads, if any: this one with the plain feed.
    pub fn first(&self) -> Option<Self> {
        (self.feed.reads() == Reads::Earlier).then(|| Self { feed: Feed::default(), ..self.clone() })
    }

    /// Gradients of a network by each slice that a step takes beside its own.
    pub fn gradients(&self) -> usize {
        usize::from(self.feed.reads() != Reads::Nothing)
            + self.adversary.as_ref().map_or(0, Adversary::gradients)
    }
}

/// Batches that a training on `slices` slices runs, an optimiser step each, those of an earlier network's training among
/// them; none where there are no slices.
pub fn batches(config: &TrainConfig, slices: usize) -> usize {
    let first = config.first().map_or(0, |first| steps(&first, slices));
    steps(config, slices).saturating_add(first)
}

/// Those of one training.
pub(super) fn steps(config: &TrainConfig, slices: usize) -> usize {
    match (config.steps, slices.div_ceil(config.batch)) {
        (_, 0) => 0,
        (0, of_epoch) => config.epochs.saturating_mul(of_epoch),
        (steps, _) => steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::table;
    use rstest::rstest;

    fn read(text: &str) -> Result<TrainConfig, String> {
        let config: TrainConfig = table::read(&table::parse(text)?, "train")?;
        config.check().map(|()| config)
    }

    #[rstest]
    #[case("", 6, 0)]
    #[case("epochs = 3", 3, 0)]
    #[case("epochs = 3\nsteps = 0", 3, 0)]
    #[case("steps = 70", 0, 70)]
    #[case("epochs = 0\nsteps = 70", 0, 70)]
    fn epochs_or_steps_decide(#[case] text: &str, #[case] epochs: usize, #[case] steps: usize) {
        let config = read(text).expect("a training");
        assert_eq!((config.epochs, config.steps), (epochs, steps));
        let again = read(&toml::to_string(&config).expect("a text")).expect("a training");
        assert_eq!(again, config);
        // 100 slices are four batches of 32.
        assert_eq!(batches(&config, 100), if steps > 0 { steps } else { 4 * epochs });
        assert_eq!(batches(&config, 0), 0);
        let focused = TrainConfig { feed: Feed::parse("focus").expect("a feed"), ..config.clone() };
        assert_eq!(batches(&focused, 100), 2 * batches(&config, 100));
        assert_eq!(focused.first(), Some(config));
    }

    #[test]
    fn an_adversary_is_read_and_written_back() {
        let config = read("attack = 'pgd(steps=5)'\nradius = 0.004").expect("a training");
        let adversary = config.adversary.clone().expect("an adversary");
        assert_eq!((adversary.norm, adversary.radius, config.gradients()), (Norm::Linf, 0.004, 5));
        let text = toml::to_string(&config).expect("a text");
        assert!(text.contains("attack = \"pgd(steps=5)\"\nnorm = \"linf\"\nradius = 0.004\n"), "{text}");
        assert_eq!(read(&text).expect("a training"), config);
        let plain = toml::to_string(&TrainConfig::default()).expect("a text");
        assert_eq!(plain, "epochs = 6\nbatch = 32\nlearning_rate = 0.001\n");
        // Switched off is as never on, whatever stands beside it.
        for off in ["attack = 'none'", "attack = 'none'\nnorm = 'l2'\nradius = 0.004"] {
            assert_eq!(read(off).as_ref(), Ok(&TrainConfig::default()));
        }
    }

    #[rstest]
    #[case(
        "epochs = 3\nsteps = 70",
        "train.epochs (3) and train.steps (70) are both given: set one of them to 0"
    )]
    #[case("epochs = 0", "train.epochs should be 1 or more, but is 0")]
    #[case("epochs = 0\nsteps = 0", "train.epochs should be 1 or more, but is 0")]
    #[case("steps = -1", "train.steps should be a whole number, 0 or more, but is -1")]
    #[case("steps = 'many'", r#"train.steps should be a whole number, but is "many""#)]
    #[case("step = 1", "train: unknown field `step`")]
    #[case("attack = 'pgd'", "train.attack (pgd) needs train.radius, such as 0.004: how far it goes")]
    #[case("radius = 0.1", "train.norm and train.radius need train.attack, such as pgd(steps=5)")]
    #[case("norm = 'l2'", "train.norm and train.radius need train.attack, such as pgd(steps=5)")]
    #[case("attack = 'pgd'\nradius = 0", "train.radius should be above 0, but is 0")]
    #[case("attack = 'pgd'\nradius = inf", "train.radius should be above 0, but is inf")]
    #[case("attack = 'pgd'\nradius = 'far'", r#"train.radius should be a number, but is "far""#)]
    #[case("attack = 'pgd'\nradius = 0.1\nnorm = 'l1'", "train.norm should be one of linf, l2, but is 'l1'")]
    #[case(
        "attack = 'signed'\nradius = 0.1",
        "train.attack: attack should be one of none, fgsm, mi-fgsm, pgd"
    )]
    #[case("attack = 3\nradius = 0.1", "train.attack should be a text, but is 3")]
    #[case(
        "attack = 'pgd(target=other-slice)'\nradius = 0.1",
        "train.attack (pgd(target=other-slice)) leads to another slice's mask, which a training does not know"
    )]
    fn wrong_fields_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = read(text).unwrap_err();
        assert!(message.starts_with(says) && !message.contains('\n'), "{message}");
    }
}
