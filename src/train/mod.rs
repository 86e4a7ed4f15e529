//! Training one network with one loss: Adam, fixed epochs. The seed fixes initial weights, batch order and what
//! [`feed`] draws, the same for every loss.

pub mod feed;
mod objective;
pub mod schedule;

pub use objective::objective;

use feed::{Draw, Feed};
use schedule::Schedule;

use crate::data::DataError;
use crate::data::stored_slices::StoredSlices;
use crate::image::gather::gather;
use crate::image::overlap::mean;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
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
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Passes over the training slices, 1 or more.
    pub epochs: usize,
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
}

impl Default for TrainConfig {
    fn default() -> Self {
        let (schedule, feed) = (Schedule::default(), Feed::default());
        Self { epochs: 6, batch: 32, learning_rate: 1e-3, schedule, feed }
    }
}

impl TrainConfig {
    /// Checks the section.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self) -> Result<(), String> {
        should(self.epochs > 0, "train.epochs", "1 or more", self.epochs)?;
        should(self.batch > 0, "train.batch", "1 or more", self.batch)?;
        Range::Above(0.0).check("train.learning_rate", self.learning_rate)
    }
}

/// What one epoch came to.
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
    /// Where to train.
    pub device: &'a Device,
}

impl Training<'_> {
    /// Trains on `train`. After each batch `progress` hears how many batches are done and the batch's
    /// loss. `validation` is scored after each epoch and decides nothing.
    ///
    /// # Errors
    /// [`TrainError`] where the loss or a weight leaves the finite numbers, or a slice cannot be read.
    pub fn run(
        &self,
        train: &StoredSlices,
        validation: &StoredSlices,
        mut progress: impl FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        let mut weights = Weights::random(&self.model, self.seed);
        let TrainConfig { learning_rate, schedule, .. } = *self.config;
        let steps = batches(self.config, train.len());
        let mut learner = open::learner(&weights, self.device);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        // A stream of its own, so that the batch order does not depend on the network's size.
        generator.set_stream(1);
        let mut order: Vec<usize> = (0..train.len()).collect();
        let mut epochs = Vec::with_capacity(self.config.epochs);
        let mut done = 0;
        for epoch in 1..=self.config.epochs {
            let diverged = || TrainError::Diverged { loss: self.loss.to_string(), epoch };
            let draw = Draw { seed: self.seed, epoch };
            order.shuffle(&mut generator);
            let mut losses = Vec::new();
            for batch in order.chunks(self.config.batch) {
                let slices = self.config.feed.change(train.read(batch.iter().copied())?, &draw);
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

/// Batches that a training on `slices` slices runs.
pub fn batches(config: &TrainConfig, slices: usize) -> usize {
    config.epochs * slices.div_ceil(config.batch)
}
