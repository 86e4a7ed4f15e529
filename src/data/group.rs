//! Which volumes belong together: the two sides of one scan, or frames of one patient. A split keeps them
//! in one part ([`split_groups`](super::split::split_groups)).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the group of a volume is read from its id, written as in [`Self::parse`].
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum GroupRule {
    /// Every volume is a group of its own.
    #[default]
    Volume,
    /// Ids end in a number, counted from 1, and so many consecutive numbers are one group.
    Number(u64),
    /// What stands before the last occurrence of a text is the group.
    Before(String),
}

/// A text that is no rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the group rule '{0}' should be empty (every volume by itself), number/N (ids that end in a number from \
     1: N in a row belong together, 2 or more) or before(TEXT) (what an id has before the last TEXT)"
)]
pub struct GroupRuleError(String);

impl GroupRule {
    /// Whether every volume is a group of its own.
    pub fn is_volume(&self) -> bool {
        *self == Self::Volume
    }

    /// Reads a rule: nothing, `number/2` (`hippocampus_003` and `hippocampus_004` belong together),
    /// or `before(_frame)` (`patient012_frame01` belongs to `patient012`).
    ///
    /// # Errors
    /// [`GroupRuleError`], one line that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, GroupRuleError> {
        if text.is_empty() {
            return Ok(Self::Volume);
        }
        let number = text.strip_prefix("number/").and_then(digits).filter(|many| *many >= 2);
        let before = text.strip_prefix("before(").and_then(|rest| rest.strip_suffix(')'));
        let before = before.filter(|text| !text.is_empty()).map(str::to_string);
        let rule = number.map(Self::Number).or(before.map(Self::Before));
        rule.ok_or_else(|| GroupRuleError(text.to_string()))
    }

    /// The name of the group that the volume `id` belongs to.
    ///
    /// # Errors
    /// A line that names an id which the rule cannot read.
    pub fn group(&self, id: &str) -> Result<String, String> {
        match self {
            Self::Volume => Ok(id.to_string()),
            Self::Number(many) => {
                let stem = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
                let number = digits(&id[stem.len()..]).filter(|number| *number > 0);
                let number = number.ok_or_else(|| {
                    format!(
                        "volume {id} has no number from 1 at its end, which split.group = \"{self}\" reads"
                    )
                })?;
                Ok(format!("{stem}{}", number.div_ceil(*many)))
            }
            Self::Before(text) => match id.rfind(text.as_str()) {
                Some(end) if end > 0 => Ok(id[..end].to_string()),
                _ => Err(format!(
                    "volume {id} has nothing before a '{text}', which split.group = \"{self}\" reads"
                )),
            },
        }
    }

    /// The group of each volume, in the order of `ids`.
    ///
    /// # Errors
    /// As [`Self::group`], for the first id that cannot be read.
    pub fn groups<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
        ids.into_iter().map(|id| self.group(id)).collect()
    }
}

/// A number of ASCII digits alone, without a sign.
fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|letter| letter.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for GroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volume => Ok(()),
            Self::Number(many) => write!(f, "number/{many}"),
            Self::Before(text) => write!(f, "before({text})"),
        }
    }
}

impl FromStr for GroupRule {
    type Err = GroupRuleError;

    fn from_str(text: &str) -> Result<Self, GroupRuleError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for GroupRule {
    type Error = GroupRuleError;

    fn try_from(text: String) -> Result<Self, GroupRuleError> {
        Self::parse(&text)
    }
}

impl From<GroupRule> for String {
    fn from(rule: GroupRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rule(text: &str) -> GroupRule {
        GroupRule::parse(text).expect("a rule")
    }

    #[rstest]
    #[case("", "hippocampus_001", "hippocampus_001")]
    #[case("number/2", "hippocampus_001", "hippocampus_1")]
    #[case("number/2", "hippocampus_002", "hippocampus_1")]
    #[case("number/2", "hippocampus_003", "hippocampus_2")]
    #[case("number/2", "hippocampus_394", "hippocampus_197")]
    #[case("number/3", "7", "3")]
    #[case("before(_)", "patient012_frame01", "patient012")]
    #[case("before(_)", "site_b_012_frame01", "site_b_012")]
    #[case("before(_frame)", "sub_012_frame_01", "sub_012")]
    #[case("before(é)", "aébéc", "aéb")]
    fn ids_belong_to_groups(#[case] text: &str, #[case] id: &str, #[case] group: &str) {
        assert_eq!(rule(text).group(id).as_deref(), Ok(group));
    }

    /// `a_001` and `b_002` are not two sides of one scan.
    #[test]
    fn what_stands_before_the_number_counts() {
        let groups = rule("number/2").groups(["a_001", "b_002", "a_002"]).expect("groups");
        assert_eq!((groups[0] == groups[1], groups[0] == groups[2]), (false, true));
    }

    #[rstest]
    #[case("number/2", "scan")]
    #[case("number/2", "scan_000")]
    #[case("number/2", "scan_99999999999999999999")]
    #[case("number/2", "")]
    #[case("before(_)", "scan")]
    #[case("before(_)", "_scan")]
    fn an_id_that_cannot_be_read_is_named(#[case] text: &str, #[case] id: &str) {
        let fault = rule(text).groups(["scan_1", id]).unwrap_err();
        assert!(fault.contains(&format!("volume {id} ")) && fault.contains(text), "{fault}");
        assert!(!fault.contains('\n'));
    }

    #[rstest]
    #[case("pairs")]
    #[case("number")]
    #[case("number/")]
    #[case("number/0")]
    #[case("number/1")]
    #[case("number/+2")]
    #[case("before()")]
    #[case("before(_")]
    #[case(" ")]
    fn other_texts_are_refused_with_what_is_allowed(#[case] text: &str) {
        let fault = GroupRule::parse(text).unwrap_err().to_string();
        assert!(fault.contains(&format!("'{text}'")) && !fault.contains('\n'), "{fault}");
        assert!(["number/N", "before(TEXT)"].iter().all(|allowed| fault.contains(allowed)), "{fault}");
    }

    #[rstest]
    #[case("")]
    #[case("number/2")]
    #[case("before(_frame)")]
    fn rules_are_written_as_they_are_read(#[case] text: &str) {
        assert_eq!(rule(text).to_string(), text);
        let written = serde_json::to_string(&rule(text)).expect("a text");
        assert_eq!(serde_json::from_str::<GroupRule>(&written).expect("a rule"), rule(text));
    }
}
