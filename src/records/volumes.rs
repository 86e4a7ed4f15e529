//! `volumes.csv`: which volume was used for what. The file also serves as a
//! [`VolumeList`](crate::data::volume_list::VolumeList).

use super::cell::{CellRecord, RECORD};
use super::files::{content, parse_csv, write_bytes};
use crate::data::given::Given;
use crate::data::hash::{Fingerprint, given_hash};
use crate::data::split::Split;
use crate::fault::Fault;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Name of the file in a run folder.
const FILE: &str = "volumes.csv";

/// What is read back of a row.
#[derive(Deserialize)]
struct VolumeRow {
    volume: String,
    width: usize,
    height: usize,
    depth: usize,
    sha256: String,
    /// The group and the part that the data give it; empty where they give none.
    #[serde(default)]
    group: String,
    #[serde(default)]
    given: String,
}

impl VolumeRow {
    fn given(&self) -> (&str, [&str; 2]) {
        (&self.volume, [&self.group, &self.given])
    }
}

/// Writes the volumes of a run, in their order, with a column for each of `splits`, by its name, and the columns `group` and
/// `given`, a part, where the data give any.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write(
    run: &Path,
    volumes: &[Fingerprint],
    given: &Given,
    splits: &[(String, Split)],
) -> Result<(), Fault> {
    let path = run.join(FILE);
    let fault = |error: csv::Error| Fault::new(&path, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let parts = splits.iter().map(|(name, _)| name.as_str());
    let shape_and_hash = ["width", "height", "depth", "sha256"];
    let of_data = ["group", "given"].into_iter().filter(|_| !given.is_nothing());
    let head = ["volume"].into_iter().chain(parts).chain(shape_and_hash).chain(of_data);
    writer.write_record(head).map_err(fault)?;
    for (number, volume) in volumes.iter().enumerate() {
        let parts = splits.iter().map(|(_, split)| split.part(number).to_string());
        let shape = volume.shape.iter().map(usize::to_string);
        let of_data = given.words(&volume.id).map(str::to_string);
        let of_data = of_data.into_iter().filter(|_| !given.is_nothing());
        let row = [volume.id.clone()].into_iter().chain(parts).chain(shape);
        let row = row.chain([volume.hash.clone()]).chain(of_data);
        writer.write_record(row).map_err(fault)?;
    }
    write_bytes(&path, &writer.into_inner().map_err(|error| Fault::new(&path, error.to_string()))?)
}

/// The group of each volume, where `volumes.csv` has groups. Checks first that `cells` of the run folder `run` were
/// made from the same data, and that the list, where there is one, lists these.
///
/// # Errors
/// [`Fault`] that names the cell or the list that differs.
pub fn groups<'a>(
    run: &Path,
    cells: impl IntoIterator<Item = &'a CellRecord>,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut cells = cells.into_iter();
    let Some(first) = cells.next() else {
        return Ok(BTreeMap::new());
    };
    if let Some(other) = cells.find(|cell| cell.data_hash != first.data_hash) {
        let fault = format!(
            "cell {} of seed {} was made from other data (hash {:.8}) than {} of seed {} ({:.8}): keep them in run folders of their own",
            other.loss, other.seed, other.data_hash, first.loss, first.seed, first.data_hash
        );
        return Err(Fault::new(run, fault));
    }
    let path = run.join(FILE);
    let bytes = match content(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        read => read.map_err(|error| Fault::new(&path, error))?,
    };
    let rows: Vec<VolumeRow> = parse_csv(&bytes).map_err(|error| Fault::new(&path, error))?;
    let fingerprint = |row: &VolumeRow| Fingerprint {
        id: row.volume.clone(),
        shape: [row.width, row.height, row.depth],
        hash: row.sha256.clone(),
    };
    let volumes: Vec<Fingerprint> = rows.iter().map(fingerprint).collect();
    let given: BTreeMap<&str, [&str; 2]> = rows.iter().map(VolumeRow::given).collect();
    let listed = given_hash(&volumes, |id| given.get(id).copied().unwrap_or_default());
    let groups = given.iter().filter(|(_, [group, _])| !group.is_empty());
    let groups = groups.map(|(id, [group, _])| (id.to_string(), group.to_string())).collect();
    match listed == first.data_hash {
        true => Ok(groups),
        false => Err(Fault::new(
            path,
            format!(
                "lists other volumes than {RECORD} of the cells was made from: put back the file as it was"
            ),
        )),
    }
}
