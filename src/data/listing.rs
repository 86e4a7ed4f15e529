//! Which volumes `--data` names: a task folder, a table, or folders of images and labels.

use crate::data::channels::ChannelNames;
use crate::data::entry::Entry;
use crate::data::given::Given;
use crate::data::table::Table;
use crate::data::{DataError, decathlon, folder};
use std::path::Path;

/// Volumes, none of them decoded yet.
pub struct Listing {
    /// The volumes, sorted by id.
    pub entries: Vec<Entry>,
    /// What the data call their channels.
    pub channels: ChannelNames,
    /// The label that the data call `ignore`: of unknown truth.
    pub ignore: Option<u64>,
    /// Groups and parts that a table gives.
    pub given: Given,
}

/// Lists the volumes at `path` whose ids are `wanted`: those of a file's table, those of a folder that has `images` beside
/// `masks` or `labels`, else those of a task folder.
///
/// # Errors
/// [`DataError`] where the listing, or a file that it names, is missing or wrong.
pub fn list(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Listing, DataError> {
    let (mut entries, channels, ignore, given) = if path.is_file() {
        let table = Table::read(path)?;
        (table.entries()?, ChannelNames::default(), None, Given::of(&table)?)
    } else if folder::is_folder(path) && !path.join("dataset.json").exists() {
        (folder::entries(path)?, ChannelNames::default(), None, Given::default())
    } else {
        let listed = decathlon::list(path, &wanted)?;
        (listed.entries, listed.channels, listed.ignore, Given::default())
    };
    entries.retain(|entry| wanted(&entry.id));
    Ok(Listing { entries, channels, ignore, given: given.only(wanted) })
}
