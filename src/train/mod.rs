//! Training one network with one loss: Adam, a fixed number of epochs or steps. The seed fixes initial weights, batch
//! order and what [`feed`] draws, the same for every loss.

pub mod adversary;
pub mod feed;
mod objective;
pub mod schedule;
mod sight;

pub use objective::objective;

use adversary::{Adversary, Moment};
use feed::{Draw, Feed, Reads};
use schedule::Schedule;

use crate::attack::ball::Norm;
use crate::attack::budget::BudgetError;
use crate::attack::dense::text::Dense;
use crate::attack::victim::Victim;
use crate::data::DataError;
use crate::data::stored_slices::StoredSlices;
use crate::image::gather::gather;
use crate::image::overlap::mean;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::Learner;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::finite::NotFinite;
use crate::network::open;
use crate::network::unet::UNetConfig;
use crate::network::unet::weights::Weights;
use crate::rules::{Range, should};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
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
    attack: Option<Dense>,
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

/// What one epoch came to: a pass over the training slices, the last of which `train.steps` may break off.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean loss over the epoch's batches, in training mode.
    pub train_loss: f64,
    /// Hard Dice on the validation slices that have foreground, mean over slices; empty without
    /// validation volumes.
    pub validation_dice: Option<f64>,
}

/// Why training stopped early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss, a weight or a logit is NaN or infinite.
    #[error(
        "training with {loss} diverged in epoch {epoch} (its numbers are not finite): lower train.learning_rate"
    )]
    Diverged {
        /// The loss function.
        loss: String,
        /// The epoch, from 1.
        epoch: usize,
    },
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`NotFinite`].
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// An attack that broke its budget.
    #[error("train.attack: {0}")]
    Attack(BudgetError),
}

impl From<BudgetError> for TrainError {
    fn from(error: BudgetError) -> Self {
        match error {
            BudgetError::NotFinite(error) => Self::NotFinite(error),
            other => Self::Attack(other),
        }
    }
}

/// One training, all its choices made.
pub struct Training<'a> {
    /// Size of the network.
    pub model: UNetConfig,
    /// How to train.
    pub config: &'a TrainConfig,
    /// The loss to minimise.
    pub loss: &'a LossFunction,
    /// Fixes initial weights, batch order and what the feed draws.
    pub seed: u64,
    /// Height and width of the slices.
    pub size: [usize; 2],
    /// The least and the largest intensity of images, which an attack on them keeps to.
    pub range: [f32; 2],
    /// Where to train.
    pub device: &'a Device,
}

impl Training<'_> {
    /// Trains on `train`. After each batch `progress` hears how many batches are done and the batch's
    /// loss. `validation` is scored after each epoch and decides nothing. Where the feed reads the gradient of an earlier
    /// network, that is trained first, and its epochs are not told.
    ///
    /// # Errors
    /// [`TrainError`] where the loss or a weight leaves the finite numbers, or a slice cannot be read.
    pub fn run(
        &self,
        train: &StoredSlices,
        validation: &StoredSlices,
        mut progress: impl FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        let Some(first) = self.config.first() else {
            return self.once(train, validation, None, &mut progress);
        };
        let unscored = validation.of_volumes(&[]);
        let earlier = Training { config: &first, ..*self };
        let (weights, _) = earlier.once(train, &unscored, None, &mut progress)?;
        let earlier = open::predictor(&weights, self.device, self.size);
        let before = batches(&first, train.len());
        self.once(train, validation, Some(&earlier), &mut |done, loss| progress(before + done, loss))
    }

    /// One training, from the first step to the last; `earlier` is the network of the one before it.
    fn once(
        &self,
        train: &StoredSlices,
        validation: &StoredSlices,
        earlier: Option<&Predictor>,
        progress: &mut dyn FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        let mut weights = Weights::random(&self.model, self.seed);
        let TrainConfig { learning_rate, schedule, .. } = *self.config;
        let steps = steps(self.config, train.len());
        let mut learner = open::learner(&weights, self.device);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        // A stream of its own, so that the batch order does not depend on the network's size.
        generator.set_stream(1);
        let mut order: Vec<usize> = (0..train.len()).collect();
        let mut epochs = Vec::new();
        let mut done = 0;
        while done < steps {
            let epoch = epochs.len() + 1;
            let diverged = || self.diverged(epoch);
            order.shuffle(&mut generator);
            let mut losses = Vec::new();
            for batch in order.chunks(self.config.batch).take(steps - done) {
                let slices = train.read(batch.iter().copied())?;
                let slices = match self.fed(slices, epoch, learner.as_ref(), earlier) {
                    Err(TrainError::NotFinite(_)) => return Err(diverged()),
                    fed => fed?,
                };
                let (images, targets) = gather(&slices);
                let rate = schedule.rate(learning_rate, done, steps);
                let loss = objective(self.loss, targets, self.size, self.device);
                let value = learner.step(&images, self.size, &loss, rate);
                if !value.is_finite() {
                    return Err(diverged());
                }
                losses.push(value);
                done += 1;
                progress(done, value);
            }
            weights = Weights::from_arrays(&self.model, learner.arrays()).map_err(|_| diverged())?;
            let validation_dice = match self.validation_dice(&weights, validation) {
                Err(TrainError::NotFinite(_)) => return Err(diverged()),
                scored => scored?,
            };
            epochs.push(Epoch { epoch, train_loss: mean(&losses), validation_dice });
        }
        Ok((weights, epochs))
    }

    /// What the network sees of the slices of a batch: what the feed makes of them, attacked where there is an adversary.
    fn fed(
        &self,
        slices: Vec<Slice>,
        epoch: usize,
        learner: &dyn Learner,
        earlier: Option<&Predictor>,
    ) -> Result<Vec<Slice>, TrainError> {
        let TrainConfig { feed, adversary, .. } = self.config;
        let asked = feed.reads() == Reads::InTraining || adversary.is_some();
        let current = if asked { Some(self.as_it_is(learner, epoch)?) } else { None };
        let read = match feed.reads() {
            Reads::Nothing => None,
            Reads::InTraining => current.as_ref(),
            Reads::Earlier => earlier,
        };
        let maps = read.map(|network| sight::maps(network, &slices, self.loss)).transpose()?;
        let draw = Draw { seed: self.seed, epoch };
        let mut slices = feed.change(slices, &draw, &maps.unwrap_or_default());
        if let (Some(adversary), Some(network)) = (adversary, &current) {
            let moment = Moment { seed: self.seed, epoch };
            adversary.change(&mut slices, self.range, moment, &Victim::new(network, Some(self.loss)))?;
        }
        Ok(slices)
    }

    fn diverged(&self, epoch: usize) -> TrainError {
        TrainError::Diverged { loss: self.loss.to_string(), epoch }
    }

    /// The network in training as it would be used now: batch norm takes its running statistics.
    fn as_it_is(&self, learner: &dyn Learner, epoch: usize) -> Result<Predictor, TrainError> {
        let weights = Weights::from_arrays(&self.model, learner.arrays());
        let weights = weights.map_err(|_| self.diverged(epoch))?;
        Ok(open::predictor(&weights, self.device, self.size))
    }

    /// Mean hard Dice over the slices that have foreground.
    fn validation_dice(&self, weights: &Weights, slices: &StoredSlices) -> Result<Option<f64>, TrainError> {
        let predictor = open::predictor(weights, self.device, self.size);
        let mut scores: Vec<f64> = Vec::new();
        for batch in slices.batches(VALIDATION_SLICES) {
            let mut batch = batch?;
            batch.retain(Slice::has_foreground);
            let logits = predictor.logits(&gather(&batch).0)?;
            let scored = batch.iter().zip(logits.chunks(predictor.pixels()));
            scores.extend(scored.map(|(slice, logits)| slice.score(logits).dice()));
        }
        Ok((!scores.is_empty()).then(|| mean(&scores)))
    }
}

/// Slices held in memory at a time while validating.
const VALIDATION_SLICES: usize = 256;

/// Batches that a training on `slices` slices runs, an optimiser step each, those of an earlier network's training among
/// them; none where there are no slices.
pub fn batches(config: &TrainConfig, slices: usize) -> usize {
    let first = config.first().map_or(0, |first| steps(&first, slices));
    first + steps(config, slices)
}

/// Those of one training.
fn steps(config: &TrainConfig, slices: usize) -> usize {
    match (config.steps, slices.div_ceil(config.batch)) {
        (_, 0) => 0,
        (0, of_epoch) => config.epochs * of_epoch,
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
    #[case("attack = 'signed'\nradius = 0.1", "train.attack: attack should be one of fgsm, mi-fgsm, pgd")]
    #[case("attack = 3\nradius = 0.1", "train.attack should be a text, but is 3")]
    fn wrong_fields_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = read(text).unwrap_err();
        assert!(message.starts_with(says) && !message.contains('\n'), "{message}");
    }
}
