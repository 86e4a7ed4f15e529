//! `dataset.json`: read, checked, and its files found.

use super::nnunet;
use super::plain_path::plain_path;
use crate::data::DataError;
use crate::data::channel_files;
use crate::data::channels::ChannelNames;
use crate::data::entry::Entry;
use crate::data::nifti::stem;
use crate::plain_text;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The most bytes that a `dataset.json` may have.
const MAX_JSON: u64 = 16 << 20;

/// A task folder's listing.
pub struct Listed {
    /// The name in `dataset.json`, or the folder's where that gives none.
    pub name: String,
    /// What `dataset.json` calls the channels.
    pub channels: ChannelNames,
    /// The label that nnU-Net's `labels` call `ignore`: of unknown truth.
    pub ignore: Option<u64>,
    /// The labelled volumes, sorted by id, none of them decoded yet.
    pub entries: Vec<Entry>,
}

/// What is used of `dataset.json`; real ones carry much more.
#[derive(Deserialize)]
struct Listing {
    name: Option<String>,
    /// The Decathlon's pairs; nnU-Net's second version has none.
    #[serde(default)]
    training: Vec<Pair>,
    /// nnU-Net's: the ending of every image and label.
    file_ending: Option<String>,
    /// nnU-Net's: files of the cases, where they are not in the usual folders.
    #[serde(default)]
    dataset: BTreeMap<String, nnunet::Case>,
    #[serde(default, rename = "numTraining")]
    count: Value,
    #[serde(default)]
    labels: Value,
    /// The Decathlon's names of the channels, by number.
    #[serde(default)]
    modality: Value,
    /// nnU-Net's.
    #[serde(default)]
    channel_names: Value,
}

#[derive(Deserialize)]
struct Pair {
    image: String,
    label: String,
}

/// Lists the volumes of a task folder whose ids are `wanted`.
///
/// # Errors
/// As [`read_task`](super::read_task), of the listing and of missing files alone.
pub fn list(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Listed, DataError> {
    let json = folder.join("dataset.json");
    let listing = read_listing(folder, &json)?;
    let mut entries = listing.entries(folder, &json)?;
    entries.retain(|entry| wanted(&entry.id));
    check_files(&entries)?;
    let (channels, ignore) = (listing.channels(), listing.labels.get("ignore").and_then(Value::as_u64));
    let name = listing
        .name
        .filter(|n| !n.is_empty())
        .or_else(|| folder.file_name().map(|n| n.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "task".into());
    Ok(Listed { name, channels, ignore, entries })
}

impl Listing {
    /// Every labelled volume, sorted by id.
    fn entries(&self, folder: &Path, json: &Path) -> Result<Vec<Entry>, DataError> {
        let channels = self.channels().0.len();
        let entries = match &self.file_ending {
            _ if !self.training.is_empty() => {
                let entries = checked_entries(folder, json, &self.training, channels)?;
                return check_channels(entries, channels);
            }
            _ if !self.dataset.is_empty() => nnunet::listed(folder, json, &self.dataset)?,
            Some(ending) => nnunet::found(folder, json, ending, channels)?,
            None => {
                return Err(DataError::invalid(
                    json,
                    "its `training` list is empty or missing; list at least one image and label, or give the \
                     `file_ending` that nnU-Net's have",
                ));
            }
        };
        let entries = check_channels(entries, channels)?;
        // Cases that are not listed can only be counted.
        match self.count.as_u64().filter(|count| *count != entries.len() as u64) {
            Some(count) => Err(DataError::invalid(
                json,
                format!(
                    "numTraining is {count}, but {} cases are there; get the others or correct it",
                    entries.len()
                ),
            )),
            None => Ok(entries),
        }
    }

    /// The channels' names. Whatever else stands in their place names none.
    fn channels(&self) -> ChannelNames {
        let named = |value: &Value| value.as_object().map(names).filter(|names| !names.is_empty());
        ChannelNames(named(&self.modality).or_else(|| named(&self.channel_names)).unwrap_or_default())
    }
}

fn names(by_number: &Map<String, Value>) -> BTreeMap<usize, String> {
    let named = by_number.iter().filter_map(|(number, name)| {
        let name = crate::fault::one_line(name.as_str()?);
        Some((number.parse().ok()?, name))
    });
    named.collect()
}

fn read_listing(folder: &Path, json: &Path) -> Result<Listing, DataError> {
    if !folder.is_dir() {
        return Err(DataError::invalid(
            folder,
            "no such folder or table; run `lossbench fetch hippocampus` for the real data or `lossbench phantom DIR` for phantoms",
        ));
    }
    let file = File::open(json).map_err(|e| match e.kind() {
        ErrorKind::NotFound => DataError::invalid(
            json,
            "is missing; name the folder that holds dataset.json, one that holds images and masks, or a table",
        ),
        _ => DataError::io(json, e),
    })?;
    let mut text = Vec::new();
    file.take(MAX_JSON + 1).read_to_end(&mut text).map_err(|e| DataError::io(json, e))?;
    if text.len() as u64 > MAX_JSON {
        return Err(DataError::invalid(
            json,
            format!("is larger than {MAX_JSON} bytes; is it the right file?"),
        ));
    }
    let text = plain_text::decode(&text).map_err(|e| DataError::io(json, e))?;
    serde_json::from_str(&text).map_err(|e| {
        DataError::invalid(json, format!("is not a Decathlon listing, nor nnU-Net's ({e}); correct it there"))
    })
}

/// Checks the listing and finds its files, sorted by id.
fn checked_entries(
    folder: &Path,
    json: &Path,
    training: &[Pair],
    channels: usize,
) -> Result<Vec<Entry>, DataError> {
    let mut files = BTreeSet::new();
    let mut by_id = BTreeMap::new();
    for pair in training {
        let mut found = [PathBuf::new(), PathBuf::new()];
        for (slot, listed) in found.iter_mut().zip([&pair.image, &pair.label]) {
            let inside = plain_path(listed).ok_or_else(|| {
                DataError::invalid(
                    json,
                    format!("{listed:?} should be a path within the task folder; correct it"),
                )
            })?;
            if !files.insert(inside.clone()) {
                return Err(DataError::invalid(json, format!("lists {listed:?} twice; remove one of them")));
            }
            *slot = folder.join(inside);
        }
        let [image, label] = found;
        let id = id_of(&image).ok_or_else(|| {
            DataError::invalid(json, format!("{:?} should end in .nii or .nii.gz; correct it", pair.image))
        })?;
        let (image, further) = with_channels(image, channels);
        if by_id.insert(id.clone(), Entry { id, image, further, label }).is_some() {
            return Err(DataError::invalid(
                json,
                format!("{:?} has the name of another image; give each its own", pair.image),
            ));
        }
    }
    Ok(by_id.into_values().collect())
}

/// Checks that a case whose channels have files of their own has as many as there are names.
fn check_channels(entries: Vec<Entry>, channels: usize) -> Result<Vec<Entry>, DataError> {
    let differs =
        |entry: &&Entry| !entry.further.is_empty() && channels > 0 && 1 + entry.further.len() != channels;
    match entries.iter().find(differs) {
        None => Ok(entries),
        Some(entry) => Err(DataError::invalid(
            &entry.image,
            format!(
                "is of a case of {} channels, but dataset.json names {channels}; name each there",
                1 + entry.further.len()
            ),
        )),
    }
}

/// The image that is listed or, where it is missing, the files of its channels: nnU-Net's first version lists
/// `CASE.nii.gz` for `CASE_0000.nii.gz`, ...
fn with_channels(image: PathBuf, channels: usize) -> (PathBuf, Vec<PathBuf>) {
    let name = image.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let (Some(case), Some(folder), false) = (stem(&name), image.parent(), image.exists()) else {
        return (image, Vec::new());
    };
    let mut files = channel_files::files(folder, case, &name[case.len()..], channels).into_iter();
    match files.next().filter(|first| first.is_file()) {
        Some(first) => (first, files.collect()),
        None => (image, Vec::new()),
    }
}

fn check_files(entries: &[Entry]) -> Result<(), DataError> {
    for path in entries.iter().flat_map(|e| e.further.iter().chain([&e.image, &e.label])) {
        if !path.is_file() {
            return Err(DataError::invalid(
                path,
                "belongs to a case of dataset.json but is missing; fetch the task again or take the case out",
            ));
        }
    }
    Ok(())
}

fn id_of(image: &Path) -> Option<String> {
    stem(image.file_name()?.to_str()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#""modality": {"1": "T1w", "0": "FLAIR"}"#, &[(0, "FLAIR"), (1, "T1w")])]
    #[case(r#""channel_names": {"0": "CT"}"#, &[(0, "CT")])]
    #[case(r#""modality": {}, "channel_names": {"0": "CT"}"#, &[(0, "CT")])]
    #[case(r#""modality": ["MRI"]"#, &[])]
    #[case(r#""modality": {"first": "MRI", "0": 3, "1": "T2"}"#, &[(1, "T2")])]
    #[case(r#""tensorImageSize": "3D""#, &[])]
    fn channels_are_named_by_number(#[case] field: &str, #[case] expected: &[(usize, &str)]) {
        let text = format!(r#"{{"training": [], {field}}}"#);
        let listing: Listing = serde_json::from_str(&text).expect("a listing");
        let names: Vec<(usize, String)> = listing.channels().0.into_iter().collect();
        assert!(names.iter().map(|(number, name)| (*number, name.as_str())).eq(expected.iter().copied()));
    }
}
