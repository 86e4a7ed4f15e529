//! The table `data` of a study file: which volumes, which of their channels, and what their labels mean.

use crate::data::channels::Channel;
use crate::image::scale::Scaling;
use crate::image::scale_method::Scale;
use crate::image::slice_axis::SliceAxis;
use crate::image::slicing::Slicing;
use crate::image::spacing::Spacing;
use crate::image::truth::Labels;
use crate::phantom::PhantomConfig;
use crate::rules::{distinct, rising, should};
use serde::{Deserialize, Serialize};

/// Where volumes come from, which of their channels a network sees, how intensities are scaled and what the
/// labels mean.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// A Decathlon task folder, or phantoms made in memory.
    pub source: Source,
    /// What two raw intensities become, every channel by its own: each volume's smallest and largest voxel, unless
    /// `scale` says others.
    pub intensity: [f32; 2],
    /// Which raw intensities those are, see [`Scale`].
    #[serde(skip_serializing_if = "Scale::is_min_max")]
    pub scale: Scale,
    /// The axis that slices lie behind each other along: 0, 1 or 2 of the stored array, whose other two are rows and columns in
    /// their order; or `sagittal`, `coronal` or `axial` by the affine of each image.
    #[serde(skip_serializing_if = "SliceAxis::is_third")]
    pub axis: SliceAxis,
    /// Millimetres from pixel to pixel, one number or `[row, column]`, that slices are resampled to: images bilinear, labels
    /// nearest. None: as they are stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<Spacing>,
    /// Rows and columns that slices have at most, once they are resampled: of what is larger, the middle is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Which volumes of a task folder: `all`, a list in [`volume_list`](crate::data::volume_list), or a
    /// file such as a run's `volumes.csv`.
    pub volumes: String,
    /// The input channels, in this order: names as in `dataset.json` (`modality` or `channel_names`) or numbers
    /// from 0 along the image's fourth axis. Empty: all, in the file's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Labels that are foreground, all in one mask; every other one is background. Empty: every label above 0
    /// that is not in `ignore`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreground: Vec<u8>,
    /// Labels whose pixels are of unknown truth, such as 255. They are neither attacked nor scored, nor counted
    /// in any record. The losses weigh every pixel alike, so a training slice that has such a pixel is left
    /// out of the training instead of being taught as background.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<u8>,
    /// The phantoms, where they are the source.
    pub phantom: PhantomConfig,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: Source::Decathlon,
            intensity: [0.0, 0.2],
            scale: Scale::MinMax,
            axis: SliceAxis::default(),
            spacing: None,
            size: None,
            volumes: "all".to_string(),
            channels: Vec::new(),
            foreground: Vec::new(),
            ignore: Vec::new(),
            phantom: PhantomConfig::default(),
        }
    }
}

/// Source of the volumes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A Medical Segmentation Decathlon task folder, named with `--data`.
    Decathlon,
    /// Phantoms made in memory.
    Phantom,
}

impl DataConfig {
    /// How intensities are scaled.
    pub fn scaling(&self) -> Scaling {
        Scaling { scale: self.scale, range: self.intensity }
    }

    /// How volumes become slices.
    pub fn slicing(&self) -> Slicing {
        Slicing { axis: self.axis, spacing: self.spacing, size: self.size }
    }

    /// Takes the slicing `said` but for the keys that are `given`.
    pub fn take_slicing(&mut self, said: Slicing, given: impl Fn(&str) -> bool) {
        let Slicing { axis, spacing, size } = said;
        if !given("data.axis") {
            self.axis = axis;
        }
        if !given("data.spacing") {
            self.spacing = spacing;
        }
        if !given("data.size") {
            self.size = size;
        }
    }

    /// What the labels mean.
    pub fn labels(&self) -> Labels {
        let foreground = (!self.foreground.is_empty()).then(|| self.foreground.clone());
        Labels { foreground, ignore: self.ignore.clone() }
    }

    /// Whether `other` makes the same slices of the same volumes, which list names them aside.
    pub fn slices_like(&self, other: &Self) -> bool {
        let phantom = |data: &Self| (data.source == Source::Phantom).then(|| data.phantom.clone());
        self.source == other.source
            && self.scaling() == other.scaling()
            && self.slicing() == other.slicing()
            && self.channels == other.channels
            && self.foreground == other.foreground
            && self.ignore == other.ignore
            && phantom(self) == phantom(other)
    }

    /// Checks every field but the phantoms'.
    ///
    /// # Errors
    /// A line that names the first key that is wrong, what it should be and what it is.
    pub(super) fn check(&self) -> Result<(), String> {
        rising("data.intensity", self.intensity)?;
        if let Some([rows, columns]) = self.size {
            let right = rows > 0 && columns > 0;
            should(right, "data.size", "[rows, columns] of at least 1", format!("[{rows}, {columns}]"))?;
        }
        distinct("data.channels", self.channels.iter().map(ToString::to_string))?;
        distinct("data.foreground", self.foreground.iter().map(u8::to_string))?;
        distinct("data.ignore", self.ignore.iter().map(u8::to_string))?;
        if self.foreground.contains(&0) {
            return Err("data.foreground should be labels above 0, but one is 0".to_string());
        }
        match self.foreground.iter().find(|label| self.ignore.contains(label)) {
            Some(label) => Err(format!("data.foreground and data.ignore both name {label}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("intensity = [0.2, 0.0]", "data.intensity should be two rising numbers")]
    #[case("channels = ['T1', 'T1']", "data.channels names 'T1' twice")]
    #[case("channels = [0, 0]", "data.channels names 0 twice")]
    #[case("channels = [-1]", "data.channels should list channels by name or by number from 0")]
    #[case("foreground = [0, 1]", "data.foreground should be labels above 0")]
    #[case("foreground = [2, 2]", "data.foreground names 2 twice")]
    #[case("foreground = [1, 2]\nignore = [2]", "data.foreground and data.ignore both name 2")]
    #[case("ignore = [256]", "256")]
    #[case("axis = 3", "data.axis should be 0, 1, 2, sagittal, coronal or axial, but is 3")]
    #[case("axis = -1", "data.axis should be 0, 1, 2, sagittal, coronal or axial, but is -1")]
    #[case("axis = 'z'", "data.axis should be 0, 1, 2, sagittal, coronal or axial, but is 'z'")]
    #[case("axis = 1.5", "data.axis should be 0, 1, 2, sagittal, coronal or axial")]
    #[case(
        "spacing = 0",
        "data.spacing should be above 0, in mm: one number, or [row, column], but is [0, 0]"
    )]
    #[case(
        "spacing = [1, -2.5]",
        "data.spacing should be above 0, in mm: one number, or [row, column], but is [1, -2.5]"
    )]
    #[case("spacing = inf", "data.spacing should be above 0")]
    #[case("spacing = nan", "data.spacing should be above 0")]
    #[case(
        "spacing = [1, 2, 3]",
        "data.spacing should be mm from pixel to pixel: one number, or [row, column]"
    )]
    #[case("spacing = 'fine'", "data.spacing should be mm from pixel to pixel")]
    #[case("size = [0, 64]", "data.size should be [rows, columns] of at least 1, but is [0, 64]")]
    #[case("size = [-1, 64]", "-1")]
    #[case("size = 64", "64")]
    #[case("scale = 'bright'", "data.scale should be one of min-max, percentile(LOW,HIGH)")]
    #[case("scale = 'percentile(99,1)'", "data.scale should be percentile(LOW,HIGH) with two rising numbers")]
    #[case("scale = 'window(0,inf)'", "data.scale should be window(LOW,HIGH) with two rising finite numbers")]
    fn wrong_fields_are_named(#[case] text: &str, #[case] says: &str) {
        let read = toml::from_str::<DataConfig>(text).map_err(|error| error.message().to_string());
        let message = read.and_then(|data| data.check()).unwrap_err();
        assert!(message.contains(says), "{message}");
    }

    #[test]
    fn fields_at_their_default_leave_no_trace_and_others_come_back() -> anyhow::Result<()> {
        let text = toml::to_string(&DataConfig::default())?;
        assert!(
            ["scale", "channels", "foreground", "ignore", "axis", "spacing", "size"]
                .iter()
                .all(|key| !text.contains(key)),
            "{text}"
        );
        let data = DataConfig {
            channels: vec![Channel::Name("T2w".into()), Channel::Number(0)],
            foreground: vec![2],
            ignore: vec![255],
            scale: Scale::parse("scale", "percentile(1,99.5)").map_err(anyhow::Error::msg)?,
            axis: SliceAxis::Coronal,
            spacing: Some(Spacing::new([1.5, 2.0]).map_err(anyhow::Error::msg)?),
            size: Some([64, 48]),
            ..DataConfig::default()
        };
        assert_eq!(toml::from_str::<DataConfig>(&toml::to_string(&data)?)?, data);
        let read = |text: &str| toml::from_str::<DataConfig>(text).map(|data| data.slicing());
        let same = read("axis = 2\nspacing = 2")?;
        assert_eq!(same, read("spacing = [2.0, 2.0]")?);
        let data = DataConfig { spacing: same.spacing, ..DataConfig::default() };
        assert!(toml::to_string(&data)?.contains("spacing = 2.0"), "one number, however it was written");
        Ok(())
    }
}
