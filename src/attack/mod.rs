//! Pixel attacks: each way of choosing pixels is a file of this folder and a line in [`ATTACKS`]; the
//! harness in [`budget`], never the attack, sees to it that the budget holds.

pub mod budget;
mod ranked;

use crate::image::slices::Region;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// What an attack may look at.
pub struct Target<'a> {
    /// Saliency of each pixel of the padded slice, signed, row-major.
    pub saliency: &'a [f32],
    /// The true mask, same order.
    pub mask: &'a [bool],
    /// The scanned pixels; no other may be chosen.
    pub region: &'a Region,
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
