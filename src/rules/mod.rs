//! Rules for what a user may write, and the one line that says which was broken: `KEY should be ..., but
//! is ...`.

pub mod additions;
pub mod parameter;
pub mod settings;
pub mod table;

use std::fmt::{self, Display};

/// The values that a number may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Above a limit.
    Above(f64),
    /// A limit or more.
    AtLeast(f64),
    /// From one limit to another, both allowed.
    Within(f64, f64),
    /// Between two limits, the lower one not allowed.
    AboveUpTo(f64, f64),
    /// Between two limits, the upper one not allowed.
    FromBelow(f64, f64),
    /// Between two limits, neither allowed.
    Between(f64, f64),
    /// A whole number from one limit to another, both allowed.
    Whole(u32, u32),
}

impl Range {
    /// Whether `value` is a number of the range and finite, in single precision too, in which networks compute.
    pub fn contains(&self, value: f64) -> bool {
        let inside = match *self {
            Self::Above(low) => value > low,
            Self::AtLeast(low) => value >= low,
            Self::Within(low, high) => (low..=high).contains(&value),
            Self::AboveUpTo(low, high) => value > low && value <= high,
            Self::FromBelow(low, high) => (low..high).contains(&value),
            Self::Between(low, high) => value > low && value < high,
            Self::Whole(low, high) => {
                value.fract() == 0.0 && (f64::from(low)..=f64::from(high)).contains(&value)
            }
        };
        inside && (value as f32).is_finite()
    }

    /// Checks the value of `key`.
    ///
    /// # Errors
    /// The line that says what it should be.
    pub fn check(&self, key: &str, value: f64) -> Result<(), String> {
        should(self.contains(value), key, self, value)
    }
}

impl Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Above(low) => write!(formatter, "above {low}"),
            Self::AtLeast(low) => write!(formatter, "{low} or more"),
            Self::Within(low, high) => write!(formatter, "{low} to {high}"),
            Self::AboveUpTo(low, high) => write!(formatter, "above {low} and at most {high}"),
            Self::FromBelow(low, high) => write!(formatter, "{low} or more and below {high}"),
            Self::Between(low, high) => write!(formatter, "above {low} and below {high}"),
            Self::Whole(low, high) => write!(formatter, "a whole number from {low} to {high}"),
        }
    }
}

/// Checks that `key` is `right`.
///
/// # Errors
/// The line that says what it should be and what it is.
pub fn should(right: bool, key: &str, rule: impl Display, value: impl Display) -> Result<(), String> {
    if right { Ok(()) } else { Err(format!("{key} should be {rule}, but is {value}")) }
}

/// Checks that two numbers rise.
///
/// # Errors
/// The line that says so.
pub fn rising(key: &str, [low, high]: [f32; 2]) -> Result<(), String> {
    let right = low.is_finite() && high.is_finite() && low < high;
    should(right, key, "two rising numbers", format!("[{low}, {high}]"))
}

/// Checks that no value of a list comes twice.
///
/// # Errors
/// The line that names the value.
pub fn distinct(key: &str, values: impl IntoIterator<Item = String>) -> Result<(), String> {
    let mut seen = Vec::new();
    for value in values {
        if seen.contains(&value) {
            return Err(format!("{key} names {value} twice"));
        }
        seen.push(value);
    }
    Ok(())
}

/// Finds what is called `name` among `known`.
///
/// # Errors
/// The line that lists all names.
pub fn one_of<T: Copy>(
    key: &str,
    name: &str,
    known: impl IntoIterator<Item = T>,
    name_of: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let known: Vec<T> = known.into_iter().collect();
    let found = known.iter().copied().find(|&one| name_of(one) == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|&one| name_of(one)).collect();
        format!("{key} should be one of {}, but is '{name}'", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Range::Above(0.0), 1e-9, 0.0, "k should be above 0, but is 0")]
    #[case(Range::AtLeast(0.5), 0.5, 0.25, "k should be 0.5 or more, but is 0.25")]
    #[case(Range::Within(0.0, 1.0), 1.0, 1.5, "k should be 0 to 1, but is 1.5")]
    #[case(Range::AboveUpTo(0.0, 1.0), 1.0, 0.0, "k should be above 0 and at most 1, but is 0")]
    #[case(Range::FromBelow(0.0, 1.0), 0.0, 1.0, "k should be 0 or more and below 1, but is 1")]
    #[case(Range::Between(0.0, 1.0), 0.5, 0.0, "k should be above 0 and below 1, but is 0")]
    #[case(Range::Between(0.0, 1.0), 0.5, 1.0, "k should be above 0 and below 1, but is 1")]
    #[case(Range::Whole(1, 9), 9.0, 1.5, "k should be a whole number from 1 to 9, but is 1.5")]
    #[case(Range::Whole(1, 9), 1.0, 10.0, "k should be a whole number from 1 to 9, but is 10")]
    #[case(Range::Above(0.0), 1.0, f64::INFINITY, "k should be above 0, but is inf")]
    #[case(Range::AtLeast(0.0), 0.0, f64::NAN, "k should be 0 or more, but is NaN")]
    fn ranges_say_what_they_are(
        #[case] range: Range,
        #[case] right: f64,
        #[case] wrong: f64,
        #[case] says: &str,
    ) {
        assert_eq!(range.check("k", right), Ok(()));
        assert_eq!(range.check("k", wrong), Err(says.to_string()));
    }

    #[test]
    fn lists_and_names_are_checked() {
        assert_eq!(distinct("k", ["a", "b"].map(String::from)), Ok(()));
        assert_eq!(distinct("k", ["a", "b", "a"].map(String::from)), Err("k names a twice".into()));
        assert_eq!(one_of("k", "b", ["a", "b"], |name| name), Ok("b"));
        assert_eq!(
            one_of("k", "c", ["a", "b"], |name| name),
            Err("k should be one of a, b, but is 'c'".into())
        );
        assert!(rising("k", [0.2, 0.1]).unwrap_err().contains("two rising numbers, but is [0.2, 0.1]"));
    }
}
