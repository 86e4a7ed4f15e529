//! Adversarial training (I. J. Goodfellow and others, ICLR 2015; A. Madry and others, ICLR 2018): every training batch is
//! replaced by its attacked form, made anew at every step by the attack of [`crate::attack::dense`] that the study names,
//! within a ball about what the feed gives. Masks stay.
//!
//! The attack meets the network as it would be used now: batch norm takes its running statistics, so that a slice's attack
//! does not depend on those beside it, as in a test. The step itself takes the attacked batch's statistics, and running
//! statistics are those of attacked batches. T. Pang and others (ICLR 2021) compare both modes of making them: this one
//! keeps more of the clean score at like robustness.

use crate::attack::ball::{Ball, Norm};
use crate::attack::budget::{Budget, BudgetError};
use crate::attack::dense::text::Dense;
use crate::attack::harness::perturbed;
use crate::attack::trial::Trial;
use crate::attack::victim::Victim;
use crate::attack::{Attack, Wanted};
use crate::image::slice::Slice;
use crate::rules::{Range, should};
use serde::{Deserialize, Serialize};

/// What attacks the slices of a training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adversary {
    /// The attack; the training's own loss is what it raises by default.
    pub attack: Dense,
    /// How far is measured.
    pub norm: Norm,
    /// How far it goes, in the images' own units, those of `data.intensity`; above 0.
    pub radius: f64,
}

/// The field `train.attack` as it is written: an attack, or `none`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Switch {
    /// No attack, whatever norm and radius stand beside it, such as those that an arm takes over from its study.
    Off,
    /// An attack.
    On(Dense),
}

impl TryFrom<String> for Switch {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim() == "none" {
            return Ok(Self::Off);
        }
        let with_none =
            |fault: String| fault.replace("attack should be one of ", "attack should be one of none, ");
        let attack = Dense::parse(&text).map_err(with_none)?;
        match attack.needs_other_slices() {
            false => Ok(Self::On(attack)),
            true => Err(format!(
                "train.attack ({attack}) leads to another slice's mask, which a training does not know: leave out target, or take target=empty"
            )),
        }
    }
}

/// What names the random starts of a step.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// Seed of the training.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
}

impl Adversary {
    /// That of the fields `train.attack`, `train.norm` (L-infinity where it is absent) and `train.radius`; none where all
    /// are absent, or the attack is switched off.
    ///
    /// # Errors
    /// A line that names the field that is missing or wrong.
    pub(super) fn of(
        attack: Option<Switch>,
        norm: Option<Norm>,
        radius: Option<f64>,
    ) -> Result<Option<Self>, String> {
        let attack = match attack {
            None => None,
            Some(Switch::Off) => return Ok(None),
            Some(Switch::On(attack)) => Some(attack),
        };
        match (attack, norm, radius) {
            (None, None, None) => Ok(None),
            (None, ..) => {
                Err("train.norm and train.radius need train.attack, such as pgd(steps=5)".to_string())
            }
            (Some(attack), _, None) => {
                Err(format!("train.attack ({attack}) needs train.radius, such as 0.004: how far it goes"))
            }
            (Some(attack), norm, Some(radius)) => {
                // In the single precision of images, which has no number as small as some that a study can write.
                should(radius as f32 > 0.0 && radius.is_finite(), "train.radius", Range::Above(0.0), radius)?;
                Ok(Some(Self { attack, norm: norm.unwrap_or(Norm::Linf), radius }))
            }
        }
    }

    /// Gradients that it takes of each slice.
    pub(super) fn gradients(&self) -> usize {
        self.attack.queries().backward
    }

    /// Attacks the images of `slices`, whose intensities lie in `range`, under the network of `victim`.
    ///
    /// # Errors
    /// [`BudgetError`] where the network's numbers are not finite or the attack breaks its budget.
    pub(super) fn change(
        &self,
        slices: &mut [Slice],
        range: [f32; 2],
        moment: Moment,
        victim: &Victim,
    ) -> Result<(), BudgetError> {
        let budget = Budget::Ball(Ball { norm: self.norm, radius: self.radius as f32, range });
        let seed = format!("training {}", moment.seed);
        let volumes: Vec<String> = slices.iter().map(|slice| slice.volume.to_string()).collect();
        let wanted = slices.iter().zip(&volumes).map(|(slice, volume)| Wanted {
            trial: Trial { slice, saliency: &[], volume, seed: &seed, number: moment.epoch },
            budgets: vec![budget],
        });
        let images = perturbed(&self.attack, &wanted.collect::<Vec<_>>(), victim)?;
        let mut rest = images.as_slice();
        for slice in slices {
            let (image, behind) = rest.split_at(slice.image.len());
            slice.image.copy_from_slice(image);
            rest = behind;
        }
        Ok(())
    }
}
