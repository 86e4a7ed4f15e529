//! What an attack of a sweep's own makes of an example slice at one budget: the change, and what the network then predicts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Parts of the largest change that [`Change::Whole`] counts in.
pub const PARTS: f32 = 127.0;

/// A slice under an attack of a sweep's own, at one budget of it, in the first trial where anything is drawn.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Changed {
    /// Name of the sweep.
    pub sweep: String,
    /// Name of the attack.
    pub attack: String,
    /// The budget's number of pixels, where it counts them, as the sweep has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<usize>,
    /// The budget's radius, in the images' units, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f32>,
    /// The budget's severity, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<u8>,
    /// What became of the image.
    pub change: Change,
    /// Hard Dice of the predicted mask.
    pub dice: f64,
    /// The predicted mask, see [`runs`](super::examples::runs).
    pub mask: Vec<usize>,
}

/// The change of an image's first channel, its scanned pixels alone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A few pixels that were replaced.
    Pixels {
        /// Which, as indices into the image, ascending.
        at: Vec<usize>,
        /// Their new values.
        values: Vec<f32>,
    },
    /// Every pixel moved.
    Whole {
        /// The largest absolute change, in the images' units.
        largest: f32,
        /// The change of each pixel in [`PARTS`] of it, row-major; in the record the bytes as base64.
        #[serde(serialize_with = "to_text", deserialize_with = "from_text")]
        parts: Vec<i8>,
    },
}

impl Change {
    /// The whole change from `clean` to `image`, which are of one length. The record is of 127ths of the largest.
    pub fn whole(clean: &[f32], image: &[f32]) -> Self {
        let moves = || image.iter().zip(clean).map(|(new, old)| new - old);
        let largest = moves().fold(0.0_f32, |most, change| most.max(change.abs()));
        let scale = if largest > 0.0 { PARTS / largest } else { 0.0 };
        Self::Whole { largest, parts: moves().map(|change| (change * scale).round() as i8).collect() }
    }

    /// The pixels of `image` called `at` as they are now.
    pub fn pixels(image: &[f32], at: Vec<usize>) -> Self {
        let values = at.iter().filter_map(|&pixel| image.get(pixel).copied()).collect();
        Self::Pixels { at, values }
    }

    /// The signed change of each pixel of `clean`, to the accuracy of the record.
    pub fn signed(&self, clean: &[f32]) -> Vec<f32> {
        match self {
            Self::Whole { largest, parts } => {
                parts.iter().map(|&part| f32::from(part) / PARTS * largest).collect()
            }
            Self::Pixels { at, values } => {
                let mut change = vec![0.0; clean.len()];
                for (&pixel, value) in at.iter().zip(values) {
                    if let (Some(change), Some(old)) = (change.get_mut(pixel), clean.get(pixel)) {
                        *change = value - old;
                    }
                }
                change
            }
        }
    }

    /// Whether it is of an image of `pixels` pixels.
    pub(super) fn fits(&self, pixels: usize) -> bool {
        match self {
            Self::Whole { largest, parts } => parts.len() == pixels && *largest >= 0.0,
            Self::Pixels { at, values } => {
                at.len() == values.len()
                    && at.is_sorted_by(|one, next| one < next)
                    && at.last().is_none_or(|&last| last < pixels)
            }
        }
    }
}

fn to_text<S: Serializer>(parts: &[i8], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = parts.iter().map(|part| part.to_le_bytes()[0]).collect();
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i8>, D::Error> {
    let bytes = STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
    Ok(bytes.into_iter().map(|byte| i8::from_le_bytes([byte])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_change_comes_back_to_a_254th_of_the_largest() -> anyhow::Result<()> {
        let (clean, image) = ([0.0, 0.1, 0.2, 0.05], [0.01, 0.096, 0.2, 0.0533]);
        let change = Change::whole(&clean, &image);
        let read: Change = serde_json::from_str(&serde_json::to_string(&change)?)?;
        assert_eq!(read, change);
        for ((got, new), old) in read.signed(&clean).iter().zip(image).zip(clean) {
            assert!((got - (new - old)).abs() <= 0.01 / 254.0 + 1e-7, "{got}");
        }
        assert!(change.fits(4) && !change.fits(5));
        let nothing = Change::whole(&clean, &clean);
        assert_eq!(nothing.signed(&clean), [0.0; 4]);
        Ok(())
    }

    #[test]
    fn replaced_pixels_come_back_exactly_and_must_lie_in_the_image() {
        let (clean, image) = ([0.5, 0.25, 0.0], [0.5, 1.0, 0.125]);
        let change = Change::pixels(&image, vec![1, 2]);
        assert_eq!(change.signed(&clean), [0.0, 0.75, 0.125]);
        assert!(change.fits(3) && !change.fits(2));
        let twice = Change::Pixels { at: vec![1, 1], values: vec![0.0, 0.0] };
        let short = Change::Pixels { at: vec![0, 1], values: vec![0.0] };
        assert!(!twice.fits(3) && !short.fits(3));
    }
}
