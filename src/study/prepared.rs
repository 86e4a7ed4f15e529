//! A study's data, ready to train on: volumes dealt to the parts of a split, scaled and cut into slices. They are read or made
//! in `load.rs`.

use super::volumes::Volumes;
use crate::data::DataError;
use crate::data::dealing::{split_of, subjects_of};
use crate::data::given::Given;
use crate::data::hash::Fingerprint;
use crate::data::split::{Split, SplitConfig};
use crate::data::stored_slices::StoredSlices;
use crate::definition::study::Study;
use crate::image::slice::Slice;
use crate::network::unet::UNetConfig;
use crate::study::StudyError;
use std::ops::Range;

/// Slices of a study's volumes by part of the split.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// All volumes; a slice's `volume` is an index into it.
    pub volumes: Vec<Fingerprint>,
    /// Hash of all volumes, see [`crate::data::hash::data_hash`], and of what is [`given`](Self::given) of them.
    pub hash: String,
    /// Which volume is in which part.
    pub split: Split,
    /// Groups and parts that a table gives the volumes.
    pub given: Given,
    /// Height and width of every slice.
    pub size: [usize; 2],
    /// What two raw intensities became: where attacks that move images keep their values.
    pub range: [f32; 2],
    /// Channels of every slice.
    pub channels: usize,
    /// Their numbers among those of the first volume's image.
    pub selected: Vec<usize>,
    /// How many that image has.
    pub offered: usize,
    /// Stored voxels of each volume that scaling clipped, by channel.
    pub clipped: Vec<Vec<usize>>,
    /// What is taken for granted of the volumes, a line each, see [`notes`](crate::study::notes::notes).
    pub notes: Vec<String>,
    /// Every slice of every volume.
    pub all: StoredSlices,
    /// Every slice of the training volumes but for those that have a pixel to ignore.
    pub train: StoredSlices,
    /// Every slice of the validation volumes.
    pub validation: StoredSlices,
    /// The slices of the test volumes that have foreground, or as many as the study takes of each: those are explained and
    /// attacked.
    pub test: StoredSlices,
}

impl Prepared {
    /// The same volumes as the networks of `seed` see them, where each seed has a split of its own.
    ///
    /// # Errors
    /// [`StudyError::Request`] where its test volumes do not suffice for the study.
    pub fn of_seed(&self, study: &Study, seed: u64) -> Result<Self, StudyError> {
        if !study.split.each_seed {
            return Ok(self.clone());
        }
        let all = Volumes {
            volumes: self.volumes.clone(),
            hash: self.hash.clone(),
            given: self.given.clone(),
            channels: self.channels,
            selected: self.selected.clone(),
            offered: self.offered,
            clipped: self.clipped.clone(),
            notes: self.notes.clone(),
            slices: self.all.clone(),
        };
        Self::dealt(study, &study.split.of_seed(seed), all)
    }

    /// Deals slices to the parts of a split.
    pub(super) fn dealt(study: &Study, config: &SplitConfig, of: Volumes) -> Result<Self, StudyError> {
        let Volumes { volumes, hash, given, channels, selected, offered, clipped, notes, slices: all } = of;
        let ids: Vec<&str> = volumes.iter().map(|volume| volume.id.as_str()).collect();
        let split = split_of(&ids, &given, config).map_err(StudyError::Request)?;
        let [mut train, validation, mut test] =
            [&split.train, &split.validation, &split.test].map(|part| all.of_volumes(part));
        train.retain_known();
        test.retain_foreground();
        if let Some(most) = study.slices() {
            test.thin(most);
        }
        let (size, range) = (all.size(), study.data.intensity);
        let prepared = Self {
            volumes,
            hash,
            split,
            given,
            size,
            range,
            channels,
            selected,
            offered,
            clipped,
            notes,
            all,
            train,
            validation,
            test,
        };
        prepared.check_foreground(study)?;
        prepared.check_budget(study)?;
        Ok(prepared)
    }

    /// Without foreground there is nothing to learn or to attack.
    fn check_foreground(&self, study: &Study) -> Result<(), StudyError> {
        let labels = study.data.labels();
        let without = match (!study.trains() || self.train.has_foreground(), self.test.has_foreground()) {
            (true, true) => return Ok(()),
            (false, _) if labels.ignore.is_empty() => "training slice",
            (false, _) => "training slice without a label of data.ignore",
            (true, false) => "test slice",
        };
        let foreground = labels.foreground.map_or_else(
            || "any label but 0".to_string(),
            |values| format!("label {}", values.iter().map(u8::to_string).collect::<Vec<_>>().join(" or ")),
        );
        Err(StudyError::Request(format!(
            "no {without} has foreground, which is {foreground}: change data.foreground or data.ignore, or take other volumes"
        )))
    }

    /// Every sweep must fit into the smallest scanned area, so that its points are over the same slices. A share of the
    /// area always does.
    fn check_budget(&self, study: &Study) -> Result<(), StudyError> {
        let Some((area, volume)) = self.test.smallest_area() else {
            return Ok(());
        };
        let budget = study.largest_budget(area);
        if budget > area {
            return Err(StudyError::Request(format!(
                "a budget of {budget} pixels is more than the {area} scanned pixels of a slice of {}: lower sweep.*.pixels or set sweep.*.area",
                self.volumes[volume].id
            )));
        }
        Ok(())
    }

    /// The network of the study for these slices: its input channels are theirs. One channel is what a study says that says
    /// nothing of them.
    ///
    /// # Errors
    /// [`StudyError::Request`] where they are more than a network takes, or not what `model.channels` says.
    pub fn model(&self, study: &Study) -> Result<UNetConfig, StudyError> {
        let (channels, asked) = (self.channels, study.model.channels());
        if asked != 1 && asked != channels {
            return Err(StudyError::Request(format!(
                "model.channels should be the {channels} channels of the volumes, but is {asked}: leave it out"
            )));
        }
        study.model.with_channels(channels).map_err(StudyError::Request)
    }

    /// The group of each volume; each is one by itself where nothing says what belongs together.
    pub fn groups(&self, study: &Study) -> Vec<String> {
        let ids: Vec<&str> = self.volumes.iter().map(|volume| volume.id.as_str()).collect();
        subjects_of(&ids, &self.given, &study.split)
    }

    /// Ids of the volumes of training and validation.
    pub fn seen_in_training(&self) -> impl Iterator<Item = &str> {
        let volumes = self.split.train.iter().chain(&self.split.validation);
        volumes.map(|&volume| self.volumes[volume].id.as_str())
    }

    /// Ids of the test volumes.
    pub fn tested(&self) -> Vec<&str> {
        self.split.test.iter().map(|&volume| self.volumes[volume].id.as_str()).collect()
    }

    /// The test slices grouped by volume: volume index and range into `test`.
    pub fn test_volumes(&self) -> Vec<(usize, Range<usize>)> {
        self.test.by_volume()
    }

    /// The test slice whose mask that of `number` may be led to: half of all further on, so most often of another volume;
    /// none where it is the only one.
    ///
    /// # Errors
    /// [`DataError`] where it cannot be read.
    pub fn other(&self, number: usize) -> Result<Option<Slice>, DataError> {
        let count = self.test.len();
        match count {
            0 | 1 => Ok(None),
            _ => Ok(Some(self.test.get((number + count / 2) % count)?)),
        }
    }
}
