//! How the images were made that a network was trained on. Its weights carry it as metadata of their file, so that
//! whoever uses them makes images alike: one key each, JSON values.

use crate::image::scale::Scaling;
use crate::image::scale_method::Scale;
use crate::image::slicing::Slicing;
use crate::network::arrays::Metadata;
use crate::network::unet::weights::Weights;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Keys of the metadata.
const INTENSITY: &str = "lossbench.intensity";
const SCALE: &str = "lossbench.scale";
const SIZE: &str = "lossbench.size";
const CHANNELS: &str = "lossbench.channels";
const AXIS: &str = "lossbench.axis";
const SPACING: &str = "lossbench.spacing";
const DATA_SIZE: &str = "lossbench.data_size";
const LOSS: &str = "lossbench.loss";
const SEED: &str = "lossbench.seed";
const STUDY_HASH: &str = "lossbench.study_hash";

/// The longest side of a slice: NIfTI's longest, and what padding adds.
const LONGEST: usize = 1 << 15;

/// How images were made; none of what the weights do not say, as those of other programs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preprocessing {
    /// What two raw intensities of each channel became.
    pub intensity: Option<[f32; 2]>,
    /// Which those are. Weights that say the intensity alone were trained on each channel's smallest and largest voxel.
    pub scale: Option<Scale>,
    /// Height and width that slices were padded to.
    pub size: Option<[usize; 2]>,
    /// Numbers of the input channels among those of the images, in their order.
    pub channels: Option<Vec<usize>>,
    /// How volumes became slices: where a training here does not say it, as they are stored, along the third axis.
    pub slicing: Option<Slicing>,
}

/// A training, as its weights tell of it.
pub struct Trained<'a> {
    /// How images were scaled.
    pub scaling: Scaling,
    /// How volumes became slices.
    pub slicing: Slicing,
    /// Height and width of the slices.
    pub size: [usize; 2],
    /// Numbers of the input channels.
    pub channels: &'a [usize],
    /// The loss, as a study writes it.
    pub loss: String,
    /// The seed.
    pub seed: u64,
    /// Identity of the study, as the cell's record holds it.
    pub study_hash: String,
}

impl Trained<'_> {
    /// What the weights are to say. The same training says the same bytes; the scale and the slicing are left out where they
    /// are the default, as all weights did before there was another.
    ///
    /// # Errors
    /// A line where a value cannot be written.
    pub fn metadata(&self) -> Result<Metadata, String> {
        let mut metadata = Metadata::from([
            (INTENSITY.to_string(), json(&self.scaling.range)?),
            (SIZE.to_string(), json(&self.size)?),
            (CHANNELS.to_string(), json(&self.channels)?),
            (LOSS.to_string(), self.loss.clone()),
            (SEED.to_string(), self.seed.to_string()),
            (STUDY_HASH.to_string(), self.study_hash.clone()),
        ]);
        if !self.scaling.scale.is_min_max() {
            metadata.insert(SCALE.to_string(), self.scaling.scale.to_string());
        }
        let Slicing { axis, spacing, size } = self.slicing;
        if !axis.is_third() {
            metadata.insert(AXIS.to_string(), json(&axis)?);
        }
        if let Some(spacing) = spacing {
            metadata.insert(SPACING.to_string(), json(&spacing)?);
        }
        if let Some(size) = size {
            metadata.insert(DATA_SIZE.to_string(), json(&size)?);
        }
        Ok(metadata)
    }
}

/// The loss and the seed that `weights` were trained with, where they say so.
pub fn training_of(weights: &Weights) -> (Option<&str>, Option<u64>) {
    training_in(weights.metadata())
}

/// The loss and the seed that `metadata` say a network was trained with.
pub fn training_in(metadata: &Metadata) -> (Option<&str>, Option<u64>) {
    (metadata.get(LOSS).map(String::as_str), metadata.get(SEED).and_then(|seed| seed.parse().ok()))
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

impl Preprocessing {
    /// What `weights` say.
    ///
    /// # Errors
    /// A line that names the key whose value cannot be.
    pub fn of(weights: &Weights) -> Result<Self, String> {
        let config = weights.config();
        Self::read(weights.metadata(), config.channels(), config.multiple())
    }

    /// What the `metadata` of a network say that takes images of `channels` and sides that `multiple` divides.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn read(metadata: &Metadata, channels: usize, multiple: usize) -> Result<Self, String> {
        let fits = |side: usize| (1..=LONGEST).contains(&side) && side.is_multiple_of(multiple);
        let intensity = value(metadata, INTENSITY, "two rising numbers", |&[low, high]: &[f32; 2]| {
            low.is_finite() && high.is_finite() && low < high
        })?;
        Ok(Self {
            scale: scale(metadata, intensity.is_some())?,
            intensity,
            size: value(
                metadata,
                SIZE,
                &format!("height and width, multiples of {multiple}"),
                |&sides: &[usize; 2]| sides.into_iter().all(fits),
            )?,
            channels: value(
                metadata,
                CHANNELS,
                "a number for each input channel",
                |numbers: &Vec<usize>| numbers.len() == channels,
            )?,
            slicing: slicing(metadata)?,
        })
    }

    /// Height and width to pad to where the images need `needed`: those of the training, and along an axis that does
    /// not hold the images what these need.
    pub fn size_for(&self, needed: [usize; 2]) -> [usize; 2] {
        let [height, width] = self.size.unwrap_or(needed);
        [height.max(needed[0]), width.max(needed[1])]
    }
}

/// The scale, where the weights say one or, since they were made before there was a choice, say how they were made.
fn scale(metadata: &Metadata, says_intensity: bool) -> Result<Option<Scale>, String> {
    let Some(text) = metadata.get(SCALE) else {
        return Ok(says_intensity.then_some(Scale::MinMax));
    };
    let read = Scale::parse(&format!("its metadata {SCALE}"), text);
    read.map(Some).map_err(|fault| format!("{fault}: let the network say it right"))
}

/// The slicing, where the weights say anything of it or are of a training here, which says all that is not the default.
fn slicing(metadata: &Metadata) -> Result<Option<Slicing>, String> {
    let axis = value(metadata, AXIS, "0, 1, 2, sagittal, coronal or axial", |_| true)?;
    let slicing = Slicing {
        axis: axis.unwrap_or_default(),
        spacing: value(metadata, SPACING, "mm above 0, one number or [row, column]", |_| true)?,
        size: value(metadata, DATA_SIZE, "[rows, columns] of at least 1", |&sides: &[usize; 2]| {
            sides.into_iter().all(|side| side > 0)
        })?,
    };
    let says = axis.is_some() || slicing != Slicing::default() || metadata.contains_key(STUDY_HASH);
    Ok(says.then_some(slicing))
}

/// The value of `key`, where there is one; `right` says whether it is `what` it should be.
fn value<T: DeserializeOwned>(
    metadata: &Metadata,
    key: &str,
    what: &str,
    right: impl Fn(&T) -> bool,
) -> Result<Option<T>, String> {
    let Some(text) = metadata.get(key) else {
        return Ok(None);
    };
    match serde_json::from_str(text).ok().filter(right) {
        Some(value) => Ok(Some(value)),
        None => {
            Err(format!("its metadata {key} should be {what}, but is {text}: let the network say it right"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::slice_axis::SliceAxis;
    use crate::image::spacing::Spacing;
    use crate::network::unet::UNetConfig;
    use rstest::rstest;

    #[rstest]
    #[case("min-max")]
    #[case("percentile(0.1,99.9)")]
    #[case("window(-160.5,240)")]
    #[case("z-score")]
    fn what_a_training_says_is_read_back(#[case] scale: &str) -> Result<(), String> {
        let scale = Scale::parse("scale", scale)?;
        let slicing = match scale.is_min_max() {
            true => Slicing::default(),
            false => Slicing {
                axis: SliceAxis::Sagittal,
                spacing: Some(Spacing::new([0.1 + 0.2, 2.0])?),
                size: Some([40, 60]),
            },
        };
        let channels = [2, 0];
        let trained = Trained {
            scaling: Scaling { scale, range: [0.1 + 0.2, 1.0] },
            slicing,
            size: [48, 64],
            channels: &channels,
            loss: "bce+dice".into(),
            seed: u64::MAX,
            study_hash: "ab".into(),
        };
        let metadata = trained.metadata()?;
        for key in [SCALE, AXIS, SPACING, DATA_SIZE] {
            assert_eq!(metadata.contains_key(key), !scale.is_min_max());
        }
        let config = UNetConfig::new(2, 2)?.with_channels(2)?;
        let weights = Weights::random(&config, 0).with_metadata(metadata);
        let read = Preprocessing::of(&weights)?;
        let expected = Preprocessing {
            intensity: Some([0.1 + 0.2, 1.0]),
            scale: Some(scale),
            size: Some([48, 64]),
            channels: Some(vec![2, 0]),
            slicing: Some(slicing),
        };
        assert_eq!(read, expected);
        assert_eq!(read.size_for([16, 16]), [48, 64]);
        assert_eq!(read.size_for([52, 16]), [52, 64]);
        Ok(())
    }

    #[test]
    fn weights_without_a_word_say_nothing() -> Result<(), String> {
        let read = Preprocessing::of(&Weights::random(&UNetConfig::new(2, 2)?, 0))?;
        assert_eq!(read, Preprocessing::default());
        assert_eq!(read.size_for([52, 16]), [52, 16]);
        Ok(())
    }
}
