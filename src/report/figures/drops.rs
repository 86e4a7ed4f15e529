//! Which map finds the pixels that hurt most: Dice lost against the number of pixels, a line for each way of explaining.

use crate::attack;
use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::widened;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::drops::{Drop, differences, drops};
use crate::evidence::summary::Summary;
use crate::records::run::Run;
use crate::report::figure::{Figure, Part};
use crate::report::figures::panel::{Axis, Panel};
use crate::report::table::Table;

/// A figure per loss and sweep of numbers of pixels, where the study names several methods.
///
/// # Errors
/// What plotters says.
pub fn figures(run: &Run, summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let study = &run.study;
    let mut figures = Vec::new();
    if study.explainers.len() < 2 {
        return Ok(figures);
    }
    let panels = study.sweeps.iter().flat_map(|(name, sweep)| Panel::of(name, sweep));
    for panel in panels.filter(|panel| panel.axis == Axis::Pixels) {
        for loss in &summary.losses {
            let lines = Lines::of(run, summary, &panel.sweep, &loss.loss);
            if !lines.methods.is_empty() {
                figures.push(lines.figure(summary, &panel, [&loss.loss, &loss.title])?);
            }
        }
    }
    Ok(figures)
}

/// Drops by ranking: those that read a map, and controls.
struct Lines<'a> {
    methods: Vec<(&'a str, Vec<Drop>)>,
    controls: Vec<(&'a str, Vec<Drop>)>,
    /// How much more each of both loses than the first method, in their order.
    more: Vec<Vec<Drop>>,
}

impl<'a> Lines<'a> {
    fn of(run: &Run, summary: &'a Summary, sweep: &str, loss: &str) -> Self {
        let of = |rankings: &'a [String]| -> Vec<(&'a str, Vec<Drop>)> {
            let drops = rankings.iter().map(|ranking| {
                let cells = run.cells.iter().filter(|cell| cell.record.loss == loss);
                (ranking.as_str(), drops(cells, sweep, ranking, &|volume| run.subject(volume)))
            });
            drops.filter(|(_, drops)| drops.iter().any(|drop| drop.lost.is_finite())).collect()
        };
        let (methods, controls) = (of(&summary.rankings), of(&summary.controls));
        let first = methods.first().map_or("", |(ranking, _)| *ranking);
        let more = methods.iter().chain(&controls).map(|(ranking, _)| {
            let cells = run.cells.iter().filter(|cell| cell.record.loss == loss);
            differences(cells, sweep, [ranking, first], &|volume| run.subject(volume))
        });
        Self { more: more.collect(), methods, controls }
    }

    fn figure(
        &self,
        summary: &Summary,
        panel: &Panel,
        [loss, title]: [&str; 2],
    ) -> Result<Figure, DrawError> {
        let bands = if summary.seeds() == 1 { "test volumes" } else { "seeds and test volumes" };
        let best = self.best().unwrap_or_default();
        Ok(Figure {
            name: format!("{} by map {loss}", panel.name()),
            part: Part::Sweeps,
            ranking: None,
            title: format!("{}: which map finds the pixels that hurt most, {title}", panel.name()),
            caption: format!(
                "Dice lost by networks of {title}, as {}. Solid: pixels ranked by the map of each method; dashed and dotted: controls, which read no map. Bands are 95% intervals over {bands}; the numbers have intervals of what each loses more than the first method too, by the same networks on the same volumes.{best}",
                panel.words
            ),
            svg: self.chart(panel, loss).svg(&format!(
                "Line chart of Dice lost against the number of pixels, a line for each way of explaining.{best}"
            ))?,
            numbers: self.numbers(),
            long: None,
        })
    }

    /// The ranking that costs most where most pixels are replaced, and how much more than the first one.
    fn best(&self) -> Option<String> {
        let each = self.methods.iter().zip(&self.more);
        let last = each.filter_map(|((ranking, drops), more)| Some((*ranking, drops.last()?, more.last())));
        let finite = last.filter(|(_, drop, _)| drop.lost.is_finite());
        let (ranking, drop, more) = finite.max_by(|a, b| a.1.lost.total_cmp(&b.1.lost))?;
        let (first, _) = self.methods.first()?;
        let more = more.filter(|more| more.pixels == drop.pixels && ranking != *first).and_then(|more| {
            let [low, high] = more.interval?;
            let first = attack::title(first);
            Some(format!(", {:.3} ({low:.3} to {high:.3}) more than under {first}", more.lost))
        });
        let title = attack::title(ranking);
        let more = more.unwrap_or_default();
        let control = self.controls.iter().filter_map(|(control, drops)| {
            let same = drops.iter().find(|one| one.pixels == drop.pixels && one.lost.is_finite())?;
            Some((control, same.lost))
        });
        let control = control.max_by(|a, b| a.1.total_cmp(&b.1));
        let control = control.map_or(String::new(), |(control, lost)| {
            format!("; of the controls {} costs most: {lost:.3}", attack::title(control))
        });
        Some(format!(
            " At N = {} the map under which most is lost is that of {title}: {:.3}{more}{control}.",
            drop.pixels, drop.lost
        ))
    }

    fn chart(&self, panel: &Panel, loss: &str) -> LineChart {
        let controls = self.controls.iter().enumerate().map(|(place, (ranking, drops))| Series {
            dash: style::control_dash(place),
            colour: style::INK,
            ..line(loss, ranking, drops)
        });
        let methods = self.methods.iter().enumerate().map(|(place, (ranking, drops))| {
            let (colour, marker) = (style::colour(place), Some(style::marker(place)));
            Series { colour, marker, ..line(loss, ranking, drops) }
        });
        let series: Vec<Series> = controls.chain(methods).collect();
        let ends = series.iter().flat_map(|one| {
            one.points.iter().map(|point| point.1).chain(one.band.iter().flat_map(|band| [band.1, band.2]))
        });
        LineChart {
            x_title: panel.axis_title(),
            y_title: "Dice lost".to_string(),
            x_counts: true,
            y_range: widened(ends),
            mark: None,
            series,
            dashes: Vec::new(),
            crosses: Vec::new(),
        }
    }

    fn numbers(&self) -> Table {
        let number = |value: f64| if value.is_finite() { format!("{value:.4}") } else { "-".to_string() };
        let three = |drop: &Drop| {
            let [low, high] = drop.interval.unwrap_or([f64::NAN; 2]);
            [drop.lost, low, high].map(number)
        };
        let mut rows = Vec::new();
        for ((ranking, drops), more) in self.methods.iter().chain(&self.controls).zip(&self.more) {
            for drop in drops {
                let more = more.iter().find(|more| more.pixels == drop.pixels);
                let more = more.map_or([f64::NAN; 3].map(number), three);
                let place = [(*ranking).to_string(), drop.pixels.to_string()];
                rows.push(place.into_iter().chain(three(drop)).chain(more).collect());
            }
        }
        let head =
            ["ranking", "pixels", "lost", "low", "high", "more than the first", "more low", "more high"];
        Table { head: head.map(String::from).to_vec(), rows }
    }
}

/// The line of a ranking, solid and without a marker.
fn line(loss: &str, ranking: &str, drops: &[Drop]) -> Series {
    let known = || drops.iter().filter(|drop| drop.lost.is_finite());
    let band = known().filter_map(|drop| {
        let [low, high] = drop.interval?;
        Some((drop.pixels as f64, low, high))
    });
    let title = attack::title(ranking);
    Series {
        loss: loss.to_string(),
        legend: Some(title.clone()),
        tips: known().map(|drop| format!("{title}, N = {}: {:.3} lost", drop.pixels, drop.lost)).collect(),
        title,
        kind: ranking.to_string(),
        points: known().map(|drop| (drop.pixels as f64, drop.lost)).collect(),
        joined: true,
        band: band.collect(),
        colour: style::INK,
        dash: Dash::Solid,
        marker: None,
    }
}
