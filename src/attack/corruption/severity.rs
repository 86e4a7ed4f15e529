//! How bad a corruption is: 0, none, to 5.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A severity, 0 to 5. What 1 to 5 are is each corruption's own table.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Severity(u8);

impl Severity {
    /// The worst.
    pub const MOST: u8 = 5;

    /// The severity of that number.
    ///
    /// # Errors
    /// A line where it is none.
    pub fn new(number: i64) -> Result<Self, String> {
        let fits = u8::try_from(number).ok().filter(|number| *number <= Self::MOST);
        fits.map(Self).ok_or_else(|| format!("a severity should be 0 to {}, but one is {number}", Self::MOST))
    }

    /// Whether it is none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The entry of a table for 1 to 5; none has that of 1.
    pub(super) fn of<T: Copy>(self, table: &[T; Self::MOST as usize]) -> T {
        table[usize::from(self.0.saturating_sub(1))]
    }
}

/// The least and the largest value that a corrupted scan may have: those of `range`, and whatever of `clean` lies outside.
pub(in crate::attack) fn bounds(clean: &[f32], range: [f32; 2]) -> [f32; 2] {
    clean.iter().fold(range, |[least, most], &value| [least.min(value), most.max(value)])
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl TryFrom<i64> for Severity {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        Self::new(number)
    }
}

impl From<Severity> for i64 {
    fn from(severity: Severity) -> Self {
        i64::from(severity.0)
    }
}
