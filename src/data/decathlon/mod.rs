//! Task folders in the layout of the Medical Segmentation Decathlon: `dataset.json` beside
//! `imagesTr/` and `labelsTr/` (A. L. Simpson et al., arXiv:1902.09063).

mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;

use crate::data::nifti::{read_image, read_label};
use crate::data::{DataError, Volume};

pub use write::{write_each, write_task};

/// The most bytes that a `dataset.json` may have.
const MAX_JSON: u64 = 16 << 20;

/// A task's labelled volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The name in `dataset.json`, or the folder's where that gives none.
    pub name: String,
    /// The training volumes, sorted by id. Each has some foreground.
    pub volumes: Vec<Volume>,
}

/// What is used of `dataset.json`; real ones carry much more.
#[derive(Deserialize)]
struct Listing {
    name: Option<String>,
    training: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    image: String,
    label: String,
}

/// Where one volume lies.
pub struct Entry {
    /// Its id.
    pub id: String,
    image: PathBuf,
    label: PathBuf,
}

/// Reads every labelled volume of a task folder, on all cores.
///
/// # Errors
/// One line for a missing folder or file, an unreadable `dataset.json`, an entry that leaves the
/// folder or comes twice, an empty list, an image and a label of different shapes, and a label
/// without foreground. With several faults, the first by id is told.
pub fn read_task(folder: &Path) -> Result<Task, DataError> {
    let (listing, entries) = listed(folder, |_| true)?;
    let decoded: Vec<Result<Volume, DataError>> = entries.par_iter().map(Entry::read).collect();
    let volumes = decoded.into_iter().collect::<Result<Vec<_>, _>>()?;
    let name = listing
        .name
        .filter(|n| !n.is_empty())
        .or_else(|| folder.file_name().map(|n| n.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "task".into());
    Ok(Task { name, volumes })
}

/// The volumes of a task folder whose ids are `wanted`, sorted by id, none of them decoded yet.
///
/// # Errors
/// As [`read_task`], of the listing and of missing files alone.
pub fn entries(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Entry>, DataError> {
    Ok(listed(folder, wanted)?.1)
}

fn listed(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<(Listing, Vec<Entry>), DataError> {
    let json = folder.join("dataset.json");
    let listing = read_listing(folder, &json)?;
    let mut entries = checked_entries(folder, &json, &listing.training)?;
    entries.retain(|entry| wanted(&entry.id));
    check_files(&entries)?;
    Ok((listing, entries))
}

fn read_listing(folder: &Path, json: &Path) -> Result<Listing, DataError> {
    if !folder.is_dir() {
        return Err(DataError::invalid(
            folder,
            "no such task folder; run `lossbench fetch hippocampus` for the real data or `lossbench phantom \
             DIR` for phantoms",
        ));
    }
    let file = File::open(json).map_err(|e| match e.kind() {
        ErrorKind::NotFound => DataError::invalid(
            json,
            "is missing; name the folder that holds dataset.json, or run `lossbench fetch hippocampus`",
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
    serde_json::from_slice(&text).map_err(|e| {
        DataError::invalid(json, format!("is not a Decathlon listing ({e}); it needs a `training` list"))
    })
}

/// Checks the listing and finds its files, sorted by id.
fn checked_entries(folder: &Path, json: &Path, training: &[Pair]) -> Result<Vec<Entry>, DataError> {
    if training.is_empty() {
        return Err(DataError::invalid(
            json,
            "its `training` list is empty; list at least one image and label",
        ));
    }
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
        if by_id.insert(id.clone(), Entry { id, image, label }).is_some() {
            return Err(DataError::invalid(
                json,
                format!("{:?} has the name of another image; give each its own", pair.image),
            ));
        }
    }
    Ok(by_id.into_values().collect())
}

fn check_files(entries: &[Entry]) -> Result<(), DataError> {
    for path in entries.iter().flat_map(|e| [&e.image, &e.label]) {
        if !path.is_file() {
            return Err(DataError::invalid(
                path,
                "is listed in dataset.json but missing; fetch the task again or take the entry out",
            ));
        }
    }
    Ok(())
}

/// A listed path without its `./`, or none if it is absolute, empty or climbs with `..`.
fn plain_path(listed: &str) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in Path::new(listed).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => plain.push(name),
            _ => return None,
        }
    }
    let climbs = listed.split(['/', '\\']).any(|part| part == "..");
    (!climbs && !plain.as_os_str().is_empty()).then_some(plain)
}

fn id_of(image: &Path) -> Option<String> {
    let name = image.file_name()?.to_str()?;
    let id = name.strip_suffix(".nii.gz").or_else(|| name.strip_suffix(".nii"))?;
    (!id.is_empty()).then(|| id.to_owned())
}

impl Entry {
    /// Decodes image and label.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read, shapes that differ, and a label without foreground.
    pub fn read(&self) -> Result<Volume, DataError> {
        let image = read_image(&self.image)?;
        let label = read_label(&self.label)?;
        if image.shape != label.shape {
            return Err(DataError::invalid(
                &self.label,
                format!(
                    "has shape {:?}, but its image {} has {:?}; pair the image with its own label",
                    label.shape,
                    self.image.display(),
                    image.shape
                ),
            ));
        }
        if label.voxels.iter().all(|&v| v == 0) {
            return Err(DataError::invalid(
                &self.label,
                "has no foreground (every label is 0); take the volume out of dataset.json",
            ));
        }
        Ok(Volume { id: self.id.clone(), shape: image.shape, image: image.voxels, label: label.voxels })
    }
}
