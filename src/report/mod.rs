//! Showing a run: a table on the terminal, figures and a page in the run folder.

pub mod summary;
pub mod table;

use crate::study::StudyError;
use crate::study::records::Run;
use std::path::Path;
use summary::Summary;

/// Reads the run in `folder`, writes its figures and page there, and prints its table, as JSON where
/// asked.
///
/// # Errors
/// [`StudyError::Record`] where the folder is no run or cannot be written.
pub fn write(folder: &Path, json: bool) -> Result<(), StudyError> {
    let run = Run::read(folder)?;
    let summary = Summary::of(&run);
    if json {
        let text = serde_json::to_string_pretty(&summary);
        println!("{}", text.map_err(|error| StudyError::Request(error.to_string()))?);
    } else {
        print!("{}", table::run(&run, &summary));
    }
    Ok(())
}
