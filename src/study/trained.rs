//! Networks that an earlier run trained, to be explained and attacked in another way without training
//! them again.

use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::network::unet::weights::Weights;
use crate::records::cell::{TRAINING, WEIGHTS, cell_folder, read_record};
use crate::records::run::read_study;
use crate::study::StudyError;
use crate::study::existing::Networks;
use crate::train::Epoch;
use std::path::{Path, PathBuf};

/// Networks that are not trained here: those of an earlier run, those that exist.
#[derive(Default)]
pub struct Trained {
    earlier: Option<(PathBuf, Study)>,
    networks: Networks,
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
        Ok(Self { earlier: Some((folder.to_path_buf(), earlier)), ..Self::default() })
    }

    /// The same, with networks that exist.
    #[must_use]
    pub fn with(self, networks: Networks) -> Self {
        Self { networks, ..self }
    }

    /// Those that exist.
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Weights and epochs of one cell of the earlier run, trained on the data of hash `data_hash`; none without an
    /// earlier run.
    ///
    /// # Errors
    /// [`StudyError::File`] where the run lacks the cell or trained it on other data.
    pub fn read(
        &self,
        arm: &Arm,
        seed: u64,
        data_hash: &str,
    ) -> Result<Option<(Weights, Vec<Epoch>)>, StudyError> {
        let Some((run, study)) = &self.earlier else {
            return Ok(None);
        };
        let folder = cell_folder(run, arm, seed);
        let same = |earlier: &Arm| earlier.train == arm.train && earlier.loss == arm.loss;
        if !study.arm(&arm.name).is_some_and(same) {
            let fault = format!("has no arm {} of this loss and training", arm.name);
            return Err(Fault::new(run.join("study.toml"), fault).into());
        }
        let fault = match read_record(run, study, arm, seed)? {
            Some(record) if record.data_hash == data_hash => {
                let files = record.vouched(&folder);
                files.bytes(WEIGHTS)?;
                return Ok(Some((Weights::read(&folder.join(WEIGHTS))?, files.csv(TRAINING)?)));
            }
            Some(_) => "was trained on other data",
            None => "is not a finished cell: run it first, or leave out --weights-from",
        };
        Err(Fault::new(folder, fault).into())
    }
}
