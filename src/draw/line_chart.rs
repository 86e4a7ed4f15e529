//! A line chart: series over two axes, crosses on top, its legend above.

use crate::draw::axes::Axes;
use crate::draw::canvas::{Canvas, DrawError, EDGE, TEXT, cross};
use crate::draw::legend::{Entry, Legend};
use crate::draw::scale::ends;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use plotters::style::RGBColor;
use std::ops::Range;

/// Width of a chart, in half pixels.
const WIDTH: i32 = 1280;

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
    /// Points that the paper reports.
    pub crosses: Vec<Cross>,
}

/// A point that is drawn as a cross.
pub struct Cross {
    /// Place on both axes.
    pub point: (f64, f64),
    /// Shown where the pointer rests on it.
    pub title: String,
    /// Colour of the loss that it is about.
    pub colour: RGBColor,
}

impl LineChart {
    /// The chart as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let legend = Legend::of([self.losses(), self.meanings()], WIDTH);
        let axes = self.axes(EDGE + legend.height() + 16);
        let mut canvas = Canvas::new(WIDTH as u32, axes.height() as u32);
        canvas.layer(&[("class", "axes")], |area| axes.draw(area))?;
        legend.draw(&mut canvas)?;
        // Bands first, so that they cover no line.
        self.series.iter().try_for_each(|series| series.draw_band(&mut canvas, &axes))?;
        self.series.iter().try_for_each(|series| series.draw(&mut canvas, &axes))?;
        for one in &self.crosses {
            canvas.open(&[("class", "reported")], &one.title);
            canvas.layer(&[("stroke-linecap", "round")], |area| {
                cross(area, axes.place(area, one.point)?, one.colour)
            })?;
            canvas.close();
        }
        Ok(canvas.finish(alternative))
    }

    /// The axes below `top` half pixels, and below the label of the mark where it is drawn.
    fn axes(&self, top: i32) -> Axes<'_> {
        let x_range = self.x_range();
        let mark = self.mark.as_ref().map(|(x, label)| (*x, label.as_str()));
        let mark = mark.filter(|(x, _)| *x > x_range.start && *x < x_range.end);
        Axes {
            width: WIDTH,
            top: top + if mark.is_some() { TEXT + 14 } else { 0 },
            x_title: &self.x_title,
            y_title: &self.y_title,
            x_range,
            y_range: self.y_range.clone(),
            x_counts: self.x_counts,
            mark,
        }
    }

    /// Ends of the horizontal axis: those of the points, with some room where no line joins them, or one
    /// around a single x.
    fn x_range(&self) -> Range<f64> {
        let room = if self.series.iter().any(|series| series.joined) { 0.0 } else { 0.05 };
        let xs = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        match ends(xs) {
            Some((low, high)) if low < high => low - room * (high - low)..high + room * (high - low),
            Some((low, high)) if self.x_counts => low - 1.0..high + 1.0,
            Some((low, high)) => low - 0.5..high + 0.5,
            None => 0.0..1.0,
        }
    }

    /// The legend's first group: the losses.
    fn losses(&self) -> Vec<Entry> {
        let entry = |series: &Series| {
            Some(Entry {
                text: series.legend.clone()?,
                colour: series.colour,
                dash: series.joined.then_some(series.dash),
                marker: series.marker,
            })
        };
        self.series.iter().filter_map(entry).collect()
    }

    /// The legend's second group: what dashes and crosses mean.
    fn meanings(&self) -> Vec<Entry> {
        let faint =
            |text: &str, dash| Entry { text: text.to_string(), colour: style::FAINT, dash, marker: None };
        let dashes = self.dashes.iter().map(|(text, dash)| faint(text, Some(*dash)));
        let cross = (!self.crosses.is_empty()).then(|| faint("reported by the paper", None));
        dashes.chain(cross).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::style::Marker;

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
            crosses: Vec::new(),
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
        chart.crosses = vec![Cross { point: (0.1, 0.6), title, colour: style::colour(0) }];
        let svg = chart.svg("a chart")?;
        assert!(svg.contains("<title>the paper: about 0.6</title>"), "{svg}");
        assert!(svg.contains("reported by the paper"), "{svg}");
        Ok(())
    }

    #[test]
    fn a_single_count_stands_between_its_neighbours() -> anyhow::Result<()> {
        let svg = LineChart { x_counts: true, mark: None, ..chart(vec![(5.0, 0.5)]) }.svg("a chart")?;
        let labelled = |label: &str| svg.matches(&format!(">\n{label}\n<")).count();
        assert_eq!(["4", "5", "6"].map(labelled), [1, 1, 1], "{svg}");
        Ok(())
    }

    #[test]
    fn charts_without_a_finite_point_or_with_one_are_still_drawn() -> anyhow::Result<()> {
        for points in [vec![], vec![(f64::NAN, f64::NAN)], vec![(0.2, 0.5)]] {
            assert!(chart(points).svg("a chart")?.contains("BCE"));
        }
        Ok(())
    }
}
