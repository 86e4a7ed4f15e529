//! The two arms that a specification compares.

use crate::rules::parameter::outside_brackets;
use serde::Serialize;

/// Two arms whose difference is looked at, as the first run names them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// What the other is taken from.
    pub arm: String,
    /// What is taken from it.
    pub less: String,
}

/// The pairs that the paper compares: its compound loss, and BCE, with Dice loss.
pub const PAPERS_PAIRS: [&str; 2] = ["bce+dice,dice", "bce,dice"];

impl Pair {
    /// Reads `ARM,ARM`.
    ///
    /// # Errors
    /// A line that says how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        match outside_brackets(text, ',')[..] {
            [arm, less] if arm.trim() != less.trim() => {
                Ok(Self { arm: arm.trim().to_string(), less: less.trim().to_string() })
            }
            _ => Err(format!("should be two arms, such as bce+dice,dice, but is '{text}'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_within_brackets_belongs_to_an_arm() {
        let pair = Pair::parse("focal(alpha=0.5,gamma=1), dice").expect("a pair");
        assert_eq!((pair.arm.as_str(), pair.less.as_str()), ("focal(alpha=0.5,gamma=1)", "dice"));
        for text in ["bce", "bce,dice,focal", "dice, dice"] {
            let message = Pair::parse(text).unwrap_err();
            assert!(message.contains("such as bce+dice,dice, but is"), "{message}");
        }
    }
}
