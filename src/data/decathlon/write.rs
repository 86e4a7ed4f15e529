//! Writing a task folder: images, labels and, last, `dataset.json`, so that a folder cut off halfway is not
//! taken for a task.

use crate::atomic;
use crate::data::nifti::{Voxels, plain_header, write_like};
use crate::data::{DataError, Volume};
use rayon::prelude::*;
use serde_json::json;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Writes a task folder of volumes at hand, see [`write_each`].
///
/// # Errors
/// As [`write_each`].
pub fn write_task(folder: &Path, name: &str, volumes: &[Volume]) -> Result<(), DataError> {
    write_each(folder, name, volumes.len(), |number| Cow::Borrowed(&volumes[number]))
}

/// Writes a task folder of `count` volumes, each asked for once by its number from 0, a few at a time: 1 mm
/// `imagesTr/ID.nii.gz` (32-bit floats, several channels along a fourth axis), `labelsTr/ID.nii.gz` (8-bit), and
/// last `dataset.json`.
///
/// [`super::read_task`] gives back the same voxels bit for bit, volumes sorted by id.
///
/// # Errors
/// If the folder already holds a task, there is no volume, an id is not a plain file name or comes twice, a
/// volume's voxels do not match its shape, or the disk refuses. The folder is then no task, whatever it holds.
pub fn write_each<'a>(
    folder: &Path,
    name: &str,
    count: usize,
    volume: impl Fn(usize) -> Cow<'a, Volume> + Sync,
) -> Result<(), DataError> {
    let json = folder.join("dataset.json");
    if fs::symlink_metadata(&json).is_ok() {
        return Err(DataError::invalid(json, "exists already; give another folder or remove this one"));
    }
    if count == 0 {
        return Err(DataError::invalid(folder, "a task needs at least one volume, but none came"));
    }
    let writer = Writer {
        folder,
        images: folder.join("imagesTr"),
        labels: folder.join("labelsTr"),
        written: Mutex::new(Written::default()),
    };
    for made in [&writer.images, &writer.labels] {
        fs::create_dir_all(made).map_err(|e| DataError::io(made, e))?;
    }
    let outcomes: Vec<Result<(), DataError>> =
        (0..count).into_par_iter().map(|number| writer.write(&volume(number))).collect();
    outcomes.into_iter().collect::<Result<(), _>>()?;
    write_listing(&json, name, &writer.written.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What the listing needs to know of the volumes.
#[derive(Default)]
struct Written {
    ids: BTreeSet<String>,
    values: BTreeSet<u8>,
    channels: usize,
}

struct Writer<'a> {
    folder: &'a Path,
    images: PathBuf,
    labels: PathBuf,
    written: Mutex<Written>,
}

impl Writer<'_> {
    fn write(&self, volume: &Volume) -> Result<(), DataError> {
        let id = volume.id.as_str();
        let refused = |fault: String| Err(DataError::invalid(self.folder, fault));
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if id.is_empty() || id.starts_with('.') || !plain || !self.is_new(volume) {
            return refused(format!(
                "volume id {id:?} should be a plain file name of its own (letters, digits, _, - and .)"
            ));
        }
        let header = plain_header(volume.shape, 1.0);
        let file = format!("{id}.nii.gz");
        write_like(&self.images.join(&file), &header, volume.shape, Voxels::F32(&volume.image))?;
        write_like(&self.labels.join(&file), &header, volume.shape, Voxels::U8(&volume.label))
    }

    /// Takes note of a volume; false where another has its id.
    fn is_new(&self, volume: &Volume) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.values.extend(&volume.label);
        written.channels = written.channels.max(volume.channels());
        written.ids.insert(volume.id.clone())
    }
}

fn write_listing(json: &Path, name: &str, written: &Written) -> Result<(), DataError> {
    let names: BTreeMap<String, String> = written
        .values
        .iter()
        .chain(&[0])
        .map(|v| (v.to_string(), if *v == 0 { "background".into() } else { format!("label {v}") }))
        .collect();
    let training: Vec<_> = written
        .ids
        .iter()
        .map(|id| json!({"image": format!("./imagesTr/{id}.nii.gz"), "label": format!("./labelsTr/{id}.nii.gz")}))
        .collect();
    let channels: BTreeMap<String, String> = match written.channels {
        0 | 1 => BTreeMap::from([("0".to_string(), "MRI".to_string())]),
        several => (0..several).map(|number| (number.to_string(), format!("channel {number}"))).collect(),
    };
    let listing = json!({
        "name": name,
        "description": "Written by lossbench",
        "tensorImageSize": if channels.len() > 1 { "4D" } else { "3D" },
        "modality": channels,
        "labels": names,
        "numTraining": training.len(),
        "numTest": 0,
        "training": training,
        "test": [],
    });
    atomic::write(json, format!("{listing:#}\n").as_bytes()).map_err(|e| DataError::io(json, e))
}
