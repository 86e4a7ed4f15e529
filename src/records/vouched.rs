//! Files whose hashes a closing record holds, such as the tables of a cell: each is checked before it is
//! believed.

use super::files::{content, hash, parse_csv};
use crate::fault::Fault;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// The files of `folder` that `record` vouches for.
pub struct Vouched<'a> {
    /// Where they lie.
    pub folder: &'a Path,
    /// Name of the closing record, such as `cell.json`.
    pub record: &'a str,
    /// SHA-256 of each file, in hex, by name.
    pub files: &'a BTreeMap<String, String>,
}

/// Hashes of the files `names` in `folder`, by name.
///
/// # Errors
/// [`Fault`] that names a file that cannot be read.
pub fn hash_files<'a>(
    folder: &Path,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, Fault> {
    let of = |name: &str| {
        let path = folder.join(name);
        let bytes = content(&path).map_err(|error| Fault::new(path, error))?;
        Ok((name.to_string(), hash(&bytes)))
    };
    names.into_iter().map(of).collect()
}

impl Vouched<'_> {
    /// Checks every file but those called `spare`, which may be missing.
    ///
    /// # Errors
    /// [`Fault`] that names the first file that is missing or was changed.
    pub fn check(&self, spare: &str) -> Result<(), Fault> {
        for name in self.files.keys() {
            if name != spare || self.folder.join(name).exists() {
                self.bytes(name)?;
            }
        }
        Ok(())
    }

    /// The rows of the table called `name`.
    ///
    /// # Errors
    /// [`Fault`] where it is missing, was changed or is no such table.
    pub fn csv<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, Fault> {
        parse_csv(&self.bytes(name)?).map_err(|error| Fault::new(self.folder.join(name), error))
    }

    /// The content of the file called `name`.
    ///
    /// # Errors
    /// [`Fault`] where it is missing, was changed or the record does not list it.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let path = self.folder.join(name);
        let record = self.record;
        let Some(recorded) = self.files.get(name) else {
            return Err(Fault::new(self.folder.join(record), format!("lists no {name}")));
        };
        let bytes = content(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Fault::new(
                &path,
                format!("is missing, but {record} lists it: put it back, or choose another run folder"),
            ),
            _ => Fault::new(&path, error),
        })?;
        let found = hash(&bytes);
        if found != *recorded {
            let fault = format!(
                "was changed since it was recorded (its SHA-256 starts with {found:.8}, {record} has {recorded:.8}): put back the file as it was, or choose another run folder"
            );
            return Err(Fault::new(path, fault));
        }
        Ok(bytes)
    }
}
