//! Pixel attacks: each way of choosing pixels is a file of this folder and a line in [`ATTACKS`]; the
//! harness in [`budget`], never the attack, sees to it that the budget holds.

pub mod budget;
mod ranked;

use crate::image::region::Region;
use crate::saliency::positions::Positions;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// What an attack may look at.
pub struct Target<'a> {
    /// The saliency map of the padded slice: a plane for each channel in turn, signed, row-major. Empty where
    /// the attack reads none.
    pub saliency: &'a [f32],
    /// The true mask, one plane in the same order.
    pub mask: &'a [bool],
    /// The scanned pixels; no other may be chosen.
    pub region: &'a Region,
    /// Scanned pixels that may not be chosen, ascending.
    pub ignored: &'a [usize],
}

impl<'a> Target<'a> {
    /// The saliency map by position.
    pub fn positions(&self) -> Positions<'a> {
        Positions::of(self.saliency, self.mask.len())
    }

    /// Indices of the pixels that may be chosen, ascending.
    pub fn pixels(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.region.without(self.ignored)
    }

    /// Number of pixels that may be chosen.
    pub fn area(&self) -> usize {
        self.region.area() - self.ignored.len()
    }

    /// Whether `pixel` may be chosen.
    pub fn allows(&self, pixel: usize) -> bool {
        self.region.contains(pixel) && self.ignored.binary_search(&pixel).is_err()
    }
}

/// A way of choosing pixels.
pub struct Attack {
    /// Name in study files and records.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Whether the choice draws random numbers, so that trials differ.
    pub draws: bool,
    /// Whether the choice reads the saliency map, so that another network's map changes it.
    pub reads_saliency: bool,
    /// The `most` pixels to attack first, in order: a budget of N takes the first N.
    pub order: fn(target: &Target, most: usize, generator: &mut ChaCha8Rng) -> Vec<usize>,
}

/// By its name: what it does has none.
impl fmt::Debug for Attack {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Attack({})", self.name)
    }
}

/// Every attack.
pub const ATTACKS: &[Attack] = ranked::ATTACKS;

/// The attack called `name`.
pub fn find(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().find(|attack| attack.name == name)
}

/// Name of an attack for tables and figures; the name itself where it is unknown.
pub fn title(name: &str) -> &str {
    find(name).map_or(name, |attack| attack.title)
}
