//! One line of a chart: its points with their markers, the line that joins them, and a band around it.

use crate::draw::axes::Axes;
use crate::draw::canvas::{self, Area, Canvas, DrawError, stroke};
use crate::draw::style::{Dash, Marker};
use plotters::prelude::*;

/// Opacity of a band.
const BAND: f64 = 0.15;

/// One line.
pub struct Series {
    /// Loss, as the study writes it.
    pub loss: String,
    /// Name in the legend; none where another series of the loss has it.
    pub legend: Option<String>,
    /// Shown where the pointer rests on the line.
    pub title: String,
    /// What it is: an attack's name, or `train`.
    pub kind: String,
    /// Points by rising x; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
    /// Shown where the pointer rests on a point, one each; empty where there is nothing to say.
    pub tips: Vec<String>,
    /// Whether a line joins the points.
    pub joined: bool,
    /// Lowest and highest y at each x, drawn as a band.
    pub band: Vec<(f64, f64, f64)>,
    /// Colour of line and markers.
    pub colour: RGBColor,
    /// Dashes of the line.
    pub dash: Dash,
    /// Markers at the points.
    pub marker: Option<Marker>,
}

impl Series {
    /// Draws the band.
    ///
    /// # Errors
    /// What plotters says.
    pub fn draw_band(&self, canvas: &mut Canvas, axes: &Axes) -> Result<(), DrawError> {
        if self.band.is_empty() {
            return Ok(());
        }
        canvas.layer(&[("class", "band"), ("data-loss", self.loss.as_str())], |area| {
            let mut plot = axes.plot(area)?;
            let band: Vec<_> = self.band.iter().filter(|(x, l, h)| (x + l + h).is_finite()).collect();
            if band.len() > 1 {
                let low = band.iter().map(|(x, low, _)| (*x, *low));
                let high = band.iter().rev().map(|(x, _, high)| (*x, *high));
                let edge: Vec<_> = low.chain(high).collect();
                plot.draw_series(std::iter::once(Polygon::new(edge, self.colour.mix(BAND).filled())))?;
            }
            Ok(())
        })
    }

    /// Draws line and points in a group of their own.
    ///
    /// # Errors
    /// What plotters says.
    pub fn draw(&self, canvas: &mut Canvas, axes: &Axes) -> Result<(), DrawError> {
        let mut group = vec![("class", "series"), ("data-loss", &self.loss), ("data-kind", &self.kind)];
        group.extend(self.legend.as_ref().map(|_| ("data-main", "")));
        canvas.open(&group, &self.title);
        if self.joined {
            canvas.layer(&stroke(self.dash), |area| {
                axes.plot(area)?.draw_series(LineSeries::new(self.finite(), self.colour.stroke_width(5)))?;
                Ok(())
            })?;
        }
        if self.tips.is_empty() { self.draw_points(canvas, axes) } else { self.draw_tips(canvas, axes) }?;
        canvas.close();
        Ok(())
    }

    /// The points, which only markers show.
    fn draw_points(&self, canvas: &mut Canvas, axes: &Axes) -> Result<(), DrawError> {
        canvas.layer(&[("class", "points")], |area| {
            let mut points = self.finite().filter(|_| self.marker.is_some());
            points.try_for_each(|point| self.draw_point(area, axes, point))
        })
    }

    /// The points with their tips, each in a group of its own.
    fn draw_tips(&self, canvas: &mut Canvas, axes: &Axes) -> Result<(), DrawError> {
        for (&point, tip) in self.points.iter().zip(&self.tips) {
            if point.0.is_finite() && point.1.is_finite() {
                canvas.open(&[("class", "point")], tip);
                canvas.layer(&[], |area| self.draw_point(area, axes, point))?;
                canvas.close();
            }
        }
        Ok(())
    }

    /// The marker of a point or, where the series has none, a disc only to be pointed at.
    fn draw_point(&self, area: &Area, axes: &Axes, point: (f64, f64)) -> Result<(), DrawError> {
        let place = axes.place(area, point)?;
        match self.marker {
            Some(marker) => canvas::marker(area, place, marker, 10, self.colour),
            None => area.draw(&Circle::new(place, 12, self.colour.mix(0.0).filled())),
        }
    }

    fn finite(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite())
    }
}
