//! Figures of the transfer control: each network attacked with each network's map, at one point of a
//! sweep.

use crate::attack;
use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::heat_map::HeatMap;
use crate::evidence::curve::Point;
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::figures::panel::Panel;
use crate::report::figures::points::{repeated, with_interval};
use crate::report::numbers::score;
use crate::report::table::Table;

/// A figure per panel and compared point, where networks were attacked with each other's maps.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for (name, sweep) in &study.sweeps {
        for panel in Panel::of(name, sweep) {
            let curve = |loss: &LossSummary| loss.curve(name, &summary.attack, "").cloned();
            let Some(curve) = summary.losses.iter().find_map(curve) else {
                continue;
            };
            for point in panel.compared(&curve) {
                let heat = Heat::of(summary, &panel, &point);
                if heat.has_transfers() {
                    figures.push(heat.figure(summary, &panel, &sweep.heading())?);
                }
            }
        }
    }
    Ok(figures)
}

/// Dice by attacked network and map, at one point.
struct Heat<'a> {
    point: String,
    titles: Vec<String>,
    clean: Vec<f64>,
    /// By attacked network, then map.
    dice: Vec<Vec<Option<&'a Point>>>,
}

impl<'a> Heat<'a> {
    fn of(summary: &'a Summary, panel: &Panel, point: &str) -> Self {
        let cell = |attacked: &'a LossSummary, source: &LossSummary| {
            let map = if attacked.loss == source.loss { "" } else { source.loss.as_str() };
            let points = panel.points(attacked.curve(&panel.sweep, &summary.attack, map)?);
            let found = points.into_iter().find(|other| panel.label(other) == point)?;
            found.dice.is_finite().then_some(found)
        };
        let losses = &summary.losses;
        Self {
            point: point.to_string(),
            titles: losses.iter().map(|loss| loss.title.clone()).collect(),
            clean: losses.iter().map(|loss| loss.clean).collect(),
            dice: losses.iter().map(|a| losses.iter().map(|source| cell(a, source)).collect()).collect(),
        }
    }

    /// Whether any network was attacked with another's map.
    fn has_transfers(&self) -> bool {
        let rows = self.dice.iter().enumerate();
        rows.flat_map(|(row, cells)| {
            cells.iter().enumerate().map(move |(column, cell)| (row != column, cell))
        })
        .any(|(other, cell)| other && cell.is_some())
    }

    fn figure(&self, summary: &Summary, panel: &Panel, title: &str) -> Result<Figure, DrawError> {
        let lowest = self.dice.iter().zip(&self.titles).filter_map(|(cells, attacked)| {
            let cells = cells.iter().zip(&self.titles).filter_map(|(cell, map)| Some(((*cell)?.dice, map)));
            let (dice, map) = cells.min_by(|a, b| a.0.total_cmp(&b.0))?;
            Some(format!("{attacked} is lowest, {}, under the map of {map}", score(dice)))
        });
        let lowest: Vec<String> = lowest.collect();
        let seeds = if summary.seeds() > 1 { " (mean over seeds)" } else { "" };
        Ok(Figure {
            name: format!("{} maps at {}", panel.name(), self.point.replace(" = ", " ")),
            part: Part::Transfers,
            ranking: None,
            title: format!("{} at {}: {title}", panel.name(), self.point),
            caption: format!(
                "Dice{seeds} of each network (row) where the pixels of the {} are those of the map of the network above the column. Outlined: its own map. {}; here {}.{}",
                attack::title(&summary.attack),
                panel.words,
                self.point,
                repeated(self.dice.iter().flatten().copied().flatten())
            ),
            svg: self.map().svg(&format!(
                "Table of Dice in shades of blue: attacked network by network whose map ranked the pixels. {}.",
                lowest.join("; ")
            ))?,
            numbers: self.numbers(),
            long: None,
        })
    }

    fn numbers(&self) -> Table {
        let rows = self.titles.iter().zip(&self.clean).zip(&self.dice).map(|((title, clean), cells)| {
            let mut row = vec![title.clone(), score(*clean)];
            row.extend(cells.iter().map(|cell| cell.map_or("-".to_string(), with_interval)));
            row
        });
        Table { head: head(&self.titles), rows: rows.collect() }
    }

    fn map(&self) -> HeatMap {
        let under = self.dice.iter().map(|cells| cells.iter().map(|cell| cell.map(|point| point.dice)));
        heat_map(&self.titles, &self.clean, under)
    }
}

/// The columns of a table of networks by maps.
pub(super) fn head(titles: &[String]) -> Vec<String> {
    let mut head = vec!["attacked network".to_string(), "no attack".to_string()];
    head.extend(titles.iter().map(|title| format!("map of {title}")));
    head
}

/// The picture of networks by maps: Dice without an attack, then under each map.
pub(super) fn heat_map<Row: Iterator<Item = Option<f64>>>(
    titles: &[String],
    clean: &[f64],
    under: impl Iterator<Item = Row>,
) -> HeatMap {
    let clean = clean.iter().map(|dice| dice.is_finite().then_some(*dice));
    HeatMap {
        rows_title: "attacked network".to_string(),
        columns_title: "pixels ranked by the map of".to_string(),
        apart: "no attack".to_string(),
        titles: titles.to_vec(),
        shares: clean
            .zip(under)
            .map(|(clean, under)| std::iter::once(clean).chain(under).collect())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn maps_are_compared_where_the_paper_speaks_and_at_the_end() -> anyhow::Result<()> {
        let study = study("quick");
        let mut summary = summary(&study, 1);
        let all = figures(&study, &summary)?;
        assert_eq!(all.len(), 7);
        assert_eq!(all[1].title, "fig3 at level 0.6: 5 pixels, level up to five times the brightest");
        assert_eq!(all[1].numbers.rows.len(), 4);
        // Four networks, each without an attack and under four maps, on white.
        assert_eq!(all[1].svg.matches("<rect").count(), 4 * 5 + 1);
        summary.losses.iter_mut().for_each(|loss| {
            let own = loss.loss.clone();
            loss.curves.retain(|curve| curve.map.is_empty() || curve.map == own);
        });
        assert!(figures(&study, &summary)?.is_empty());
        Ok(())
    }
}
