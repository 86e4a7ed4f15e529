//! A study: a TOML file says what to train and attack, a run folder holds what came out.
//!
//! The unit of work is a cell, one loss at one seed ([`cell`]). Cells of a seed that are all done are
//! then attacked with each other's saliency maps ([`transfer`]), and a few slices are kept to look at
//! ([`examples`]). [`run`] does what is still missing;
//! networks of an earlier run can be taken instead of trained ([`trained`]).

pub mod agreement;
pub mod cell;
pub mod examples;
pub mod maps;
pub mod prepared;
pub mod probabilities;
pub mod run;
pub mod sweep;
pub mod trained;
pub mod transfer;
pub mod trial;

use crate::attack::budget::BudgetError;
use crate::data::DataError;
use crate::network::arrays::WeightsError;
use crate::network::device::DeviceError;
use crate::train::TrainError;
use std::path::PathBuf;

/// Why a study cannot be run or read. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The study file is wrong.
    #[error("{}: {fault}", path.display())]
    Definition {
        /// The study file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// The request does not fit the study.
    #[error("{0}")]
    Request(String),
    /// A run folder or one of its records cannot be read or written.
    #[error("{}: {fault}", path.display())]
    Record {
        /// The record.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// See [`DataError`].
    #[error(transparent)]
    Data(#[from] DataError),
    /// See [`DeviceError`].
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// See [`TrainError`].
    #[error(transparent)]
    Train(#[from] TrainError),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`BudgetError`].
    #[error(transparent)]
    Budget(#[from] BudgetError),
}

impl StudyError {
    pub(crate) fn record(path: impl Into<PathBuf>, fault: impl ToString) -> Self {
        Self::Record { path: path.into(), fault: fault.to_string() }
    }
}
