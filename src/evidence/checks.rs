//! What the checks of ways of explaining say of one cell, by test volume.

use super::of_cell::ByVolume;
use crate::records::cell::Cell;
use crate::records::checks::{CASCADING, CHANCE, Checks, SanityRow};
use std::collections::BTreeMap;

/// How alike the maps of `method` are before and after every layer was drawn anew, by `measure`.
///
/// # Errors
/// A line where the cell has no such rows.
pub fn sanity<'a>(checks: &'a Checks, method: &str, measure: &str) -> Result<ByVolume<'a>, String> {
    // Layers stand in the order in which they were drawn anew, the last with all others.
    let last = checks.sanity.iter().rfind(|row| row.randomisation == CASCADING).map(|row| &row.layer);
    let all = |row: &&SanityRow| row.randomisation == CASCADING && Some(&row.layer) == last;
    found(checks.sanity.iter().filter(all).filter_map(|row| {
        let fits = row.method == method && row.measure == measure;
        fits.then_some((row.volume.as_str(), row.value))
    }))
    .ok_or_else(|| format!("no sanity check of {method} by {measure}: saliency.checks should name sanity"))
}

/// How alike the maps of `method` of two networks are that were drawn anew throughout.
pub fn chance<'a>(checks: &'a Checks, method: &str, measure: &str) -> Option<ByVolume<'a>> {
    found(checks.sanity.iter().filter_map(|row| {
        let fits = row.randomisation == CHANCE && row.method == method && row.measure == measure;
        fits.then_some((row.volume.as_str(), row.value))
    }))
}

/// `measure` of the maps of `method` alone.
///
/// # Errors
/// A line where the cell has no such rows.
pub fn faithfulness<'a>(checks: &'a Checks, method: &str, measure: &str) -> Result<ByVolume<'a>, String> {
    found(checks.faithfulness.iter().filter_map(|row| {
        let fits = row.other.is_empty() && row.method == method && row.measure == measure;
        fits.then_some((row.volume.as_str(), row.value))
    }))
    .ok_or_else(|| format!("no {measure} by {method}: saliency.checks should name faithfulness"))
}

/// The values that are defined; none where there is no row at all.
fn found<'a>(rows: impl Iterator<Item = (&'a str, Option<f32>)>) -> Option<ByVolume<'a>> {
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(rows.filter_map(|(volume, value)| Some((volume, [f64::from(value?), 1.0]))).collect())
}

/// The mean of one measure of the sanity check over the networks of a loss and their test volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct SanityMean {
    /// Loss.
    pub loss: String,
    /// Way of explaining.
    pub method: String,
    /// Layer that was drawn anew; empty for shuffled labels and chance.
    pub layer: String,
    /// How: see [`SanityRow::randomisation`].
    pub randomisation: String,
    /// Measure of similarity.
    pub measure: String,
    /// The mean over volumes of each network, then over networks; none where it is not defined for any volume.
    pub value: Option<f64>,
}

/// The means of every check of `cells`, in the order of the records.
pub fn sanity_means<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Vec<SanityMean> {
    let mut order: Vec<[&str; 5]> = Vec::new();
    let mut sums: BTreeMap<[&str; 5], BTreeMap<u64, [f64; 2]>> = BTreeMap::new();
    for cell in cells {
        let Checks { sanity, shuffled_labels, .. } = &cell.checks;
        // Both tables have the same chance.
        let more = shuffled_labels.iter().filter(|row| sanity.is_empty() || row.randomisation != CHANCE);
        for row in sanity.iter().chain(more) {
            let key = [
                cell.record.loss.as_str(),
                row.method.as_str(),
                row.layer.as_str(),
                row.randomisation.as_str(),
                row.measure.as_str(),
            ];
            let by_seed = sums.entry(key).or_insert_with(|| {
                order.push(key);
                BTreeMap::new()
            });
            if let Some(value) = row.value {
                let [sum, count] = by_seed.entry(cell.record.seed).or_default();
                (*sum, *count) = (*sum + f64::from(value), *count + 1.0);
            }
        }
    }
    let mean = |key: [&str; 5]| {
        let seeds: Vec<f64> = sums.get(&key)?.values().map(|[sum, count]| sum / count).collect();
        (!seeds.is_empty()).then(|| seeds.iter().sum::<f64>() / seeds.len() as f64)
    };
    let of = |key: &[&str; 5]| {
        let [loss, method, layer, randomisation, measure] = key.map(String::from);
        SanityMean { loss, method, layer, randomisation, measure, value: mean(*key) }
    };
    order.iter().map(of).collect()
}
