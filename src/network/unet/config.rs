//! How large a U-Net is, and which norm and head it has.

use crate::network::unet::variation::{Head, Normalisation};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Size, norm and head of a U-Net.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, try_from = "RawConfig")]
pub struct UNetConfig {
    levels: usize,
    base: usize,
    // This and what follows is left out where it is the default: a study's hash is over what is written.
    #[serde(skip_serializing_if = "is_one")]
    channels: usize,
    #[serde(skip_serializing_if = "Normalisation::is_batch")]
    norm: Normalisation,
    #[serde(skip_serializing_if = "Head::is_sigmoid")]
    head: Head,
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
    #[serde(default)]
    norm: Normalisation,
    #[serde(default)]
    head: Head,
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
        let size = Self::new(raw.levels, raw.base)?.with_channels(raw.channels)?;
        Ok(size.with_norm(raw.norm)?.with_head(raw.head))
    }
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self { levels: 4, base: 16, channels: 1, norm: Normalisation::Batch, head: Head::Sigmoid }
    }
}

impl UNetConfig {
    /// A U-Net of `levels` poolings (1 to 6) and `base` channels on its first level (1 to 256), doubled
    /// at each pooling, for images of one channel, with batch norm and a sigmoid head.
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
        Ok(Self { levels, base, ..Self::default() })
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

    /// The same with another norm.
    ///
    /// # Errors
    /// A line where the groups of a group norm do not divide some level's channels.
    pub fn with_norm(self, norm: Normalisation) -> Result<Self, String> {
        let widths = || (0..=self.levels).map(|level| self.base << level);
        match widths().find(|&width| norm == Normalisation::Group && Normalisation::groups(width).is_none()) {
            Some(width) => Err(format!(
                "norm should be batch or none, but is group: with base {} a level has {width} channels, which 8 \
                 groups do not divide",
                self.base
            )),
            None => Ok(Self { norm, ..self }),
        }
    }

    /// The same with another head.
    pub fn with_head(self, head: Head) -> Self {
        Self { head, ..self }
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

    /// The norm behind each 3x3 convolution.
    pub fn norm(&self) -> Normalisation {
        self.norm
    }

    /// What makes the logit.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Height and width of an input must be multiples of this: 2 to the number of levels.
    pub fn multiple(&self) -> usize {
        1 << self.levels
    }
}

impl fmt::Display for UNetConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let mut parts = vec![format!("{} levels", self.levels), format!("{} base channels", self.base)];
        if self.channels != 1 {
            parts.push(format!("{} input channels", self.channels));
        }
        match self.norm {
            Normalisation::Batch => {}
            Normalisation::Group => parts.push("group norm".to_string()),
            Normalisation::None => parts.push("no norm".to_string()),
        }
        if self.head == Head::Softmax {
            parts.push("a softmax head".to_string());
        }
        let last = parts.pop().unwrap_or_default();
        write!(formatter, "{} and {last}", parts.join(", "))
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
    fn norm_and_head_are_written_where_they_are_not_the_default() -> anyhow::Result<()> {
        let plain = UNetConfig::new(2, 8).map_err(anyhow::Error::msg)?;
        let other =
            plain.with_norm(Normalisation::Group).map_err(anyhow::Error::msg)?.with_head(Head::Softmax);
        let text = r#"{"levels":2,"base":8,"norm":"group","head":"softmax"}"#;
        assert_eq!(serde_json::to_string(&other)?, text);
        assert_eq!(serde_json::from_str::<UNetConfig>(text)?, other);
        let spelt = r#"{"levels":2,"base":8,"channels":1,"norm":"batch","head":"sigmoid"}"#;
        assert_eq!(serde_json::from_str::<UNetConfig>(spelt)?, plain);
        assert_eq!(other.to_string(), "2 levels, 8 base channels, group norm and a softmax head");
        Ok(())
    }

    #[test]
    fn groups_that_do_not_divide_a_level_are_refused() {
        let group = |levels, base| UNetConfig::new(levels, base)?.with_norm(Normalisation::Group);
        let fault = group(2, 3).unwrap_err();
        assert!(
            fault.contains("with base 3 a level has 12 channels, which 8 groups do not divide"),
            "{fault}"
        );
        // Fewer than 8 have a group each; 4, 8 and 16 are divided.
        assert!(group(1, 3).is_ok() && group(2, 4).is_ok() && group(4, 16).is_ok());
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        assert!(UNetConfig::new(0, 16).unwrap_err().contains("levels should be 1 to 6"));
        assert!(UNetConfig::new(4, 0).unwrap_err().contains("base channels should be 1 to 256"));
        let channels = UNetConfig::default().with_channels(65);
        assert!(channels.unwrap_err().contains("input channels should be 1 to 64"));
    }
}
