//! Trainings of a cell that is not over, in files of its folder: a run that is killed loses an epoch
//! of one, or a few short ones, not all of it.

use crate::network::arrays::{self, Arrays, Metadata, WeightsError};
use crate::train::state::{Keeper, State};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the optimiser remembers stands in the file under the arrays' names behind this.
const MEMORY: &str = "optimiser.";

/// The unfinished trainings of one cell.
pub struct Trainings<'a> {
    folder: &'a Path,
    /// What the training is: another study, arm, seed, data, device or version of the program does not go on with it.
    identity: String,
    /// How often it is kept, at the most.
    every: Duration,
    last: Instant,
}

impl<'a> Trainings<'a> {
    /// Those of the cell in `folder`, whose training `identity` names in whole; kept `every` so often.
    pub fn new(folder: &'a Path, identity: String, every: Duration) -> Self {
        Self { folder, identity, every, last: Instant::now() }
    }
}

/// Where training number `training` of the cell in `folder` is kept.
pub(super) fn path(folder: &Path, training: usize) -> PathBuf {
    folder.join(format!("training-{training}.unfinished"))
}

impl Keeper for Trainings<'_> {
    /// None for what cannot be read or is of another training: it is begun anew.
    fn kept(&self, training: usize) -> Option<State> {
        let (all, metadata) = arrays::read(&path(self.folder, training), |_| false).ok()?;
        if metadata.get("identity") != Some(&self.identity) {
            return None;
        }
        let epochs = serde_json::from_str(metadata.get("epochs")?).ok()?;
        let (mut weights, mut memory) = (Arrays::new(), Arrays::new());
        for (name, array) in all {
            match name.strip_prefix(MEMORY) {
                Some(name) => memory.insert(name.to_string(), array),
                None => weights.insert(name, array),
            };
        }
        Some(State { weights, memory, epochs })
    }

    fn keep(
        &mut self,
        training: usize,
        over: bool,
        state: &dyn Fn() -> Option<State>,
    ) -> Result<(), WeightsError> {
        if !over && self.last.elapsed() < self.every {
            return Ok(());
        }
        let Some(State { weights, memory, epochs }) = state() else {
            return Ok(());
        };
        let path = path(self.folder, training);
        let epochs = serde_json::to_string(&epochs)
            .map_err(|error| WeightsError::Invalid { path: path.clone(), fault: error.to_string() })?;
        let said = [("identity", self.identity.clone()), ("epochs", epochs)];
        let metadata: Metadata = said.map(|(key, value)| (key.to_string(), value)).into();
        let memory = memory.into_iter().map(|(name, array)| (format!("{MEMORY}{name}"), array));
        let all: Arrays = weights.into_iter().chain(memory).collect();
        arrays::write(&path, &all, &metadata)?;
        self.last = Instant::now();
        Ok(())
    }
}
