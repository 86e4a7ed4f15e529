//! How large a U-Net is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Size of a U-Net.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, try_from = "RawConfig")]
pub struct UNetConfig {
    levels: usize,
    base: usize,
    // Left out where it is 1: a study's hash is over what is written.
    #[serde(skip_serializing_if = "is_one")]
    channels: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[serde(default = "default_levels")]
    levels: usize,
    #[serde(default = "default_base")]
    base: usize,
    #[serde(default = "default_channels")]
    channels: usize,
}

fn default_levels() -> usize {
    UNetConfig::default().levels
}

fn default_base() -> usize {
    UNetConfig::default().base
}

fn default_channels() -> usize {
    UNetConfig::default().channels
}

fn is_one(channels: &usize) -> bool {
    *channels == 1
}

impl TryFrom<RawConfig> for UNetConfig {
    type Error = String;

    fn try_from(raw: RawConfig) -> Result<Self, String> {
        Self::new(raw.levels, raw.base)?.with_channels(raw.channels)
    }
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self { levels: 4, base: 16, channels: 1 }
    }
}

impl UNetConfig {
    /// A U-Net of `levels` poolings (1 to 6) and `base` channels on its first level (1 to 256), doubled
    /// at each pooling, for images of one channel.
    ///
    /// # Errors
    /// A line that names the number out of range.
    pub fn new(levels: usize, base: usize) -> Result<Self, String> {
        if !(1..=6).contains(&levels) {
            return Err(format!("levels should be 1 to 6, but is {levels}"));
        }
        if !(1..=256).contains(&base) {
            return Err(format!("base channels should be 1 to 256, but is {base}"));
        }
        Ok(Self { levels, base, channels: 1 })
    }

    /// The same for images of `channels` channels (1 to 64).
    ///
    /// # Errors
    /// A line that names the number out of range.
    pub fn with_channels(self, channels: usize) -> Result<Self, String> {
        if !(1..=64).contains(&channels) {
            return Err(format!("input channels should be 1 to 64, but is {channels}"));
        }
        Ok(Self { channels, ..self })
    }

    /// Number of poolings.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Channels on the first level.
    pub fn base(&self) -> usize {
        self.base
    }

    /// Channels of an input.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Height and width of an input must be multiples of this: 2 to the number of levels.
    pub fn multiple(&self) -> usize {
        1 << self.levels
    }
}

impl fmt::Display for UNetConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.channels {
            1 => write!(formatter, "{} levels and {} base channels", self.levels, self.base),
            channels => write!(
                formatter,
                "{} levels, {} base channels and {channels} input channels",
                self.levels, self.base
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_input_channel_is_not_written_and_more_are() -> anyhow::Result<()> {
        let one = UNetConfig::new(2, 8).map_err(anyhow::Error::msg)?;
        assert_eq!(serde_json::to_string(&one)?, r#"{"levels":2,"base":8}"#);
        let four = one.with_channels(4).map_err(anyhow::Error::msg)?;
        assert_eq!(serde_json::from_str::<UNetConfig>(&serde_json::to_string(&four)?)?, four);
        assert_eq!(four.to_string(), "2 levels, 8 base channels and 4 input channels");
        Ok(())
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        assert!(UNetConfig::new(0, 16).unwrap_err().contains("levels should be 1 to 6"));
        assert!(UNetConfig::new(4, 0).unwrap_err().contains("base channels should be 1 to 256"));
        let channels = UNetConfig::default().with_channels(65);
        assert!(channels.unwrap_err().contains("input channels should be 1 to 64"));
    }
}
