//! The point at which a specification compares Dice.

use crate::definition::study::Study;
use crate::evidence::quantity::{Quantity, Sweeps};
use serde::Serialize;
use std::fmt;

/// A point of a sweep, written `fig3:5:0.6`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "String")]
pub struct At {
    /// Name of the sweep.
    pub sweep: String,
    /// Pixels replaced in each slice.
    pub pixels: usize,
    /// What they are replaced with; none: whatever the sweep replaces them with.
    pub level: Option<f32>,
}

/// The points of which the paper says something: its Figs. 2, 3, 5 and 6.
pub const PAPERS_POINTS: [&str; 4] = ["fig2:5:0.2", "fig3:5:0.6", "fig5:30", "fig6:30"];

impl At {
    /// Reads `SWEEP:PIXELS` or `SWEEP:PIXELS:LEVEL`.
    ///
    /// # Errors
    /// A line that says how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault =
            || format!("should be SWEEP:PIXELS or SWEEP:PIXELS:LEVEL, such as fig3:5:0.6, but is '{text}'");
        let parts: Vec<&str> = text.split(':').collect();
        let ([sweep, pixels] | [sweep, pixels, _]) = parts[..] else {
            return Err(fault());
        };
        let level = parts.get(2).map(|level| level.parse::<f32>());
        Ok(Self {
            sweep: sweep.to_string(),
            pixels: pixels.parse().map_err(|_| fault())?,
            level: level.transpose().map_err(|_| fault())?,
        })
    }

    /// Whether `study` has the point.
    pub fn is_in(&self, study: &Study) -> bool {
        let budgets = study.sweeps.get(&self.sweep).map(|sweep| sweep.budgets()).unwrap_or_default();
        let level = |level: Option<f32>| self.level.is_none() || level == self.level;
        budgets.iter().any(|budget| budget.pixels() == Some(self.pixels) && level(budget.level()))
    }

    /// Dice there.
    pub(super) fn dice(&self) -> Quantity {
        let sweep = Sweeps::One(self.sweep.clone());
        Quantity::Dice { sweep, pixels: Some(self.pixels), level: self.level }
    }
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}:{}", self.sweep, self.pixels)?;
        self.level.map_or(Ok(()), |level| write!(formatter, ":{level}"))
    }
}

impl From<At> for String {
    fn from(at: At) -> Self {
        at.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use rstest::rstest;

    #[test]
    fn the_papers_points_are_those_of_the_papers_study_and_are_read_back() {
        let text = shipped::text("paper").expect("the paper's study");
        let study = Study::parse(text, &[]).expect("a study");
        for text in PAPERS_POINTS {
            let at = At::parse(text).expect(text);
            assert!(at.is_in(&study), "{text}");
            assert_eq!(at.to_string(), text);
        }
        for absent in ["fig2:4:0.2", "fig2:5:0.3", "fig9:5", "fig6:30:0.2"] {
            assert!(!At::parse(absent).expect(absent).is_in(&study), "{absent}");
        }
    }

    #[rstest]
    #[case("fig3")]
    #[case("fig3:five")]
    #[case("fig3:5:high")]
    #[case("fig3:5:0.6:1")]
    #[case("fig3:-5")]
    fn what_is_no_point_is_refused(#[case] text: &str) {
        let message = At::parse(text).unwrap_err();
        assert!(message.contains("such as fig3:5:0.6, but is") && message.contains(text), "{message}");
    }
}
