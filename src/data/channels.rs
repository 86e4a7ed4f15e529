//! Which channels of a volume a network sees.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A channel as a study names it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged, expecting = "data.channels should list channels by name or by number from 0")]
pub enum Channel {
    /// Its place along the image's fourth axis, from 0.
    Number(usize),
    /// Its name in `dataset.json`.
    Name(String),
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Name(name) => write!(formatter, "'{name}'"),
        }
    }
}

/// The names that a task gives its channels, by number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChannelNames(pub BTreeMap<usize, String>);

/// Channels that are chosen of every volume.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Selection {
    /// All that a volume has, in their order.
    All,
    /// Those of these numbers, in this order.
    Numbers(Vec<usize>),
}

impl ChannelNames {
    /// The channels `wanted`; all where it is empty.
    ///
    /// # Errors
    /// A line for a name that no channel or several have, and for a channel that is named twice.
    pub fn select(&self, wanted: &[Channel]) -> Result<Selection, String> {
        if wanted.is_empty() {
            return Ok(Selection::All);
        }
        let mut numbers = Vec::with_capacity(wanted.len());
        for channel in wanted {
            let number = self.number(channel)?;
            if numbers.contains(&number) {
                return Err(format!("data.channels names channel {number} twice: remove one of them"));
            }
            numbers.push(number);
        }
        Ok(Selection::Numbers(numbers))
    }

    fn number(&self, channel: &Channel) -> Result<usize, String> {
        let name = match channel {
            Channel::Number(number) => return Ok(*number),
            Channel::Name(name) => name,
        };
        let found: Vec<usize> =
            self.0.iter().filter(|(_, known)| *known == name).map(|(number, _)| *number).collect();
        match found.as_slice() {
            [number] => Ok(*number),
            [] => Err(format!("data.channels should be among {self}, but one is '{name}'")),
            _ => {
                Err(format!("data.channels has '{name}', the name of several channels: give numbers from 0"))
            }
        }
    }
}

impl fmt::Display for ChannelNames {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("numbers from 0, since the data name no channel");
        }
        let named: Vec<String> = self.0.iter().map(|(number, name)| format!("{number} ({name})")).collect();
        formatter.write_str(&named.join(", "))
    }
}

impl Selection {
    /// The chosen channels among the `count` that an image has.
    ///
    /// # Errors
    /// A line where the image lacks one of them.
    pub fn of(&self, count: usize) -> Result<Vec<usize>, String> {
        match self {
            Self::All => Ok((0..count).collect()),
            Self::Numbers(numbers) => match numbers.iter().find(|&&number| number >= count) {
                Some(number) => {
                    Err(format!("lacks channel {number}: it has {count}, numbered from 0; choose among them"))
                }
                None => Ok(numbers.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn names(names: &[&str]) -> ChannelNames {
        ChannelNames(names.iter().map(ToString::to_string).enumerate().collect())
    }

    fn wanted(text: &str) -> Vec<Channel> {
        serde_json::from_str(text).expect("channels")
    }

    #[rstest]
    #[case("[]", 4, &[0, 1, 2, 3])]
    #[case("[]", 1, &[0])]
    #[case(r#"["T2w", 0]"#, 4, &[3, 0])]
    #[case(r#"["FLAIR"]"#, 1, &[0])]
    fn channels_are_chosen_in_the_order_asked_for(
        #[case] text: &str,
        #[case] count: usize,
        #[case] expected: &[usize],
    ) {
        let selection = names(&["FLAIR", "T1w", "T1w post contrast", "T2w"]).select(&wanted(text));
        assert_eq!(selection.expect("a selection").of(count).expect("channels"), expected);
    }

    #[rstest]
    #[case(&["FLAIR", "T2w"], r#"["T1"]"#, "should be among 0 (FLAIR), 1 (T2w), but one is 'T1'")]
    #[case(&[], r#"["T1"]"#, "numbers from 0")]
    #[case(&["MRI", "MRI"], r#"["MRI"]"#, "the name of several channels")]
    #[case(&["FLAIR", "T2w"], r#"["T2w", 1]"#, "names channel 1 twice")]
    fn names_that_decide_nothing_are_refused(#[case] known: &[&str], #[case] text: &str, #[case] says: &str) {
        let message = names(known).select(&wanted(text)).unwrap_err();
        assert!(message.contains(says), "{message}");
    }

    #[test]
    fn a_channel_that_an_image_lacks_is_named() {
        let message = Selection::Numbers(vec![0, 3]).of(3).unwrap_err();
        assert!(message.contains("lacks channel 3: it has 3"), "{message}");
    }
}
