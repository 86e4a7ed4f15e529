//! Fast gradient sign method: one step of the whole radius from the clean image, `x + r sign(g)`, or for L2
//! `x + r g / |g|` (I. J. Goodfellow, J. Shlens and C. Szegedy, ICLR 2015, the paper's reference 13).

use super::{Kind, Losses};
use crate::attack::victim::Queries;

pub(super) const KIND: Kind = Kind {
    name: "fgsm",
    title: "FGSM",
    parameters: &[],
    losses: Losses::Chosen("training"),
    starts: false,
    queries: |_| Queries::gradients(1),
    run: |climbs, ascent, _| {
        let seen = ascent.look(climbs, 0.0)?;
        for (climb, seen) in climbs.iter_mut().zip(seen) {
            let along = climb.steepest(&seen.gradient);
            climb.step(&along, 1.0);
        }
        Ok(())
    },
};
