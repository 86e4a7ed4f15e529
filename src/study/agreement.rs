//! How alike the masks are that two networks of a seed predict on images as they are, without an attack.

use super::prepared::Prepared;
use crate::metrics::{Overlap, mean};
use crate::predictor::{Predictor, gather};
use serde::{Deserialize, Serialize};

/// Slices that are predicted at a time.
const BATCH: usize = 256;

/// A row of `agreement.csv`: two networks on one test volume.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AgreementRow {
    /// Loss of one network.
    pub first: String,
    /// Loss of the other.
    pub second: String,
    /// Volume id.
    pub volume: String,
    /// Hard Dice between the two predicted masks, mean over the volume's test slices; two empty masks
    /// agree.
    pub dice: f64,
}

/// Every pair of `networks`, given by loss, on every test volume.
pub fn agreement(networks: &[(String, &Predictor)], prepared: &Prepared) -> Vec<AgreementRow> {
    let masks: Vec<Vec<Vec<bool>>> =
        networks.iter().map(|(_, predictor)| masks(predictor, prepared)).collect();
    let mut rows = Vec::new();
    for first in 0..networks.len() {
        for second in first + 1..networks.len() {
            for (volume, range) in prepared.test_volumes() {
                let scores: Vec<f64> = range
                    .map(|slice| Overlap::of(&masks[first][slice], &masks[second][slice]).dice())
                    .collect();
                rows.push(AgreementRow {
                    first: networks[first].0.clone(),
                    second: networks[second].0.clone(),
                    volume: prepared.ids[volume].clone(),
                    dice: mean(&scores),
                });
            }
        }
    }
    rows
}

/// Predicted masks of the test slices, over the scanned pixels.
fn masks(predictor: &Predictor, prepared: &Prepared) -> Vec<Vec<bool>> {
    let mut masks = Vec::new();
    for part in prepared.test.chunks(BATCH) {
        let logits = predictor.logits(&gather(part.iter()).0);
        masks.extend(
            part.iter()
                .zip(logits.chunks(predictor.pixels()))
                .map(|(slice, logits)| slice.region.pixels().map(|pixel| logits[pixel] > 0.0).collect()),
        );
    }
    masks
}
