//! The maps of example slices by every method of the study.

use crate::definition::study::Study;
use crate::image::slice::Slice;
use crate::records::example_maps::ExampleMap;
use crate::saliency::Question;
use crate::saliency::method::{ExplainError, Explainer};
use crate::saliency::positions::Positions;

/// Those of each of `slices` under the network of `question`; nothing where the study names no methods. `first` are the
/// maps of its first method, which are at hand.
///
/// # Errors
/// [`ExplainError`] where a number is not finite or a method does not fit.
pub fn of(
    study: &Study,
    question: &Question,
    slices: &[Slice],
    first: &[f32],
) -> Result<Vec<Vec<ExampleMap>>, ExplainError> {
    let mut by_slice = vec![Vec::new(); slices.len()];
    if !study.names_methods() {
        return Ok(by_slice);
    }
    for (place, explainer) in study.explainers.iter().enumerate() {
        match place {
            0 => keep(&mut by_slice, explainer, question, slices, first),
            _ => keep(&mut by_slice, explainer, question, slices, &explainer.maps(question)?),
        }
    }
    Ok(by_slice)
}

/// Adds the maps of one method.
fn keep(
    by_slice: &mut [Vec<ExampleMap>],
    explainer: &Explainer,
    question: &Question,
    slices: &[Slice],
    maps: &[f32],
) {
    let each = maps.chunks(question.image()).zip(slices);
    for ((map, slice), kept) in each.zip(by_slice) {
        let positions = Positions::of(map, slice.mask.len());
        let values: Vec<f32> = slice.region.pixels().map(|pixel| positions.signed(pixel)).collect();
        kept.push(ExampleMap::of(explainer.to_string(), &values));
    }
}
