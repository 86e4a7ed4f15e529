//! How large a U-Net is, and which tensors that makes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Size of a U-Net.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, try_from = "RawConfig")]
pub struct UNetConfig {
    levels: usize,
    base: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[serde(default = "default_levels")]
    levels: usize,
    #[serde(default = "default_base")]
    base: usize,
}

fn default_levels() -> usize {
    UNetConfig::default().levels
}

fn default_base() -> usize {
    UNetConfig::default().base
}

impl TryFrom<RawConfig> for UNetConfig {
    type Error = String;

    fn try_from(raw: RawConfig) -> Result<Self, String> {
        Self::new(raw.levels, raw.base)
    }
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self { levels: 4, base: 16 }
    }
}

impl UNetConfig {
    /// A U-Net of `levels` poolings (1 to 6) and `base` channels on its first level (1 to 256), doubled
    /// at each pooling.
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
        Ok(Self { levels, base })
    }

    /// Number of poolings.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Channels of the first level.
    pub fn base(&self) -> usize {
        self.base
    }

    /// Height and width of an input must be multiples of this: 2 to the number of levels.
    pub fn multiple(&self) -> usize {
        1 << self.levels
    }

    /// Name and shape of every tensor, a bias right after its weight.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let channels = |level: usize| self.base << level;
        let mut tensors = Vec::new();
        let mut block = |name: String, input: usize, output: usize| {
            for (part, input) in [("1", input), ("2", output)] {
                tensors.push((format!("{name}.conv{part}.weight"), vec![output, input, 3, 3]));
                for tensor in
                    ["conv#.bias", "norm#.weight", "norm#.bias", "norm#.running_mean", "norm#.running_var"]
                {
                    tensors.push((format!("{name}.{}", tensor.replace('#', part)), vec![output]));
                }
            }
        };
        for level in 0..self.levels {
            block(
                format!("encoder.{level}"),
                if level == 0 { 1 } else { channels(level - 1) },
                channels(level),
            );
        }
        block("bottleneck".to_string(), channels(self.levels - 1), channels(self.levels));
        for (step, level) in (0..self.levels).rev().enumerate() {
            block(format!("decoder.{step}"), channels(level + 1), channels(level));
        }
        for (step, level) in (0..self.levels).rev().enumerate() {
            tensors.push((format!("up.{step}.weight"), vec![channels(level + 1), channels(level), 2, 2]));
            tensors.push((format!("up.{step}.bias"), vec![channels(level)]));
        }
        tensors.push(("head.weight".to_string(), vec![1, self.base, 1, 1]));
        tensors.push(("head.bias".to_string(), vec![1]));
        tensors
    }
}

impl fmt::Display for UNetConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} levels and {} base channels", self.levels, self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_network_has_the_designs_parameter_count() {
        // 1,943,761 learned values and 2,944 running statistics.
        let count: usize =
            UNetConfig::default().tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        assert_eq!(count, 1_946_705);
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        assert!(UNetConfig::new(0, 16).unwrap_err().contains("levels should be 1 to 6"));
        assert!(UNetConfig::new(4, 0).unwrap_err().contains("base channels should be 1 to 256"));
    }
}
