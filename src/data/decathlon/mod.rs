//! Task folders in the layout of the Medical Segmentation Decathlon: `dataset.json` beside
//! `imagesTr/` and `labelsTr/` (A. L. Simpson et al., arXiv:1902.09063), and in nnU-Net's, which grew out of it.

mod listing;
mod nnunet;
mod plain_path;
mod write;

use crate::data::entry::{Decoded, Entry};
use crate::data::{DataError, Volume};
use rayon::prelude::*;
use std::path::Path;

pub use listing::{Listed, list};
pub use write::{write_each, write_task};

/// A task's labelled volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The name in `dataset.json`, or the folder's where that gives none.
    pub name: String,
    /// The training volumes, sorted by id.
    pub volumes: Vec<Volume>,
    /// What is taken for granted of their labels' places, a line each.
    pub warnings: Vec<String>,
}

/// Reads every labelled volume of a task folder, on all cores.
///
/// # Errors
/// One line for a missing folder or file, an unreadable `dataset.json`, an entry that leaves the
/// folder or comes twice, an empty list, and a label that is not on its image's grid. With several faults,
/// the first by id is told.
pub fn read_task(folder: &Path) -> Result<Task, DataError> {
    let Listed { name, entries, .. } = list(folder, |_| true)?;
    let decoded: Vec<Result<Decoded, DataError>> = entries.par_iter().map(Entry::read).collect();
    let decoded = decoded.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (volumes, warnings): (Vec<_>, Vec<_>) =
        decoded.into_iter().map(|one| (one.volume, one.warning)).unzip();
    Ok(Task { name, volumes, warnings: warnings.into_iter().flatten().collect() })
}
