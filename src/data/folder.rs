//! Folders of images and labels of equal names: `images/` beside `masks/` or `labels/`.

use crate::data::DataError;
use crate::data::entry::Entry;
use crate::data::{nifti, picture};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const IMAGES: &str = "images";
const LABELS: [&str; 2] = ["masks", "labels"];

/// Whether a folder is one of these.
pub fn is_folder(folder: &Path) -> bool {
    folder.join(IMAGES).is_dir() && LABELS.iter().any(|name| folder.join(name).is_dir())
}

/// Every image with its label, in the order of their names without endings, which are the ids.
///
/// # Errors
/// [`DataError`] for a folder that cannot be read, both kinds of label folders, a file of another format, two of one name, an image
/// without a label or the other way round, and no image.
pub fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let found: Vec<PathBuf> =
        LABELS.map(|name| folder.join(name)).into_iter().filter(|path| path.is_dir()).collect();
    let labels = match &found[..] {
        [labels] => labels,
        _ => {
            return Err(DataError::invalid(
                folder,
                "has both masks and labels: remove or rename one of them",
            ));
        }
    };
    let images = folder.join(IMAGES);
    let mut label_of = files(labels)?;
    let mut entries = Vec::new();
    for (id, image) in files(&images)? {
        let Some(label) = label_of.remove(&id) else {
            let fault =
                format!("has no label of its name in {}: add it or take the image out", labels.display());
            return Err(DataError::invalid(image, fault));
        };
        entries.push(Entry { id, image, further: Vec::new(), label });
    }
    if let Some(label) = label_of.into_values().next() {
        let fault = format!("has no image of its name in {}: add it or take the label out", images.display());
        return Err(DataError::invalid(label, fault));
    }
    match entries.is_empty() {
        true => Err(DataError::invalid(images, "holds no image: PNG, TIFF and NIfTI are read")),
        false => Ok(entries),
    }
}

/// The files of a folder by their names without endings. Hidden ones are passed over.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let io = |error| DataError::io(folder, error);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let id = stem(&name).filter(|_| path.is_file()).ok_or_else(|| {
            DataError::invalid(&path, "is no PNG, TIFF or NIfTI file: convert it or take it out")
        })?;
        if let Some(other) = files.insert(id.to_string(), path.clone()) {
            return Err(DataError::invalid(
                path,
                format!("has the name of {}: keep one of them", other.display()),
            ));
        }
    }
    Ok(files)
}

/// A file's name without the ending of a format that is read.
pub(super) fn stem(name: &str) -> Option<&str> {
    let picture = || picture::ENDINGS.iter().find_map(|ending| nifti::without(name, ending));
    nifti::stem(name).or_else(picture).filter(|stem| !stem.is_empty())
}
