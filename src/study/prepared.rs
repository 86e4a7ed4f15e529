//! A study's data, ready to train on: volumes read or made, split, scaled and cut into slices.

use super::StudyError;
use super::definition::{Source, Study};
use crate::data::hash::{data_hash, volume_hash};
use crate::data::slices::{Slice, padded_size, slices_of};
use crate::data::split::{Split, split};
use crate::data::volume_list::VolumeList;
use crate::data::{DataError, Volume, decathlon};
use crate::phantom;
use std::path::Path;

/// Slices of a study's volumes by part of the split.
pub struct Prepared {
    /// Ids of all volumes; a slice's `volume` is an index into it.
    pub ids: Vec<String>,
    /// Voxels of each volume along x, y and z.
    pub shapes: Vec<[usize; 3]>,
    /// Hash of each volume, see [`volume_hash`].
    pub hashes: Vec<String>,
    /// Hash of all volumes, see [`data_hash`].
    pub hash: String,
    /// Which volume is in which part.
    pub split: Split,
    /// Height and width of every slice.
    pub size: [usize; 2],
    /// Every slice of the training volumes.
    pub train: Vec<Slice>,
    /// Every slice of the validation volumes.
    pub validation: Vec<Slice>,
    /// The slices of the test volumes that have foreground: those are attacked and scored.
    pub test: Vec<Slice>,
}

/// The volumes of a task folder that `list` names, `all` or a [`VolumeList`].
fn read(folder: &Path, list: &str) -> Result<Vec<Volume>, DataError> {
    if list == "all" {
        return Ok(decathlon::read_task(folder)?.volumes);
    }
    let list = VolumeList::read(list)?;
    let volumes = decathlon::read_volumes(folder, |id| list.contains(id))?.volumes;
    list.check(folder, &volumes)?;
    Ok(volumes)
}

impl Prepared {
    /// Reads or makes the study's volumes. `folder` is the Decathlon task folder, where the study wants one.
    ///
    /// # Errors
    /// [`StudyError`] where the data cannot be used or do not suffice for the study.
    pub fn load(study: &Study, folder: Option<&Path>) -> Result<Self, StudyError> {
        let volumes = match (study.data.source, folder) {
            (Source::Decathlon, Some(folder)) => read(folder, &study.data.volumes)?,
            (Source::Phantom, None) => phantom::volumes(&study.data.phantom)
                .map_err(|fault| StudyError::Request(fault.to_string()))?,
            (Source::Decathlon, None) => {
                return Err(StudyError::Request(format!(
                    "study '{}' reads a Decathlon task: name its folder with --data DIR",
                    study.name
                )));
            }
            (Source::Phantom, Some(folder)) => {
                return Err(StudyError::Request(format!(
                    "study '{}' makes phantoms: leave out --data {} or set data.source=decathlon",
                    study.name,
                    folder.display()
                )));
            }
        };
        Self::of(study, &volumes)
    }

    fn of(study: &Study, volumes: &[Volume]) -> Result<Self, StudyError> {
        let split = split(volumes.len(), &study.split).map_err(StudyError::Request)?;
        let size = padded_size(volumes.iter().map(|volume| &volume.shape), study.model.multiple());
        let cut = |part: &[usize]| slices_of(volumes, part, size, study.data.intensity);
        let mut test = cut(&split.test);
        test.retain(Slice::has_foreground);
        let hashes: Vec<String> = volumes.iter().map(volume_hash).collect();
        let prepared = Self {
            ids: volumes.iter().map(|volume| volume.id.clone()).collect(),
            shapes: volumes.iter().map(|volume| volume.shape).collect(),
            hash: data_hash(&hashes),
            hashes,
            size,
            train: cut(&split.train),
            validation: cut(&split.validation),
            test,
            split,
        };
        prepared.check_budget(study)?;
        Ok(prepared)
    }

    /// Every sweep must fit into the smallest scanned area, so that its points are over the same slices.
    fn check_budget(&self, study: &Study) -> Result<(), StudyError> {
        let budget = study.largest_budget();
        match self.test.iter().min_by_key(|slice| slice.region.area()) {
            Some(slice) if slice.region.area() < budget => Err(StudyError::Request(format!(
                "a budget of {budget} pixels is more than the {} scanned pixels of a slice of {}: lower protocol.*.pixels",
                slice.region.area(),
                self.ids[slice.volume]
            ))),
            _ => Ok(()),
        }
    }

    /// The test slices grouped by volume: volume index and range into `test`.
    pub fn test_volumes(&self) -> Vec<(usize, std::ops::Range<usize>)> {
        let mut groups: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
        for (index, slice) in self.test.iter().enumerate() {
            match groups.last_mut() {
                Some((volume, range)) if *volume == slice.volume => range.end = index + 1,
                _ => groups.push((slice.volume, index..index + 1)),
            }
        }
        groups
    }
}
