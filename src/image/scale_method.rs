//! Which raw intensities become the two values that a study scales to: `data.scale`.

use crate::rules::should;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names of the methods and how each is written.
pub const METHODS: [(&str, &str); 4] = [
    ("min-max", "min-max"),
    ("percentile", "percentile(LOW,HIGH)"),
    ("window", "window(LOW,HIGH)"),
    ("z-score", "z-score"),
];

/// The raw intensities of a channel that become the first and the second value of `data.intensity`; what lies between
/// is linear.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scale {
    /// The volume's smallest and largest voxel.
    #[default]
    MinMax,
    /// These percentiles of the volume's voxels, by linear interpolation (NumPy's `percentile`); voxels beyond are
    /// clipped.
    Percentile(Bounds),
    /// These raw intensities, the same for every volume; voxels beyond are clipped.
    Window(Bounds),
    /// The mean of the volume's voxels less three and plus three standard deviations (of the volume as a whole:
    /// divided by the number of voxels). Nothing is clipped: `intensity = [-3, 3]` is the plain z-score.
    ZScore,
}

/// Two rising finite numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    low: f64,
    high: f64,
}

impl Scale {
    /// Reads one of [`METHODS`], the value of `key`.
    ///
    /// # Errors
    /// A line for another name, and for bounds that are missing, do not rise or are out of range.
    pub fn parse(key: &str, text: &str) -> Result<Self, String> {
        let (name, bounds) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), Some(rest)),
            None => (text.trim(), None),
        };
        let bounds = bounds.map(Bounds::parse);
        let within = |bounds: &Bounds, low: f64, high: f64| bounds.low >= low && bounds.high <= high;
        let found = match (name, bounds) {
            ("min-max", None) => Some(Self::MinMax),
            ("z-score", None) => Some(Self::ZScore),
            ("percentile", Some(Some(bounds))) if within(&bounds, 0.0, 100.0) => {
                Some(Self::Percentile(bounds))
            }
            // Voxels are f32.
            ("window", Some(Some(bounds))) if within(&bounds, f32::MIN.into(), f32::MAX.into()) => {
                Some(Self::Window(bounds))
            }
            _ => None,
        };
        let rule = match name {
            "percentile" => "percentile(LOW,HIGH) with two rising numbers of 0 to 100".to_string(),
            "window" => "window(LOW,HIGH) with two rising finite numbers".to_string(),
            _ => format!("one of {}", METHODS.map(|(_, written)| written).join(", ")),
        };
        should(found.is_some(), key, rule, format!("'{text}'"))?;
        Ok(found.unwrap_or_default())
    }

    /// Whether it is the default.
    pub fn is_min_max(&self) -> bool {
        *self == Self::MinMax
    }

    /// Whether voxels beyond the two raw values are clipped. Under [`Self::MinMax`] there are none.
    pub(super) fn clips(&self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Window(_))
    }

    /// The two raw values of a channel, the second not below the first.
    pub(super) fn raw(&self, voxels: &[f32]) -> [f64; 2] {
        match *self {
            Self::MinMax => {
                let ends = voxels.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &voxel| {
                    (least.min(voxel), most.max(voxel))
                });
                [ends.0, ends.1].map(f64::from)
            }
            Self::Percentile(bounds) => {
                let mut voxels = voxels.to_vec();
                [bounds.low, bounds.high].map(|percent| percentile(&mut voxels, percent))
            }
            Self::Window(bounds) => [bounds.low, bounds.high],
            Self::ZScore => {
                let count = voxels.len().max(1) as f64;
                let mean = voxels.iter().copied().map(f64::from).sum::<f64>() / count;
                let squares = voxels.iter().map(|&voxel| (f64::from(voxel) - mean).powi(2));
                let deviation = (squares.sum::<f64>() / count).sqrt();
                [mean - 3.0 * deviation, mean + 3.0 * deviation]
            }
        }
    }

    /// What the second value of `data.intensity` is of a clean image, in words.
    pub fn upper_end(&self) -> &'static str {
        match self {
            Self::MinMax | Self::Percentile(_) => "brightest voxel of a clean image",
            Self::Window(_) => "upper end of the intensity window",
            Self::ZScore => "mean of a clean image and three standard deviations",
        }
    }
}

/// The percentile of voxels, which it reorders; 0 where there are none.
fn percentile(voxels: &mut [f32], percent: f64) -> f64 {
    let Some(last) = voxels.len().checked_sub(1) else {
        return 0.0;
    };
    let place = percent / 100.0 * last as f64;
    let below = (place.floor() as usize).min(last);
    let (_, &mut low, above) = voxels.select_nth_unstable_by(below, f32::total_cmp);
    let next = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    let (low, next) = (f64::from(low), f64::from(next));
    low + (next - low) * (place - below as f64)
}

impl Bounds {
    /// Reads `LOW,HIGH)`.
    fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.trim_end().strip_suffix(')')?.split_once(',')?;
        let [low, high] = [low, high].map(|number| number.trim().parse::<f64>().ok());
        let bounds = Self { low: low?, high: high? };
        (bounds.low.is_finite() && bounds.high.is_finite() && bounds.low < bounds.high).then_some(bounds)
    }
}

/// The text that [`Scale::parse`] reads back.
impl fmt::Display for Scale {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::MinMax => formatter.write_str("min-max"),
            Self::Percentile(Bounds { low, high }) => write!(formatter, "percentile({low},{high})"),
            Self::Window(Bounds { low, high }) => write!(formatter, "window({low},{high})"),
            Self::ZScore => formatter.write_str("z-score"),
        }
    }
}

impl TryFrom<String> for Scale {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse("data.scale", &text)
    }
}

impl From<Scale> for String {
    fn from(scale: Scale) -> Self {
        scale.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("min-max", "min-max")]
    #[case(" z-score ", "z-score")]
    #[case("percentile( 0.5 , 99.5 )", "percentile(0.5,99.5)")]
    #[case("window(-1e2,400)", "window(-100,400)")]
    fn texts_read_as_scales_and_back(#[case] text: &str, #[case] plain: &str) {
        let scale = Scale::parse("k", text).expect("a scale");
        assert_eq!(scale.to_string(), plain);
        assert_eq!(Scale::parse("k", plain), Ok(scale));
    }

    #[rstest]
    #[case("", "k should be one of min-max, percentile(LOW,HIGH), window(LOW,HIGH), z-score, but is ''")]
    #[case("minmax", "but is 'minmax'")]
    #[case("min-max(0,1)", "k should be one of")]
    #[case("z-score()", "k should be one of")]
    #[case("percentile", "percentile(LOW,HIGH) with two rising numbers of 0 to 100, but is 'percentile'")]
    #[case("percentile(1)", "two rising numbers")]
    #[case("percentile(1,99", "two rising numbers")]
    #[case("percentile(99,1)", "two rising numbers")]
    #[case("percentile(5,5)", "two rising numbers")]
    #[case("percentile(-1,99)", "of 0 to 100")]
    #[case("percentile(1,100.5)", "of 0 to 100")]
    #[case("percentile(nan,99)", "two rising numbers")]
    #[case("percentile(1,2,3)", "two rising numbers")]
    #[case("window(0,inf)", "window(LOW,HIGH) with two rising finite numbers, but is 'window(0,inf)'")]
    #[case("window(0,1e300)", "two rising finite numbers")]
    #[case("window(3,2)", "two rising finite numbers")]
    #[case("window(low,high)", "two rising finite numbers")]
    fn what_is_no_scale_is_refused_with_its_key(#[case] text: &str, #[case] says: &str) {
        let message = Scale::parse("k", text).unwrap_err();
        assert!(message.contains(says) && !message.contains('\n'), "{message}");
    }

    #[test]
    fn percentiles_of_few_voxels_are_numpys() {
        // numpy.percentile([3, 1, 2, 10], [0, 25, 50, 90, 100])
        let expected = [1.0, 1.75, 2.5, 7.9, 10.0];
        for (percent, expected) in [0.0, 25.0, 50.0, 90.0, 100.0].into_iter().zip(expected) {
            let found = percentile(&mut [3.0, 1.0, 2.0, 10.0], percent);
            assert!((found - expected).abs() < 1e-12, "{percent}: {found}");
        }
        assert_eq!(percentile(&mut [5.0], 37.0), 5.0);
        assert_eq!(percentile(&mut [], 37.0), 0.0);
    }
}
