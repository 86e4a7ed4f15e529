//! Whether networks learned anything: a verdict needs something to be about.

use super::{Evidence, of_cell};

/// Clean Dice below which a network did not learn. Calling every pixel foreground scores about 0.15 on
/// slices where a twelfth is.
pub const LEAST_DICE: f64 = 0.2;
/// Share of the background that is called background below which a network did not learn either: where the foreground is
/// large, calling every pixel so scores more than [`LEAST_DICE`].
const LEAST_SPECIFICITY: f64 = 0.01;

impl Evidence<'_> {
    /// The networks that did not learn, a line each.
    pub fn unlearned(&self) -> Vec<String> {
        self.losses
            .iter()
            .flat_map(|loss| self.seeds.iter().filter_map(|&seed| self.fault(loss, seed)))
            .collect()
    }

    /// Fails where a network of `loss` did not learn.
    pub(super) fn learned(&self, loss: &str) -> Result<(), String> {
        self.seeds.iter().find_map(|&seed| self.fault(loss, seed)).map_or(Ok(()), Err)
    }

    fn fault(&self, loss: &str, seed: u64) -> Option<String> {
        let low = self.clean_of(loss, seed).filter(|dice| *dice < LEAST_DICE);
        let full = || {
            self.cell(loss, seed)
                .ok()
                .and_then(of_cell::specificity)
                .filter(|share| *share < LEAST_SPECIFICITY)
        };
        let what = match low {
            Some(dice) => format!("clean Dice {dice:.3}, under {LEAST_DICE}"),
            None => full().map(|_| "it calls every pixel foreground".to_string())?,
        };
        Some(format!("{loss} of seed {seed} did not learn: {what}"))
    }

    /// Clean Dice of a cell; none where no sweep tells.
    fn clean_of(&self, loss: &str, seed: u64) -> Option<f64> {
        let by_volume = self.clean(loss, seed).ok()?;
        let sum = |side: usize| by_volume.iter().map(|pair| pair[side]).sum::<f64>();
        Some(sum(0) / sum(1)).filter(|dice| dice.is_finite())
    }
}
