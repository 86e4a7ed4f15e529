//! A chart of intervals: points in a row with a bar each, the line of no difference, and below a strip that marks
//! which of some labels each point has. Several panels stand one above the other.

use crate::draw::canvas::{self, Area, Canvas, DrawError, EDGE, LEFT, RIGHT, TEXT};
use crate::draw::scale::{trim, widened};
use crate::draw::style::{self, Marker};
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

/// Width of a chart at least, in half pixels.
const WIDTH: i32 = 1280;
/// Between two points, in half pixels: at least and at most.
const STEP: [i32; 2] = [16, 60];
const TITLE: i32 = 76;
const PLOT_HEIGHT: i32 = 480;
const ROW: i32 = 36;
/// Room between a label and the points, where the numbers of the vertical axis stand.
const NUMBERS: i32 = 110;

/// Panels over the same labels.
pub struct IntervalChart {
    /// Title of the vertical axis.
    pub y_title: String,
    /// What the strips mark, from above.
    pub labels: Vec<String>,
    /// From above.
    pub panels: Vec<Panel>,
}

/// One row of points.
pub struct Panel {
    /// Stands above it.
    pub title: String,
    /// From the left.
    pub bars: Vec<Bar>,
}

/// A point with its interval.
pub struct Bar {
    /// Where the point stands.
    pub value: f64,
    /// Ends of the bar.
    pub interval: [f64; 2],
    /// Colour of both.
    pub colour: RGBColor,
    /// Shape of the point.
    pub marker: Marker,
    /// Shown where the pointer rests on it.
    pub tip: String,
    /// Which labels it has, by their places.
    pub labels: Vec<usize>,
}

/// Where things lie, in half pixels.
struct Layout {
    /// Of the first point, and between two.
    left: i32,
    step: i32,
    width: i32,
    y_range: Range<f64>,
}

impl IntervalChart {
    /// The chart as SVG.
    ///
    /// # Errors
    /// What plotters says.
    pub fn svg(&self, alternative: &str) -> Result<String, DrawError> {
        let layout = self.layout();
        let panel_height = TITLE + PLOT_HEIGHT + EDGE + ROW * self.labels.len() as i32 + EDGE;
        let height = panel_height * self.panels.len().max(1) as i32 + EDGE;
        let mut canvas = Canvas::new(layout.width as u32, height as u32);
        for (place, panel) in self.panels.iter().enumerate() {
            self.draw_panel(&mut canvas, &layout, panel, panel_height * place as i32)?;
        }
        Ok(canvas.finish(alternative))
    }

    fn layout(&self) -> Layout {
        let widest = self.labels.iter().map(|label| canvas::width(label, TEXT)).max().unwrap_or(0);
        let left = EDGE + widest + NUMBERS;
        let count = self.panels.iter().map(|panel| panel.bars.len()).max().unwrap_or(0).max(1) as i32;
        let step = ((WIDTH - EDGE - left) / count).clamp(STEP[0], STEP[1]);
        let ends = self.panels.iter().flat_map(|panel| panel.bars.iter().flat_map(|bar| bar.interval));
        Layout {
            left: left + step / 2,
            step,
            width: WIDTH.max(left + step * count + EDGE),
            y_range: widened(ends.chain([0.0])),
        }
    }

    fn draw_panel(
        &self,
        canvas: &mut Canvas,
        layout: &Layout,
        panel: &Panel,
        top: i32,
    ) -> Result<(), DrawError> {
        canvas.layer(&[("class", "axis")], |area| {
            let title = canvas::text(TEXT, style::INK, LEFT);
            area.draw(&Text::new(panel.title.clone(), (EDGE, top + TITLE / 2), title))?;
            self.draw_axis(area, layout, top + TITLE)
        })?;
        let strip = top + TITLE + PLOT_HEIGHT + EDGE;
        canvas.layer(&[("class", "labels")], |area| self.draw_labels(area, layout, panel, strip))?;
        for (place, bar) in panel.bars.iter().enumerate() {
            canvas.open(&[("class", "point")], &bar.tip);
            canvas.layer(&[], |area| {
                let x = layout.x(place);
                bar.draw(area, layout, (x, top + TITLE))?;
                bar.labels.iter().try_for_each(|&label| {
                    let place = (x, strip + ROW * label as i32 + ROW / 2);
                    area.draw(&Circle::new(place, 7, bar.colour.filled()))
                })
            })?;
            canvas.close();
        }
        Ok(())
    }

    /// The vertical axis with its numbers, grid lines, and the line of no difference.
    fn draw_axis(&self, area: &Area, layout: &Layout, top: i32) -> Result<(), DrawError> {
        let range: RangedCoordf64 = layout.y_range.clone().into();
        let ends = [layout.left - layout.step / 2, layout.width - EDGE];
        for tick in range.key_points(6) {
            let y = top + layout.y(tick);
            let (colour, wide) = if tick == 0.0 { (style::INK, 3) } else { (style::GRID, 2) };
            area.draw(&PathElement::new(vec![(ends[0], y), (ends[1], y)], colour.stroke_width(wide)))?;
            let number = trim(&format!("{tick:.3}")).to_string();
            area.draw(&Text::new(number, (ends[0] - 12, y), canvas::text(TEXT, style::INK, RIGHT)))?;
        }
        let lines = canvas::wrapped(&self.y_title, layout.left - NUMBERS - EDGE);
        let middle = top + PLOT_HEIGHT / 2;
        for (place, line) in lines.into_iter().enumerate() {
            let at = (EDGE, middle + place as i32 * (TEXT + 4));
            area.draw(&Text::new(line, at, canvas::text(TEXT, style::FAINT, LEFT)))?;
        }
        Ok(())
    }

    /// The labels, and a faint dot where a point does not have one.
    fn draw_labels(&self, area: &Area, layout: &Layout, panel: &Panel, top: i32) -> Result<(), DrawError> {
        for (row, label) in self.labels.iter().enumerate() {
            let y = top + ROW * row as i32 + ROW / 2;
            let at = (layout.left - layout.step / 2 - 12, y);
            area.draw(&Text::new(label.clone(), at, canvas::text(TEXT - 2, style::INK, RIGHT)))?;
            for (place, _) in panel.bars.iter().enumerate().filter(|(_, bar)| !bar.labels.contains(&row)) {
                area.draw(&Circle::new((layout.x(place), y), 2, style::GRID.filled()))?;
            }
        }
        Ok(())
    }
}

impl Layout {
    fn x(&self, place: usize) -> i32 {
        self.left + self.step * place as i32
    }

    /// From the upper end of the plot.
    fn y(&self, value: f64) -> i32 {
        let Range { start, end } = self.y_range;
        ((end - value) / (end - start) * f64::from(PLOT_HEIGHT)).round() as i32
    }
}

impl Bar {
    fn draw(&self, area: &Area, layout: &Layout, (x, top): (i32, i32)) -> Result<(), DrawError> {
        let [low, high] = self.interval.map(|end| top + layout.y(end));
        area.draw(&PathElement::new(vec![(x, low), (x, high)], self.colour.stroke_width(4)))?;
        canvas::marker(area, (x, top + layout.y(self.value)), self.marker, 8, self.colour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: f64, labels: &[usize]) -> Bar {
        Bar {
            value,
            interval: [value - 0.1, value + 0.1],
            colour: style::INK,
            marker: Marker::Circle,
            tip: format!("at {value}"),
            labels: labels.to_vec(),
        }
    }

    fn chart(bars: Vec<Bar>) -> IntervalChart {
        IntervalChart {
            y_title: "difference".into(),
            labels: vec!["one".into(), "two".into()],
            panels: vec![Panel { title: "first & second".into(), bars }],
        }
    }

    #[test]
    fn every_point_has_its_bar_its_tip_and_a_dot_a_label() -> anyhow::Result<()> {
        let svg = chart(vec![bar(-0.3, &[0]), bar(0.2, &[0, 1])]).svg("a chart")?;
        assert_eq!(svg.matches("class=\"point\"").count(), 2);
        assert!(svg.contains("<title>at -0.3</title>") && svg.contains("<title>at 0.2</title>"), "{svg}");
        // Two points and three labels that they have; one that the first has not.
        assert_eq!(svg.matches("<circle").count(), 2 + 3 + 1);
        assert!(
            svg.contains("first &amp; second") && svg.contains("\none\n") && svg.contains("\n0\n"),
            "{svg}"
        );
        Ok(())
    }

    #[test]
    fn higher_values_stand_higher_and_ends_lie_within() {
        let layout = chart(vec![bar(-0.3, &[]), bar(0.2, &[])]).layout();
        assert!(layout.y(0.2) < layout.y(0.0) && layout.y(0.0) < layout.y(-0.3));
        assert!((0..=PLOT_HEIGHT).contains(&layout.y(0.3)) && (0..=PLOT_HEIGHT).contains(&layout.y(-0.4)));
    }

    #[test]
    fn many_points_widen_the_chart_and_none_is_drawn_too() -> anyhow::Result<()> {
        let many = chart((0..200).map(|place| bar(f64::from(place) * 0.01, &[1])).collect()).layout();
        assert!(many.width > WIDTH && many.x(199) < many.width - EDGE);
        assert!(chart(Vec::new()).svg("no chart")?.contains("</svg>"));
        Ok(())
    }
}
