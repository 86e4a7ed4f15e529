//! What a sparse attack asks a network: the harm of images, some at a time, and gradients of a loss.

use super::harm::Harm;
use super::search::Search;
use crate::attack::dense::loss::Loss;
use crate::attack::victim::Victim;
use crate::network::finite::NotFinite;
use std::sync::Mutex;

/// Images that are made before they pass through the network, so that memory does not grow with the search.
const TOGETHER: usize = 128;

/// A network under a sparse attack.
pub struct Oracle<'a> {
    /// The network.
    pub victim: &'a Victim<'a>,
    /// The loss that is raised, not that of the training but which that is; none where the attack raises none.
    pub loss: Option<&'a Loss>,
}

/// What a gradient tells of one image.
pub struct Seen {
    /// Its harm.
    pub harm: Harm,
    /// The derivative of the loss by each value of the image.
    pub gradient: Vec<f32>,
}

impl Oracle<'_> {
    /// The harm of `count` images, of which `make` tells by number the search that it is for and the image. One pass
    /// forward each.
    ///
    /// # Errors
    /// [`NotFinite`] where a logit is NaN or infinite.
    pub fn harms(
        &self,
        searches: &[Search],
        count: usize,
        make: impl Fn(usize) -> (usize, Vec<f32>),
    ) -> Result<Vec<Harm>, NotFinite> {
        let mut harms = Vec::with_capacity(count);
        for start in (0..count).step_by(TOGETHER) {
            let made: Vec<(usize, Vec<f32>)> = (start..count.min(start + TOGETHER)).map(&make).collect();
            let images: Vec<f32> = made.iter().flat_map(|(_, image)| image).copied().collect();
            let logits = self.victim.logits(&images)?;
            let answers = made.iter().zip(logits.chunks(self.victim.pixels()));
            harms
                .extend(answers.map(|((search, _), logits)| Harm::of(searches[*search].trial.slice, logits)));
        }
        Ok(harms)
    }

    /// Harm and gradient of an image of each of `searches`, of which `progress` tells how far each is, 0 to 1. One pass forward
    /// and back each; zero where the attack raises no loss.
    ///
    /// # Errors
    /// [`NotFinite`] where a gradient or a logit is NaN or infinite.
    pub fn look(
        &self,
        searches: &[&mut Search],
        images: &[Vec<f32>],
        progress: impl Fn(&Search) -> f64,
    ) -> Result<Vec<Seen>, NotFinite> {
        let harms = Mutex::new(vec![Harm::NONE; searches.len()]);
        let pixels = self.victim.pixels();
        let asked: Vec<_> = searches.iter().map(|search| (search.trial.slice, progress(search))).collect();
        let gradient = self.victim.gradient(&images.concat(), |numbers, logits| {
            let mut slopes = Vec::with_capacity(logits.len());
            for (number, logits) in numbers.zip(logits.chunks(pixels)) {
                let (slice, progress) = asked[number];
                slopes.extend(match self.loss {
                    Some(loss) => loss.slope(logits, slice, None, progress, self.victim).1,
                    None => vec![0.0; logits.len()],
                });
                if let Ok(mut harms) = harms.lock() {
                    harms[number] = Harm::of(slice, logits);
                }
            }
            slopes
        })?;
        let harms = harms.into_inner().unwrap_or_default();
        let length = images.first().map_or(1, Vec::len);
        let seen = harms.into_iter().zip(gradient.chunks(length));
        Ok(seen.map(|(harm, gradient)| Seen { harm, gradient: gradient.to_vec() }).collect())
    }
}
