//! Groups and parts of a split that a table gives volumes, in place of those that a study draws.

use crate::data::DataError;
use crate::data::group::GroupRule;
use crate::data::split::Split;
use crate::data::table::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a table gives, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// The table, for faults.
    from: PathBuf,
    /// The group of each volume; of all of them or of none.
    groups: BTreeMap<String, String>,
    /// The part of each volume; of all of them or of none.
    parts: BTreeMap<String, Part>,
}

/// A part of a split.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "train" | "training" => Some(Self::Train),
            "validation" | "val" => Some(Self::Validation),
            "test" => Some(Self::Test),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl Given {
    /// Reads a file of the columns `id`, `split` and, where volumes belong together, `group`.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read, a missing column, an id that comes twice, and what [`Self::of`] refuses.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let table = Table::read(path)?;
        table.column("split")?;
        Self::of(&table)
    }

    /// What the columns `group` and `split` of a table say; both may be missing.
    ///
    /// # Errors
    /// [`DataError`] for a word that is no part, a row without a word where others have one, and a group in two parts.
    pub fn of(table: &Table) -> Result<Self, DataError> {
        let ids = table.column("id")?;
        let [groups, words] = ["group", "split"].map(|name| table.optional(name));
        let mut parts = BTreeMap::new();
        for (row, word) in table.whole("split", words)?.into_iter().flatten().enumerate() {
            let part = Part::parse(&word.to_lowercase()).ok_or_else(|| {
                table.fault(row, &format!("split should be train, validation or test, but is '{word}'"))
            })?;
            parts.insert(ids[row].clone(), part);
        }
        let groups = table.whole("group", groups)?.into_iter().flatten();
        let groups = ids.iter().cloned().zip(groups.cloned()).collect();
        let given = Self { from: table.path().to_path_buf(), groups, parts };
        given.check_groups()?;
        Ok(given)
    }

    /// The same with the groups of `table` where this gives none.
    ///
    /// # Errors
    /// [`DataError`] for a group in two parts.
    pub fn with_groups_of(mut self, table: Self) -> Result<Self, DataError> {
        if self.groups.is_empty() {
            self.groups = table.groups;
        }
        self.check_groups()?;
        Ok(self)
    }

    /// What it gives the volumes whose ids are `wanted`.
    pub fn only(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.parts.retain(|id, _| wanted(id));
        self.groups.retain(|id, _| wanted(id));
        self
    }

    /// Whether it gives nothing.
    pub fn is_nothing(&self) -> bool {
        self.groups.is_empty() && self.parts.is_empty()
    }

    /// Whether it gives parts.
    pub fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The group of each volume; none where it gives none.
    ///
    /// # Errors
    /// A line for a volume that is not in the table.
    pub fn groups(&self, ids: &[&str]) -> Result<Option<Vec<String>>, String> {
        match self.groups.is_empty() {
            true => Ok(None),
            false => {
                ids.iter().map(|id| self.at(&self.groups, id).cloned()).collect::<Result<_, _>>().map(Some)
            }
        }
    }

    /// The split of the volumes; none where it gives none.
    ///
    /// # Errors
    /// A line for a volume that is not in the table, a row of no volume, and a part for training or test without a volume.
    pub fn split(&self, ids: &[&str]) -> Result<Option<Split>, String> {
        if self.parts.is_empty() {
            return Ok(None);
        }
        let here: BTreeSet<&str> = ids.iter().copied().collect();
        if let Some(id) = self.parts.keys().find(|id| !here.contains(id.as_str())) {
            return Err(self
                .said(&format!("names '{id}', which is no volume of the data: correct it or take it out")));
        }
        let parts = ids.iter().map(|id| self.at(&self.parts, id).copied()).collect::<Result<Vec<_>, _>>()?;
        let of = |wanted| {
            parts.iter().enumerate().filter(move |(_, part)| **part == wanted).map(|(volume, _)| volume)
        };
        let [train, validation, test] =
            [Part::Train, Part::Validation, Part::Test].map(|part| of(part).collect::<Vec<_>>());
        for (part, volumes) in [(Part::Train, &train), (Part::Test, &test)] {
            if volumes.is_empty() {
                return Err(self.said(&format!(
                    "gives no volume the split {}: at least one should have it",
                    part.word()
                )));
            }
        }
        Ok(Some(Split { train, validation, test }))
    }

    /// The group and the part of the volume `id`, in words; empty where it gives none.
    pub fn words(&self, id: &str) -> [&str; 2] {
        let group = self.groups.get(id).map_or("", String::as_str);
        [group, self.parts.get(id).map_or("", |part| part.word())]
    }

    fn at<'a, T>(&self, of: &'a BTreeMap<String, T>, id: &str) -> Result<&'a T, String> {
        of.get(id).ok_or_else(|| self.said(&format!("has no row for the volume '{id}': add one")))
    }

    fn said(&self, fault: &str) -> String {
        format!("{}: {fault}", self.from.display())
    }

    /// Checks the parts that it gives by a study's rule of what belongs together, unless it gives groups or the rule cannot read
    /// the ids: shipped studies have a rule for volumes of their own.
    ///
    /// # Errors
    /// A line for a group in two parts.
    pub fn check_rule(&self, ids: &[&str], rule: &GroupRule) -> Result<(), String> {
        let Ok(groups) = rule.groups(ids.iter().copied()) else {
            return Ok(());
        };
        if !self.groups.is_empty() {
            return Ok(());
        }
        let fault = self.parted(ids.iter().copied().zip(groups.iter().map(String::as_str)));
        let way_out = format!("or set split.group other than \"{rule}\", which made the group");
        fault.map_or(Ok(()), |fault| Err(self.said(&format!("{fault}, {way_out}"))))
    }

    /// Checks the parts that it gives by its own groups.
    fn check_groups(&self) -> Result<(), DataError> {
        let groups = self.groups.iter().map(|(id, group)| (id.as_str(), group.as_str()));
        self.parted(groups).map_or(Ok(()), |fault| Err(DataError::invalid(&self.from, fault)))
    }

    /// What is wrong where volumes that belong together lie in two parts, of ids with the group of each.
    fn parted<'a>(&self, groups: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
        let mut part_of: BTreeMap<&str, (&str, Part)> = BTreeMap::new();
        for (id, group) in groups {
            let Some(&part) = self.parts.get(id) else {
                continue;
            };
            let (first, known) = *part_of.entry(group).or_insert((id, part));
            if known != part {
                let (ours, theirs) = (part.word(), known.word());
                return Some(format!(
                    "group '{group}' is in two parts: {first} is for {theirs}, {id} for {ours}; keep a group in one"
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn given(text: &str) -> Result<Given, DataError> {
        Given::of(&Table::parse(Path::new("split.csv"), text)?)
    }

    #[test]
    fn parts_and_groups_are_those_of_the_table_in_the_order_asked_for() -> anyhow::Result<()> {
        let given = given("id,split,group\nc,test,s2\na,Train,s1\nb,val,s3\nd,train,s1\n")?;
        let split = given.split(&["a", "b", "c", "d"]).map_err(anyhow::Error::msg)?;
        assert_eq!(split, Some(Split { train: vec![0, 3], validation: vec![1], test: vec![2] }));
        let groups = given.groups(&["d", "c"]).map_err(anyhow::Error::msg)?;
        assert_eq!(groups, Some(vec!["s1".to_string(), "s2".to_string()]));
        assert!(given.has_parts() && !given.is_nothing());
        Ok(())
    }

    #[test]
    fn a_table_without_both_columns_gives_nothing() -> anyhow::Result<()> {
        let given = given("id,image\na,x\n")?;
        assert!(given.is_nothing() && given.split(&["z"]) == Ok(None) && given.groups(&["z"]) == Ok(None));
        Ok(())
    }

    #[rstest]
    #[case(
        "id,split\na,train\nb,hold-out\n",
        "split.csv: row 2: split should be train, validation or test, but is 'hold-out'"
    )]
    #[case("id,split\na,train\nb,\n", "split.csv: row 2: split is empty, but other rows have one")]
    #[case("id,split,group\na,train,s\nb,test,s\n", "group 's' is in two parts: a is for train, b for test")]
    #[case("id,split\na,train\na,test\n", "row 2: id 'a' is also that of row 1")]
    fn tables_that_contradict_themselves_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = given(text).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }

    #[rstest]
    #[case("id,split\na,train\nb,test\n", &["a", "b", "c"], "split.csv: has no row for the volume 'c'")]
    #[case("id,split\na,train\nb,test\nz,test\n", &["a", "b"], "names 'z', which is no volume")]
    #[case("id,split\na,train\nb,train\n", &["a", "b"], "gives no volume the split test")]
    #[case("id,split\na,test\nb,val\n", &["a", "b"], "gives no volume the split train")]
    fn a_table_of_other_volumes_is_refused(#[case] text: &str, #[case] ids: &[&str], #[case] says: &str) {
        let message = given(text).expect("a table").split(ids).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
