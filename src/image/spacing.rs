//! The distance of pixels that slices are resampled to: `data.spacing`.

use crate::rules::should;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Millimetres from pixel to pixel, from row to row and from column to column; each finite and above 0.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Spacing([f64; 2]);

impl Spacing {
    /// The distances from row to row and from column to column.
    ///
    /// # Errors
    /// A line where one is not finite and above 0.
    pub fn new(millimetres: [f64; 2]) -> Result<Self, String> {
        let right = millimetres.iter().all(|side| side.is_finite() && *side > 0.0);
        let [row, column] = millimetres;
        let rule = "above 0, in mm: one number, or [row, column]";
        should(right, "data.spacing", rule, format!("[{row}, {column}]"))?;
        Ok(Self(millimetres))
    }

    /// How many pixels of this distance take the place of `sides` at `spacing`, both of rows and columns: at least one.
    pub(super) fn pixels(&self, sides: [usize; 2], spacing: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|side| (sides[side] as f64 * spacing[side] / self.0[side]).round().max(1.0))
    }
}

impl fmt::Display for Spacing {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let [row, column] = self.0;
        write!(formatter, "{row} x {column} mm")
    }
}

/// As files hold it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "data.spacing should be mm from pixel to pixel: one number, or [row, column]")]
enum Written {
    One(f64),
    Two([f64; 2]),
}

impl TryFrom<Written> for Spacing {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::One(both) => Self::new([both; 2]),
            Written::Two(sides) => Self::new(sides),
        }
    }
}

impl From<Spacing> for Written {
    fn from(Spacing([row, column]): Spacing) -> Self {
        if row == column { Self::One(row) } else { Self::Two([row, column]) }
    }
}
