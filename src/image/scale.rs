//! Scaling intensities: two raw values, taken from the volume or given, become two others.

use crate::image::scale_method::Scale;

/// How a study scales: what is taken of a volume, and the two values that it becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Which raw values become those of `range`.
    pub scale: Scale,
    /// Two rising finite numbers.
    pub range: [f32; 2],
}

/// What [`scale_channels`] gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Scaled voxels, channels end to end.
    pub voxels: Vec<f32>,
    /// How many voxels of each channel were clipped.
    pub clipped: Vec<usize>,
}

/// The `channels` of an image, given by number and laid end to end, each scaled by its own voxels, see [`scale`].
/// `voxels` holds all channels of the image, each of `size` voxels.
///
/// # Panics
/// Where the image has no channel of a number.
pub fn scale_channels(voxels: &[f32], size: usize, channels: &[usize], scaling: &Scaling) -> Scaled {
    let mut scaled = Scaled { voxels: Vec::with_capacity(channels.len() * size), clipped: Vec::new() };
    for &channel in channels {
        let (channel, clipped) = scale(&voxels[channel * size..][..size], scaling);
        scaled.voxels.extend(channel);
        scaled.clipped.push(clipped);
    }
    scaled
}

/// Scales the voxels of a volume. Where the two raw values are one, as in a constant volume, voxels up to it become
/// the first value of the range and those above it the second; under [`Scale::ZScore`] all become the middle. With them
/// comes how many were clipped.
pub fn scale(voxels: &[f32], scaling: &Scaling) -> (Vec<f32>, usize) {
    let [low, high] = scaling.range.map(f64::from);
    let [least, most] = scaling.scale.raw(voxels);
    // In f64, since the span of two finite f32 may not be a finite f32.
    let span = most - least;
    let clips = scaling.scale.clips();
    let scaled = |voxel: f64| match span > 0.0 {
        true => {
            let value = low + (high - low) * (voxel - least) / span;
            if clips { value.clamp(low, high) } else { value }
        }
        false if scaling.scale == Scale::ZScore => low + (high - low) / 2.0,
        false if voxel > most => high,
        false => low,
    };
    let beyond = |voxel: &&f32| !(least..=most).contains(&f64::from(**voxel));
    let clipped = if clips { voxels.iter().filter(beyond).count() } else { 0 };
    (voxels.iter().map(|&voxel| scaled(f64::from(voxel)) as f32).collect(), clipped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use serde::Deserialize;

    fn by(scale: &str, range: [f32; 2]) -> Scaling {
        Scaling { scale: Scale::parse("scale", scale).expect("a scale"), range }
    }

    fn scale(voxels: &[f32], scaling: &Scaling) -> Vec<f32> {
        super::scale(voxels, scaling).0
    }

    #[test]
    fn scaling_survives_extreme_and_constant_volumes() {
        assert_eq!(scale(&[-3.0e38, 3.0e38], &by("min-max", [0.0, 0.2])), [0.0, 0.2]);
        assert_eq!(scale(&[7.0, 7.0], &by("min-max", [0.1, 0.2])), [0.1, 0.1]);
        assert_eq!(scale(&[7.0, 7.0], &by("percentile(1,99)", [0.1, 0.2])), [0.1, 0.1]);
        assert_eq!(scale(&[7.0, 7.0], &by("z-score", [-3.0, 3.0])), [0.0, 0.0]);
        assert_eq!(scale(&[7.0, 7.0], &by("window(0,14)", [0.0, 1.0])), [0.5, 0.5]);
        let far = scale(&[-3.0e38, 3.0e38], &by("z-score", [-3.0, 3.0]));
        assert_relative_eq!(far[..], [-1.0, 1.0][..], max_relative = 1e-6);
    }

    #[test]
    fn equal_percentiles_part_what_lies_above_them() {
        let mut mostly_dark = vec![4.0; 99];
        mostly_dark.push(200.0);
        let scaled = scale(&mostly_dark, &by("percentile(1,90)", [0.0, 0.2]));
        assert!(scaled[..99].iter().all(|&voxel| voxel == 0.0));
        assert_eq!(scaled[99], 0.2);
    }

    #[test]
    fn each_channel_has_its_own_values() {
        let voxels = [0.0, 50.0, 100.0, 1.0, 3.0, 2.0, 8.0, 8.0, 8.0];
        let scaled = scale_channels(&voxels, 3, &[1, 0, 2], &by("min-max", [0.0, 2.0])).voxels;
        assert_eq!(scaled, [0.0, 2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn what_lies_beyond_the_bounds_is_counted_in_each_channel() {
        let voxels = [-1.0, 0.0, 5.0, 10.0, 11.0, 12.0, 3.0, 3.0, 3.0, 3.0, 3.0, -3.0];
        let clipped = |scale: &str| scale_channels(&voxels, 6, &[1, 0], &by(scale, [0.0, 1.0])).clipped;
        assert_eq!(clipped("window(0,10)"), [1, 3]);
        assert_eq!(clipped("percentile(20,80)"), [1, 2]);
        assert_eq!((clipped("min-max"), clipped("z-score")), (vec![0, 0], vec![0, 0]));
    }

    #[derive(Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        scale: String,
        intensity: [f32; 2],
        voxels: Vec<f32>,
        scaled: Vec<f32>,
    }

    /// `scripts/make_scale_fixtures.py`. Both compute in float64 and round to float32 once.
    #[test]
    fn values_are_numpys() {
        let text = include_str!("../../fixtures/scale.json");
        let fixture: Fixture = serde_json::from_str(text).expect("the fixture");
        for (name, _) in crate::image::scale_method::METHODS {
            assert!(fixture.cases.iter().any(|case| case.scale.starts_with(name)), "{name} has no case");
        }
        for case in fixture.cases {
            let scaled = scale(&case.voxels, &by(&case.scale, case.intensity));
            assert_eq!(scaled.len(), case.scaled.len(), "{}", case.name);
            for (&ours, &numpys) in scaled.iter().zip(&case.scaled) {
                let near = (ours - numpys).abs() <= 2.0 * f32::EPSILON * numpys.abs().max(1e-6);
                assert!(near, "{}: {ours} should be {numpys}", case.name);
            }
        }
    }
}
