//! Images without labels, which masks and maps are made of, and files of these in the image's own format and place.

use crate::atomic::is_stream;
use crate::data::DataError;
use crate::data::channel_files::{case_of, read_channels};
use crate::data::folder::stem;
use crate::data::nifti::{NiftiHeader, Voxels, grid_of, is_gzip, write_like};
use crate::data::picture::{self, Depth};
use crate::image::voxel_grid::VoxelGrid;
use std::path::{Path, PathBuf};

/// An image as it was read.
#[derive(Debug)]
pub struct Unlabelled {
    /// What a study calls it: its file's name without the ending, nor a channel's number where each has its own file.
    pub id: String,
    /// Voxels along x, y and z; rows, columns and pages of a picture.
    pub shape: [usize; 3],
    /// Intensities, as in [`Volume`](crate::data::Volume).
    pub voxels: Vec<f32>,
    /// Where its voxels lie.
    pub grid: VoxelGrid,
    /// What was taken for granted.
    pub warning: Option<String>,
    /// None for a picture.
    header: Option<NiftiHeader>,
}

impl Unlabelled {
    /// Reads an image, NIfTI or a picture, whose first channel is `first` and whose others are `further`; a single file may
    /// have all.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read, and for channels that are not on one grid.
    pub fn read(first: &Path, further: &[PathBuf]) -> Result<Self, DataError> {
        let id = id(first, !further.is_empty());
        if picture::is_picture(first) {
            let (shape, voxels) = picture::read_image(first, further)?;
            let grid = VoxelGrid::unplaced(shape);
            return Ok(Self { id, shape, voxels, grid, warning: None, header: None });
        }
        let (image, warning) = read_channels(first, further).map_err(|error| match is_named(first) {
            true => error,
            false => DataError::invalid(
                first,
                "is no NIfTI file, nor named as a PNG or TIFF: convert or rename it",
            ),
        })?;
        let grid = grid_of(&image.header, image.shape);
        Ok(Self { id, shape: image.shape, voxels: image.voxels, grid, warning, header: Some(image.header) })
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.voxels.len().checked_div(self.shape.iter().product()).unwrap_or(1)
    }

    /// Whether `path` names a format that can hold voxels of this `depth` for the image: NIfTI for NIfTI, PNG or TIFF for a
    /// picture.
    ///
    /// # Errors
    /// [`DataError::Invalid`] where it does not.
    pub fn check_result(&self, path: &Path, depth: Depth) -> Result<(), DataError> {
        match self.header {
            Some(_) => is_gzip(path).map(drop),
            None => picture::check_result(path, self.shape, depth),
        }
    }

    /// Writes a mask, a voxel each: 1 is foreground in NIfTI, white in a picture.
    ///
    /// # Errors
    /// As [`Self::check_result`], and for a disk that refuses.
    pub fn write_mask(&self, path: &Path, mask: &[bool]) -> Result<(), DataError> {
        let foreground = if self.header.is_some() { 1 } else { u8::MAX };
        let bytes: Vec<u8> = mask.iter().map(|&inside| foreground * u8::from(inside)).collect();
        self.write(path, Voxels::U8(&bytes))
    }

    /// Writes a value for every voxel.
    ///
    /// # Errors
    /// As [`Self::check_result`], and for a disk that refuses.
    pub fn write_values(&self, path: &Path, values: &[f32]) -> Result<(), DataError> {
        self.write(path, Voxels::F32(values))
    }

    fn write(&self, path: &Path, voxels: Voxels) -> Result<(), DataError> {
        match &self.header {
            Some(header) => write_like(path, header, self.shape, voxels),
            None => picture::write(path, self.shape, voxels),
        }
    }
}

/// Whether the name promises a format that is read, or there is nothing whose name could.
fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    stem(&name).is_some() || is_stream(path) || !path.exists()
}

fn id(first: &Path, one_of_several: bool) -> String {
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem(&name).unwrap_or(&name);
    match case_of(stem, "") {
        Some((case, _)) if one_of_several => case.to_string(),
        _ => stem.to_string(),
    }
}
