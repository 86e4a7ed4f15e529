//! The labelled cases of an nnU-Net folder (F. Isensee et al., Nature Methods 18, 2021), whose `dataset.json` lists
//! none: they are the files of `imagesTr/` (`CASE_0000.nii.gz`, a file a channel) and `labelsTr/` (`CASE.nii.gz`), or
//! those under the key `dataset`.

use super::plain_path::plain_path;
use crate::data::DataError;
use crate::data::channel_files::{case_of, files};
use crate::data::entry::Entry;
use crate::data::nifti::stem;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A case under the key `dataset`, paths relative to the folder.
#[derive(Deserialize)]
pub struct Case {
    images: Vec<String>,
    label: String,
}

/// The cases whose files are under `dataset`.
///
/// # Errors
/// [`DataError::Invalid`] for a case without an image and a path that leaves the folder.
pub fn listed(folder: &Path, json: &Path, cases: &BTreeMap<String, Case>) -> Result<Vec<Entry>, DataError> {
    let inside = |path: &String| match plain_path(path) {
        Some(inside) => Ok(folder.join(inside)),
        None => Err(DataError::invalid(
            json,
            format!("{path:?} should be a path within the task folder; correct it"),
        )),
    };
    let entry = |(id, case): (&String, &Case)| {
        let mut images = case.images.iter().map(inside).collect::<Result<Vec<_>, _>>()?.into_iter();
        let Some(image) = images.next() else {
            return Err(DataError::invalid(
                json,
                format!("case {id:?} should have an image; add it or take the case out"),
            ));
        };
        Ok(Entry { id: id.clone(), image, further: images.collect(), label: inside(&case.label)? })
    };
    cases.iter().map(entry).collect()
}

/// The cases that `imagesTr` holds, sorted by id, each with `channels` files or as many as there are where that is 0.
///
/// # Errors
/// [`DataError::Invalid`] for an ending that is not NIfTI's, a folder without a case, and a file that is numbered as
/// no channel.
pub fn found(folder: &Path, json: &Path, ending: &str, channels: usize) -> Result<Vec<Entry>, DataError> {
    if stem(&format!("case{ending}")) != Some("case") {
        let fault = format!("file_ending should be .nii or .nii.gz, but is {ending:?}; convert the images");
        return Err(DataError::invalid(json, fault));
    }
    let images = folder.join("imagesTr");
    let cases = cases(&images, ending)?;
    let entry = |case: String| {
        let mut images = files(&images, &case, ending, channels).into_iter();
        let label = folder.join("labelsTr").join(format!("{case}{ending}"));
        let image = images.next().unwrap_or_default();
        Entry { id: case, image, further: images.collect(), label }
    };
    Ok(cases.into_iter().map(entry).collect())
}

/// The cases that the files of `images` belong to.
fn cases(images: &Path, ending: &str) -> Result<BTreeSet<String>, DataError> {
    let mut cases = BTreeSet::new();
    for file in fs::read_dir(images).map_err(|error| DataError::io(images, error))? {
        let name = file.map_err(|error| DataError::io(images, error))?.file_name();
        let name = name.to_string_lossy();
        // What an operating system keeps beside files, such as `._CASE_0000.nii.gz`.
        if name.starts_with('.') || stem(&name).is_none() {
            continue;
        }
        let Some((case, _)) = case_of(&name, ending) else {
            let fault = format!(
                "should end in the number of its channel and file_ending, as in CASE_0000{ending}; rename it or take it out"
            );
            return Err(DataError::invalid(images.join(name.as_ref()), fault));
        };
        cases.insert(case.to_string());
    }
    match cases.is_empty() {
        true => Err(DataError::invalid(images, format!("holds no image: nnU-Net's are CASE_0000{ending}"))),
        false => Ok(cases),
    }
}
