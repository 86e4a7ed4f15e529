//! Whether maps depend on what a network learned: `sanity.csv`. J. Adebayo and others, "Sanity checks for saliency maps",
//! NeurIPS 2018: the weights of layers are drawn anew from their initial distribution, from the output back to each layer in
//! turn (cascading) and one layer at a time (independent), and each method's map is compared with the one before. A map that
//! stays as it was does not explain the network.
//!
//! Chance is how alike the maps of two networks are that were both drawn anew throughout, each from its own stream: what a
//! method makes of an image and of the architecture alone. Shuffled positions would not do: they are unlike anything smooth.

use super::randomised::Randomised;
use super::sample::Sample;
use super::{Asked, Passes, Probe, Probed};
use crate::definition::saliency::Check;
use crate::records::checks::{CASCADING, CHANCE, INDEPENDENT, SANITY, SanityRow};
use crate::records::files::write_csv;
use crate::study::StudyError;

pub(super) const PROBE: Probe = Probe {
    file: SANITY,
    check: Some(Asked {
        check: Check::Sanity,
        // Before, each layer alone and with those behind it, and another network.
        passes: |study| Passes { maps: 2 * study.model.plan().weighted().count() + 2, forward: 0 },
        trainings: 0,
    }),
    run: |probed, path| Ok(write_csv(path, &rows(probed)?)?),
};

fn rows(probed: &Probed) -> Result<Vec<SanityRow>, StudyError> {
    let Some(trained) = probed.weights else {
        let fault =
            "saliency.checks: sanity draws a network's weights anew, which are not at hand: leave it out";
        return Err(StudyError::Request(fault.to_string()));
    };
    let sample = Sample::of(probed.prepared, probed.seed)?;
    let randomised = Randomised { probed, sample: &sample };
    let plan = trained.config().plan();
    let mut layers: Vec<&str> = plan.weighted().collect();
    layers.reverse();
    let (before, total) = (randomised.maps(trained)?, 2 * layers.len() + 1);
    let (mut rows, mut cascaded, mut drawn) = (Vec::new(), trained.clone(), before.clone());
    for (number, layer) in layers.iter().enumerate() {
        (probed.progress)(2 * number, total, &format!("sanity, {layer}"));
        cascaded = randomised.redrawn(&cascaded, layer, 0);
        drawn = randomised.maps(&cascaded)?;
        rows.extend(randomised.compared(&before, &drawn, layer, CASCADING));
        let alone = randomised.maps(&randomised.redrawn(trained, layer, 0))?;
        rows.extend(randomised.compared(&before, &alone, layer, INDEPENDENT));
    }
    let other = randomised.maps(&randomised.redrawn_throughout(trained, 1))?;
    rows.extend(randomised.compared(&drawn, &other, "", CHANCE));
    Ok(rows)
}
