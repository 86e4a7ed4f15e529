//! Pictures in rows and columns, with their titles.

use crate::draw::canvas::{self, Canvas, DrawError, MIDDLE, RIGHT};
use crate::draw::outline;
use crate::draw::picture::Picture;
use crate::draw::style;
use plotters::prelude::*;

/// Half pixels that a picture in a grid is wide, at most.
const WIDE: f64 = 300.0;
const GAP: i32 = 16;
/// Half pixels for titles of rows, at least.
const ROW_LABELS: i32 = 230;
const HEAD: i32 = 90;

/// A grid to be drawn; a place may be empty.
pub struct PictureGrid {
    /// Titles of the columns.
    pub columns: Vec<String>,
    /// Title and pictures of each row.
    pub rows: Vec<(String, Vec<Option<Picture>>)>,
}

impl PictureGrid {
    /// The grid as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let size = self.rows.iter().flat_map(|(_, row)| row.iter().flatten()).next();
        let (width, height) = size.map_or((1, 1), |picture| (picture.width, picture.height()));
        let scale = WIDE / width.max(height) as f64;
        let cell = ((width as f64 * scale) as i32, (height as f64 * scale) as i32);
        let words = self.rows.iter().flat_map(|(title, _)| title.split([' ', ',']));
        let labels = words.map(|word| canvas::width(word, canvas::TEXT)).fold(ROW_LABELS - 24, i32::max) + 24;
        let left = |column: usize| labels + column as i32 * (cell.0 + GAP);
        let top = |row: usize| HEAD + row as i32 * (cell.1 + GAP);
        let mut canvas =
            Canvas::new((left(self.columns.len()) + GAP) as u32, (top(self.rows.len()) + GAP) as u32);
        canvas.layer(&[("class", "axes")], |area| {
            for (column, title) in self.columns.iter().enumerate() {
                let middle = (left(column) + cell.0 / 2, HEAD / 2);
                canvas::lines(area, title, cell.0, middle, MIDDLE)?;
            }
            for (row, (title, _)) in self.rows.iter().enumerate() {
                let middle = (labels - 16, top(row) + cell.1 / 2);
                canvas::lines(area, title, labels - 24, middle, RIGHT)?;
            }
            Ok(())
        })?;
        for (row, (_, pictures)) in self.rows.iter().enumerate() {
            for (column, picture) in pictures.iter().enumerate() {
                if let Some(picture) = picture {
                    let place = (left(column), top(row));
                    canvas.image(place, cell, &picture.address());
                    let edge = outline::path(&picture.outlined, picture.width, place, cell);
                    if !edge.is_empty() {
                        canvas.path(&edge, style::OUTLINE, 4);
                    }
                }
            }
        }
        let frame = style::GRID.stroke_width(2);
        canvas.layer(&[("class", "frames")], |area| {
            for (row, (_, pictures)) in self.rows.iter().enumerate() {
                for (column, _) in pictures.iter().enumerate().filter(|(_, picture)| picture.is_some()) {
                    let (x, y) = (left(column), top(row));
                    area.draw(&Rectangle::new([(x, y), (x + cell.0, y + cell.1)], frame))?;
                }
            }
            Ok(())
        })?;
        Ok(canvas.finish(alternative))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_shows_every_picture_and_title() -> anyhow::Result<()> {
        let picture = || Some(Picture::mask(2, &[true, false]));
        let grid = PictureGrid {
            columns: vec!["image".into(), "<mask>".into()],
            rows: vec![("BCE".into(), vec![picture(), picture()]), ("Dice".into(), vec![None, picture()])],
        };
        let svg = grid.svg("pictures")?;
        assert_eq!(svg.matches("<image").count(), 3);
        assert!(svg.contains("BCE") && svg.contains("&lt;mask&gt;"), "{svg}");
        assert!(!svg.contains("<path"));
        let outlined = Picture::mask(2, &[true, false]).outlined(&[false, true]);
        let grid =
            PictureGrid { columns: vec!["mask".into()], rows: vec![("".into(), vec![Some(outlined)])] };
        assert_eq!(grid.svg("pictures")?.matches("<path").count(), 1);
        Ok(())
    }
}
