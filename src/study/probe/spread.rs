//! How far the saliency map of each test slice spreads: `saliency.csv`.

use super::Probe;
use crate::records::cell::SALIENCY;
use crate::records::saliency::{SaliencyRow, write_saliency};
use crate::spread;
use crate::study::StudyError;
use crate::study::maps::Maps;
use crate::study::prepared::Prepared;

pub(super) const PROBE: Probe = Probe {
    file: SALIENCY,
    run: |probed, path| Ok(write_saliency(path, &spread_rows(probed.prepared, probed.maps)?)?),
};

/// Spread of each slice's map, over the scanned pixels.
fn spread_rows(prepared: &Prepared, maps: &Maps) -> Result<Vec<SaliencyRow>, StudyError> {
    let mut rows = Vec::with_capacity(prepared.test.len());
    for number in 0..prepared.test.len() {
        let slice = prepared.test.get(number)?;
        let gradient = slice.region.crop(&maps.read(number)?);
        let mask = slice.region.crop(&slice.mask);
        let measures = spread::measure_all(&gradient, &mask, slice.region.width);
        rows.push(SaliencyRow {
            volume: prepared.volumes[slice.volume].id.clone(),
            depth: slice.depth,
            zero_pixels: gradient.iter().filter(|&&value| value == 0.0).count(),
            measures: measures.into_iter().map(|(_, value)| value).collect(),
        });
    }
    Ok(rows)
}
