//! Labelled volumes: reading task folders, tables and folders of pictures, and cutting volumes into the 2-D slices
//! that the networks see.

mod channel_files;
pub mod channels;
pub mod encoded;
pub mod entry;
pub mod folder;
pub mod given;
pub mod group;
pub mod gzip;
pub mod hash;
pub mod listing;
pub mod picture;
pub mod spill;
pub mod split;
pub mod stored_slices;
pub mod table;
pub mod unlabelled;
pub mod volume_list;

use std::path::PathBuf;

pub mod dealing;
pub mod decathlon;
pub mod fetch;
pub mod nifti;

pub use decathlon::{Task, read_task, write_task};
pub use fetch::{FetchError, KnownTask, fetch};

/// One scan with its label, as decoded from disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// The image's file name without `.nii` or `.nii.gz`.
    pub id: String,
    /// Voxels along x, y and z (width, height and depth in the paper's words).
    pub shape: [usize; 3],
    /// Intensities after slope and intercept, channels outermost, then x fastest: voxel (x, y, z) of channel c
    /// is at `x + X * (y + Y * (z + Z * c))`.
    pub image: Vec<f32>,
    /// Label of each voxel, x fastest.
    pub label: Vec<u8>,
}

impl Volume {
    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.image.len().checked_div(self.label.len()).unwrap_or(1)
    }
}

/// What can be wrong with data on disk. Each message is one line that names the file, the fault
/// and the way out.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or folder could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said; no source, since the message says it.
        error: std::io::Error,
    },
    /// A file was read but its content cannot be used.
    #[error("{}: {fault}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        fault: String,
    },
}

impl DataError {
    pub(crate) fn io(path: impl Into<PathBuf>, error: std::io::Error) -> Self {
        Self::Io { path: path.into(), error }
    }

    pub(crate) fn invalid(path: impl Into<PathBuf>, fault: impl Into<String>) -> Self {
        Self::Invalid { path: path.into(), fault: crate::fault::one_line(&fault.into()) }
    }
}
