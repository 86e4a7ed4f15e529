//! How bad a corruption is: 0, none, to 5.

use crate::attack::trial::Trial;
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

/// Nothing but scanned pixels differs, and every value is one that images have.
///
/// # Errors
/// A line that says what is wrong.
pub(in crate::attack) fn check_scan(range: [f32; 2], trial: &Trial, image: &[f32]) -> Result<(), String> {
    let (clean, plane) = (&trial.slice.image, trial.slice.mask.len());
    let [least, most] = bounds(clean, range);
    let changed = clean.iter().zip(image).enumerate().filter(|(_, (old, new))| old != new);
    for (place, (_, new)) in changed {
        if !trial.slice.region.contains(place % plane) {
            return Err(format!("pixel {} was not scanned", place % plane));
        }
        if !(least..=most).contains(new) {
            return Err(format!("a pixel became {new}"));
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::budget::Budget;
    use crate::attack::trial::tests::{changed, slice, trial};
    use rstest::rstest;

    #[rstest]
    #[case(&[(6, 0.5), (12, 0.0)], "")]
    #[case(&[(0, 0.1)], "pixel 0 was not scanned")]
    #[case(&[(6, 0.51)], "a pixel became 0.51")]
    #[case(&[(6, f32::NAN)], "a pixel became NaN")]
    fn scans_that_break_a_severity_are_caught(#[case] changes: &[(usize, f32)], #[case] says: &str) {
        let mut slice = slice([false; 20]);
        slice.ignored = vec![12];
        let severity = Severity::new(3).expect("a severity");
        let budget = Budget::Severity { severity, range: [0.0, 0.5] };
        assert_eq!(
            budget.check(&trial(&slice, &[], "0"), &changed(&slice, changes)).err().unwrap_or_default(),
            says
        );
        let none = Budget::Severity { severity: Severity::default(), range: [0.0, 0.5] };
        assert!(none.is_nothing() && !budget.is_nothing() && none.key() != budget.key());
        assert_eq!(
            (budget.to_string().as_str(), budget.within([0.0, 1.0]).key()),
            ("severity 3", budget.key())
        );
    }
}
