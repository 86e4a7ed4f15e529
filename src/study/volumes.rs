//! Takes a study's volumes a few at a time and puts their slices on disk, so that memory does not grow with their number.

use crate::data::channels::Selection;
use crate::data::encoded::{Encoded, encode};
use crate::data::entry::Decoded;
use crate::data::given::Given;
use crate::data::hash::{Fingerprint, given_hash, image_hash};
use crate::data::stored_slices::{StoredSlices, Writer};
use crate::data::{DataError, Volume};
use crate::definition::study::Study;
use crate::image::cut::padded_size;
use crate::image::geometry::Geometry;
use crate::image::slicing::Slicing;
use crate::study::StudyError;
use crate::study::notes::Seen;
use rayon::prelude::*;
use std::path::Path;

/// Volumes in memory at a time.
const VOLUMES: usize = 32;

/// What networks that exist ask of the slices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Height and width at least.
    pub least: [usize; 2],
    /// Height and width are multiples of this; of what the study's own network takes where it is none.
    pub multiple: Option<usize>,
}

impl Default for Fit {
    fn default() -> Self {
        Self { least: [1, 1], multiple: None }
    }
}

/// All volumes of a study, not dealt to parts yet; see [`super::prepared::Prepared`].
pub(super) struct Volumes {
    pub volumes: Vec<Fingerprint>,
    pub hash: String,
    pub given: Given,
    pub channels: usize,
    pub selected: Vec<usize>,
    pub offered: usize,
    pub clipped: Vec<Vec<usize>>,
    pub notes: Vec<String>,
    pub slices: StoredSlices,
}

impl Volumes {
    /// Takes `count` volumes from `volume`, which is asked for each once, by its number from 0; their slices are padded to
    /// what `fit` asks. Says besides what was seen of each.
    ///
    /// # Errors
    /// [`StudyError`] for the first volume that cannot be had or has other channels than the first.
    pub fn take(
        study: &Study,
        count: usize,
        given: Given,
        Fit { least, multiple }: Fit,
        volume: impl Fn(usize) -> Result<Chosen, DataError> + Sync,
    ) -> Result<(Self, Vec<Seen>), StudyError> {
        let mut writer = Writer::new()?;
        let (labels, scaling) = (study.data.labels(), study.data.scaling());
        let mut volumes = Vec::with_capacity(count);
        let mut seen = Vec::with_capacity(count);
        let mut channels = Vec::with_capacity(count);
        let (mut selected, mut offered) = (Vec::new(), 0);
        let (mut sides, mut clipped) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for start in (0..count).step_by(VOLUMES) {
            let numbers = (start..count.min(start + VOLUMES)).into_par_iter();
            let some: Vec<Result<Taken, DataError>> = numbers
                .map(|number| {
                    let Chosen { volume, channels, geometry, warning } = volume(number)?;
                    let encoded = encode(&volume, &channels, &scaling, &labels, &geometry);
                    let (seen, offered) = (seen_of(&volume, &encoded, warning), volume.channels());
                    Ok(Taken { fingerprint: Fingerprint::of(&volume), encoded, seen, channels, offered })
                })
                .collect();
            for one in some {
                let one = one?;
                channels.push(one.channels.len());
                if volumes.is_empty() {
                    (selected, offered) = (one.channels, one.offered);
                }
                writer.add(&one.encoded)?;
                sides.push(one.encoded.sides());
                clipped.push(one.encoded.clipped);
                volumes.push(one.fingerprint);
                seen.push(one.seen);
            }
        }
        let multiple = multiple.unwrap_or_else(|| study.model.multiple());
        let size = padded_size(&sides, multiple);
        let size = [size[0].max(least[0]), size[1].max(least[1])];
        let all = Self {
            channels: common(&channels, &volumes)?,
            hash: given_hash(&volumes, |id| given.words(id)),
            given,
            slices: writer.finish(size),
            volumes,
            selected,
            offered,
            clipped,
            notes: Vec::new(),
        };
        Ok((all, seen))
    }
}

/// What is kept of a volume.
struct Taken {
    fingerprint: Fingerprint,
    encoded: Encoded,
    seen: Seen,
    channels: Vec<usize>,
    offered: usize,
}

/// A volume, the channels of it to use, how it becomes slices, and what was taken for granted when it was read.
pub(super) struct Chosen {
    pub volume: Volume,
    pub channels: Vec<usize>,
    pub geometry: Geometry,
    pub warning: Option<String>,
}

/// A volume as it was read, from `path`, with its channels and how it becomes slices.
pub(super) fn chosen(
    Decoded { volume, grid, warning }: Decoded,
    selection: &Selection,
    slicing: &Slicing,
    path: &Path,
) -> Result<Chosen, DataError> {
    let channels = selection.of(volume.channels()).map_err(|fault| DataError::invalid(path, fault))?;
    let geometry = slicing.of(&grid).map_err(|fault| DataError::invalid(path, fault))?;
    Ok(Chosen { volume, channels, geometry, warning })
}

fn seen_of(volume: &Volume, encoded: &Encoded, warning: Option<String>) -> Seen {
    let mut present = [false; 256];
    volume.label.iter().for_each(|&value| present[usize::from(value)] = true);
    let values = (0..=u8::MAX).filter(|&value| present[usize::from(value)]).collect();
    Seen {
        id: volume.id.clone(),
        image: image_hash(volume),
        values,
        foreground: encoded.foreground(),
        outside: encoded.outside,
        even: encoded.even,
        warning,
    }
}

/// The number of channels that all volumes have.
fn common(channels: &[usize], volumes: &[Fingerprint]) -> Result<usize, StudyError> {
    let first = channels.first().copied().unwrap_or(1);
    match channels.iter().zip(volumes).find(|(count, _)| **count != first) {
        Some((count, volume)) => Err(StudyError::Request(format!(
            "{} has {count} channels, but {} has {first}: choose those that all volumes have with data.channels",
            volume.id, volumes[0].id
        ))),
        None => Ok(first),
    }
}
