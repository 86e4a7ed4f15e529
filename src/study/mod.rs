//! A study: a TOML file says what to train and attack, a run folder holds what came out.
//!
//! The unit of work is a cell, one loss at one seed ([`cell`]). Cells of a seed that are all done are
//! then attacked with each other's saliency maps ([`transfer`]), and a few slices are kept to look at
//! ([`examples`]). [`run`] does what is still missing;
//! networks of an earlier run can be taken instead of trained ([`trained`]), and such as exist ([`existing`]).

pub mod agreement;
mod answers;
pub mod attacks;
pub mod cell;
pub mod changed;
pub mod cost;
mod example_maps;
pub mod examples;
pub mod existing;
pub mod intensities;
mod left_out;
mod load;
pub mod lock;
pub mod maps;
pub mod notes;
pub mod opened;
pub mod pace;
pub mod parts;
pub mod prepared;
pub mod probe;
pub mod progress;
pub mod run;
pub mod setting;
pub mod sweep;
mod tally;
pub mod trained;
pub mod transfer;
pub mod unfinished;
pub mod volumes;

use crate::attack::budget::BudgetError;
use crate::data::DataError;
use crate::fault::Fault;
use crate::network::arrays::WeightsError;
use crate::network::device::DeviceError;
use crate::network::finite::NotFinite;
use crate::network::process::ProcessError;
use crate::saliency::method::ExplainError;
use crate::train::TrainError;

/// Why a study cannot be run. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The request does not fit the study.
    #[error("{0}")]
    Request(String),
    /// A study file, a run folder or one of its records cannot be read or written.
    #[error(transparent)]
    File(#[from] Fault),
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`DeviceError`].
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// See [`TrainError`].
    #[error(transparent)]
    Train(#[from] TrainError),
    /// See [`ProcessError`].
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`BudgetError`].
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// See [`NotFinite`].
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl From<ExplainError> for StudyError {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Refused(fault) => Self::Request(format!("attack.maps: {fault}")),
            ExplainError::NotFinite(fault) => Self::NotFinite(fault),
        }
    }
}
