//! Reading and writing the files of a run folder: tables as CSV, records as JSON, each whole or not at
//! all. A file that was gzipped to keep it (`curves.csv.gz`) reads as if it were not.

use crate::atomic;
use crate::data::gzip::Members;
use crate::data::hash::hex;
use crate::fault::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// The most bytes that a gzipped table may unfold to.
const MAX_BYTES: u64 = 1 << 30;

/// Writes rows as CSV with a header.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write_csv<T: Serialize>(path: &Path, rows: &[T]) -> Result<(), Fault> {
    write_bytes(path, &csv_bytes(rows).map_err(|error| Fault::new(path, error))?)
}

/// Rows as CSV with a header.
///
/// # Errors
/// What cannot be written.
pub fn csv_bytes<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()).into())
}

/// The rows of a CSV table, whose columns are found by name.
///
/// # Errors
/// The line and the column that is wrong.
pub fn parse_csv<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_reader(bytes).deserialize().collect()
}

/// Reads rows of CSV.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Fault> {
    let bytes = content(path).map_err(|error| Fault::new(path, error))?;
    parse_csv(&bytes).map_err(|error| Fault::new(path, error))
}

/// Writes bytes, whole or not at all.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    atomic::write(path, bytes).map_err(|error| Fault::new(path, error))
}

/// Writes a value as indented JSON, whole or not at all.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Fault> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Fault::new(path, error))?;
    write_bytes(path, (text + "\n").as_bytes())
}

/// The bytes of a file, or where it is missing those of its gzipped twin.
///
/// # Errors
/// What the operating system says, or a broken twin.
pub fn content(path: &Path) -> io::Result<Vec<u8>> {
    let missing = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => error,
        read => return read,
    };
    // The way out for the user is the file itself, not its twin.
    let file = File::open(twin(path)).map_err(|_| missing)?;
    let mut bytes = Vec::new();
    Members::new(Vec::new(), BufReader::new(file)).take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the gzipped twin of a file lies.
pub fn twin(path: &Path) -> PathBuf {
    let mut twin = path.as_os_str().to_owned();
    twin.push(".gz");
    twin.into()
}

/// SHA-256 of bytes, in hex.
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
