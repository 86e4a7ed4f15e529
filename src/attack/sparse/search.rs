//! One image that a sparse attack looks for: what it may spend and the best that it has found.

use super::harm::Harm;
use crate::attack::trial::Trial;

/// A pixel and the value of each channel that replaces it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its index.
    pub pixel: usize,
    /// A value a channel.
    pub values: Vec<f32>,
}

/// A search for the changes of one slice that do most harm.
pub struct Search<'a> {
    /// The slice.
    pub trial: Trial<'a>,
    /// Pixels that may change: at least one, at most as many as [`Self::pixels`].
    pub count: usize,
    /// The least and the largest value that may replace them.
    pub span: [f32; 2],
    /// Those that may be chosen, ascending.
    pub pixels: Vec<usize>,
    /// The best changes so far, of distinct pixels.
    pub changes: Vec<Change>,
    /// What they do; infinite Dice where nothing was tried.
    pub harm: Harm,
}

impl<'a> Search<'a> {
    /// At the clean image of a trial, of which nothing is known.
    pub fn new(trial: Trial<'a>, count: usize, span: [f32; 2]) -> Self {
        let pixels = trial.slice.pixels().collect();
        Self { trial, count, span, pixels, changes: Vec::new(), harm: Harm::NONE }
    }

    /// The slice's image under `changes`; of several of one pixel the last counts.
    pub fn image(&self, changes: &[Change]) -> Vec<f32> {
        let mut image = self.trial.slice.image.clone();
        let plane = self.trial.slice.mask.len();
        for Change { pixel, values } in changes {
            for (channel, &value) in values.iter().enumerate() {
                image[channel * plane + pixel] = value;
            }
        }
        image
    }

    /// The values of a pixel without an attack, a channel each.
    pub fn clean(&self, pixel: usize) -> impl Iterator<Item = f32> + '_ {
        self.trial.slice.image[pixel..].iter().step_by(self.trial.slice.mask.len()).copied()
    }

    /// The pixels that are changed.
    pub fn changed(&self) -> Vec<usize> {
        self.changes.iter().map(|change| change.pixel).collect()
    }

    /// Keeps `changes` where they do more harm than all before.
    pub fn hear(&mut self, changes: Vec<Change>, harm: Harm) -> bool {
        let better = harm.beats(&self.harm);
        if better {
            (self.changes, self.harm) = (changes, harm);
        }
        better
    }
}
