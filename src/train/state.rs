//! A training that is not over: what it needs to go on from the end of an epoch, as if it had not been broken off; to the
//! same bits where the device repeats its own.

use super::Epoch;
use crate::network::arrays::{Arrays, WeightsError};

/// Where a training is at the end of an epoch.
pub struct State {
    /// The network.
    pub weights: Arrays,
    /// What its optimiser remembers: [`Learner::memory`](crate::network::Learner::memory).
    pub memory: Arrays,
    /// The epochs so far.
    pub epochs: Vec<Epoch>,
}

/// Keeps how far trainings are. A cell has a second one where its feed reads an earlier network.
pub trait Keeper {
    /// What was kept of training number `training`, from 0; none to begin anew.
    fn kept(&self, training: usize) -> Option<State>;

    /// Keeps `state` of training number `training`, or lets it be where it is not `over`, such as soon after the last.
    ///
    /// # Errors
    /// [`WeightsError`] where it cannot be written.
    fn keep(
        &mut self,
        training: usize,
        over: bool,
        state: &dyn Fn() -> Option<State>,
    ) -> Result<(), WeightsError>;
}

/// Keeps nothing: every training begins anew.
pub struct Nothing;

impl Keeper for Nothing {
    fn kept(&self, _: usize) -> Option<State> {
        None
    }

    fn keep(&mut self, _: usize, _: bool, _: &dyn Fn() -> Option<State>) -> Result<(), WeightsError> {
        Ok(())
    }
}
