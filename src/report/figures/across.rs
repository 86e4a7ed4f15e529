//! Figures of the transfer between seeds: each loss's networks attacked with the maps of every loss's networks of another seed.

use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::evidence::Evidence;
use crate::evidence::curve::Point;
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::figures::panel::Panel;
use crate::report::figures::transfers::{head, heat_map};
use crate::report::numbers::score;
use crate::report::table::Table;

/// What the names of these figures begin with.
pub const NAME: &str = "across-seeds";

/// A figure per panel and compared point of which every loss's networks have Dice under the maps of another seed.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary, evidence: &Evidence) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for (name, sweep) in study.transferred() {
        for panel in Panel::of(name, sweep) {
            let curve = |loss: &LossSummary| loss.curve(name, &summary.attack, "").cloned();
            let Some(curve) = summary.losses.iter().find_map(curve) else {
                continue;
            };
            let compared = panel.compared(&curve);
            for point in panel.points(&curve) {
                let label = panel.label(point);
                if compared.contains(&label)
                    && let Some(dice) = dice(summary, evidence, name, point)
                {
                    figures.push(figure(summary, &panel, &label, &dice)?);
                }
            }
        }
    }
    Ok(figures)
}

/// Dice at a point by attacked loss, then by the loss that drew the map; none where one is missing.
fn dice(summary: &Summary, evidence: &Evidence, sweep: &str, point: &Point) -> Option<Vec<Vec<f64>>> {
    let at = (point.pixels, point.level, point.radius, point.severity);
    let losses = || summary.losses.iter().map(|loss| loss.loss.as_str());
    let row = |attacked| losses().map(|map| evidence.across_seeds(attacked, map, (sweep, at))).collect();
    losses().map(row).collect()
}

fn figure(summary: &Summary, panel: &Panel, point: &str, dice: &[Vec<f64>]) -> Result<Figure, DrawError> {
    let titles: Vec<String> = summary.losses.iter().map(|loss| loss.title.clone()).collect();
    let clean: Vec<f64> = summary.losses.iter().map(|loss| loss.clean).collect();
    let map = heat_map(&titles, &clean, dice.iter().map(|row| row.iter().copied().map(Some)));
    let rows = titles.iter().zip(&clean).zip(dice).map(|((title, clean), row)| {
        [title.clone(), score(*clean)].into_iter().chain(row.iter().map(|dice| score(*dice))).collect()
    });
    let numbers = Table { head: head(&titles), rows: rows.collect() };
    Ok(Figure {
        name: format!("{NAME} {} {point}", panel.name()).replace([' ', ','], "-"),
        part: Part::Transfers,
        ranking: None,
        title: format!("{} at {point}: maps of another seed", panel.name()),
        caption: format!(
            "Dice (mean over seeds) of each loss's networks (row) where the pixels are those of the map of a network of another seed, of the loss above the column; here {point}. Outlined: a map of the same loss. What differs along a row is the loss that drew the map, and not what two networks of one seed have in common."
        ),
        svg: map.svg(&format!(
            "Table of Dice in shades of blue: attacked loss by the loss whose network of another seed ranked the pixels, at {point}."
        ))?,
        numbers,
        long: None,
    })
}
