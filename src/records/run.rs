//! A whole run folder, read back.

use super::cell::{Cell, CellRecord, weights_of};
use super::examples::Examples;
use super::transfer::{Transfer, transfers_of};
use super::{unread, volumes};
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::plain_text;
use std::collections::BTreeMap;
use std::path::Path;

/// A run as found on disk.
pub struct Run {
    /// The study, as it was resolved with its overrides.
    pub study: Study,
    /// Finished cells, in the study's order: seeds within arms.
    pub cells: Vec<Cell>,
    /// What needs all cells of a seed, where they are done.
    pub transfers: Vec<Transfer>,
    /// Slices to look at, where they were kept.
    pub examples: Option<Examples>,
    /// The group of each volume, where the data gave it; else the study's rule says it.
    pub groups: BTreeMap<String, String>,
}

/// The study of a run folder, as it was resolved with its overrides.
///
/// # Errors
/// [`Fault`] where the folder is no run.
pub fn read_study(folder: &Path) -> Result<Study, Fault> {
    let path = folder.join("study.toml");
    let text = plain_text::read(&path).map_err(|error| {
        Fault::new(&path, format!("{error}: should be a run folder, as `lossbench run` makes"))
    })?;
    Study::parse(&text, &[]).map_err(|fault| Fault::new(&path, fault))
}

impl Run {
    /// Reads a run folder; cells that are not finished are left out.
    ///
    /// # Errors
    /// [`Fault`] where the folder is no run, is kept [`unread`], or a record in it is damaged or was made by another study.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let study = read_study(folder)?;
        unread::check(folder)?;
        let mut cells = Vec::new();
        for arm in &study.arms {
            for &seed in &study.seeds {
                cells.extend(Cell::read(folder, &study, arm, seed)?);
            }
        }
        let groups = volumes::groups(folder, cells.iter().map(|cell| &cell.record))?;
        // From the cells just read, so that their files are hashed once.
        let weights = |seed: u64| {
            let of_seed = cells.iter().map(|cell| &cell.record).filter(|record| record.seed == seed);
            let of_seed: Vec<&CellRecord> = of_seed.collect();
            (of_seed.len() == study.arms.len()).then(|| weights_of(of_seed))
        };
        let mut transfers = Vec::new();
        for seeds in study.seeds.iter().flat_map(|&seed| transfers_of(&study, seed)) {
            if let (Some(attacked), Some(maps)) = (weights(seeds.attacked), weights(seeds.maps)) {
                transfers.extend(Transfer::read(folder, &study, seeds, &[attacked, maps])?);
            }
        }
        let examples = Examples::read(folder, &study, |seed| Ok(weights(seed)))?;
        Ok(Self { study, cells, transfers, examples, groups })
    }

    /// What the volume `id` is of: volumes that a split keeps together are of one subject.
    pub fn subject(&self, id: &str) -> String {
        // A study whose rule cannot read an id never ran.
        let by_rule = || self.study.split.group.group(id).unwrap_or_else(|_| id.to_string());
        self.groups.get(id).cloned().unwrap_or_else(by_rule)
    }
}
