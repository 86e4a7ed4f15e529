//! What may be chosen of a U-Net beside its size: the norm behind its convolutions, and its head.

use serde::{Deserialize, Serialize};

/// The norm between each 3x3 convolution and its ReLU.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalisation {
    /// Batch norm (S. Ioffe and C. Szegedy, ICML 2015).
    #[default]
    Batch,
    /// Group norm (Y. Wu and K. He, ECCV 2018), PyTorch's `GroupNorm` with its defaults: epsilon 1e-5, a factor
    /// and a summand a channel. See [`Self::groups`].
    Group,
    /// None: the ReLU follows the convolution.
    None,
}

/// Groups of a group norm.
const GROUPS: usize = 8;

impl Normalisation {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Group, Self::None];

    /// Name, as a study has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Group => "group",
            Self::None => "none",
        }
    }

    /// Groups of a group norm of `channels` channels: 8, or as many as there are channels where they are fewer,
    /// which then makes it instance norm. None where so many do not divide them.
    pub fn groups(channels: usize) -> Option<usize> {
        let groups = GROUPS.min(channels);
        channels.is_multiple_of(groups).then_some(groups)
    }

    /// Whether it is the default.
    pub fn is_batch(&self) -> bool {
        *self == Self::Batch
    }
}

/// What makes a logit of the last level's channels.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// A 1x1 convolution to one channel, the logit.
    #[default]
    Sigmoid,
    /// A 1x1 convolution to two channels, background and foreground. The foreground's softmax is the sigmoid of
    /// their difference, which is the logit that losses, saliency and attacks see. It can express what one
    /// channel can and no more; its training differs in that Adam, whose step does not depend on a gradient's
    /// size, moves both channels by a full step, so that the logit moves by up to twice as much.
    Softmax,
}

impl Head {
    /// Whether it is the default.
    pub fn is_sigmoid(&self) -> bool {
        *self == Self::Sigmoid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_eight_or_every_channel() {
        let groups = [1, 3, 7, 8, 12, 16, 256].map(Normalisation::groups);
        assert_eq!(groups, [Some(1), Some(3), Some(7), Some(8), None, Some(8), Some(8)]);
    }

    #[test]
    fn names_are_those_that_are_read_and_written() {
        for norm in Normalisation::ALL {
            assert_eq!(serde_json::to_value(norm).ok(), Some(norm.name().into()));
        }
    }
}
