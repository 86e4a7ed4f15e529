//! Figures of the training: loss and validation score by epoch.

use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::ends;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::summary::{EpochSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::numbers::score;
use crate::report::table::Table;

/// One thing that is drawn by epoch.
struct ByEpoch {
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    caption: &'static str,
    of: fn(&EpochSummary) -> Option<f64>,
    by_seed: fn(&EpochSummary) -> &[f64],
}

const BY_EPOCH: [ByEpoch; 2] = [
    ByEpoch {
        name: "training-loss",
        title: "Training loss",
        axis: "training loss",
        caption: "Mean loss over the batches of each epoch. Each loss has units of its own, so compare the shapes of lines and not their heights.",
        of: |epoch| Some(epoch.train_loss),
        by_seed: |epoch| &epoch.train_loss_by_seed,
    },
    ByEpoch {
        name: "validation-dice",
        title: "Validation score",
        axis: "validation Dice",
        caption: "Dice on the validation slices that have foreground, after each epoch. It picks nothing: every network is used as it is after its last epoch.",
        of: |epoch| epoch.validation_dice,
        by_seed: |epoch| &epoch.validation_dice_by_seed,
    },
];

/// Training loss and validation score by epoch, where there are any.
///
/// # Errors
/// What plotters says.
pub fn figures(summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let known = |one: &&ByEpoch| {
        let mut epochs = summary.losses.iter().flat_map(|loss| &loss.training);
        epochs.any(|epoch| (one.of)(epoch).is_some_and(f64::is_finite))
    };
    BY_EPOCH.iter().filter(known).map(|one| one.figure(summary)).collect()
}

impl ByEpoch {
    fn figure(&self, summary: &Summary) -> Result<Figure, DrawError> {
        let series: Vec<Series> = summary
            .losses
            .iter()
            .map(|loss| {
                let band = loss.training.iter().filter(|epoch| (self.by_seed)(epoch).len() > 1);
                let band = band.filter_map(|epoch| {
                    let (low, high) = ends((self.by_seed)(epoch).iter().copied())?;
                    Some((epoch.epoch as f64, low, high))
                });
                let points = loss.training.iter();
                let points = points.filter_map(|epoch| Some((epoch.epoch as f64, (self.of)(epoch)?)));
                Series {
                    loss: loss.loss.clone(),
                    legend: Some(loss.title.clone()),
                    title: format!("{}, {}", loss.title, self.axis),
                    kind: self.name.to_string(),
                    points: points.collect(),
                    tips: Vec::new(),
                    joined: true,
                    band: band.collect(),
                    colour: style::colour(loss.position),
                    dash: Dash::Solid,
                    marker: Some(style::marker(loss.position)),
                }
            })
            .collect();
        let ends_of_all = ends(series.iter().flat_map(|series| {
            let band = series.band.iter().flat_map(|band| [band.1, band.2]);
            series.points.iter().map(|point| point.1).chain(band)
        }));
        let (lowest, highest) = ends_of_all.unwrap_or((0.0, 1.0));
        // Losses over boundaries go below 0.
        let (lowest, highest) = (lowest.min(0.0) * 1.05, (highest * 1.05).max(1e-6));
        let chart = LineChart {
            x_title: "epoch".to_string(),
            y_title: self.axis.to_string(),
            x_counts: true,
            y_range: lowest..if self.name == "validation-dice" { 1.0 } else { highest },
            mark: None,
            series,
            dashes: Vec::new(),
            crosses: Vec::new(),
        };
        let ends = summary.losses.iter().filter_map(|loss| {
            let last = loss.training.last()?;
            Some(format!("{} {}", loss.title, score((self.of)(last)?)))
        });
        let ends: Vec<String> = ends.collect();
        let alternative = format!(
            "Line chart of the {} by epoch. After the last epoch that every seed has: {}.",
            self.axis,
            ends.join("; ")
        );
        let seeds = if summary.seeds() > 1 {
            " Lines are means over seeds; bands reach from the lowest to the highest seed."
        } else {
            ""
        };
        Ok(Figure {
            name: self.name.to_string(),
            part: Part::Training,
            ranking: None,
            title: self.title.to_string(),
            caption: format!("{}{seeds}", self.caption),
            svg: chart.svg(&alternative)?,
            numbers: self.numbers(summary),
            long: None,
        })
    }

    fn numbers(&self, summary: &Summary) -> Table {
        let epochs = summary.losses.iter().map(|loss| loss.training.len()).max().unwrap_or(0);
        let mut head = vec!["loss".to_string()];
        head.extend((1..=epochs).map(|epoch| format!("epoch {epoch}")));
        let rows = summary.losses.iter().map(|loss| {
            let values = loss.training.iter();
            let values = values.map(|epoch| (self.of)(epoch).filter(|v| v.is_finite()));
            let mut row = vec![loss.title.clone()];
            row.extend(values.map(|value| value.map_or("-".to_string(), |value| format!("{value:.4}"))));
            // Arms may be trained for different numbers of epochs.
            row.resize(1 + epochs, "-".to_string());
            row
        });
        Table { head, rows: rows.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn arms_that_were_trained_shorter_have_dashes_for_the_rest() -> anyhow::Result<()> {
        let mut summary = summary(&study("quick"), 1);
        summary.losses[0].training.truncate(1);
        for figure in figures(&summary)? {
            assert_eq!(figure.numbers.rows[0][2..], ["-", "-"], "{}", figure.name);
            assert_eq!(figure.csv()?.lines().count(), 1 + summary.losses.len());
        }
        Ok(())
    }
}
