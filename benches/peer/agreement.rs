//! Whether a contender computes what PyTorch computes: its logits, its maps, its losses. Not its masks or what is
//! made of them, which one rounding tips where a logit lies at the threshold.

use std::collections::BTreeMap;

/// How far apart arrays may be, as a share of their size: two programs that round differently.
const LOGITS: f64 = 1e-3;
/// The same of gradients, where rounding tips a ReLU or a pooling over.
const MAPS: f64 = 1e-2;
/// The same of losses, over steps that build on each other.
const LOSSES: f64 = 2e-2;

/// What PyTorch gives.
pub struct Expected {
    /// Logits of clean images, then of the same with the largest budget of Fig. 5 spent.
    pub logits: Vec<f32>,
    /// Gradients of the clean images.
    pub maps: Vec<f32>,
    /// Loss of each training step.
    pub losses: Vec<f32>,
    /// What the one engine that does a work gives, by work.
    pub others: BTreeMap<&'static str, Vec<f32>>,
}

impl Expected {
    /// Why `ours`, the arrays that `work` rests on, do not count as the same; none where they do.
    pub fn fault(&self, work: &str, ours: &[f32]) -> Option<String> {
        let (what, theirs, most) = match work {
            "saliency" => ("maps", &self.maps, MAPS),
            "train" => ("losses", &self.losses, LOSSES),
            work => match self.others.get(work) {
                Some(maps) => ("maps", maps, MAPS),
                None => ("logits", &self.logits, LOGITS),
            },
        };
        if ours.len() != theirs.len() {
            return Some(format!("{} values of {what} for {}", ours.len(), theirs.len()));
        }
        let off = distance(ours, theirs);
        // Not a number is not near.
        (off.is_nan() || off > most)
            .then(|| format!("{what} are off by {off:.1e} of their size, more than {most:.0e}"))
    }
}

/// Sum of the distances between two arrays over the sum of the second's sizes.
fn distance(ours: &[f32], theirs: &[f32]) -> f64 {
    let size: f64 = theirs.iter().map(|value| f64::from(value.abs())).sum();
    let off: f64 = ours.iter().zip(theirs).map(|(a, b)| f64::from((a - b).abs())).sum();
    off / size.max(f64::MIN_POSITIVE)
}
