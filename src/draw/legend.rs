//! The legend of a chart: groups of entries, each group on lines of its own.

use crate::draw::canvas::{self, Area, Canvas, DrawError, EDGE, LEFT, TEXT, cross, stroke};
use crate::draw::style::{self, Dash, Marker};
use plotters::prelude::*;

const LINE: i32 = 50;
/// Length of an entry's sample line.
const SAMPLE: i32 = 72;

/// What a legend says of one way of drawing. Without a dash and a marker its sample is a cross.
pub struct Entry {
    /// What is drawn so.
    pub text: String,
    /// Colour of line and marker.
    pub colour: RGBColor,
    /// Dashes of the line; none for points that no line joins.
    pub dash: Option<Dash>,
    /// Marker of the points.
    pub marker: Option<Marker>,
}

/// Entries with their places.
pub struct Legend(Vec<Placed>);

impl Legend {
    /// Lays groups of entries out in lines of `width` half pixels at most.
    pub fn of(groups: impl IntoIterator<Item = Vec<Entry>>, width: i32) -> Self {
        let mut placed: Vec<Placed> = Vec::new();
        for group in groups {
            let mut left = EDGE;
            let mut line = placed.last().map_or(0, |last| last.line + 1);
            for entry in group {
                let wide = SAMPLE + 16 + canvas::width(&entry.text, TEXT) + 28;
                if left > EDGE && left + wide > width {
                    (left, line) = (EDGE, line + 1);
                }
                placed.push(Placed { entry, left, line });
                left += wide;
            }
        }
        Self(placed)
    }

    /// Height of all lines, in half pixels.
    pub fn height(&self) -> i32 {
        LINE * self.0.last().map_or(0, |last| last.line + 1)
    }

    /// Draws every entry.
    ///
    /// # Errors
    /// What plotters says.
    pub fn draw(&self, canvas: &mut Canvas) -> Result<(), DrawError> {
        for placed in &self.0 {
            if let Some(dash) = placed.entry.dash {
                canvas.layer(&stroke(dash), |area| placed.sample(area))?;
            }
            canvas.layer(&[("class", "legend")], |area| placed.text(area))?;
        }
        Ok(())
    }
}

/// An entry, its left edge in half pixels and its line.
struct Placed {
    entry: Entry,
    left: i32,
    line: i32,
}

impl Placed {
    fn middle(&self) -> i32 {
        EDGE + LINE * self.line + LINE / 2
    }

    fn sample(&self, area: &Area) -> Result<(), DrawError> {
        let ends = vec![(self.left, self.middle()), (self.left + SAMPLE, self.middle())];
        area.draw(&PathElement::new(ends, self.entry.colour.stroke_width(5)))
    }

    fn text(&self, area: &Area) -> Result<(), DrawError> {
        let Entry { text, colour, dash, marker } = &self.entry;
        let middle = (self.left + SAMPLE / 2, self.middle());
        if let Some(marker) = marker {
            canvas::marker(area, middle, *marker, 10, *colour)?;
        } else if dash.is_none() {
            cross(area, middle, *colour)?;
        }
        let place = (self.left + SAMPLE + 16, self.middle());
        area.draw(&Text::new(text.clone(), place, canvas::text(TEXT, style::INK, LEFT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        Entry { text: text.into(), colour: style::INK, dash: Some(Dash::Solid), marker: None }
    }

    #[test]
    fn a_group_begins_a_line_and_so_does_an_entry_that_finds_no_room() {
        let group = || vec![entry("one"), entry("two")];
        assert_eq!(Legend::of([group()], 1000).height(), LINE);
        assert_eq!(Legend::of([group(), group()], 1000).height(), 2 * LINE);
        assert_eq!(Legend::of([group()], 200).height(), 2 * LINE);
        assert_eq!(Legend::of([Vec::new()], 200).height(), 0);
    }
}
