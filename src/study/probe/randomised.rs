//! The maps of one slice of each test volume under networks that differ from the cell's, and how alike they are.

use super::Probed;
use super::sample::Sample;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::random::stream;
use crate::records::checks::SanityRow;
use crate::saliency::Scalar;
use crate::similarity::{Pair, SIMILARITIES};
use crate::study::StudyError;

/// The maps of each method, each of its slices, as [`Sample::maps`] gives them.
pub(super) type Maps = Vec<Vec<Vec<f64>>>;

pub(super) struct Randomised<'a> {
    pub(super) probed: &'a Probed<'a>,
    pub(super) sample: &'a Sample,
}

impl Randomised<'_> {
    /// `weights` with those of one layer drawn anew: the same for every network of a seed.
    pub(super) fn redrawn(&self, weights: &Weights, layer: &str, draw: usize) -> Weights {
        let [seed, draw] = [self.probed.seed, draw as u64].map(|number| number.to_string());
        weights.redrawn(layer, &mut stream(&[&seed, "sanity", layer, &draw]))
    }

    /// `weights` with those of every layer drawn anew.
    pub(super) fn redrawn_throughout(&self, weights: &Weights, draw: usize) -> Weights {
        let plan = weights.config().plan();
        plan.weighted().fold(weights.clone(), |weights, layer| self.redrawn(&weights, layer, draw))
    }

    /// The maps of the study's methods under the network of `weights`.
    pub(super) fn maps(&self, weights: &Weights) -> Result<Maps, StudyError> {
        let Probed { study, prepared, loss, device, .. } = self.probed;
        let predictor = open::predictor(weights, device, prepared.size);
        let question = self.sample.question(&predictor, Scalar { output: study.output, loss })?;
        let each = study.explainers.iter().map(|explainer| self.sample.maps(explainer, &question));
        Ok(each.collect::<Result<_, _>>()?)
    }

    /// A row for each method, measure and volume.
    pub(super) fn compared(
        &self,
        one: &Maps,
        other: &Maps,
        layer: &str,
        randomisation: &str,
    ) -> Vec<SanityRow> {
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
