//! The two axes of a chart: where a point lies, numbers along them, titles, and a mark across.

use crate::draw::canvas::{self, Area, DrawError, EDGE, MIDDLE, TEXT};
use crate::draw::scale::trim;
use crate::draw::style;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

const PLOT_HEIGHT: i32 = 660;
/// Room for numbers and title of the horizontal axis, in half pixels.
const LABELS: i32 = 100;
/// Between the upper end of the vertical axis and what is above it, and below the horizontal one.
const MARGIN: i32 = 10;

/// What plotters draws lines on.
pub type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Axes of a chart that is `width` half pixels wide, below `top`.
pub struct Axes<'a> {
    /// Width of the chart, in half pixels.
    pub width: i32,
    /// Where the vertical axis ends, in half pixels from above.
    pub top: i32,
    /// Title of the horizontal axis.
    pub x_title: &'a str,
    /// Title of the vertical axis.
    pub y_title: &'a str,
    /// Ends of the horizontal axis.
    pub x_range: Range<f64>,
    /// Ends of the vertical axis.
    pub y_range: Range<f64>,
    /// Whether the horizontal axis counts, so that it is labelled at whole numbers.
    pub x_counts: bool,
    /// A vertical line with a label.
    pub mark: Option<(f64, &'a str)>,
}

impl Axes<'_> {
    /// Height of the chart with its axes, in half pixels.
    pub fn height(&self) -> i32 {
        self.top + PLOT_HEIGHT + LABELS + MARGIN
    }

    /// What lies between the axes.
    ///
    /// # Errors
    /// What plotters says.
    pub fn plot<'a, 'b>(&self, area: &'a Area<'b>) -> Result<Plot<'a, 'b>, DrawError> {
        ChartBuilder::on(area)
            .margin_top(self.top)
            .margin_left(10)
            .margin_bottom(MARGIN)
            .margin_right(EDGE + 20)
            .x_label_area_size(LABELS)
            .y_label_area_size(LABELS + 20)
            .build_cartesian_2d(self.x_range.clone(), self.y_range.clone())
    }

    /// Where a point lies, in half pixels.
    ///
    /// # Errors
    /// What plotters says.
    pub fn place(&self, area: &Area, point: (f64, f64)) -> Result<(i32, i32), DrawError> {
        Ok(self.plot(area)?.backend_coord(&point))
    }

    /// Numbers along the horizontal axis, at most: where it counts, none between whole ones.
    fn x_labels(&self) -> usize {
        let width = self.x_range.end - self.x_range.start;
        match self.x_counts {
            true => (width as usize + 1).clamp(2, 11),
            false => 11,
        }
    }

    /// Draws the axes and the mark.
    ///
    /// # Errors
    /// What plotters says.
    pub fn draw(&self, area: &Area) -> Result<(), DrawError> {
        let mut plot = self.plot(area)?;
        let x_digits = self.x_digits();
        plot.configure_mesh()
            .disable_x_mesh()
            .light_line_style(style::GRID.mix(0.0))
            .bold_line_style(style::GRID.stroke_width(2))
            .axis_style(style::FAINT.stroke_width(2))
            .x_labels(self.x_labels())
            .y_labels(6)
            .x_label_formatter(&move |x| trim(&format!("{x:.x_digits$}")).to_string())
            .y_label_formatter(&|y| trim(&format!("{y:.2}")).to_string())
            .label_style(canvas::text(TEXT, style::INK, MIDDLE))
            .axis_desc_style(canvas::text(TEXT, style::INK, MIDDLE))
            .x_desc(self.x_title)
            .y_desc(self.y_title)
            .draw()?;
        self.mark.map_or(Ok(()), |mark| self.draw_mark(area, &mut plot, mark))
    }

    /// Digits behind the point of a number below the axis: as many as tell the numbers apart, 2 at least.
    fn x_digits(&self) -> usize {
        let step = (self.x_range.end - self.x_range.start) / 10.0;
        if self.x_counts { 0 } else { (-step.log10()).ceil().clamp(2.0, 9.0) as usize }
    }

    fn draw_mark(&self, area: &Area, plot: &mut Plot, (x, label): (f64, &str)) -> Result<(), DrawError> {
        let ends = [(x, self.y_range.start), (x, self.y_range.end)];
        plot.draw_series(LineSeries::new(ends, style::FAINT.stroke_width(2)))?;
        let (left, head) = plot.backend_coord(&ends[1]);
        let half = canvas::width(label, TEXT - 4) / 2;
        let middle = left.clamp(EDGE + half, (self.width - EDGE - half).max(EDGE + half));
        let words = canvas::text(TEXT - 4, style::FAINT, MIDDLE);
        area.draw(&Text::new(label.to_string(), (middle, head - TEXT / 2 - 8), words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::canvas::Canvas;

    fn axes() -> Axes<'static> {
        Axes {
            width: 1280,
            top: 100,
            x_title: "epoch",
            y_title: "Dice",
            x_range: 1.0..3.0,
            y_range: 0.0..1.0,
            x_counts: true,
            mark: None,
        }
    }

    fn drawn(axes: &Axes) -> Result<String, DrawError> {
        let mut canvas = Canvas::new(1280, axes.height() as u32);
        canvas.layer(&[], |area| axes.draw(area))?;
        Ok(canvas.finish("axes"))
    }

    #[test]
    fn numbers_of_a_short_axis_are_told_apart() {
        let digits = |end: f64| Axes { x_range: 0.0..end, x_counts: false, ..axes() }.x_digits();
        assert_eq!([1.0, 0.2, 0.1, 0.008, 0.0005].map(digits), [2, 2, 2, 4, 5]);
    }

    #[test]
    fn an_axis_that_counts_has_no_fractions() -> anyhow::Result<()> {
        let whole = drawn(&axes())?;
        assert!(whole.contains("\n2\n") && !whole.contains("\n1.5\n"), "{whole}");
        let any = drawn(&Axes { x_counts: false, ..axes() })?;
        assert!(any.contains("\n1.5\n") || any.contains("\n1.6\n"), "{any}");
        Ok(())
    }

    #[test]
    fn a_mark_has_its_label_within_the_chart() -> anyhow::Result<()> {
        let svg = drawn(&Axes { mark: Some((3.0, "the very last epoch of the training")), ..axes() })?;
        let (before, _) = svg.split_once("\nthe very last epoch").expect("the label");
        let text = before.rsplit("<text").next().unwrap_or_default();
        let x = text.split_once("x=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(x, _)| x.parse());
        let half = canvas::width("the very last epoch of the training", TEXT - 4) / 2;
        assert_eq!(x, Some(Ok(1280 - EDGE - half)));
        Ok(())
    }
}
