//! The layers that a [plan](crate::network::plan) is made of.

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Name, which those of its arrays start with.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// The maps that it reads, in order.
    pub reads: Vec<usize>,
}

/// What a layer does.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A convolution that keeps height and width, zero outside.
    Convolution {
        /// Its window.
        window: Window,
        /// What follows it.
        then: Then,
    },
    /// 2x2 max pooling.
    Pool,
    /// A 2x2 transposed convolution of stride 2.
    Up,
}

/// Window of a convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// 1x1.
    One,
    /// 3x3.
    Three,
}

impl Window {
    /// Height and width.
    pub fn side(self) -> usize {
        match self {
            Self::One => 1,
            Self::Three => 3,
        }
    }
}

/// What follows a convolution.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// A ReLU.
    Relu,
    /// A batch norm and a ReLU.
    BatchNormRelu {
        /// Name of the batch norm.
        norm: String,
    },
    /// A group norm and a ReLU.
    GroupNormRelu {
        /// Name of the group norm.
        norm: String,
        /// Groups that the channels are cut into, in order; as many divide them.
        groups: usize,
    },
    /// The second half of the channels less the first half. Of two channels, background and foreground, that
    /// is the logit of the foreground's softmax: `exp(b) / (exp(a) + exp(b)) = 1 / (1 + exp(-(b - a)))`.
    Difference,
}

impl Then {
    /// Name of the norm, where there is one.
    pub fn norm(&self) -> Option<&str> {
        match self {
            Self::BatchNormRelu { norm } | Self::GroupNormRelu { norm, .. } => Some(norm),
            Self::Nothing | Self::Relu | Self::Difference => None,
        }
    }

    /// Whether a ReLU is the last.
    pub fn is_rectified(&self) -> bool {
        matches!(self, Self::Relu | Self::BatchNormRelu { .. } | Self::GroupNormRelu { .. })
    }
}
