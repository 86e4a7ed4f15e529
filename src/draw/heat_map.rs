//! A heat map: shares of one in shades of blue, each with its number. Rows and columns are the same things,
//! so that the diagonal is outlined; one more column stands apart.

use crate::draw::canvas::{self, Area, Canvas, DrawError, MIDDLE, RIGHT, TEXT};
use crate::draw::shade::Shade;
use crate::draw::style;
use plotters::prelude::*;

const CELL: (i32, i32) = (156, 88);
const ROW_LABELS: i32 = 304;
/// Between the column apart and the others.
const GAP: i32 = 24;

/// A heat map to be drawn.
pub struct HeatMap {
    /// What the rows are.
    pub rows_title: String,
    /// What the columns are.
    pub columns_title: String,
    /// Title of the column that stands apart.
    pub apart: String,
    /// Titles of the rows, and of the other columns.
    pub titles: Vec<String>,
    /// By row: the share in the column apart, then one a title, from 0 to 1.
    pub shares: Vec<Vec<Option<f64>>>,
}

impl HeatMap {
    /// The map as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
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
        area.draw(&Text::new(self.columns_title.clone(), (maps, 30), head))?;
        area.draw(&Text::new(
            self.rows_title.clone(),
            (ROW_LABELS - 12, 30),
            canvas::text(TEXT, style::FAINT, RIGHT),
        ))?;
        let columns = std::iter::once(&self.apart).chain(&self.titles);
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
        let mut shares = self.shares.get(row).into_iter().flatten().enumerate();
        shares.try_for_each(|(column, share)| cell(area, (left_of(column), upper), *share, column == row + 1))
    }
}

/// Draws a share on its shade with its upper left corner at a place, outlined where it is on the diagonal.
fn cell(area: &Area, place: (i32, i32), share: Option<f64>, outlined: bool) -> Result<(), DrawError> {
    let (left, upper) = place;
    let Shade { fill, ink, text } = Shade::of(share);
    let corners = [(left + 2, upper + 2), (left + CELL.0 - 2, upper + CELL.1 - 2)];
    area.draw(&Rectangle::new(corners, fill.filled()))?;
    let middle = (left + CELL.0 / 2, upper + CELL.1 / 2);
    area.draw(&Text::new(text, middle, canvas::text(TEXT + 3, ink, MIDDLE)))?;
    let (left, upper, right, lower) = (left + 4, upper + 4, left + CELL.0 - 4, upper + CELL.1 - 4);
    let ring = vec![(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)];
    let stroke = if outlined { style::colour(1).stroke_width(7) } else { style::GRID.stroke_width(1) };
    area.draw(&PathElement::new(ring, stroke))
}

/// Left edge of a column; the first is the one apart.
fn left_of(column: usize) -> i32 {
    ROW_LABELS + column as i32 * CELL.0 + if column > 0 { GAP } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_is_outlined_and_what_is_missing_a_dash() -> anyhow::Result<()> {
        let map = HeatMap {
            rows_title: "network".into(),
            columns_title: "map".into(),
            apart: "none".into(),
            titles: vec!["BCE".into(), "<Dice>".into()],
            shares: vec![vec![Some(0.9), Some(0.25), None], vec![Some(1.0), Some(0.5), Some(0.0)]],
        };
        let svg = map.svg("a map")?;
        // Six cells on white, two of them outlined in the second colour.
        assert_eq!(svg.matches("<rect").count(), 6 + 1);
        let outline = format!("stroke=\"{}\"", style::css(style::colour(1)));
        assert_eq!(svg.matches(&outline).count(), 2);
        for text in ["0.90", "0.25", "-", "&lt;Dice&gt;"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}: {svg}");
        }
        Ok(())
    }
}
