//! A section `sweep.NAME` of a study: one sweep.

use crate::attack::budget::{Budget, Replacement};
use crate::rules::{Range, distinct, should};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// One sweep: every budget of `pixels` with every level of `levels`, or with values drawn from `uniform`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// What the sweep shows, for tables and figures.
    pub title: String,
    /// Numbers of pixels replaced.
    pub pixels: Vec<usize>,
    /// The scanned area, in pixels, that those numbers are meant for: on every slice they are the same share of what was
    /// scanned and may change, see [`Budget::on`]. Without it they are the numbers of every slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<NonZeroUsize>,
    /// Values that replace them.
    #[serde(default)]
    pub levels: Vec<f32>,
    /// Or the range that values are drawn from.
    #[serde(default)]
    pub uniform: Option<[f32; 2]>,
}

impl Sweep {
    /// The budget of every point of the sweep, numbers of pixels outermost.
    pub fn budgets(&self) -> Vec<Budget> {
        let with: Vec<Replacement> = match self.uniform {
            Some([low, high]) => vec![Replacement::Uniform(low, high)],
            None => self.levels.iter().map(|&level| Replacement::Level(level)).collect(),
        };
        let of_count = |&count: &usize| with.iter().map(move |&with| Budget::Pixels { count, with });
        self.pixels.iter().flat_map(of_count).collect()
    }

    /// The largest budget on a slice of `scanned` pixels.
    pub fn largest_budget(&self, scanned: usize) -> usize {
        self.budgets().iter().map(|budget| budget.on(scanned, self.area).pixels()).max().unwrap_or(0)
    }

    /// Its title, with what its numbers of pixels are meant for where they are shares.
    pub fn heading(&self) -> String {
        match self.area {
            Some(area) => format!("{} (N of every {area} scanned pixels)", self.title),
            None => self.title.clone(),
        }
    }

    /// Checks the sweep called `name`.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self, name: &str) -> Result<(), String> {
        let key = |field: &str| format!("sweep.{name}.{field}");
        if self.pixels.is_empty() {
            return Err(format!("{} should name at least one budget", key("pixels")));
        }
        distinct(&key("pixels"), self.pixels.iter().map(usize::to_string))?;
        let most = self.pixels.iter().copied().max().unwrap_or(0);
        if let Some(area) = self.area.filter(|area| area.get() < most) {
            let rule = format!("{most}, the largest of {}, or more", key("pixels"));
            should(false, &key("area"), rule, area)?;
        }
        distinct(&key("levels"), self.levels.iter().map(f32::to_string))?;
        let level = Range::Within(0.0, 1.0);
        match (self.levels.as_slice(), self.uniform) {
            ([], None) | ([_, ..], Some(_)) => {
                Err(format!("sweep.{name} should have either levels or uniform"))
            }
            ([], Some([low, high])) => {
                let right = level.contains(low.into()) && level.contains(high.into()) && low < high;
                let rule = "two rising numbers of 0 to 1";
                should(right, &key("uniform"), rule, format!("[{low}, {high}]"))
            }
            (levels, None) => match levels.iter().find(|&&one| !level.contains(one.into())) {
                Some(one) => Err(format!("{} should be {level}, but one is {one}", key("levels"))),
                None => Ok(()),
            },
        }
    }
}
