//! The first frame of a process: what its network is.

use super::frame::Message;
use crate::network::arrays::Metadata;
use std::str::FromStr;

/// The protocol's version, in each greeting.
pub const VERSION: &str = "1";

/// The longest side that a multiple may be.
const LARGEST_MULTIPLE: usize = 4096;
/// The most channels of an image.
const MOST_CHANNELS: usize = 1024;
/// Slices that are asked after at a time, where the greeting does not say it.
const BATCH: usize = 32;
/// The most of them.
const LARGEST_BATCH: usize = 4096;

/// What a process says of its network.
#[derive(Clone, Debug, PartialEq)]
pub struct Greeting {
    /// Channels of an image.
    pub channels: usize,
    /// Height and width of an image must be multiples of this.
    pub multiple: usize,
    /// Slices that it wants to be asked after at a time.
    pub batch: usize,
    /// All that it says, what is above among it.
    pub metadata: Metadata,
}

impl Greeting {
    /// The greeting in the first message of a process.
    ///
    /// # Errors
    /// A line on what is missing or wrong.
    pub fn of(message: Message) -> Result<Self, String> {
        let metadata = message.metadata;
        match metadata.get("lossbench.protocol").map(String::as_str) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(format!(
                    "speaks version {other} of the protocol, but this program version {VERSION}: take a `lossbench` module and a program of one release"
                ));
            }
            None => return Err("did not greet: its first frame lacks lossbench.protocol".to_string()),
        }
        Ok(Self {
            channels: number(&metadata, "lossbench.input_channels", 1, MOST_CHANNELS)?,
            multiple: number(&metadata, "lossbench.multiple", 1, LARGEST_MULTIPLE)?,
            batch: number(&metadata, "lossbench.batch", BATCH, LARGEST_BATCH)?,
            metadata,
        })
    }

    /// What it says under `key`.
    pub fn said(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Which network it is, such as a hash of its weights; none where it does not tell.
    pub fn fingerprint(&self) -> Option<&str> {
        self.said("lossbench.fingerprint")
    }

    /// Where it runs, in its own words.
    pub fn device(&self) -> &str {
        self.said("lossbench.device").unwrap_or("unknown device")
    }
}

/// The whole number from 1 to `most` under `key`; `default` where there is none.
fn number(metadata: &Metadata, key: &str, default: usize, most: usize) -> Result<usize, String> {
    let Some(text) = metadata.get(key) else {
        return Ok(default);
    };
    match usize::from_str(text).ok().filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(number),
        None => Err(format!("greeted with {key} '{text}', which should be a whole number from 1 to {most}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn greeting(said: &[(&str, &str)]) -> Result<Greeting, String> {
        let metadata = said.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Greeting::of(Message { metadata, ..Message::default() })
    }

    #[test]
    fn what_is_not_said_is_the_documented_default() -> Result<(), String> {
        let plain = greeting(&[("lossbench.protocol", VERSION)])?;
        assert_eq!((plain.channels, plain.multiple, plain.batch), (1, 1, 32));
        assert_eq!((plain.fingerprint(), plain.device()), (None, "unknown device"));
        let full = greeting(&[
            ("lossbench.protocol", VERSION),
            ("lossbench.input_channels", "4"),
            ("lossbench.multiple", "16"),
            ("lossbench.batch", "8"),
            ("lossbench.device", "cuda:0"),
        ])?;
        assert_eq!((full.channels, full.multiple, full.batch, full.device()), (4, 16, 8, "cuda:0"));
        Ok(())
    }

    #[rstest]
    #[case(&[], "did not greet")]
    #[case(&[("lossbench.protocol", "2")], "speaks version 2 of the protocol, but this program version 1")]
    #[case(&[("lossbench.protocol", VERSION), ("lossbench.multiple", "0")], "lossbench.multiple '0'")]
    #[case(&[("lossbench.protocol", VERSION), ("lossbench.multiple", "99999999999")], "from 1 to 4096")]
    #[case(&[("lossbench.protocol", VERSION), ("lossbench.input_channels", "one")], "'one'")]
    fn wrong_greetings_are_refused(#[case] said: &[(&str, &str)], #[case] says: &str) {
        let message = greeting(said).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
