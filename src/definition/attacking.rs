//! An attack of a study with the way of explaining whose maps it reads.

use crate::attack::{self, Attack};
use crate::saliency::method::Explainer;

/// An attack, and what explains to it; none where it reads no map.
#[derive(Clone, Copy)]
pub struct Attacking<'a> {
    /// The attack.
    pub attack: &'a dyn Attack,
    /// One of the study's explainers.
    pub explainer: Option<&'a Explainer>,
}

impl Attacking<'_> {
    /// Its name in tables and readings, as [`attack::by`] has it.
    pub fn name(&self) -> String {
        let method = self.explainer.map(Explainer::to_string).unwrap_or_default();
        attack::by(self.attack.name(), &method)
    }
}
