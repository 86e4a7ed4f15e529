//! One labelled volume on disk.

use crate::data::channel_files::read_channels;
use crate::data::nifti::{doubt, grid_of, matched, read_label};
use crate::data::{DataError, Volume, picture};
use crate::image::voxel_grid::VoxelGrid;
use std::path::PathBuf;

/// Where one volume lies.
#[derive(Debug)]
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

/// A volume as it was read.
#[derive(Debug)]
pub struct Decoded {
    /// The volume.
    pub volume: Volume,
    /// Where its voxels lie.
    pub grid: VoxelGrid,
    /// What was taken for granted.
    pub warning: Option<String>,
}

impl Entry {
    /// Decodes image and label, NIfTI or pictures; a NIfTI label that is stored in another order or direction of the axes is brought to its
    /// image's. With it comes a warning where the two do not lie in one place.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read, and for a label that is not on its image's grid.
    pub fn read(&self) -> Result<Decoded, DataError> {
        if picture::is_picture(&self.image) {
            let volume = picture::read(&self.id, &self.image, &self.further, &self.label)?;
            return Ok(Decoded { grid: VoxelGrid::unplaced(volume.shape), volume, warning: None });
        }
        let (image, of_channels) = read_channels(&self.image, &self.further)?;
        let label = read_label(&self.label)?;
        let matched = matched(&image, &label).map_err(|fault| {
            let way_out = "pair the image with its own label, or resample the label to the image";
            DataError::invalid(&self.label, format!("{fault} (image {}); {way_out}", self.image.display()))
        })?;
        let [ours, theirs] = [(&*self.label, &label.header), (&*self.image, &image.header)];
        let warnings = of_channels.into_iter().chain(doubt(ours, theirs, "its image", &matched));
        let warnings: Vec<String> = warnings.collect();
        let warning = (!warnings.is_empty()).then(|| warnings.join("; "));
        let voxels = matched.apply(label.shape, label.voxels);
        let grid = grid_of(&image.header, image.shape);
        let volume = Volume { id: self.id.clone(), shape: image.shape, image: image.voxels, label: voxels };
        Ok(Decoded { volume, grid, warning })
    }
}
