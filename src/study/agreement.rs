//! How alike the masks are that two networks predict on images as they are, without an attack.

use crate::image::gather::gather;
use crate::image::overlap::{Overlap, mean};
use crate::image::predicted::predicted_mask;
use crate::image::slice::Slice;
use crate::network::chunked::Predictor;
use crate::network::finite::NotFinite;
use crate::records::rows::AgreementRow;
use crate::study::StudyError;
use crate::study::prepared::Prepared;

/// Every pair of `networks`, given by loss, on every test volume; with `others`, every one with each of those.
///
/// # Errors
/// [`StudyError`] where a slice cannot be read or a network's numbers are not finite.
pub fn agreement(
    networks: &[(String, &Predictor)],
    others: Option<&[(String, &Predictor)]>,
    prepared: &Prepared,
) -> Result<Vec<AgreementRow>, StudyError> {
    let count = networks.len();
    let all: Vec<&(String, &Predictor)> = networks.iter().chain(others.into_iter().flatten()).collect();
    let partners = |first: usize| if others.is_some() { count..all.len() } else { first + 1..count };
    let pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|first| partners(first).map(move |second| (first, second))).collect();
    let mut rows: Vec<Vec<AgreementRow>> = vec![Vec::new(); pairs.len()];
    for (volume, range) in prepared.test_volumes() {
        let slices = prepared.test.read(range)?;
        let images = gather(&slices).0;
        let masks = all.iter().map(|(_, predictor)| masks(predictor, &slices, &images));
        let masks: Vec<Vec<Vec<bool>>> = masks.collect::<Result<_, _>>()?;
        for (&(first, second), rows) in pairs.iter().zip(&mut rows) {
            let both = masks[first].iter().zip(&masks[second]);
            let scores: Vec<f64> = both.map(|(first, second)| Overlap::of(first, second).dice()).collect();
            rows.push(AgreementRow {
                first: all[first].0.clone(),
                second: all[second].0.clone(),
                volume: prepared.volumes[volume].id.clone(),
                dice: mean(&scores),
            });
        }
    }
    Ok(rows.concat())
}

/// Predicted masks of slices, over the pixels that are scored.
fn masks(predictor: &Predictor, slices: &[Slice], images: &[f32]) -> Result<Vec<Vec<bool>>, NotFinite> {
    let logits = predictor.logits(images)?;
    let predicted = slices.iter().zip(logits.chunks(predictor.pixels()));
    Ok(predicted.map(|(slice, logits)| predicted_mask(logits, slice.pixels())).collect())
}
