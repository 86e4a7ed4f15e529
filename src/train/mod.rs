//! Training one network with one loss: Adam, a fixed number of epochs or steps. The seed fixes initial weights, batch
//! order and what [`feed`] draws, the same for every loss.

pub mod adversary;
mod config;
pub mod feed;
mod objective;
pub mod schedule;
mod sight;
pub mod state;

pub use config::{TrainConfig, batches};
pub use objective::objective;

use adversary::Moment;
use config::steps;
use feed::{Draw, Reads};
use state::{Keeper, Nothing, State};

use crate::attack::budget::BudgetError;
use crate::attack::victim::Victim;
use crate::data::DataError;
use crate::data::stored_slices::StoredSlices;
use crate::image::gather::gather;
use crate::image::overlap::mean;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::Learner;
use crate::network::arrays::{Arrays, WeightsError};
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::finite::NotFinite;
use crate::network::open;
use crate::network::unet::UNetConfig;
use crate::network::unet::weights::Weights;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

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
    /// How far it is cannot be kept.
    #[error(transparent)]
    Keep(#[from] WeightsError),
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
        progress: impl FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        self.go_on(train, validation, &mut Nothing, progress)
    }

    /// [`Self::run`] from where `keeper` has it, which hears of every epoch.
    ///
    /// # Errors
    /// [`TrainError`] as of [`Self::run`], and where nothing can be kept.
    pub fn go_on(
        &self,
        train: &StoredSlices,
        validation: &StoredSlices,
        keeper: &mut dyn Keeper,
        mut progress: impl FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        let Some(first) = self.config.first() else {
            return self.once(train, validation, None, (0, keeper), &mut progress);
        };
        let unscored = validation.of_volumes(&[]);
        let earlier = Training { config: &first, ..*self };
        let (weights, _) = earlier.once(train, &unscored, None, (0, keeper), &mut progress)?;
        let earlier = open::predictor(&weights, self.device, self.size);
        let before = batches(&first, train.len());
        let mut progress = |done, loss| progress(before + done, loss);
        self.once(train, validation, Some(&earlier), (1, keeper), &mut progress)
    }

    /// One training, to the last step; `earlier` is the network of the one before it, `number` its own.
    fn once(
        &self,
        train: &StoredSlices,
        validation: &StoredSlices,
        earlier: Option<&Predictor>,
        (number, keeper): (usize, &mut dyn Keeper),
        progress: &mut dyn FnMut(usize, f64),
    ) -> Result<(Weights, Vec<Epoch>), TrainError> {
        let TrainConfig { learning_rate, schedule, .. } = *self.config;
        let steps = steps(self.config, train.len());
        let kept = keeper.kept(number);
        let (mut weights, mut epochs, memory) = self.start(kept);
        let mut learner = open::learner(&weights, self.device);
        let mut done = steps.min(epochs.len() * train.len().div_ceil(self.config.batch));
        learner.remember(&memory, done);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        // A stream of its own, so that the batch order does not depend on the network's size.
        generator.set_stream(1);
        let mut order: Vec<usize> = (0..train.len()).collect();
        // Each epoch's order is made of the one before it.
        epochs.iter().for_each(|_| order.shuffle(&mut generator));
        let masks = self.config.feed.masks(self.seed, train.len());
        while done < steps {
            let epoch = epochs.len() + 1;
            let diverged = || self.diverged(epoch);
            order.shuffle(&mut generator);
            let mut losses = Vec::new();
            for batch in order.chunks(self.config.batch).take(steps - done) {
                let slices = masked(train, batch, masks.as_deref())?;
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
            let state = || {
                let memory = learner.memory()?;
                Some(State { weights: learner.arrays(), memory, epochs: epochs.clone() })
            };
            keeper.keep(number, done == steps, &state)?;
        }
        Ok((weights, epochs))
    }

    /// The network to begin with, the epochs that it has seen, and what the optimiser remembers of them: as it was `kept`,
    /// or new.
    fn start(&self, kept: Option<State>) -> (Weights, Vec<Epoch>, Arrays) {
        let known = kept.and_then(|State { weights, memory, epochs }| {
            Some((Weights::from_arrays(&self.model, weights).ok()?, epochs, memory))
        });
        known.unwrap_or_else(|| (Weights::random(&self.model, self.seed), Vec::new(), Arrays::new()))
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

/// The slices of a batch, each with the mask of the one that `masks` names for it, its own where there is none.
fn masked(train: &StoredSlices, batch: &[usize], masks: Option<&[usize]>) -> Result<Vec<Slice>, DataError> {
    let mut slices = train.read(batch.iter().copied())?;
    if let Some(masks) = masks {
        let others = train.read(batch.iter().map(|&slice| masks[slice]))?;
        slices.iter_mut().zip(others).for_each(|(slice, other)| slice.mask = other.mask);
    }
    Ok(slices)
}

/// Slices held in memory at a time while validating.
const VALIDATION_SLICES: usize = 256;
