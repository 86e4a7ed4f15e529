//! A temporary file for what is too much to hold in memory: a study's slices and their saliency maps. It
//! has no name in the file system that outlives the program, however that ends.

use crate::data::DataError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// Bytes that are written once, end to end, and read wherever they lie.
#[derive(Debug)]
pub struct Spill {
    file: Mutex<File>,
    end: u64,
}

impl Spill {
    /// An empty one, in the system's folder for temporary files (`TMPDIR`).
    ///
    /// # Errors
    /// [`DataError::Invalid`] where no file can be made there.
    pub fn new() -> Result<Self, DataError> {
        Ok(Self { file: Mutex::new(tempfile::tempfile().map_err(refused)?), end: 0 })
    }

    /// Appends `bytes` and says where they begin.
    ///
    /// # Errors
    /// [`DataError::Invalid`] where the disk refuses, such as a full one.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, DataError> {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let start = self.end;
        file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(bytes)).map_err(refused)?;
        self.end += bytes.len() as u64;
        Ok(start)
    }

    /// Bytes that were appended.
    pub fn len(&self) -> u64 {
        self.end
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// The `length` bytes that begin at `start`.
    ///
    /// # Errors
    /// [`DataError::Invalid`] where the disk refuses.
    pub fn read(&self, start: u64, length: usize) -> Result<Vec<u8>, DataError> {
        let mut bytes = vec![0; length];
        // Reads that a panic cut short leave nothing that the next seek does not put right.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut bytes)).map_err(refused)?;
        Ok(bytes)
    }
}

fn refused(error: io::Error) -> DataError {
    DataError::invalid(
        std::env::temp_dir(),
        format!("{error}: slices are kept in a temporary file here; set TMPDIR to a folder with room"),
    )
}

/// The bytes of `values`, little-endian.
pub fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values of [`to_bytes`], bit for bit.
pub fn from_bytes(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let (values, _) = bytes.as_chunks::<4>();
    values.iter().map(|value| f32::from_le_bytes(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_bit_for_bit_in_any_order() -> anyhow::Result<()> {
        let mut spill = Spill::new()?;
        let first = [1.5, -0.0, f32::NAN, f32::from_bits(1)];
        let starts = [spill.append(&to_bytes(&first))?, spill.append(&[7; 3])?];
        assert_eq!(starts, [0, 16]);
        assert_eq!(spill.read(16, 3)?, [7; 3]);
        let read: Vec<u32> = from_bytes(&spill.read(0, 16)?).map(f32::to_bits).collect();
        assert_eq!(read, first.map(f32::to_bits));
        let beyond = spill.read(17, 3).unwrap_err().to_string();
        assert!(beyond.contains("TMPDIR"), "{beyond}");
        Ok(())
    }
}
