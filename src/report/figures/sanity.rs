//! The sanity checks as grids: how alike the maps of each method are before and after layers were drawn anew.

use crate::draw::canvas::DrawError;
use crate::draw::share_grid::ShareGrid;
use crate::evidence::checks::{SanityMean, sanity_means};
use crate::records::checks::{CASCADING, CHANCE, INDEPENDENT};
use crate::records::run::Run;
use crate::report::figure::{Figure, Part};
use crate::report::table::Table;
use crate::saliency::method::Explainer;

/// The measure that the grids show; all are in their numbers.
const SHOWN: &str = "absolute-rank";

/// A grid for each way of drawing anew, where the study asked for the check.
///
/// # Errors
/// What plotters says.
pub fn figures(run: &Run) -> Result<Vec<Figure>, DrawError> {
    let means = sanity_means(&run.cells);
    if means.is_empty() {
        return Ok(Vec::new());
    }
    let said = [
        (CASCADING, "sanity", "the layer and every one behind it, up to the output,"),
        (INDEPENDENT, "sanity independent", "the layer alone"),
    ];
    said.iter().map(|(randomisation, name, what)| figure(run, &means, randomisation, name, what)).collect()
}

fn figure(
    run: &Run,
    means: &[SanityMean],
    randomisation: &str,
    name: &str,
    what: &str,
) -> Result<Figure, DrawError> {
    let of = |mean: &&SanityMean| mean.randomisation == randomisation;
    let methods = distinct(means.iter().filter(of).map(|mean| &mean.method));
    let layers = distinct(means.iter().filter(of).map(|mean| &mean.layer));
    let value = |randomisation: &str, layer: &str, method: &str| {
        let fits = means.iter().filter(|mean| {
            let place = [&mean.randomisation, &mean.layer, &mean.method, &mean.measure];
            place == [randomisation, layer, method, SHOWN]
        });
        let values: Vec<f64> = fits.filter_map(|mean| mean.value).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let row = |randomisation: &str, layer: &str| -> Vec<Option<f64>> {
        methods.iter().map(|method| value(randomisation, layer, method)).collect()
    };
    let mut rows: Vec<(String, Vec<Option<f64>>)> =
        layers.iter().map(|layer| (layer.to_string(), row(randomisation, layer))).collect();
    rows.push(("chance".to_string(), row(CHANCE, "")));
    let grid = ShareGrid {
        rows_title: "layer drawn anew".to_string(),
        columns_title: "way of explaining".to_string(),
        columns: methods.iter().map(|method| title(run, method)).collect(),
        rows,
    };
    let last = layers.last().map(|layer| row(randomisation, layer)).unwrap_or_default();
    let said: Vec<String> = methods
        .iter()
        .zip(last)
        .filter_map(|(method, share)| Some(format!("{method} {:.2}", share?)))
        .collect();
    Ok(Figure {
        name: name.to_string(),
        part: Part::Trust,
        ranking: None,
        title: format!("Does the map depend on what was learned? ({randomisation})"),
        caption: format!(
            "Rank correlation of the absolute values of maps before and after the weights of {what} were drawn anew (Adebayo and others, 2018), mean over losses, seeds and test volumes. 1: the map does not see the weights. Last row: two networks drawn anew throughout. In the last layer's row: {}.",
            said.join(", ")
        ),
        svg: grid.svg(&format!(
            "Table of rank correlations in shades of blue, layers by ways of explaining. In the last layer's row: {}.",
            said.join(", ")
        ))?,
        numbers: numbers(&methods, &grid),
        long: Some(long(means, randomisation)),
    })
}

/// Name of a method for people.
fn title(run: &Run, method: &str) -> String {
    let found = run.study.explainers.iter().find(|explainer| explainer.to_string() == method);
    found.map_or(method.to_string(), Explainer::title)
}

/// Each text once, in order.
fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut found: Vec<&String> = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

fn numbers(methods: &[&String], grid: &ShareGrid) -> Table {
    let head =
        std::iter::once("layer".to_string()).chain(methods.iter().map(|&method| method.clone())).collect();
    let number = |share: &Option<f64>| share.map_or("-".to_string(), |share| format!("{share:.3}"));
    let row = |(layer, shares): &(String, Vec<Option<f64>>)| {
        std::iter::once(layer.clone()).chain(shares.iter().map(number)).collect()
    };
    Table { head, rows: grid.rows.iter().map(row).collect() }
}

/// Every measure and loss.
fn long(means: &[SanityMean], randomisation: &str) -> Table {
    let head = ["loss", "method", "layer", "randomisation", "measure", "value"].map(String::from).to_vec();
    let shown = means.iter().filter(|mean| [randomisation, CHANCE].contains(&mean.randomisation.as_str()));
    let row = |mean: &SanityMean| {
        let value = mean.value.map_or(String::new(), |value| value.to_string());
        let texts = [&mean.loss, &mean.method, &mean.layer, &mean.randomisation, &mean.measure];
        texts.map(String::clone).into_iter().chain([value]).collect()
    };
    Table { head, rows: shown.map(row).collect() }
}
