//! Along which axis volumes are cut into slices: `data.axis`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The axis that slices lie behind each other along.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum SliceAxis {
    /// An axis of the stored array, 0, 1 or 2. Rows run along the first of the other two, columns along the second.
    Stored(usize),
    /// From left to right: rows run to anterior, columns to superior.
    Sagittal,
    /// From posterior to anterior: rows run to right, columns to superior.
    Coronal,
    /// From inferior to superior: rows run to right, columns to anterior.
    Axial,
}

/// Those with a name.
const NAMED: [(&str, SliceAxis); 3] =
    [("sagittal", SliceAxis::Sagittal), ("coronal", SliceAxis::Coronal), ("axial", SliceAxis::Axial)];

impl SliceAxis {
    /// Whether it is the default: the third axis of the stored array.
    pub fn is_third(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it goes by the volume's place in the room.
    pub fn is_anatomical(&self) -> bool {
        !matches!(self, Self::Stored(_))
    }

    /// Rows, columns and slices by their place among the stored axes, or among right, anterior and superior.
    pub(super) fn order(&self) -> [usize; 3] {
        match self {
            Self::Stored(0) | Self::Sagittal => [1, 2, 0],
            Self::Stored(1) | Self::Coronal => [0, 2, 1],
            Self::Stored(_) | Self::Axial => [0, 1, 2],
        }
    }
}

impl Default for SliceAxis {
    fn default() -> Self {
        Self::Stored(2)
    }
}

impl fmt::Display for SliceAxis {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Stored(axis) => write!(formatter, "{axis}"),
            named => {
                let name = NAMED.iter().find(|(_, axis)| axis == named).map_or("", |(name, _)| name);
                formatter.write_str(name)
            }
        }
    }
}

/// As files hold it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(untagged, expecting = "data.axis should be 0, 1, 2, sagittal, coronal or axial")]
enum Written {
    Number(i64),
    Name(String),
}

impl TryFrom<Written> for SliceAxis {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (found, shown) = match &written {
            Written::Number(number) => {
                (usize::try_from(*number).ok().filter(|axis| *axis < 3).map(Self::Stored), number.to_string())
            }
            Written::Name(text) => {
                let named = NAMED.iter().find(|(name, _)| name == text).map(|(_, axis)| *axis);
                (named, format!("'{text}'"))
            }
        };
        found
            .ok_or_else(|| format!("data.axis should be 0, 1, 2, sagittal, coronal or axial, but is {shown}"))
    }
}

impl From<SliceAxis> for Written {
    fn from(axis: SliceAxis) -> Self {
        match axis {
            SliceAxis::Stored(axis) => Self::Number(axis as i64),
            named => Self::Name(named.to_string()),
        }
    }
}
