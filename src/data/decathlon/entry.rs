//! One labelled volume of a task folder.

use super::channel_files::read_channels;
use crate::data::nifti::read_label;
use crate::data::{DataError, Volume};
use std::path::PathBuf;

/// Where one volume lies.
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its image, or the file of its first channel.
    pub image: PathBuf,
    /// Files of its further channels, where each has one of its own.
    pub further: Vec<PathBuf>,
    /// Its label.
    pub label: PathBuf,
}

impl Entry {
    /// Decodes image and label.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read, shapes that differ, and a label without foreground.
    pub fn read(&self) -> Result<Volume, DataError> {
        let image = read_channels(&self.image, &self.further)?;
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
