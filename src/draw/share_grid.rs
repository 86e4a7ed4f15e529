//! A grid of shares of one in shades of blue, each with its number: things by other things.

use crate::draw::canvas::{self, Area, Canvas, DrawError, MIDDLE, RIGHT, TEXT};
use crate::draw::shade::Shade;
use crate::draw::style;
use plotters::prelude::*;

const CELL: (i32, i32) = (210, 52);
const ROW_LABELS: i32 = 340;
/// Above the columns' titles.
const HEAD: i32 = 60;

/// A grid to be drawn.
pub struct ShareGrid {
    /// What the rows are.
    pub rows_title: String,
    /// What the columns are.
    pub columns_title: String,
    /// Titles of the columns.
    pub columns: Vec<String>,
    /// Title of each row with its shares, one a column, at most 1; none is a dash.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

impl ShareGrid {
    /// The grid as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let lines = self.columns.iter().map(|title| canvas::by_words(title, CELL.0 - 8).len());
        let top = HEAD + lines.max().unwrap_or(1) as i32 * (TEXT + 4) + 16;
        let (rows, columns) = (self.rows.len() as i32, self.columns.len() as i32);
        let size = (ROW_LABELS + columns * CELL.0 + 24, top + rows * self.row_height() + 24);
        let mut canvas = Canvas::new(size.0 as u32, size.1 as u32);
        canvas.layer(&[("class", "axes")], |area| self.labels(area, top))?;
        canvas.layer(&[("class", "cells")], |area| self.cells(area, top))?;
        Ok(canvas.finish(alternative))
    }

    /// As high as the lines of the highest title.
    fn row_height(&self) -> i32 {
        let lines = |title: &str| canvas::wrapped(title, ROW_LABELS - 24).len() as i32;
        let most = self.rows.iter().map(|(title, _)| lines(title)).max().unwrap_or(1);
        CELL.1 + (most - 1).max(0) * (TEXT + 4)
    }

    fn labels(&self, area: &Area, top: i32) -> Result<(), DrawError> {
        let middle = ROW_LABELS + self.columns.len() as i32 * CELL.0 / 2;
        let faint = |anchor| canvas::text(TEXT, style::FAINT, anchor);
        area.draw(&Text::new(self.columns_title.clone(), (middle, 30), faint(MIDDLE)))?;
        area.draw(&Text::new(self.rows_title.clone(), (ROW_LABELS - 12, 30), faint(RIGHT)))?;
        for (column, title) in self.columns.iter().enumerate() {
            let middle = ROW_LABELS + column as i32 * CELL.0 + CELL.0 / 2;
            let lines = canvas::by_words(title, CELL.0 - 8);
            let first = (HEAD + top - 8) / 2 - (lines.len() as i32 - 1) * (TEXT + 4) / 2;
            for (place, line) in lines.into_iter().enumerate() {
                let at = (middle, first + place as i32 * (TEXT + 4));
                area.draw(&Text::new(line, at, canvas::text(TEXT, style::INK, MIDDLE)))?;
            }
        }
        let height = self.row_height();
        for (row, (title, _)) in self.rows.iter().enumerate() {
            let place = (ROW_LABELS - 12, top + (2 * row as i32 + 1) * height / 2);
            canvas::lines(area, title, ROW_LABELS - 24, place, RIGHT)?;
        }
        Ok(())
    }

    fn cells(&self, area: &Area, top: i32) -> Result<(), DrawError> {
        for (row, (_, shares)) in self.rows.iter().enumerate() {
            for (column, share) in shares.iter().enumerate() {
                let place = (ROW_LABELS + column as i32 * CELL.0, top + row as i32 * self.row_height());
                cell(area, place, self.row_height(), *share)?;
            }
        }
        Ok(())
    }
}

/// Draws a share on its shade with its upper left corner at a place.
fn cell(area: &Area, (left, upper): (i32, i32), height: i32, share: Option<f64>) -> Result<(), DrawError> {
    let Shade { fill, ink, text } = Shade::of(share);
    let corners = [(left + 1, upper + 1), (left + CELL.0 - 1, upper + height - 1)];
    area.draw(&Rectangle::new(corners, fill.filled()))?;
    area.draw(&Rectangle::new(corners, style::GRID.stroke_width(1)))?;
    let middle = (left + CELL.0 / 2, upper + height / 2);
    area.draw(&Text::new(text, middle, canvas::text(TEXT, ink, MIDDLE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_share_has_its_number_and_what_is_missing_a_dash() -> anyhow::Result<()> {
        let grid = ShareGrid {
            rows_title: "layer".into(),
            columns_title: "map".into(),
            columns: vec!["a".into(), "<b>".into(), "c".into()],
            rows: vec![("head".into(), vec![Some(0.25), Some(-0.1), None])],
        };
        let svg = grid.svg("a grid")?;
        // The background, and each cell twice: filled and outlined.
        assert_eq!(svg.matches("<rect").count(), 1 + 2 * 3);
        for text in ["0.25", "-0.10", "-", "&lt;b&gt;", "head", "layer", "map"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}: {svg}");
        }
        Ok(())
    }
}
