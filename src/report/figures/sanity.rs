//! The sanity checks as grids: how alike the maps of each method are before and after layers were drawn anew, and under a
//! network that was trained on shuffled labels.

use crate::definition::arm::Arm;
use crate::draw::canvas::DrawError;
use crate::draw::share_grid::ShareGrid;
use crate::evidence::checks::{SanityMean, sanity_means};
use crate::records::checks::{CASCADING, CHANCE, INDEPENDENT, LABELS};
use crate::records::run::Run;
use crate::report::figure::{Figure, Part};
use crate::report::table::Table;
use crate::saliency::method::Explainer;

/// The measure that the grids show; all are in their numbers.
const SHOWN: &str = "absolute-rank";

/// A grid for each way of randomising, where the study asked for the check.
///
/// # Errors
/// What plotters says.
pub fn figures(run: &Run) -> Result<Vec<Figure>, DrawError> {
    let means = sanity_means(&run.cells);
    let has = |way: &&Way| means.iter().any(|mean| mean.randomisation == way.randomisation);
    WAYS.iter().filter(has).map(|way| way.figure(run, &means)).collect()
}

/// A way of randomising, and how it is shown.
struct Way {
    randomisation: &'static str,
    /// Name of the figure.
    name: &'static str,
    /// What was compared, as it follows on "Rank correlation of the absolute values of maps".
    what: &'static str,
    /// What the rows are.
    rows: &'static str,
    row: fn(&SanityMean) -> &String,
    /// Which row is said in words, if not all together.
    last: Option<&'static str>,
}

const WAYS: [Way; 3] = [
    Way {
        randomisation: CASCADING,
        name: "sanity",
        what: "before and after the weights of the layer and every one behind it, up to the output, were drawn anew (Adebayo and others, 2018), mean over losses, seeds and test volumes. 1: the map does not see the weights.",
        rows: "layer drawn anew",
        row: |mean| &mean.layer,
        last: Some("In the last layer's row"),
    },
    Way {
        randomisation: INDEPENDENT,
        name: "sanity independent",
        what: "before and after the weights of the layer alone were drawn anew (Adebayo and others, 2018), mean over losses, seeds and test volumes. 1: the map does not see the weights.",
        rows: "layer drawn anew",
        row: |mean| &mean.layer,
        last: Some("In the last layer's row"),
    },
    Way {
        randomisation: LABELS,
        name: "sanity labels",
        what: "of each network and of one trained alike on masks that were permuted among the training slices (Adebayo and others, 2018), mean over seeds and test volumes. 1: the map does not see what was learned.",
        rows: "trained with",
        row: |mean| &mean.loss,
        last: None,
    },
];

impl Way {
    fn figure(&self, run: &Run, means: &[SanityMean]) -> Result<Figure, DrawError> {
        let of = |mean: &&SanityMean| mean.randomisation == self.randomisation;
        let methods = distinct(means.iter().filter(of).map(|mean| &mean.method));
        let keys = distinct(means.iter().filter(of).map(self.row));
        let shares = |randomisation: &str, key: Option<&str>| -> Vec<Option<f64>> {
            let fits = |mean: &&SanityMean| {
                mean.randomisation == randomisation && key.is_none_or(|key| (self.row)(mean) == key)
            };
            let fitting: Vec<&SanityMean> = means.iter().filter(fits).collect();
            methods.iter().map(|method| share(&fitting, method)).collect()
        };
        let row = |key: &&String| (row_title(run, key), shares(self.randomisation, Some(key)));
        let mut rows: Vec<(String, Vec<Option<f64>>)> = keys.iter().map(row).collect();
        rows.push(("chance".to_string(), shares(CHANCE, None)));
        let grid = ShareGrid {
            rows_title: self.rows.to_string(),
            columns_title: "way of explaining".to_string(),
            columns: methods.iter().map(|method| title(run, method)).collect(),
            rows,
        };
        let last = keys.last().map(|key| key.as_str()).filter(|_| self.last.is_some());
        let said: Vec<String> = methods
            .iter()
            .zip(shares(self.randomisation, last))
            .filter_map(|(method, share)| Some(format!("{method} {:.2}", share?)))
            .collect();
        let rows = if self.last.is_some() { "layer" } else { "loss" };
        let said = format!("{}: {}.", self.last.unwrap_or("All together"), said.join(", "));
        Ok(Figure {
            name: self.name.to_string(),
            part: Part::Trust,
            ranking: None,
            title: format!("Does the map depend on what was learned? ({})", self.randomisation),
            caption: format!(
                "Rank correlation of the absolute values of maps {} Last row: two networks drawn anew throughout. {said}",
                self.what
            ),
            svg: grid.svg(&format!(
                "Table of rank correlations in shades of blue, each {rows} by each way of explaining. {said}"
            ))?,
            numbers: numbers(rows, &methods, &grid),
            long: Some(long(means, self.randomisation)),
        })
    }
}

/// The mean of those of `means` that are of `method`, by the measure that is shown.
fn share(means: &[&SanityMean], method: &str) -> Option<f64> {
    let of = means.iter().filter(|mean| mean.method == method && mean.measure == SHOWN);
    let values: Vec<f64> = of.filter_map(|mean| mean.value).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Name of a loss for people, or of a layer.
fn row_title(run: &Run, key: &str) -> String {
    run.study.arms.iter().find(|arm| arm.name == key).map_or(key.to_string(), Arm::title)
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

fn numbers(rows: &str, methods: &[&String], grid: &ShareGrid) -> Table {
    let head =
        std::iter::once(rows.to_string()).chain(methods.iter().map(|&method| method.clone())).collect();
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
