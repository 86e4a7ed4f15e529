//! Tables of volumes that a user writes: CSV with a row of names first.

use crate::data::DataError;
use crate::data::entry::Entry;
use crate::plain_text;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Between the files of a volume's channels.
const CHANNELS: char = ';';

/// A table with a column `id`, whose words are all different.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    /// Words of each column, without spaces around them.
    columns: BTreeMap<String, Vec<String>>,
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// [`DataError`] where it cannot be read, is no table, has no row or no column `id`, and for an id that comes twice or is
    /// empty.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let text = plain_text::read(path).map_err(|error| DataError::invalid(path, error.to_string()))?;
        Self::parse(path, &text)
    }

    /// [`Self::read`] of a text that `path` holds.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, DataError> {
        let invalid = |fault: String| DataError::invalid(path, fault);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let names: Vec<String> = reader
            .headers()
            .map_err(|error| invalid(error.to_string()))?
            .iter()
            .map(str::to_lowercase)
            .collect();
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in &names {
            if columns.insert(name.clone(), Vec::new()).is_some() {
                return Err(invalid(format!("has the column '{name}' twice: remove one of them")));
            }
        }
        for row in reader.records() {
            let row = row.map_err(|error| invalid(format!("is no table of commas ({error}); correct it")))?;
            for (name, word) in names.iter().zip(&row) {
                columns.entry(name.clone()).or_default().push(word.to_string());
            }
        }
        let table = Self { path: path.to_path_buf(), columns };
        table.check_ids()?;
        Ok(table)
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The words of a column.
    ///
    /// # Errors
    /// [`DataError`] where there is no such column.
    pub fn column(&self, name: &str) -> Result<&[String], DataError> {
        self.optional(name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.keys().map(String::as_str).collect();
            let fault = format!(
                "has no column '{name}', but {}: {}",
                names.join(", "),
                match names.len() {
                    1 => "columns should be separated by commas",
                    _ => "rename the one that is meant",
                }
            );
            DataError::invalid(&self.path, fault)
        })
    }

    /// The words of a column, where there is one.
    pub fn optional(&self, name: &str) -> Option<&[String]> {
        self.columns.get(name).map(Vec::as_slice)
    }

    /// A column in which every row has a word; none where no row has one.
    ///
    /// # Errors
    /// [`DataError`] that names the first row without one.
    pub fn whole<'a>(
        &self,
        name: &str,
        words: Option<&'a [String]>,
    ) -> Result<Option<&'a [String]>, DataError> {
        let words = words.filter(|words| words.iter().any(|word| !word.is_empty()));
        match words.and_then(|words| words.iter().position(String::is_empty)) {
            Some(row) => Err(self.fault(row, &format!("{name} is empty, but other rows have one"))),
            None => Ok(words),
        }
    }

    /// A fault of a row, counted from 0 here and from 1 for the user, names aside.
    pub fn fault(&self, row: usize, fault: &str) -> DataError {
        DataError::invalid(&self.path, format!("row {}: {fault}", row + 1))
    }

    /// The volumes, in the order of their ids: columns `id`, `image` and `label`, paths relative to the table's folder. An image
    /// whose channels are files of their own names them with semicolons between.
    ///
    /// # Errors
    /// [`DataError`] for a missing column, an empty word and a file that is not there.
    pub fn entries(&self) -> Result<Vec<Entry>, DataError> {
        let [ids, images, labels] = ["id", "image", "label"].map(|name| self.column(name));
        let (ids, images, labels) = (ids?, images?, labels?);
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let file = |row: usize, name: &str| {
            let path = folder.join(name.trim());
            match !name.trim().is_empty() && path.is_file() {
                true => Ok(path),
                false => {
                    Err(self.fault(row, &format!("'{name}' is no file; paths are from the table's folder")))
                }
            }
        };
        let entry = |(row, id): (usize, &String)| {
            let mut channels =
                images[row].split(CHANNELS).map(|name| file(row, name)).collect::<Result<Vec<_>, _>>()?;
            let further = channels.split_off(1);
            Ok(Entry { id: id.clone(), image: channels.remove(0), further, label: file(row, &labels[row])? })
        };
        let mut entries = ids.iter().enumerate().map(entry).collect::<Result<Vec<_>, DataError>>()?;
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(entries)
    }

    fn check_ids(&self) -> Result<(), DataError> {
        let mut rows = BTreeMap::new();
        for (row, id) in self.column("id")?.iter().enumerate() {
            if id.is_empty() {
                return Err(self.fault(row, "id is empty"));
            }
            if let Some(first) = rows.insert(id, row + 1) {
                return Err(self.fault(row, &format!("id '{id}' is also that of row {first}")));
            }
        }
        match rows.is_empty() {
            true => Err(DataError::invalid(&self.path, "has no row")),
            false => Ok(()),
        }
    }
}
