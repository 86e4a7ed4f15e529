//! Projected gradient descent: steps of a share of the radius along the sign of the gradient, or for L2 along the
//! gradient at length 1, each projected back into the ball and the images' range; the last image counts (A. Madry and
//! others, ICLR 2018). Twenty steps of 0.125 are their 2.5 radii in all.

use super::ascent::Ascent;
use super::climb::Climb;
use super::{Kind, Losses, RESTARTS, STEP, STEPS};
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;
use crate::rules::parameter::Parameter;

/// What it and its kin can be told.
pub(super) const PARAMETERS: &[Parameter] = &[STEPS, STEP, RESTARTS];

pub(super) const KIND: Kind = Kind {
    name: "pgd",
    title: "PGD",
    parameters: PARAMETERS,
    losses: Losses::Chosen("training"),
    starts: true,
    queries,
    run,
};

pub(super) fn queries(values: &[f64]) -> Queries {
    Queries::gradients(values[0] as usize)
}

pub(super) fn run(climbs: &mut [Climb], ascent: &Ascent, values: &[f64]) -> Result<(), NotFinite> {
    let (steps, share) = (values[0] as usize, values[1]);
    for step in 0..steps {
        let seen = ascent.look(climbs, step as f64 / steps as f64)?;
        for (climb, seen) in climbs.iter_mut().zip(seen) {
            let along = climb.steepest(&seen.gradient);
            climb.step(&along, share);
        }
    }
    Ok(())
}
