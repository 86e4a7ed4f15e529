//! The legend of a line chart: losses on the first lines, what dashes and crosses mean below.

use crate::report::draw::canvas::{self, Area, Canvas, DrawError, LEFT, TEXT};
use crate::report::draw::line_chart::{EDGE, LineChart, cross, stroke};
use crate::report::draw::style::{self, Dash, Marker};
use plotters::prelude::*;

const LINE: i32 = 50;
/// Length of an entry's sample line.
const SAMPLE: i32 = 72;

/// Entries with their places.
pub struct Legend(Vec<Entry>);

impl Legend {
    /// Places of the legend's entries: losses on the first lines, dashes below.
    pub fn of(chart: &LineChart, width: i32) -> Self {
        let losses = chart.series.iter().filter_map(|series| {
            let text = series.legend.clone()?;
            Some((text, series.colour, series.joined.then_some(series.dash), series.marker))
        });
        let dashes = chart.dashes.iter().map(|(text, dash)| (text.clone(), style::FAINT, Some(*dash), None));
        let cross = (!chart.reported.is_empty())
            .then(|| ("reported by the paper".to_string(), style::FAINT, None, None));
        let dashes = dashes.chain(cross);
        let mut entries: Vec<Entry> = Vec::new();
        for (group, list) in [losses.collect::<Vec<_>>(), dashes.collect()].into_iter().enumerate() {
            let mut left = EDGE;
            let mut line = entries.last().map_or(0, |entry| entry.line + group.min(1) as i32);
            for (text, colour, dash, marker) in list {
                let wide = SAMPLE + 16 + canvas::width(&text, TEXT) + 28;
                if left > EDGE && left + wide > width {
                    (left, line) = (EDGE, line + 1);
                }
                entries.push(Entry { text, colour, dash, marker, left, line });
                left += wide;
            }
        }
        Self(entries)
    }

    /// Height of all lines, in half pixels.
    pub fn height(&self) -> i32 {
        LINE * self.0.last().map_or(0, |entry| entry.line + 1)
    }

    /// Draws every entry.
    ///
    /// # Errors
    /// What plotters says.
    pub fn draw(&self, canvas: &mut Canvas) -> Result<(), DrawError> {
        for entry in &self.0 {
            if let Some(dash) = entry.dash {
                canvas.layer(&stroke(dash), |area| entry.line(area))?;
            }
            canvas.layer(&[("class", "legend")], |area| entry.text(area))?;
        }
        Ok(())
    }
}

/// An entry of a legend.
struct Entry {
    text: String,
    colour: RGBColor,
    /// None for points that no line joins.
    dash: Option<Dash>,
    marker: Option<Marker>,
    left: i32,
    line: i32,
}

impl Entry {
    fn middle(&self) -> i32 {
        EDGE + LINE * self.line + LINE / 2
    }

    fn line(&self, area: &Area) -> Result<(), DrawError> {
        let ends = vec![(self.left, self.middle()), (self.left + SAMPLE, self.middle())];
        area.draw(&PathElement::new(ends, self.colour.stroke_width(5)))
    }

    fn text(&self, area: &Area) -> Result<(), DrawError> {
        if let Some(marker) = self.marker {
            canvas::marker(area, (self.left + SAMPLE / 2, self.middle()), marker, 10, self.colour)?;
        } else if self.dash.is_none() {
            cross(area, (self.left + SAMPLE / 2, self.middle()), self.colour)?;
        }
        let place = (self.left + SAMPLE + 16, self.middle());
        area.draw(&Text::new(self.text.clone(), place, canvas::text(TEXT, style::INK, LEFT)))
    }
}
