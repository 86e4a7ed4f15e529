//! Whether maps depend on what a network learned: `sanity.csv`. J. Adebayo and others, "Sanity checks for saliency maps",
//! NeurIPS 2018: the weights of layers are drawn anew from their initial distribution, from the output back to each layer in
//! turn (cascading) and one layer at a time (independent), and each method's map is compared with the one before. A map that
//! stays as it was does not explain the network.
//!
//! Chance is how alike the maps of two networks are that were both drawn anew throughout, each from its own stream: what a
//! method makes of an image and of the architecture alone. Shuffled positions would not do: they are unlike anything smooth.

use super::sample::Sample;
use super::{Asked, Passes, Probe, Probed};
use crate::definition::saliency::Check;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::random::stream;
use crate::records::checks::{CASCADING, CHANCE, INDEPENDENT, SANITY, SanityRow};
use crate::records::files::write_csv;
use crate::saliency::Scalar;
use crate::similarity::{Pair, SIMILARITIES};
use crate::study::StudyError;

pub(super) const PROBE: Probe = Probe {
    file: SANITY,
    check: Some(Asked {
        check: Check::Sanity,
        // Before, each layer alone and with those behind it, and another network.
        passes: |study| Passes { maps: 2 * study.model.plan().weighted().count() + 2, forward: 0 },
    }),
    run: |probed, path| {
        let sample = Sample::of(probed.prepared, probed.seed)?;
        Ok(write_csv(path, &Randomisation { probed, sample: &sample }.rows()?)?)
    },
};

/// The maps of each method, each of its slices, as [`Sample::maps`] gives them.
type Maps = Vec<Vec<Vec<f64>>>;

struct Randomisation<'a> {
    probed: &'a Probed<'a>,
    sample: &'a Sample,
}

impl Randomisation<'_> {
    fn rows(&self) -> Result<Vec<SanityRow>, StudyError> {
        let Some(trained) = self.probed.weights else {
            let fault =
                "saliency.checks: sanity draws a network's weights anew, which are not at hand: leave it out";
            return Err(StudyError::Request(fault.to_string()));
        };
        let plan = trained.config().plan();
        let mut layers: Vec<&str> = plan.weighted().collect();
        layers.reverse();
        let (before, total) = (self.maps(trained)?, 2 * layers.len() + 1);
        let (mut rows, mut cascaded, mut other) = (Vec::new(), trained.clone(), trained.clone());
        let mut drawn = before.clone();
        for (number, layer) in layers.iter().enumerate() {
            (self.probed.progress)(2 * number, total, &format!("sanity, {layer}"));
            cascaded = self.redrawn(&cascaded, layer, 0);
            other = self.redrawn(&other, layer, 1);
            drawn = self.maps(&cascaded)?;
            rows.extend(self.compared(&before, &drawn, layer, CASCADING));
            let alone = self.maps(&self.redrawn(trained, layer, 0))?;
            rows.extend(self.compared(&before, &alone, layer, INDEPENDENT));
        }
        rows.extend(self.compared(&drawn, &self.maps(&other)?, "", CHANCE));
        Ok(rows)
    }

    /// `weights` with those of one layer drawn anew: the same for every network of a seed.
    fn redrawn(&self, weights: &Weights, layer: &str, draw: usize) -> Weights {
        let [seed, draw] = [self.probed.seed, draw as u64].map(|number| number.to_string());
        weights.redrawn(layer, &mut stream(&[&seed, "sanity", layer, &draw]))
    }

    fn maps(&self, weights: &Weights) -> Result<Maps, StudyError> {
        let Probed { study, prepared, loss, device, .. } = self.probed;
        let predictor = open::predictor(weights, device, prepared.size);
        let question = self.sample.question(&predictor, Scalar { output: study.output, loss })?;
        let each = study.explainers.iter().map(|explainer| self.sample.maps(explainer, &question));
        Ok(each.collect::<Result<_, _>>()?)
    }

    /// A row for each method, measure and volume.
    fn compared(&self, one: &Maps, other: &Maps, layer: &str, randomisation: &str) -> Vec<SanityRow> {
        let mut rows = Vec::new();
        let methods = self.probed.study.explainers.iter().zip(one.iter().zip(other));
        for (method, (one, other)) in methods {
            for similarity in SIMILARITIES {
                for ((first, second), place) in one.iter().zip(other).zip(&self.sample.places) {
                    let value = (similarity.of)(&Pair { first, second, width: place.region.width });
                    rows.push(SanityRow {
                        method: method.to_string(),
                        layer: layer.to_string(),
                        randomisation: randomisation.to_string(),
                        measure: similarity.name.to_string(),
                        volume: place.volume.clone(),
                        value: value.is_finite().then_some(value as f32),
                    });
                }
            }
        }
        rows
    }
}
