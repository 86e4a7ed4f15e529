//! Networks that an earlier run trained, to be explained and attacked in another way without training
//! them again.

use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::network::unet::weights::Weights;
use crate::records::cell::{TRAINING, WEIGHTS, cell_folder, read_record};
use crate::records::run::read_study;
use crate::study::StudyError;
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
    /// [`StudyError::File`] where the folder is no run, or its study trains other networks.
    pub fn open(folder: &Path, study: &Study) -> Result<Self, StudyError> {
        let earlier = read_study(folder)?;
        if !study.trains_like(&earlier) {
            let fault = "trains other networks: data, split, model, train and loss should be those of the study to run";
            return Err(Fault::new(folder.join("study.toml"), fault).into());
        }
        Ok(Self { folder: folder.to_path_buf(), study: earlier })
    }

    /// Weights and epochs of one cell, trained on the data of hash `data_hash`.
    ///
    /// # Errors
    /// [`StudyError::File`] where the run lacks the cell or trained it on other data.
    pub fn read(&self, arm: &Arm, seed: u64, data_hash: &str) -> Result<(Weights, Vec<Epoch>), StudyError> {
        let folder = cell_folder(&self.folder, arm, seed);
        let same = |earlier: &Arm| earlier.train == arm.train && earlier.loss == arm.loss;
        if !self.study.arm(&arm.name).is_some_and(same) {
            let fault = format!("has no arm {} of this loss and training", arm.name);
            return Err(Fault::new(self.folder.join("study.toml"), fault).into());
        }
        let fault = match read_record(&self.folder, &self.study, arm, seed)? {
            Some(record) if record.data_hash == data_hash => {
                let files = record.vouched(&folder);
                files.bytes(WEIGHTS)?;
                return Ok((Weights::read(&folder.join(WEIGHTS))?, files.csv(TRAINING)?));
            }
            Some(_) => "was trained on other data",
            None => "is not a finished cell: run it first, or leave out --weights-from",
        };
        Err(Fault::new(folder, fault).into())
    }
}
