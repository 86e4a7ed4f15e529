//! Augmentation: each slice mirrored, turned, magnified and brightened by chance, anew in every epoch.
//!
//! In this order, about the centre of the padded slice: mirrored up-down and left-right, each with the probability
//! `flip`; turned by an angle uniform in plus and minus `rotation` degrees; magnified by a factor uniform in
//! 1 - `scale` to 1 + `scale`; every value of the image times a factor uniform in 1 - `brightness` to
//! 1 + `brightness`. The image is bilinear between pixels, the mask too and foreground above 0.5; beyond the edges is
//! padding, which is 0.

use super::{Draw, Kind, Masks, Reads};
use crate::image::affine::Affine;
use crate::image::slice::Slice;
use crate::rules::Range;
use crate::rules::parameter::Parameter;
use rand::RngExt;
use rayon::prelude::*;

pub(super) const KIND: Kind = Kind {
    name: "augment",
    parameters: &[
        Parameter {
            name: "flip",
            default: 0.5,
            range: Range::Within(0.0, 1.0),
            meaning: "probability of being mirrored, along each axis",
        },
        Parameter {
            name: "rotation",
            default: 15.0,
            range: Range::Within(0.0, 180.0),
            meaning: "largest angle, in degrees",
        },
        Parameter {
            name: "scale",
            default: 0.1,
            range: Range::Within(0.0, 0.9),
            meaning: "largest change of size, as a share",
        },
        Parameter {
            name: "brightness",
            default: 0.1,
            range: Range::Within(0.0, 1.0),
            meaning: "largest change of intensity, as a share",
        },
    ],
    reads: Reads::Nothing,
    masks: Masks::Own,
    change,
};

fn change(slices: Vec<Slice>, draw: &Draw, _: &[f32], values: &[f64]) -> Vec<Slice> {
    let changed = |slice: Slice| {
        let chance = Chance::of(&slice, draw, values);
        chance.apply(slice)
    };
    slices.into_par_iter().map(changed).collect()
}

/// What becomes of one slice.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Chance {
    /// Along rows and along columns.
    flip: [bool; 2],
    degrees: f64,
    scale: f64,
    brightness: f64,
}

impl Chance {
    fn of(slice: &Slice, draw: &Draw, values: &[f64]) -> Self {
        let [flip, rotation, scale, brightness] = [values[0], values[1], values[2], values[3]];
        let mut stream = draw.stream(KIND.name, slice);
        // Always five numbers, so that one parameter does not move what another one draws.
        let [up, left, turn, size, light] = [(); 5].map(|()| stream.random::<f64>());
        let around = |number: f64, most: f64| (2.0 * number - 1.0) * most;
        Self {
            flip: [up < flip, left < flip],
            degrees: around(turn, rotation),
            scale: 1.0 + around(size, scale),
            brightness: 1.0 + around(light, brightness),
        }
    }

    fn apply(self, slice: Slice) -> Slice {
        let affine = Affine::new(self.flip, self.degrees, self.scale);
        let width = slice.region.row;
        let mask: Vec<f32> = slice.mask.iter().map(|&inside| f32::from(u8::from(inside))).collect();
        let planes = slice.image.chunks(slice.mask.len().max(1));
        let image = planes.flat_map(|plane| affine.resample(plane, width));
        Slice {
            image: image.map(|value| value * self.brightness as f32).collect(),
            mask: affine.resample(&mask, width).into_iter().map(|share| share > 0.5).collect(),
            ..slice
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::train::feed::Feed;

    /// Two channels of 6 x 8 pixels, foreground in a corner.
    fn slice(depth: usize) -> Slice {
        let region = Region { top: 0, left: 0, height: 6, width: 8, row: 8 };
        let image = (0..96).map(|place| (place * place % 13) as f32 * 0.01).collect();
        let mask = (0..48).map(|pixel| pixel % 8 < 3 && pixel < 16).collect();
        Slice { volume: 4, depth, region, image, mask, ignored: Vec::new() }
    }

    fn chances(text: &str, seed: u64, epoch: usize) -> Vec<Chance> {
        let feed = Feed::parse(text).expect("a feed");
        (0..400).map(|depth| Chance::of(&slice(depth), &Draw { seed, epoch }, &feed.values)).collect()
    }

    #[test]
    fn without_a_change_the_slice_is_itself_to_the_bit() {
        let feed = Feed::parse("augment(flip=0,rotation=0,scale=0,brightness=0)").expect("a feed");
        let same = feed.change(vec![slice(0), slice(1)], &Draw { seed: 0, epoch: 1 }, &[]);
        assert_eq!(same, [slice(0), slice(1)]);
    }

    #[test]
    fn a_certain_flip_moves_image_and_mask_alike_and_twice_is_none() {
        let feed = Feed::parse("augment(flip=1,rotation=0,scale=0,brightness=0)").expect("a feed");
        let draw = Draw { seed: 0, epoch: 1 };
        let once = feed.change(vec![slice(0)], &draw, &[]);
        for (pixel, other) in (0..48).zip((0..48).rev()) {
            assert_eq!(once[0].mask[pixel], slice(0).mask[other]);
            assert_eq!(once[0].image[pixel], slice(0).image[other]);
            assert_eq!(once[0].image[48 + pixel], slice(0).image[48 + other]);
        }
        assert_eq!(feed.change(once, &draw, &[]), [slice(0)]);
    }

    /// Means and ends of 400 draws: of a uniform number in -a to a the mean's standard error is a / sqrt(3 * 400).
    #[test]
    fn draws_are_uniform_in_their_ranges() {
        let chances = chances("augment", 5, 1);
        let is_uniform = |values: Vec<f64>, most: f64| {
            let mean = values.iter().sum::<f64>() / 400.0;
            let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
            assert!(mean.abs() < 4.0 * most / 1200.0_f64.sqrt(), "{mean}");
            assert!(largest <= most && largest > 0.95 * most, "{largest}");
        };
        is_uniform(chances.iter().map(|chance| chance.degrees).collect(), 15.0);
        is_uniform(chances.iter().map(|chance| chance.scale - 1.0).collect(), 0.1);
        is_uniform(chances.iter().map(|chance| chance.brightness - 1.0).collect(), 0.1);
        for axis in [0, 1] {
            let flipped = chances.iter().filter(|chance| chance.flip[axis]).count();
            // Four standard deviations of 10 about 200.
            assert!((160..=240).contains(&flipped), "{flipped}");
        }
    }

    #[test]
    fn draws_differ_by_seed_and_epoch_and_parameters_do_not_move_each_other() {
        let (first, again) = (chances("augment", 5, 1), chances("augment", 5, 1));
        assert_eq!(first, again);
        assert!(first != chances("augment", 6, 1) && first != chances("augment", 5, 2));
        let wide = chances("augment(rotation=30)", 5, 1);
        for (first, wide) in first.iter().zip(&wide) {
            assert_eq!((first.flip, first.scale, first.brightness), (wide.flip, wide.scale, wide.brightness));
            assert!((2.0 * first.degrees - wide.degrees).abs() < 1e-12);
        }
    }

    #[test]
    fn the_mask_goes_with_the_image() {
        let mut bright = slice(0);
        bright.image = bright.mask.iter().map(|&inside| f32::from(u8::from(inside))).collect();
        let feed = Feed::parse("augment(brightness=0)").expect("a feed");
        for epoch in 1..=20 {
            let changed = feed.change(vec![bright.clone()], &Draw { seed: 2, epoch }, &[]);
            let of_image: Vec<bool> = changed[0].image.iter().map(|&value| value > 0.5).collect();
            assert_eq!(changed[0].mask, of_image);
        }
    }
}
