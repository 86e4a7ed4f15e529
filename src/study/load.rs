//! A study's volumes, read or made, for [`Prepared`].

use super::notes::{notes, sweep_notes, wide_radii};
use super::prepared::Prepared;
use super::volumes::{Chosen, Fit, Volumes, chosen};
use crate::data::DataError;
use crate::data::channels::{ChannelNames, Selection};
use crate::data::entry::Decoded;
use crate::data::given::Given;
use crate::data::listing::{Listing, list};
use crate::data::volume_list::VolumeList;
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::image::voxel_grid::VoxelGrid;
use crate::phantom;
use crate::study::StudyError;
use std::path::Path;

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
