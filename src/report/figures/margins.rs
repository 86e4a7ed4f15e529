//! Figures of the probabilities without an attack: how many pixels a network leaves undecided (hard or
//! soft margins), and how well its probabilities are calibrated.

use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::ends;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::summary::{LossSummary, Summary};
use crate::records::rows::BINS;
use crate::report::figure::{Figure, Part};
use crate::report::numbers::score;
use crate::report::table::Table;

/// Histogram and reliability diagram, where the run has probabilities.
///
/// # Errors
/// What plotters says.
pub fn figures(summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    if summary.losses.iter().all(|loss| loss.probabilities.is_empty()) {
        return Ok(Vec::new());
    }
    Ok(vec![histogram(summary)?, reliability(summary)?])
}

/// Middle of a bin.
fn middle(bin: usize) -> f64 {
    (bin as f64 + 0.5) / BINS as f64
}

/// True foreground pixels of all bins.
fn foreground(loss: &LossSummary) -> f64 {
    loss.probabilities.iter().map(|[_, inside]| inside).sum()
}

/// Undecided pixels as a share of the true foreground, as claim C12 counts them.
fn softness(loss: &LossSummary) -> f64 {
    loss.softness.unwrap_or(f64::NAN)
}

/// A line over the bins; `value` says in words what stands at a height.
fn line(
    loss: &LossSummary,
    kind: &str,
    dash: Dash,
    values: Vec<(f64, f64)>,
    value: impl Fn(f64) -> String,
) -> Series {
    let tip = |&(x, y): &(f64, f64)| format!("{}, {kind}, probability {x:.3}: {}", loss.title, value(y));
    Series {
        loss: loss.loss.clone(),
        legend: (dash == Dash::Solid).then(|| loss.title.clone()),
        title: format!("{}, {kind}", loss.title),
        kind: kind.to_string(),
        tips: values.iter().map(tip).collect(),
        points: values,
        joined: true,
        band: Vec::new(),
        colour: style::colour(loss.position),
        dash,
        marker: (dash == Dash::Solid).then(|| style::marker(loss.position)),
    }
}

/// Title and value of every loss.
fn each(summary: &Summary, value: fn(&LossSummary) -> f64) -> Vec<String> {
    summary.losses.iter().map(|loss| format!("{} {}", loss.title, score(value(loss)))).collect()
}

/// A table whose last columns are the bins, named by where they begin.
fn by_bin(first: &[&str], rows: Vec<Vec<String>>) -> Table {
    let bins = (0..BINS).map(|bin| format!("{:.2}", bin as f64 / BINS as f64));
    Table { head: first.iter().map(ToString::to_string).chain(bins).collect(), rows }
}

fn histogram(summary: &Summary) -> Result<Figure, DrawError> {
    const KINDS: [(usize, &str, Dash); 2] =
        [(1, "inside the true mask", Dash::Solid), (0, "outside it", Dash::Dashed)];
    let mut series = Vec::new();
    for (side, kind, dash) in KINDS.into_iter().rev() {
        for loss in &summary.losses {
            let whole = foreground(loss);
            let share = |(bin, counts): (usize, &[f64; 2])| (middle(bin), (counts[side] / whole).log10());
            let shares = loss.probabilities.iter().enumerate().map(share).filter(|(_, y)| y.is_finite());
            let value = |y: f64| format!("{:.5} of the true foreground", 10.0_f64.powf(y));
            series.push(line(loss, kind, dash, shares.collect(), value));
        }
    }
    let (low, high) =
        ends(series.iter().flat_map(|one| one.points.iter().map(|point| point.1))).unwrap_or((-3.0, 0.0));
    let chart = LineChart {
        x_title: "foreground probability".to_string(),
        y_title: "pixels over true foreground, log 10".to_string(),
        x_counts: false,
        y_range: low.floor()..high.ceil().max(low.floor() + 1.0),
        mark: None,
        series,
        dashes: KINDS.map(|(_, kind, dash)| (kind.to_string(), dash)).to_vec(),
        crosses: Vec::new(),
    };
    let soft = each(summary, softness);
    let rows = summary.losses.iter().flat_map(|loss| {
        KINDS.map(|(side, kind, _)| {
            let mut row = vec![loss.title.clone(), kind.to_string()];
            row.extend(loss.probabilities.iter().map(|counts| format!("{:.0}", counts[side])));
            row
        })
    });
    Ok(Figure {
        name: "margins".to_string(),
        part: Part::Networks,
        ranking: None,
        title: "Hard and soft margins".to_string(),
        caption: format!(
            "Scanned pixels of the test slices by foreground probability, without an attack, as a share of the true foreground on a logarithmic scale. A hard margin leaves the middle empty. Pixels of 0.05 to 0.95 over the true foreground: {}.",
            soft.join(", ")
        ),
        svg: chart.svg(&format!(
            "Histogram of foreground probabilities as lines, logarithmic. Undecided pixels over true foreground: {}.",
            soft.join("; ")
        ))?,
        numbers: by_bin(&["loss", "pixels"], rows.collect()),
        long: None,
    })
}

fn reliability(summary: &Summary) -> Result<Figure, DrawError> {
    let share = |counts: &[f64; 2]| counts[1] / (counts[0] + counts[1]);
    let mut series = vec![Series {
        loss: String::new(),
        legend: None,
        title: "as often as the probability says".to_string(),
        kind: "calibrated".to_string(),
        points: vec![(0.0, 0.0), (1.0, 1.0)],
        tips: Vec::new(),
        joined: true,
        band: Vec::new(),
        colour: style::FAINT,
        dash: Dash::Dotted,
        marker: None,
    }];
    for loss in &summary.losses {
        let points = loss.probabilities.iter().enumerate().map(|(bin, counts)| (middle(bin), share(counts)));
        let points = points.filter(|(_, share)| share.is_finite());
        let kind = "share that is foreground";
        series.push(line(loss, kind, Dash::Solid, points.collect(), |y| format!("{y:.3}")));
    }
    let chart = LineChart {
        x_title: "foreground probability".to_string(),
        y_title: "share that is foreground".to_string(),
        x_counts: false,
        y_range: 0.0..1.0,
        mark: None,
        series,
        dashes: vec![("as often as the probability says".to_string(), Dash::Dotted)],
        crosses: Vec::new(),
    };
    let errors = each(summary, |loss| loss.calibration_error.unwrap_or(f64::NAN));
    let rows = summary.losses.iter().map(|loss| {
        let mut row = vec![loss.title.clone()];
        row.extend(loss.probabilities.iter().map(|counts| score(share(counts))));
        row
    });
    Ok(Figure {
        name: "reliability".to_string(),
        part: Part::Networks,
        ranking: None,
        title: "Reliability".to_string(),
        caption: format!(
            "How often a scanned pixel is foreground, by the probability that the network gives it, without an attack. On the dotted line probabilities are what they say. Mean distance from it, weighted by pixels (expected calibration error): {}.",
            errors.join(", ")
        ),
        svg: chart.svg(&format!(
            "Reliability diagram, a line a loss over 20 bins of probability. Expected calibration error: {}.",
            errors.join("; ")
        ))?,
        numbers: by_bin(&["loss"], rows.collect()),
        long: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn captions_say_how_many_pixels_are_undecided() -> anyhow::Result<()> {
        let mut summary = summary(&study("quick"), 1);
        for loss in &mut summary.losses {
            loss.softness = Some(1.35);
            loss.probabilities = vec![[10.0, 20.0]; BINS];
        }
        let figures = figures(&summary)?;
        assert!(figures[0].caption.contains("BCE 1.350, Dice 1.350"), "{}", figures[0].caption);
        assert_eq!(figures[1].numbers.rows[0][5], "0.667");
        Ok(())
    }
}
