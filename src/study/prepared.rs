//! A study's data, ready to train on: volumes read or made, dealt to the parts of a split, scaled and cut into slices.

use super::volumes::{Chosen, Fit, Volumes, chosen};
use crate::data::DataError;
use crate::data::channels::{ChannelNames, Selection};
use crate::data::dealing::{groups_of, split_of};
use crate::data::entry::Decoded;
use crate::data::given::Given;
use crate::data::hash::Fingerprint;
use crate::data::listing::{Listing, list};
use crate::data::split::{Split, SplitConfig};
use crate::data::stored_slices::StoredSlices;
use crate::data::volume_list::VolumeList;
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::image::slice::Slice;
use crate::image::voxel_grid::VoxelGrid;
use crate::network::unet::UNetConfig;
use crate::phantom;
use crate::study::StudyError;
use crate::study::notes::{notes, sweep_notes, wide_radii};
use std::ops::Range;
use std::path::Path;

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
    /// Stored voxels of each volume that scaling clipped, by channel.
    pub clipped: Vec<Vec<usize>>,
    /// What is taken for granted of the volumes, a line each, see [`notes`].
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
    /// Reads or makes the study's volumes. `folder` is where they lie, as [`list`] takes it, where the study reads any.
    ///
    /// # Errors
    /// [`StudyError`] where the data cannot be used or do not suffice for the study.
    pub fn load(study: &Study, folder: Option<&Path>) -> Result<Self, StudyError> {
        Self::load_for(study, folder, Fit::default())
    }

    /// [`Self::load`], with slices padded to what `fit` asks.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_for(study: &Study, folder: Option<&Path>, fit: Fit) -> Result<Self, StudyError> {
        match (study.data.source, folder) {
            (Source::Decathlon, Some(folder)) => Self::read(study, folder, fit),
            (Source::Phantom, None) => {
                let config = &study.data.phantom;
                config.check().map_err(|fault| StudyError::Request(fault.to_string()))?;
                let selection = selection(study, &ChannelNames::default())?;
                let given = given(study, Given::default())?;
                let slicing = study.data.slicing();
                Self::of(study, config.volumes, given, fit, |index| {
                    let volume = phantom::volume(config, index + 1);
                    let grid = VoxelGrid::plain(volume.shape);
                    let decoded = Decoded { volume, grid, warning: None };
                    chosen(decoded, &selection, &slicing, Path::new("phantoms"))
                })
            }
            (Source::Decathlon, None) => Err(StudyError::Request(format!(
                "study '{}' reads volumes: name their task folder, table or folder of images with --data DIR",
                study.name
            ))),
            (Source::Phantom, Some(folder)) => Err(StudyError::Request(format!(
                "study '{}' makes phantoms: leave out --data {} or set data.source=decathlon",
                study.name,
                folder.display()
            ))),
        }
    }

    /// Reads the volumes of a folder or table that the study names, `all` or a [`VolumeList`].
    fn read(study: &Study, folder: &Path, fit: Fit) -> Result<Self, StudyError> {
        let volumes = match study.data.volumes.as_str() {
            "all" => None,
            name => Some(VolumeList::read(name)?),
        };
        let wanted = |id: &str| volumes.as_ref().is_none_or(|volumes| volumes.contains(id));
        let Listing { entries, channels, ignore, given: of_table } = list(folder, wanted)?;
        check_ignore(study, folder, ignore)?;
        let selection = selection(study, &channels)?;
        if let Some(volumes) = &volumes {
            volumes.check_ids(folder, entries.iter().map(|entry| entry.id.as_str()))?;
        }
        let given = given(study, of_table)?;
        let slicing = study.data.slicing();
        let prepared = Self::of(study, entries.len(), given, fit, |index| {
            chosen(entries[index].read()?, &selection, &slicing, &entries[index].image)
        })?;
        if let Some(volumes) = &volumes {
            volumes.check(folder, &prepared.volumes)?;
        }
        Ok(prepared)
    }

    /// Takes `count` volumes from `volume`, which is asked for each once, by its number from 0.
    fn of(
        study: &Study,
        count: usize,
        given: Given,
        fit: Fit,
        volume: impl Fn(usize) -> Result<Chosen, DataError> + Sync,
    ) -> Result<Self, StudyError> {
        let (all, seen) = Volumes::take(study, count, given, fit, volume)?;
        let prepared = Self::dealt(study, &study.split, all)?;
        let split = (!study.split.each_seed).then_some(&prepared.split);
        let mut notes = notes(&seen, &study.data.labels(), split);
        let values = prepared.size[0] * prepared.size[1] * prepared.channels;
        notes.extend(wide_radii(study, prepared.range, values));
        notes.extend(sweep_notes(study));
        Ok(Self { notes, ..prepared })
    }

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
            clipped: self.clipped.clone(),
            notes: self.notes.clone(),
            slices: self.all.clone(),
        };
        Self::dealt(study, &study.split.of_seed(seed), all)
    }

    /// Deals slices to the parts of a split.
    fn dealt(study: &Study, config: &SplitConfig, of: Volumes) -> Result<Self, StudyError> {
        let Volumes { volumes, hash, given, channels, selected, clipped, notes, slices: all } = of;
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
            clipped,
            notes,
            all,
            train,
            validation,
            test,
        };
        prepared.check_foreground(study.trains())?;
        prepared.check_budget(study)?;
        Ok(prepared)
    }

    /// Without foreground there is nothing to learn or to attack.
    fn check_foreground(&self, trains: bool) -> Result<(), StudyError> {
        let without = match (!trains || self.train.has_foreground(), self.test.has_foreground()) {
            (true, true) => return Ok(()),
            (false, _) => "training slice without a label of data.ignore",
            (true, false) => "test slice",
        };
        Err(StudyError::Request(format!(
            "no {without} has foreground: change data.foreground or data.ignore, or take other volumes"
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

    /// The group of each volume; each volume is one by itself where nothing says what belongs together, or where the parts are
    /// given and a rule of the study stands beside the data's own groups.
    pub fn groups(&self, study: &Study) -> Vec<String> {
        let ids: Vec<&str> = self.volumes.iter().map(|volume| volume.id.as_str()).collect();
        let alone = |_| ids.iter().map(ToString::to_string).collect();
        groups_of(&ids, &self.given, &study.split).unwrap_or_else(alone)
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

/// A label that the data call one to ignore must not be taken for foreground or background.
fn check_ignore(study: &Study, folder: &Path, ignore: Option<u64>) -> Result<(), DataError> {
    let known = |label: &u64| study.data.ignore.iter().any(|&ignored| u64::from(ignored) == *label);
    match ignore.filter(|label| !known(label)) {
        Some(label) => Err(DataError::invalid(
            folder.join("dataset.json"),
            format!("calls label {label} one to ignore, but the study does not; set data.ignore=[{label}]"),
        )),
        None => Ok(()),
    }
}

/// What the study's `split.file` gives volumes, with the groups of their table where it has none; without it what the table does.
fn given(study: &Study, of_table: Given) -> Result<Given, StudyError> {
    let given = match &study.split.file {
        Some(file) => Given::read(file)?.with_groups_of(of_table)?,
        None => of_table,
    };
    match given.has_parts() && study.split.each_seed {
        true => Err(StudyError::Request(
            "the data say which volume is for training or test, and split.each_seed draws it anew for each seed: set split.each_seed=false".to_string(),
        )),
        false => Ok(given),
    }
}

/// The channels that the study names.
fn selection(study: &Study, names: &ChannelNames) -> Result<Selection, StudyError> {
    names.select(&study.data.channels).map_err(StudyError::Request)
}
