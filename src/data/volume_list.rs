//! Lists of volumes: which ones a study is over, and the hash of each, so that a copy of the data that
//! has more, fewer or other volumes gives the same study or none.

use crate::data::DataError;
use crate::data::hash::Fingerprint;
use crate::plain_text;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Lists that are built in: name and text.
pub const SHIPPED: &[(&str, &str)] =
    &[("hippocampus", include_str!("../../studies/volumes/hippocampus.csv"))];

/// Volumes that an error names.
const NAMED: usize = 10;

/// A list of volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeList {
    name: String,
    /// Shape and hash by id.
    entries: BTreeMap<String, ([usize; 3], String)>,
}

/// A row; other columns, such as `part` in a run's `volumes.csv`, are passed over.
#[derive(Deserialize)]
struct Row {
    volume: String,
    width: usize,
    height: usize,
    depth: usize,
    sha256: String,
}

impl VolumeList {
    /// The list called `name`: one of [`SHIPPED`], else a CSV file with the columns `volume`, `width`,
    /// `height`, `depth` (voxels along x, y and z) and `sha256` ([`super::hash::volume_hash`]).
    ///
    /// # Errors
    /// [`DataError`] where there is no such list or it cannot be read.
    pub fn read(name: &str) -> Result<Self, DataError> {
        let text = match SHIPPED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => (*text).to_string(),
            None => plain_text::read(Path::new(name)).map_err(|error| {
                let known: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
                let known = known.join(", ");
                DataError::invalid(
                    name,
                    format!("{error}: data.volumes should be all, {known} or a list's file"),
                )
            })?,
        };
        Self::parse(name, &text).map_err(|fault| DataError::invalid(name, fault))
    }

    fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
            let Row { volume, width, height, depth, sha256 } = row.map_err(|error| {
                format!("{error}: should have the columns volume, width, height, depth, sha256")
            })?;
            if entries.insert(volume.clone(), ([width, height, depth], sha256)).is_some() {
                return Err(format!("lists {volume} twice: remove one of them"));
            }
        }
        if entries.is_empty() {
            return Err("lists no volume".to_string());
        }
        Ok(Self { name: name.to_string(), entries })
    }

    /// Whether the volume called `id` is listed.
    pub fn contains(&self, id: &str) -> bool {
        self.entries.contains_key(id)
    }

    /// Checks that every listed volume is among `ids`, those of `folder`.
    ///
    /// # Errors
    /// [`DataError::Invalid`] that names those that are missing.
    pub fn check_ids<'a>(
        &self,
        folder: &Path,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), DataError> {
        let found: BTreeSet<&str> = ids.into_iter().collect();
        let missing = self.entries.keys().filter(|id| !found.contains(id.as_str())).cloned();
        self.refuse(folder, "are missing", missing.collect())
    }

    /// Checks that the volumes read from `folder` are those listed.
    ///
    /// # Errors
    /// [`DataError::Invalid`] that names those that differ.
    pub fn check(&self, folder: &Path, volumes: &[Fingerprint]) -> Result<(), DataError> {
        let differs = |volume: &Fingerprint| {
            let Fingerprint { id, shape: found, hash } = volume;
            match self.entries.get(id) {
                Some((shape, _)) if found != shape => Some(format!("{id} (shape {found:?} for {shape:?})")),
                Some((_, listed)) if hash == listed => None,
                _ => Some(format!("{id} (other voxels, labels or id)")),
            }
        };
        self.refuse(folder, "differ", volumes.iter().filter_map(differs).collect())
    }

    /// Fails where there is a volume at fault.
    fn refuse(&self, folder: &Path, fault: &str, volumes: Vec<String>) -> Result<(), DataError> {
        if volumes.is_empty() {
            return Ok(());
        }
        let more = match volumes.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let fault = format!(
            "{} of the {} volumes of list '{}' {fault}: {}{more}; get the data again, or set data.volumes=all for a study of your own",
            volumes.len(),
            self.entries.len(),
            self.name,
            volumes[..volumes.len().min(NAMED)].join(", ")
        );
        Err(DataError::invalid(folder, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Volume;
    use crate::data::hash::volume_hash;
    use rstest::rstest;

    fn volume(id: &str) -> Volume {
        Volume { id: id.into(), shape: [1, 1, 2], image: vec![1.0, 2.0], label: vec![0, 1] }
    }

    fn list() -> VolumeList {
        let rows: Vec<String> =
            ["a", "b"].map(|id| format!("{id},test,1,1,2,{}", volume_hash(&volume(id)))).to_vec();
        let text = format!("volume,part,width,height,depth,sha256\n{}\n", rows.join("\n"));
        VolumeList::parse("two", &text).expect("a list")
    }

    fn check(volumes: &[Volume]) -> Result<(), DataError> {
        let folder = Path::new("task");
        list().check_ids(folder, volumes.iter().map(|volume| volume.id.as_str()))?;
        list().check(folder, &volumes.iter().map(Fingerprint::of).collect::<Vec<_>>())
    }

    #[test]
    fn the_listed_volumes_pass_and_others_are_told_apart() {
        assert!(list().contains("a") && !list().contains("c"));
        check(&[volume("a"), volume("b")]).expect("the listed volumes");
    }

    #[rstest]
    #[case(vec![volume("a")], "1 of the 2 volumes of list 'two' are missing: b")]
    #[case(vec![], "2 of the 2 volumes of list 'two' are missing: a, b")]
    #[case(vec![volume("a"), Volume { label: vec![1, 1], ..volume("b") }], "differ: b (other voxels")]
    #[case(vec![Volume { shape: [1, 2, 1], ..volume("a") }, volume("b")], "differ: a (shape [1, 2, 1] for [1, 1, 2])")]
    fn missing_and_differing_volumes_are_named(#[case] volumes: Vec<Volume>, #[case] says: &str) {
        let message = check(&volumes).unwrap_err().to_string();
        assert!(message.starts_with("task: ") && message.contains(says), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[rstest]
    #[case("volume,width\na,1\n", "should have the columns")]
    #[case("volume,width,height,depth,sha256\n", "lists no volume")]
    #[case("volume,width,height,depth,sha256\na,1,1,1,x\na,1,1,1,x\n", "lists a twice")]
    fn broken_lists_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = VolumeList::parse("list", text).unwrap_err();
        assert!(message.contains(says), "{message}");
    }

    #[rstest]
    #[case(SHIPPED[0])]
    fn shipped_lists_can_be_read(#[case] (name, _): (&str, &str)) {
        VolumeList::read(name).expect("a list");
    }

    #[test]
    fn an_unknown_list_says_which_there_are() {
        let message = VolumeList::read("nowhere.csv").unwrap_err().to_string();
        assert!(message.contains("should be all, hippocampus or"), "{message}");
    }
}
