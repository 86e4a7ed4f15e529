//! Figures of the transfer control: each network attacked with each network's map, at one point of a
//! sweep.

use crate::attack;
use crate::definition::study::Study;
use crate::evidence::curve::Point;
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::draw::canvas::{self, Area, Canvas, DrawError, MIDDLE, RIGHT, TEXT};
use crate::report::draw::style;
use crate::report::figure::{Figure, Part};
use crate::report::figures::panel::Panel;
use crate::report::figures::points::{repeated, with_interval};
use crate::report::numbers::score;
use crate::report::table::Table;
use plotters::prelude::*;

const CELL: (i32, i32) = (156, 88);
const ROW_LABELS: i32 = 304;
/// Between the column without an attack and the others.
const GAP: i32 = 24;
/// Darkest colour of a cell, that of Dice 1; 0 is white.
const DARK: RGBColor = RGBColor(0x08, 0x45, 0x94);

/// A figure per panel and compared point, where networks were attacked with each other's maps.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for (name, protocol) in &study.protocol {
        for panel in Panel::of(name, protocol) {
            let curve = |loss: &LossSummary| loss.curve(name, &summary.attack, "").cloned();
            let Some(curve) = summary.losses.iter().find_map(curve) else {
                continue;
            };
            for point in panel.compared(&curve) {
                let heat = Heat::of(summary, &panel, &point);
                if heat.has_transfers() {
                    figures.push(heat.figure(summary, &panel, &protocol.title)?);
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
            let points = panel.points(attacked.curve(&panel.protocol, &summary.attack, map)?);
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
            svg: self.svg(&format!(
                "Table of Dice in shades of blue: attacked network by network whose map ranked the pixels. {}.",
                lowest.join("; ")
            ))?,
            numbers: self.numbers(),
            long: None,
        })
    }

    fn numbers(&self) -> Table {
        let mut head = vec!["attacked network".to_string(), "no attack".to_string()];
        head.extend(self.titles.iter().map(|title| format!("map of {title}")));
        let rows = self.titles.iter().zip(&self.clean).zip(&self.dice).map(|((title, clean), cells)| {
            let mut row = vec![title.clone(), score(*clean)];
            row.extend(cells.iter().map(|cell| cell.map_or("-".to_string(), with_interval)));
            row
        });
        Table { head, rows: rows.collect() }
    }

    fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let lines =
            self.titles.iter().map(|title| canvas::wrapped(title, CELL.0 - 8).len()).max().unwrap_or(1)
                as i32;
        let top = 60 + lines.max(2) * (TEXT + 4) + 16;
        let count = self.titles.len() as i32;
        let size = (ROW_LABELS + (count + 1) * CELL.0 + GAP + 24, top + count * CELL.1 + 24);
        let mut canvas = Canvas::new(size.0 as u32, size.1 as u32);
        canvas.layer(&[("class", "axes")], |area| self.labels(area, top))?;
        for row in 0..self.titles.len() {
            canvas.layer(&[("class", "cells")], |area| self.row(area, top, row))?;
        }
        Ok(canvas.finish(alternative))
    }

    fn labels(&self, area: &Area, top: i32) -> Result<(), DrawError> {
        let head = canvas::text(TEXT, style::FAINT, MIDDLE);
        let maps = (left_of(1) + left_of(self.titles.len() + 1)) / 2;
        area.draw(&Text::new("pixels ranked by the map of", (maps, 30), head.clone()))?;
        area.draw(&Text::new(
            "attacked network",
            (ROW_LABELS - 12, 30),
            canvas::text(TEXT, style::FAINT, RIGHT),
        ))?;
        let columns = std::iter::once("no attack").chain(self.titles.iter().map(String::as_str));
        for (column, title) in columns.enumerate() {
            canvas::lines(
                area,
                title,
                CELL.0 - 8,
                (left_of(column) + CELL.0 / 2, (60 + top - 8) / 2),
                MIDDLE,
            )?;
        }
        for (row, title) in self.titles.iter().enumerate() {
            canvas::lines(
                area,
                title,
                ROW_LABELS - 24,
                (ROW_LABELS - 12, top + row as i32 * CELL.1 + CELL.1 / 2),
                RIGHT,
            )?;
        }
        Ok(())
    }

    fn row(&self, area: &Area, top: i32, row: usize) -> Result<(), DrawError> {
        let upper = top + row as i32 * CELL.1;
        let clean = self.clean.get(row).copied().filter(|dice| dice.is_finite());
        let under = self.dice.get(row).into_iter().flatten().map(|cell| cell.map(|point| point.dice));
        for (column, dice) in std::iter::once(clean).chain(under).enumerate() {
            let left = left_of(column);
            let shade = dice.map_or(1.0, |dice| 1.0 - dice.clamp(0.0, 1.0));
            let corners = [(left + 2, upper + 2), (left + CELL.0 - 2, upper + CELL.1 - 2)];
            area.draw(&Rectangle::new(corners, style::lighter(DARK, shade).filled()))?;
            let ink = if shade < 0.35 { WHITE } else { style::INK };
            let middle = (left + CELL.0 / 2, upper + CELL.1 / 2);
            let text = dice.map_or("-".to_string(), |dice| format!("{dice:.2}"));
            area.draw(&Text::new(text, middle, canvas::text(TEXT + 3, ink, MIDDLE)))?;
            let (right, lower) = (left + CELL.0 - 4, upper + CELL.1 - 4);
            let own = column == row + 1;
            let ring = [
                (left + 4, upper + 4),
                (right, upper + 4),
                (right, lower),
                (left + 4, lower),
                (left + 4, upper + 4),
            ];
            let stroke = if own { style::colour(1).stroke_width(7) } else { style::GRID.stroke_width(1) };
            area.draw(&PathElement::new(ring.to_vec(), stroke))?;
        }
        Ok(())
    }
}

/// Left edge of a column; the first is that without an attack.
fn left_of(column: usize) -> i32 {
    ROW_LABELS + column as i32 * CELL.0 + if column > 0 { GAP } else { 0 }
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
