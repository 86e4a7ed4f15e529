//! Reading and writing the files of a run folder: tables as CSV, records as JSON, each whole or not at
//! all, and the hashes that vouch for them. A file that was gzipped to keep it (`curves.csv.gz`) reads as
//! if it were not.

use crate::atomic;
use crate::data::hash::hex;
use crate::study::StudyError;
use flate2::read::GzDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes that a gzipped table may unfold to.
const MAX_BYTES: u64 = 1 << 30;

/// Writes rows as CSV with a header.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn write_csv<T: Serialize>(path: &Path, rows: &[T]) -> Result<(), StudyError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row)).map_err(|e| StudyError::record(path, e))?;
    let bytes = writer.into_inner().map_err(|error| StudyError::record(path, error))?;
    write_bytes(path, &bytes)
}

/// Reads rows of CSV.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, StudyError> {
    let bytes = content(path).map_err(|error| StudyError::record(path, error))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| StudyError::record(path, error))
}

/// Writes bytes, whole or not at all.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), StudyError> {
    atomic::write(path, bytes).map_err(|error| StudyError::record(path, error))
}

/// SHA-256 of a file, in hex.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn file_hash(path: &Path) -> Result<String, StudyError> {
    let bytes = content(path).map_err(|error| StudyError::record(path, error))?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// The bytes of a file, or where it is missing those of its gzipped twin.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let missing = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => error,
        read => return read,
    };
    let mut twin = path.as_os_str().to_owned();
    twin.push(".gz");
    // The way out for the user is the file itself, not its twin.
    let file = File::open(twin).map_err(|_| missing)?;
    let mut bytes = Vec::new();
    GzDecoder::new(file).take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a value as indented JSON, whole or not at all.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StudyError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| StudyError::record(path, error))?;
    text.push('\n');
    write_bytes(path, text.as_bytes())
}

/// Reads a JSON record; none where the file is missing or is not one.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Whether every file of a record is there and unchanged; the file called `spare` may be missing.
pub fn files_match(folder: &Path, files: &BTreeMap<String, String>, spare: &str) -> bool {
    files.iter().all(|(name, hash)| {
        let path = folder.join(name);
        (name == spare && !path.exists()) || file_hash(&path).is_ok_and(|found| found == *hash)
    })
}

/// Hashes of the files `names` in `folder`.
///
/// # Errors
/// [`StudyError::Record`] that names a file that cannot be read.
pub fn hash_files(folder: &Path, names: &[&str]) -> Result<BTreeMap<String, String>, StudyError> {
    names.iter().map(|&name| Ok((name.to_string(), file_hash(&folder.join(name))?))).collect()
}
