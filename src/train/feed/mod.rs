//! What becomes of training slices before the network sees them: each kind is a file of this folder, with its own
//! parameters, and a line in [`KINDS`]. A study names one, as `augment` or `augment(rotation=30)`. Validation and
//! test slices are never changed.

mod augment;
mod focus;
mod hidden;
mod hide;
mod hide_salient;
mod plain;
mod shuffled_labels;

use crate::image::slice::Slice;
use crate::random::stream;
use crate::rules::one_of;
use crate::rules::parameter::{self, Parameter};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of feed.
pub struct Kind {
    /// Name in study files.
    pub name: &'static str,
    /// Its free parameters.
    pub parameters: &'static [Parameter],
    /// Whose gradient it reads.
    pub reads: Reads,
    /// Which training slice gives each its mask.
    pub masks: Masks,
    /// What it makes of slices.
    pub change: Change,
}

/// Which training slice gives each its mask, for the whole of a training. The training asks it; `change` sees slices that
/// have those masks.
#[derive(Clone, Copy, Debug)]
pub enum Masks {
    /// Each its own.
    Own,
    /// As many numbers of slices as there are, from the seed and how many there are.
    Of(fn(seed: u64, slices: usize) -> Vec<usize>),
}

/// What becomes of the slices of a batch, in their order; takes the gradient that the kind reads at them, laid out as their
/// images, empty where it reads none, and a value per parameter.
pub type Change = fn(slices: Vec<Slice>, draw: &Draw, maps: &[f32], values: &[f64]) -> Vec<Slice>;

/// The network whose gradient at the slices a feed reads. The training asks it; a feed knows no network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reads {
    /// None.
    Nothing,
    /// The network in training, as it is before the step.
    InTraining,
    /// That of an earlier training: the same with the plain feed.
    Earlier,
}

/// Every kind.
pub const KINDS: &[Kind] =
    &[plain::KIND, augment::KIND, hide::KIND, hide_salient::KIND, focus::KIND, shuffled_labels::KIND];

/// Names the random streams of an epoch.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// Seed of the training.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
}

impl Draw {
    /// The stream of `slice` for `purpose`. It depends neither on the loss nor on the batch, so that all
    /// networks of a seed are trained on the same slices.
    fn stream(&self, purpose: &str, slice: &Slice) -> ChaCha8Rng {
        let numbers = [self.seed.to_string(), slice.volume.to_string(), slice.depth.to_string()];
        stream(&["feed", purpose, &numbers[0], &numbers[1], &numbers[2], &self.epoch.to_string()])
    }
}

/// A kind with its parameters.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Feed {
    kind: &'static Kind,
    /// One value a parameter.
    values: Vec<f64>,
}

impl Feed {
    /// Reads the name of one of [`KINDS`] with its parameters in parentheses behind it.
    ///
    /// # Errors
    /// A line for another name, and for a parameter that the kind does not have or that is out of its range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, behind) = text.find('(').map_or((text, ""), |open| text.split_at(open));
        let kind = one_of("train.feed", name.trim(), KINDS, |kind| kind.name)?;
        let mut values: Vec<f64> = kind.parameters.iter().map(|parameter| parameter.default).collect();
        let given = parameter::given(kind.name, kind.parameters, behind);
        for (index, value) in given.map_err(|fault| format!("train.feed: {fault}"))? {
            values[index] = value;
        }
        Ok(Self { kind, values })
    }

    /// Whether it changes nothing.
    pub fn is_plain(&self) -> bool {
        self.kind.name == plain::KIND.name
    }

    /// That of a training on masks that were permuted among the slices.
    pub fn shuffled_labels() -> Self {
        Self { kind: &shuffled_labels::KIND, values: Vec::new() }
    }

    /// Whose gradient it reads.
    pub fn reads(&self) -> Reads {
        self.kind.reads
    }

    /// The numbers of the training slices that give each of `slices` its mask in a training with `seed`; none where each
    /// keeps its own.
    pub fn masks(&self, seed: u64, slices: usize) -> Option<Vec<usize>> {
        match self.kind.masks {
            Masks::Own => None,
            Masks::Of(permuted) => Some(permuted(seed, slices)),
        }
    }

    /// What becomes of the slices of a batch, in their order. `maps` is the gradient that it [`reads`](Self::reads) at them,
    /// laid out as their images; empty where it reads none.
    ///
    /// # Panics
    /// Where `maps` is shorter than that.
    pub fn change(&self, slices: Vec<Slice>, draw: &Draw, maps: &[f32]) -> Vec<Slice> {
        (self.kind.change)(slices, draw, maps, &self.values)
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self { kind: &plain::KIND, values: Vec::new() }
    }
}

/// The text that [`Feed::parse`] reads back: parameters at their default are left out.
impl fmt::Display for Feed {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let values = self.kind.parameters.iter().zip(&self.values);
        let given = values.filter(|(parameter, value)| **value != parameter.default);
        let given = given.map(|(parameter, value)| (parameter.name, *value));
        write!(formatter, "{}{}", self.kind.name, parameter::text(given))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Feed({self})")
    }
}

/// Two feeds are the same where their texts are.
impl PartialEq for Feed {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl TryFrom<String> for Feed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Feed> for String {
    fn from(feed: Feed) -> Self {
        feed.to_string()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::image::region::Region;
    use rstest::rstest;

    pub fn slice(volume: usize, depth: usize) -> Slice {
        let region = Region { top: 0, left: 0, height: 8, width: 8, row: 8 };
        let image = (0..64).map(|pixel| (pixel * (depth + 3) % 7) as f32 * 0.02 + 0.01).collect();
        let mask = (0..64).map(|pixel| pixel % 8 < 4 && pixel < 24).collect();
        Slice { volume, depth, region, image, mask, ignored: Vec::new() }
    }

    /// A map of such a slice, highest in the 16 pixels from `first` on.
    pub fn bright(first: usize) -> Vec<f32> {
        let sign = |pixel: usize| if pixel.is_multiple_of(2) { 1.0 } else { -1.0 };
        let height = |pixel: usize| if (first..first + 16).contains(&pixel) { 2.0 } else { 0.5 };
        (0..64).map(|pixel| sign(pixel) * height(pixel)).collect()
    }

    /// A map of each of some slices, none where the feed reads none.
    fn maps(feed: &Feed, slices: &[Slice]) -> Vec<f32> {
        match feed.reads() {
            Reads::Nothing => Vec::new(),
            _ => slices.iter().flat_map(|slice| bright(7 * slice.depth % 48)).collect(),
        }
    }

    #[rstest]
    #[case("plain", "plain")]
    #[case(" augment ", "augment")]
    #[case("augment(rotation=15)", "augment")]
    #[case("augment( scale = 2e-1 ,flip=0)", "augment(flip=0,scale=0.2)")]
    #[case("hide(size=4,share=0.25)", "hide(size=4)")]
    #[case("hide-salient(share=1e-1)", "hide-salient(share=0.1)")]
    #[case("focus", "focus")]
    #[case("shuffled-labels", "shuffled-labels")]
    fn texts_read_as_feeds_and_back(#[case] text: &str, #[case] plain: &str) {
        let feed = Feed::parse(text).expect("a feed");
        assert_eq!(feed.to_string(), plain);
        assert_eq!(Feed::parse(plain), Ok(feed));
    }

    #[rstest]
    #[case(
        "",
        "train.feed should be one of plain, augment, hide, hide-salient, focus, shuffled-labels, but is ''"
    )]
    #[case(
        "shuffle",
        "train.feed should be one of plain, augment, hide, hide-salient, focus, shuffled-labels, but is 'shuffle'"
    )]
    #[case("shuffled-labels(seed=1)", "train.feed: shuffled-labels has no parameter 'seed'; it has none")]
    #[case("plain(rotation=1)", "train.feed: plain has no parameter 'rotation'; it has none")]
    #[case("augment(turn=1)", "train.feed: augment has no parameter 'turn'; it has flip, rotation")]
    #[case("augment(rotation=-1)", "train.feed: rotation of augment should be 0 to 180, but is '-1'")]
    #[case("augment(scale=1)", "train.feed: scale of augment should be 0 to 0.9, but is '1'")]
    #[case(
        "hide(size=2.5)",
        "train.feed: size of hide should be a whole number from 1 to 4096, but is '2.5'"
    )]
    #[case("hide(size=0)", "train.feed: size of hide should be a whole number from 1 to 4096, but is '0'")]
    #[case("hide-salient(share=2)", "train.feed: share of hide-salient should be 0 to 1, but is '2'")]
    #[case("focus(share=nan)", "train.feed: share of focus should be 0 to 1, but is 'nan'")]
    #[case("augment(flip=1", "train.feed: 'augment(flip=1' should end in ')'")]
    fn texts_that_are_no_feed_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = Feed::parse(text).unwrap_err();
        assert!(message.starts_with(says), "{message}");
    }

    #[test]
    fn every_kind_keeps_order_and_size_and_draws_for_a_slice_alone() {
        for kind in KINDS {
            let feed = Feed::parse(kind.name).expect(kind.name);
            assert!(kind.parameters.iter().all(|parameter| parameter.range.contains(parameter.default)));
            let draw = Draw { seed: 3, epoch: 2 };
            let slices = [slice(0, 1), slice(0, 2), slice(1, 1)];
            let together = feed.change(slices.to_vec(), &draw, &maps(&feed, &slices));
            let places: Vec<_> = together.iter().map(|slice| (slice.volume, slice.depth)).collect();
            assert_eq!(places, [(0, 1), (0, 2), (1, 1)], "{}", kind.name);
            assert!(together.iter().all(|slice| slice.image.len() == 64 && slice.mask.len() == 64));
            for (one, among) in slices.iter().zip(&together) {
                let map = maps(&feed, std::slice::from_ref(one));
                assert_eq!(feed.change(vec![one.clone()], &draw, &map)[0], *among, "{}", kind.name);
            }
        }
    }

    #[test]
    fn what_a_feed_draws_does_not_depend_on_threads() {
        for kind in KINDS {
            let feed = Feed::parse(kind.name).expect(kind.name);
            let changed = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                let slices: Vec<Slice> = (0..40).map(|depth| slice(2, depth)).collect();
                let maps = maps(&feed, &slices);
                pool.install(|| feed.change(slices, &Draw { seed: 1, epoch: 1 }, &maps))
            };
            assert_eq!(changed(1), changed(3), "{}", kind.name);
        }
    }
}
