//! What is kept of a cell that is not over, in files of its folder, so that a run that is killed goes on where it was.

pub mod sweeps;
pub mod trainings;

use crate::fault::Fault;
use std::fs;
use std::path::Path;

/// Forgets what is kept of the cell in `folder`, which is recorded.
///
/// # Errors
/// [`Fault`] where a file cannot be removed.
pub fn forget(folder: &Path) -> Result<(), Fault> {
    let trainings = (0..2).map(|training| trainings::path(folder, training));
    let paths = trainings.chain([folder.join(sweeps::FILE)]).filter(|path| path.exists());
    paths.into_iter().try_for_each(|path| fs::remove_file(&path).map_err(|error| Fault::new(&path, error)))
}
