//! A study's data, ready to train on: volumes read or made, split, scaled and cut into slices. Volumes are
//! taken a few at a time and their slices put on disk, so that memory does not grow with their number.

use crate::data::hash::{Fingerprint, data_hash};
use crate::data::split::{Split, SplitConfig, split_groups};
use crate::data::stored_slices::{Encoded, StoredSlices, Writer, encode};
use crate::data::volume_list::VolumeList;
use crate::data::{DataError, Volume, decathlon};
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::image::slices::padded_size;
use crate::phantom;
use crate::study::StudyError;
use rayon::prelude::*;
use std::ops::Range;
use std::path::Path;

/// Volumes in memory at a time.
const VOLUMES: usize = 32;

/// Slices of a study's volumes by part of the split.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// All volumes; a slice's `volume` is an index into it.
    pub volumes: Vec<Fingerprint>,
    /// Hash of all volumes, see [`data_hash`].
    pub hash: String,
    /// Which volume is in which part.
    pub split: Split,
    /// Height and width of every slice.
    pub size: [usize; 2],
    /// Every slice of every volume.
    pub all: StoredSlices,
    /// Every slice of the training volumes.
    pub train: StoredSlices,
    /// Every slice of the validation volumes.
    pub validation: StoredSlices,
    /// The slices of the test volumes that have foreground: those are attacked and scored.
    pub test: StoredSlices,
}

impl Prepared {
    /// Reads or makes the study's volumes. `folder` is the Decathlon task folder, where the study wants one.
    ///
    /// # Errors
    /// [`StudyError`] where the data cannot be used or do not suffice for the study.
    pub fn load(study: &Study, folder: Option<&Path>) -> Result<Self, StudyError> {
        match (study.data.source, folder) {
            (Source::Decathlon, Some(folder)) => Self::read(study, folder),
            (Source::Phantom, None) => {
                let config = &study.data.phantom;
                config.check().map_err(|fault| StudyError::Request(fault.to_string()))?;
                Self::of(study, config.volumes, |index| Ok(phantom::volume(config, index + 1)))
            }
            (Source::Decathlon, None) => Err(StudyError::Request(format!(
                "study '{}' reads a Decathlon task: name its folder with --data DIR",
                study.name
            ))),
            (Source::Phantom, Some(folder)) => Err(StudyError::Request(format!(
                "study '{}' makes phantoms: leave out --data {} or set data.source=decathlon",
                study.name,
                folder.display()
            ))),
        }
    }

    /// Reads the volumes of a task folder that the study names, `all` or a [`VolumeList`].
    fn read(study: &Study, folder: &Path) -> Result<Self, StudyError> {
        let list = match study.data.volumes.as_str() {
            "all" => None,
            name => Some(VolumeList::read(name)?),
        };
        let listed = |id: &str| list.as_ref().is_none_or(|list| list.contains(id));
        let entries = decathlon::entries(folder, listed)?;
        if let Some(list) = &list {
            list.check_ids(folder, entries.iter().map(|entry| entry.id.as_str()))?;
        }
        let prepared = Self::of(study, entries.len(), |index| entries[index].read())?;
        if let Some(list) = &list {
            list.check(folder, &prepared.volumes)?;
        }
        Ok(prepared)
    }

    /// Takes `count` volumes from `volume`, which is asked for each once, by its number from 0.
    fn of(
        study: &Study,
        count: usize,
        volume: impl Fn(usize) -> Result<Volume, DataError> + Sync,
    ) -> Result<Self, StudyError> {
        let mut writer = Writer::new()?;
        let mut volumes = Vec::with_capacity(count);
        for start in (0..count).step_by(VOLUMES) {
            let numbers = (start..count.min(start + VOLUMES)).into_par_iter();
            let some: Vec<Result<(Fingerprint, Encoded), DataError>> = numbers
                .map(|number| {
                    let volume = volume(number)?;
                    Ok((Fingerprint::of(&volume), encode(&volume, study.data.intensity)))
                })
                .collect();
            for one in some {
                let (fingerprint, encoded) = one?;
                writer.add(&encoded)?;
                volumes.push(fingerprint);
            }
        }
        let size = padded_size(volumes.iter().map(|volume| &volume.shape), study.model.multiple());
        let hash = data_hash(&volumes);
        Self::dealt(study, &study.split, volumes, hash, writer.finish(size))
    }

    /// The same volumes as the networks of `seed` see them, where each seed has a split of its own.
    ///
    /// # Errors
    /// [`StudyError::Request`] where its test volumes do not suffice for the study.
    pub fn of_seed(&self, study: &Study, seed: u64) -> Result<Self, StudyError> {
        if !study.split.each_seed {
            return Ok(self.clone());
        }
        let split = study.split.of_seed(seed);
        Self::dealt(study, &split, self.volumes.clone(), self.hash.clone(), self.all.clone())
    }

    /// Deals slices to the parts of a split.
    fn dealt(
        study: &Study,
        config: &SplitConfig,
        volumes: Vec<Fingerprint>,
        hash: String,
        all: StoredSlices,
    ) -> Result<Self, StudyError> {
        let groups = config.group.groups(volumes.iter().map(|volume| volume.id.as_str()));
        let split = groups.and_then(|groups| split_groups(&groups, config)).map_err(StudyError::Request)?;
        let [train, validation, mut test] =
            [&split.train, &split.validation, &split.test].map(|part| all.of_volumes(part));
        test.retain_foreground();
        let prepared = Self { volumes, hash, split, size: all.size(), all, train, validation, test };
        prepared.check_budget(study)?;
        Ok(prepared)
    }

    /// Every sweep must fit into the smallest scanned area, so that its points are over the same slices.
    fn check_budget(&self, study: &Study) -> Result<(), StudyError> {
        let budget = study.largest_budget();
        match self.test.smallest_area() {
            Some((area, volume)) if area < budget => Err(StudyError::Request(format!(
                "a budget of {budget} pixels is more than the {area} scanned pixels of a slice of {}: lower protocol.*.pixels",
                self.volumes[volume].id
            ))),
            _ => Ok(()),
        }
    }

    /// The test slices grouped by volume: volume index and range into `test`.
    pub fn test_volumes(&self) -> Vec<(usize, Range<usize>)> {
        self.test.by_volume()
    }
}
