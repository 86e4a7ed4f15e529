//! How far the saliency map of each test slice spreads: `saliency.csv`.

use super::Probe;
use crate::records::cell::SALIENCY;
use crate::records::saliency::{SaliencyRow, write_saliency};
use crate::saliency::positions::Positions;
use crate::spread;
use crate::study::StudyError;
use crate::study::maps::MethodMaps;
use crate::study::prepared::Prepared;

pub(super) const PROBE: Probe = Probe {
    file: SALIENCY,
    check: None,
    run: |probed, path| {
        let of = |method: &MethodMaps| spread_rows(probed.prepared, method);
        let rows = probed.maps.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        Ok(write_saliency(path, &rows.concat())?)
    },
};

/// Spread of each slice's map over the scanned pixels, channels summed. A pixel to ignore weighs nothing.
fn spread_rows(prepared: &Prepared, method: &MethodMaps) -> Result<Vec<SaliencyRow>, StudyError> {
    let mut rows = Vec::with_capacity(prepared.test.len());
    for number in 0..prepared.test.len() {
        let slice = prepared.test.get(number)?;
        let map = method.maps.read(number)?;
        let positions = Positions::of(&map, slice.mask.len());
        let weight = |pixel: usize| match slice.ignored.binary_search(&pixel) {
            Ok(_) => 0.0,
            Err(_) => positions.magnitude(pixel),
        };
        let gradient: Vec<f32> = slice.region.pixels().map(weight).collect();
        let zeros = gradient.iter().filter(|&&value| value == 0.0).count();
        let mask = slice.region.crop(&slice.mask);
        let measures = spread::measure_all(&gradient, &mask, slice.region.width);
        rows.push(SaliencyRow {
            method: method.name.clone(),
            volume: prepared.volumes[slice.volume].id.clone(),
            depth: slice.depth,
            zero_pixels: zeros - slice.ignored.len(),
            measures: measures.into_iter().map(|(_, value)| value).collect(),
        });
    }
    Ok(rows)
}
