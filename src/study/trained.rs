//! Networks that an earlier run trained, to be explained and attacked in another way without training
//! them again.

use crate::definition::study::Study;
use crate::loss::LossFunction;
use crate::network::unet::weights::Weights;
use crate::records::files::read_csv;
use crate::records::{cell_folder, read_study};
use crate::study::StudyError;
use crate::study::cell::finished;
use crate::train::Epoch;
use std::path::{Path, PathBuf};

/// The trained networks of a run.
pub struct Trained {
    folder: PathBuf,
    study: Study,
}

impl Trained {
    /// The networks of the run in `folder`, for `study`.
    ///
    /// # Errors
    /// [`StudyError::Record`] where the folder is no run, or its study trains other networks.
    pub fn open(folder: &Path, study: &Study) -> Result<Self, StudyError> {
        let earlier = read_study(folder)?;
        if !study.trains_like(&earlier) {
            return Err(StudyError::record(
                folder.join("study.toml"),
                "trains other networks: data, split, model, train and loss should be those of the study to run",
            ));
        }
        Ok(Self { folder: folder.to_path_buf(), study: earlier })
    }

    /// Weights and epochs of one cell, trained on the data of hash `data_hash`.
    ///
    /// # Errors
    /// [`StudyError::Record`] where the run lacks the cell or trained it on other data.
    pub fn read(
        &self,
        loss: &LossFunction,
        seed: u64,
        data_hash: &str,
    ) -> Result<(Weights, Vec<Epoch>), StudyError> {
        let folder = cell_folder(&self.folder, loss, seed);
        let fault = match finished(&folder, &self.study)? {
            Some(record) if record.data_hash == data_hash => {
                let weights = Weights::read(&folder.join("weights.safetensors"))?;
                return Ok((weights, read_csv(&folder.join("training.csv"))?));
            }
            Some(_) => "was trained on other data",
            None => "is not a finished cell: run it first, or leave out --weights-from",
        };
        Err(StudyError::record(folder, fault))
    }
}
