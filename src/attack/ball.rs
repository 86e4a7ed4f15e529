//! A budget that is a ball: how far the scanned values of a slice may move together, by a norm. Its range keeps
//! them among the intensities that images have.

use super::trial::Trial;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the distance of two images is measured, over all scanned values of all channels.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// The largest change of any value.
    Linf,
    /// The root of the summed squares.
    L2,
}

impl Norm {
    /// Every norm.
    pub const ALL: [Self; 2] = [Self::Linf, Self::L2];

    /// The length of a change.
    pub fn of(self, change: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Linf => change.fold(0.0, |most, value| most.max(value.abs())),
            Self::L2 => change.map(|value| value * value).sum::<f64>().sqrt(),
        }
    }

    /// Name in tables and figures.
    pub fn title(self) -> &'static str {
        match self {
            Self::Linf => "L-infinity",
            Self::L2 => "L2",
        }
    }
}

/// As study files and records have it.
impl fmt::Display for Norm {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(match self {
            Self::Linf => "linf",
            Self::L2 => "l2",
        })
    }
}

/// What may become of a slice: every image within `radius` of it whose values lie in `range`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// How distance is measured.
    pub norm: Norm,
    /// In the images' own units; 0 or more.
    pub radius: f32,
    /// The least and the largest intensity of images. A value that lies outside may stay, but moves no further out.
    pub range: [f32; 2],
}

impl Ball {
    /// A range that holds every number.
    pub const ANYWHERE: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

    /// The values that one of `clean` may take; it always is among them.
    pub fn interval(&self, clean: f32) -> [f32; 2] {
        let [low, high] = [self.range[0].min(clean), self.range[1].max(clean)];
        match self.norm {
            Norm::Linf => [low.max(clean - self.radius), high.min(clean + self.radius)],
            Norm::L2 => [low, high],
        }
    }

    /// Checks a changed image of a trial's slice: only allowed pixels differ, none beyond the range, all of them
    /// together within the radius but for the rounding of their sums.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub(super) fn check(&self, trial: &Trial, image: &[f32]) -> Result<(), String> {
        let (clean, plane) = (&trial.slice.image, trial.slice.mask.len());
        for (place, (&old, &new)) in clean.iter().zip(image).enumerate().filter(|(_, (old, new))| old != new)
        {
            if !trial.allows(place % plane) {
                return Err(format!("pixel {} was not scanned or is to be ignored", place % plane));
            }
            if !(self.range[0].min(old)..=self.range[1].max(old)).contains(&new) {
                return Err(format!("a pixel became {new}"));
            }
        }
        let pairs = || clean.iter().zip(image).map(|(&old, &new)| (f64::from(old), f64::from(new)));
        let length = self.norm.of(pairs().map(|(old, new)| new - old));
        // A moved value is the nearest f32.
        let rounding = self.norm.of(pairs().map(|(old, new)| old.abs().max(new.abs())));
        let most = f64::from(self.radius) * (1.0 + 1e-6) + f64::from(f32::EPSILON) * rounding;
        match length <= most {
            true => Ok(()),
            false => Err(format!("it moved by {length}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};
    use rstest::rstest;

    #[rstest]
    // A scanned pixel at 0.06, its neighbours at 0.07 and 0.08.
    #[case(Norm::Linf, &[(6, 0.16), (7, -0.0)], "")]
    #[case(Norm::Linf, &[(6, 0.161)], "it moved by 0.10099")]
    #[case(Norm::L2, &[(6, 0.12), (7, 0.15)], "")]
    #[case(Norm::L2, &[(6, 0.13), (7, 0.15)], "it moved by 0.1063")]
    #[case(Norm::L2, &[(0, 0.01)], "pixel 0 was not scanned or is to be ignored")]
    #[case(Norm::Linf, &[(12, 0.13)], "pixel 12 was not scanned or is to be ignored")]
    #[case(Norm::Linf, &[(13, 0.21)], "a pixel became 0.21")]
    #[case(Norm::L2, &[(6, -0.01)], "a pixel became -0.01")]
    #[case(Norm::L2, &[(6, f32::NAN)], "a pixel became NaN")]
    fn images_that_leave_a_ball_are_caught(
        #[case] norm: Norm,
        #[case] changes: &[(usize, f32)],
        #[case] says: &str,
    ) {
        let mut slice = slice([false; 20]);
        slice.ignored = vec![12];
        let mut image = slice.image.clone();
        changes.iter().for_each(|&(pixel, value)| image[pixel] = value);
        let ball = Ball { norm, radius: 0.1, range: [0.0, 0.2] };
        let checked = ball.check(&trial(&slice, &[], "0"), &image).err().unwrap_or_default();
        assert!(checked.starts_with(says) && checked.is_empty() == says.is_empty(), "{checked}");
    }

    #[test]
    fn a_value_outside_the_range_may_stay_and_come_nearer() {
        let ball = Ball { norm: Norm::Linf, radius: 0.25, range: [0.0, 1.0] };
        assert_eq!(ball.interval(0.5), [0.25, 0.75]);
        assert_eq!(ball.interval(0.875), [0.625, 1.0]);
        assert_eq!(ball.interval(1.5), [1.25, 1.5]);
        assert_eq!(ball.interval(-0.125), [-0.125, 0.125]);
        assert_eq!(Ball { norm: Norm::L2, ..ball }.interval(1.5), [0.0, 1.5]);
    }

    /// Rounding of large values is no broken budget, and a thousandth more than the radius is.
    #[test]
    fn the_radius_holds_but_for_rounding() {
        let mut slice = slice([false; 20]);
        slice.image.iter_mut().for_each(|value| *value += 1000.0);
        for norm in Norm::ALL {
            let ball = Ball { norm, radius: 0.001, range: Ball::ANYWHERE };
            let moved = |by: f32| {
                let mut image = slice.image.clone();
                image[6] += by;
                ball.check(&trial(&slice, &[], "0"), &image)
            };
            assert_eq!(moved(0.001), Ok(()));
            assert!(moved(0.02).is_err(), "{norm}");
        }
    }
}
