//! A line chart: series with markers, bands and dashes over two axes, its legend above.

use crate::report::draw::canvas::{self, Area, Canvas, DrawError, MIDDLE, TEXT};
use crate::report::draw::legend::Legend;
use crate::report::draw::style::{self, Dash, Marker};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

const WIDTH: u32 = 1280;
const PLOT_HEIGHT: i32 = 660;
/// Room at the edges, in half pixels.
pub(crate) const EDGE: i32 = 24;
const AXIS_LABELS: i32 = 100;
/// Opacity of a band.
const BAND: f64 = 0.15;

/// A chart to be drawn.
pub struct LineChart {
    /// Title of the horizontal axis.
    pub x_title: String,
    /// Title of the vertical axis.
    pub y_title: String,
    /// Whether the horizontal axis counts, so that it is labelled at whole numbers.
    pub x_counts: bool,
    /// Ends of the vertical axis.
    pub y_range: Range<f64>,
    /// A vertical line with a label, drawn where it lies between the ends of the axis.
    pub mark: Option<(f64, String)>,
    /// Lines, those on top last.
    pub series: Vec<Series>,
    /// What the legend says of each dash: text and dash.
    pub dashes: Vec<(String, Dash)>,
    /// Points that others reported, drawn as crosses.
    pub reported: Vec<Reported>,
}

/// A point that somebody else reported.
pub struct Reported {
    /// Place on both axes.
    pub point: (f64, f64),
    /// Shown where the pointer rests on it.
    pub title: String,
    /// Colour of the loss that it is about.
    pub colour: RGBColor,
}

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

type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl LineChart {
    /// The chart as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let legend = Legend::of(self, WIDTH as i32);
        let mark = if self.mark().is_some() { TEXT + 14 } else { 0 };
        let top = EDGE + legend.height() + 16 + mark;
        let mut canvas = Canvas::new(WIDTH, (top + PLOT_HEIGHT + AXIS_LABELS + 10) as u32);
        canvas.layer(&[("class", "axes")], |area| self.axes(area, top))?;
        legend.draw(&mut canvas)?;
        // Bands first, so that they cover no line.
        for series in self.series.iter().filter(|series| !series.band.is_empty()) {
            let group = [("class", "band"), ("data-loss", series.loss.as_str())];
            canvas.layer(&group, |area| series.band(&mut self.plot(area, top)?))?;
        }
        for series in &self.series {
            let mut group =
                vec![("class", "series"), ("data-loss", &series.loss), ("data-kind", &series.kind)];
            group.extend(series.legend.as_ref().map(|_| ("data-main", "")));
            canvas.open(&group, &series.title);
            if series.joined {
                canvas.layer(&stroke(series.dash), |area| series.line(&mut self.plot(area, top)?))?;
            }
            self.markers(&mut canvas, top, series)?;
            canvas.close();
        }
        for reported in &self.reported {
            canvas.open(&[("class", "reported")], &reported.title);
            canvas.layer(&[("stroke-linecap", "round")], |area| {
                cross(area, self.plot(area, top)?.backend_coord(&reported.point), reported.colour)
            })?;
            canvas.close();
        }
        Ok(canvas.finish(alternative))
    }

    /// Ends of the horizontal axis: those of the points, with some room where no line joins them, or one
    /// around a single x.
    fn x_range(&self) -> Range<f64> {
        let room = if self.series.iter().any(|series| series.joined) { 0.0 } else { 0.05 };
        let xs = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        let xs = xs.filter(|x| x.is_finite());
        let (low, high) = xs.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        match low.partial_cmp(&high) {
            Some(std::cmp::Ordering::Less) => low - room * (high - low)..high + room * (high - low),
            Some(std::cmp::Ordering::Equal) => low - 0.5..high + 0.5,
            _ => 0.0..1.0,
        }
    }

    fn plot<'a, 'b>(&self, area: &'a Area<'b>, top: i32) -> Result<Plot<'a, 'b>, DrawError> {
        ChartBuilder::on(area)
            .margin_top(top)
            .margin_left(10)
            .margin_bottom(10)
            .margin_right(EDGE + 20)
            .x_label_area_size(AXIS_LABELS)
            .y_label_area_size(AXIS_LABELS + 20)
            .build_cartesian_2d(self.x_range(), self.y_range.clone())
    }

    fn axes(&self, area: &Area, top: i32) -> Result<(), DrawError> {
        let mut plot = self.plot(area, top)?;
        let x_digits = if self.x_counts { 0 } else { 2 };
        let number = move |value: &f64, digits: usize| format!("{value:.digits$}");
        plot.configure_mesh()
            .disable_x_mesh()
            .light_line_style(style::GRID.mix(0.0))
            .bold_line_style(style::GRID.stroke_width(2))
            .axis_style(style::FAINT.stroke_width(2))
            .x_labels(if self.x_counts { self.x_range().end.clamp(2.0, 11.0) as usize } else { 11 })
            .y_labels(6)
            .x_label_formatter(&move |x| trim(number(x, x_digits)))
            .y_label_formatter(&|y| trim(format!("{y:.2}")))
            .label_style(canvas::text(TEXT, style::INK, MIDDLE))
            .axis_desc_style(canvas::text(TEXT, style::INK, MIDDLE))
            .x_desc(self.x_title.as_str())
            .y_desc(self.y_title.as_str())
            .draw()?;
        let Some((x, label)) = self.mark() else {
            return Ok(());
        };
        let ends = [(x, self.y_range.start), (x, self.y_range.end)];
        plot.draw_series(LineSeries::new(ends, style::FAINT.stroke_width(2)))?;
        let (left, head) = plot.backend_coord(&ends[1]);
        let half = canvas::width(label, TEXT - 4) / 2;
        let middle = left.clamp(EDGE + half, (WIDTH as i32 - EDGE - half).max(EDGE + half));
        let words = canvas::text(TEXT - 4, style::FAINT, MIDDLE);
        area.draw(&Text::new(label.to_string(), (middle, head - TEXT / 2 - 8), words))
    }

    /// The mark, where it lies between the ends of the axis.
    fn mark(&self) -> Option<(f64, &str)> {
        let range = self.x_range();
        let (x, label) = self.mark.as_ref()?;
        (*x > range.start && *x < range.end).then_some((*x, label.as_str()))
    }

    /// The points of a series: with tips each in a group of its own, drawn or, where the series has no
    /// marker, only to be pointed at.
    fn markers(&self, canvas: &mut Canvas, top: i32, series: &Series) -> Result<(), DrawError> {
        let draw = |area: &Area, point: (f64, f64)| {
            let place = self.plot(area, top)?.backend_coord(&point);
            match series.marker {
                Some(marker) => canvas::marker(area, place, marker, 10, series.colour),
                None => area.draw(&Circle::new(place, 12, series.colour.mix(0.0).filled())),
            }
        };
        if series.tips.is_empty() {
            let points = series.finite().filter(|_| series.marker.is_some());
            let points: Vec<(f64, f64)> = points.collect();
            return canvas.layer(&[("class", "points")], |area| {
                points.into_iter().try_for_each(|point| draw(area, point))
            });
        }
        for (&point, tip) in series.points.iter().zip(&series.tips) {
            if point.0.is_finite() && point.1.is_finite() {
                canvas.open(&[("class", "point")], tip);
                canvas.layer(&[], |area| draw(area, point))?;
                canvas.close();
            }
        }
        Ok(())
    }
}

impl Series {
    fn line(&self, plot: &mut Plot) -> Result<(), DrawError> {
        plot.draw_series(LineSeries::new(self.finite(), self.colour.stroke_width(5)))?;
        Ok(())
    }

    fn band(&self, plot: &mut Plot) -> Result<(), DrawError> {
        let band: Vec<_> = self.band.iter().filter(|(x, l, h)| (x + l + h).is_finite()).collect();
        if band.len() > 1 {
            let low = band.iter().map(|(x, low, _)| (*x, *low));
            let high = band.iter().rev().map(|(x, _, high)| (*x, *high));
            let edge: Vec<_> = low.chain(high).collect();
            plot.draw_series(std::iter::once(Polygon::new(edge, self.colour.mix(BAND).filled())))?;
        }
        Ok(())
    }

    fn finite(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite())
    }
}

/// A cross on white, so that it shows on a line of its own colour.
pub(crate) fn cross(area: &Area, (x, y): (i32, i32), colour: RGBColor) -> Result<(), DrawError> {
    const ARM: i32 = 14;
    for (colour, width) in [(WHITE, 13), (colour, 6)] {
        for side in [-1, 1] {
            let ends = vec![(x - ARM, y - side * ARM), (x + ARM, y + side * ARM)];
            area.draw(&PathElement::new(ends, colour.stroke_width(width)))?;
        }
    }
    Ok(())
}

/// Attributes of a group of lines.
pub(crate) fn stroke(dash: Dash) -> [(&'static str, &'static str); 2] {
    [("stroke-dasharray", dash.pattern()), ("stroke-linecap", "round")]
}

/// A number without zeros at its end.
fn trim(number: String) -> String {
    let short =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    if short == "-0" { "0".to_string() } else { short.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> LineChart {
        LineChart {
            x_title: "level".into(),
            y_title: "Dice".into(),
            x_counts: false,
            y_range: 0.0..1.0,
            mark: Some((0.1, "brightest <voxel>".into())),
            series: vec![Series {
                loss: "bce".into(),
                legend: Some("BCE & more".into()),
                title: "BCE".into(),
                kind: "signed".into(),
                band: points.iter().map(|(x, y)| (*x, y - 0.1, y + 0.1)).collect(),
                points,
                tips: Vec::new(),
                joined: true,
                colour: style::colour(0),
                dash: Dash::Solid,
                marker: Some(Marker::Circle),
            }],
            dashes: vec![("random pixels".into(), Dash::Dashed)],
            reported: Vec::new(),
        }
    }

    #[test]
    fn each_finite_point_has_a_marker_and_the_legend_one_more() -> anyhow::Result<()> {
        let svg = chart(vec![(0.0, 0.9), (0.1, f64::NAN), (0.2, 0.5)]).svg("a chart")?;
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("BCE &amp; more") && svg.contains("brightest &lt;voxel&gt;"), "{svg}");
        Ok(())
    }

    #[test]
    fn points_with_tips_can_be_pointed_at_one_by_one() -> anyhow::Result<()> {
        let mut chart = chart(vec![(0.0, 0.9), (0.1, f64::NAN), (0.2, 0.5)]);
        chart.series[0].tips = ["0: <0.9>", "0.1: none", "0.2: 0.5"].map(String::from).to_vec();
        let svg = chart.svg("a chart")?;
        assert_eq!(svg.matches("class=\"point\"").count(), 2);
        assert!(svg.contains("<title>0: &lt;0.9&gt;</title>") && !svg.contains("none</title>"), "{svg}");
        Ok(())
    }

    #[test]
    fn what_others_reported_is_a_cross_and_in_the_legend() -> anyhow::Result<()> {
        let mut chart = chart(vec![(0.0, 0.9), (0.2, 0.5)]);
        let title = "the paper: about 0.6".to_string();
        chart.reported = vec![Reported { point: (0.1, 0.6), title, colour: style::colour(0) }];
        let svg = chart.svg("a chart")?;
        assert!(svg.contains("<title>the paper: about 0.6</title>"), "{svg}");
        assert!(svg.contains("reported by the paper"), "{svg}");
        Ok(())
    }

    #[test]
    fn charts_without_a_finite_point_or_with_one_are_still_drawn() -> anyhow::Result<()> {
        for points in [vec![], vec![(f64::NAN, f64::NAN)], vec![(0.2, 0.5)]] {
            assert!(chart(points).svg("a chart")?.contains("BCE"));
        }
        Ok(())
    }

    #[test]
    fn numbers_lose_their_empty_digits() {
        assert_eq!(
            ["0.50", "0.05", "100", "1.00", "-0.00"].map(|text| trim(text.into())),
            ["0.5", "0.05", "100", "1", "0"]
        );
    }
}
