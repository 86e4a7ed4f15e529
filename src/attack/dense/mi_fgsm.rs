//! Momentum iterative FGSM: T steps of radius / T from the clean image along the momentum `m <- decay m + g / |g|_1`, by
//! its sign or for L2 at length 1 (Y. Dong and others, CVPR 2018, Alg. 1 and Eq. 9).

use super::{Kind, Losses, STEPS};
use crate::attack::victim::Queries;
use crate::rules::Range;
use crate::rules::parameter::Parameter;

const DECAY: Parameter = Parameter {
    name: "decay",
    default: 1.0,
    range: Range::AtLeast(0.0),
    meaning: "what is left of the momentum",
};

pub(super) const KIND: Kind = Kind {
    name: "mi-fgsm",
    title: "MI-FGSM",
    parameters: &[Parameter { default: 10.0, ..STEPS }, DECAY],
    losses: Losses::Chosen("training"),
    starts: false,
    queries: |values| Queries::gradients(values[0] as usize),
    run: |climbs, ascent, values| {
        let (steps, decay) = (values[0] as usize, values[1]);
        let mut momenta: Vec<Vec<f64>> = climbs.iter().map(|climb| vec![0.0; climb.values.len()]).collect();
        for step in 0..steps {
            let seen = ascent.look(climbs, step as f64 / steps as f64)?;
            for ((climb, seen), momentum) in climbs.iter_mut().zip(seen).zip(&mut momenta) {
                let length = seen.gradient.iter().map(|value| value.abs()).sum::<f64>();
                let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
                let fresh = momentum.iter_mut().zip(&seen.gradient);
                fresh.for_each(|(old, value)| *old = decay * *old + value * inverse);
                let along = climb.steepest(momentum);
                climb.step(&along, 1.0 / steps as f64);
            }
        }
        Ok(())
    },
};
