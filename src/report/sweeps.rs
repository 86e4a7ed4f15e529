//! Figures of the sweeps: Dice against what varies, the attack solid, its controls dashed or dotted.

use super::canvas::DrawError;
use super::figure::{Figure, Part, ends};
use super::html::Table;
use super::line_chart::{LineChart, Series};
use super::panel::{Axis, Panel};
use super::style::{self, Dash};
use super::summary::{Curve, LossSummary, Point, Summary};
use super::table::score;
use crate::attack;
use crate::study::definition::Study;

/// A figure per panel of each sweep.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for (name, protocol) in &study.protocol {
        for panel in Panel::of(name, protocol) {
            figures.push(figure(study, summary, &panel, &protocol.title)?);
        }
    }
    Ok(figures)
}

fn figure(study: &Study, summary: &Summary, panel: &Panel, title: &str) -> Result<Figure, DrawError> {
    let brightest = study.data.intensity[1];
    let mark = (panel.axis == Axis::Level).then(|| {
        (brightest.to_string().parse().unwrap_or(0.0), "brightest voxel of a clean image".to_string())
    });
    let attacks: Vec<&str> =
        std::iter::once(&summary.attack).chain(&summary.controls).map(String::as_str).collect();
    let dash = |place: usize| place.checked_sub(1).map_or(Dash::Solid, style::control_dash);
    let mut series = Vec::new();
    // Controls first, so that the attack lies on top of them.
    for (place, attack) in attacks.iter().enumerate().rev() {
        for loss in &summary.losses {
            let curve = loss.curve(&panel.protocol, attack, "");
            series.extend(curve.map(|curve| line(panel, loss, curve, dash(place), place == 0)));
        }
    }
    let chart = LineChart {
        x_title: panel.axis_title().to_string(),
        y_title: "Dice".to_string(),
        x_counts: panel.axis == Axis::Pixels,
        y_range: 0.0..1.0,
        mark,
        series,
        dashes: attacks
            .iter()
            .enumerate()
            .map(|(place, attack)| (attack::title(attack).to_string(), dash(place)))
            .collect(),
    };
    Ok(Figure {
        name: panel.name(),
        part: Part::Sweeps,
        title: format!("{}: {title}", panel.name()),
        caption: caption(summary, panel, &attacks),
        svg: chart.svg(&alternative(summary, panel))?,
        numbers: numbers(summary, panel, &attacks),
    })
}

fn line(panel: &Panel, loss: &LossSummary, curve: &Curve, dash: Dash, main: bool) -> Series {
    let points = panel.points(curve);
    let colour = style::colour(loss.position);
    let band = points.iter().filter(|point| main && point.by_seed.len() > 1).filter_map(|point| {
        let (low, high) = ends(point.by_seed.iter().copied())?;
        Some((panel.x(point), low, high))
    });
    Series {
        loss: loss.loss.clone(),
        legend: main.then(|| loss.title.clone()),
        title: format!("{}, {}", loss.title, attack::title(&curve.attack)),
        kind: curve.attack.clone(),
        points: points.iter().map(|point| (panel.x(point), point.dice)).collect(),
        band: band.collect(),
        colour: if main { colour } else { style::lighter(colour, 0.35) },
        dash,
        marker: main.then(|| style::marker(loss.position)),
    }
}

fn caption(summary: &Summary, panel: &Panel, attacks: &[&str]) -> String {
    let mut text = format!(
        "Dice, mean over {} volumes, as {}. Solid: the pixels of the {}, each network attacked with its own map.",
        summary.test_volumes,
        panel.words,
        attack::title(&summary.attack)
    );
    for (place, control) in summary.controls.iter().enumerate() {
        let name = style::control_dash(place).name();
        text += &format!(" {}{}: {}.", name[..1].to_uppercase(), &name[1..], attack::title(control));
    }
    if summary.seeds() > 1 {
        text += " Lines are means over seeds; bands reach from the lowest to the highest seed.";
    }
    let curves = summary
        .losses
        .iter()
        .flat_map(|loss| attacks.iter().filter_map(|attack| loss.curve(&panel.protocol, attack, "")));
    text + &repeated(curves.flat_map(|curve| panel.points(curve)))
}

/// How often what is random was repeated and how sure that makes it; nothing where nothing is.
pub fn repeated<'a>(points: impl Iterator<Item = &'a Point>) -> String {
    let drawn: Vec<&Point> = points.filter(|point| point.trials > 1.0).collect();
    let trials = ends(drawn.iter().map(|point| point.trials));
    let half_width = ends(drawn.iter().map(|point| point.half_width));
    let (Some((least, most)), Some((_, widest))) = (trials, half_width) else {
        return String::new();
    };
    let count = if least == most { format!("{least:.0}") } else { format!("{least:.0} to {most:.0}") };
    format!(
        " What is random was repeated {count} times a slice, which leaves a 95% half-width of {widest:.4} at most."
    )
}

/// What the figure shows, for those who cannot see it.
fn alternative(summary: &Summary, panel: &Panel) -> String {
    let falls = summary.losses.iter().filter_map(|loss| {
        let points = panel.points(loss.curve(&panel.protocol, &summary.attack, "")?);
        let (first, last) = (points.first()?, points.last()?);
        Some(format!(
            "{} from {} at {} to {} at {}",
            loss.title,
            score(first.dice),
            panel.label(first),
            score(last.dice),
            panel.label(last)
        ))
    });
    let falls: Vec<String> = falls.collect();
    format!(
        "Line chart of Dice, 0 to 1, against the {}, a line for each loss. Under attack: {}.",
        panel.axis_title(),
        falls.join("; ")
    )
}

fn numbers(summary: &Summary, panel: &Panel, attacks: &[&str]) -> Table {
    let mut table = Table { head: vec!["loss".into(), "pixels".into()], rows: Vec::new() };
    for loss in &summary.losses {
        for curve in attacks.iter().filter_map(|attack| loss.curve(&panel.protocol, attack, "")) {
            let points = panel.points(curve);
            if table.rows.is_empty() {
                table.head.extend(points.iter().map(|point| panel.label(point)));
            }
            let mut row = vec![loss.title.clone(), attack::title(&curve.attack).to_string()];
            row.extend(points.iter().map(|point| with_seeds(point.dice, &point.by_seed)));
            table.rows.push(row);
        }
    }
    table
}

/// A score, and its lowest and highest seed where there are several.
pub fn with_seeds(dice: f64, by_seed: &[f64]) -> String {
    match ends(by_seed.iter().copied()) {
        Some((low, high)) if by_seed.len() > 1 => format!("{} ({low:.3} to {high:.3})", score(dice)),
        _ => score(dice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::tests::{study, synthetic};

    #[test]
    fn each_loss_is_named_and_each_point_drawn() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = figures(&study, &synthetic(&study, 1))?;
        let fig3 = &figures[1];
        for title in ["BCE", "Dice", "BCE + Dice", "BCE + Dice + Focal"] {
            assert!(fig3.svg.contains(title), "{title}");
            assert!(fig3.numbers.rows.iter().any(|row| row[0] == title), "{title}");
        }
        // BCE is drawn in discs: seven points and one in the legend.
        assert_eq!(fig3.svg.matches("<circle").count(), 8);
        assert_eq!(fig3.svg.matches("class=\"series\"").count(), 12);
        assert_eq!(fig3.numbers.rows.len(), 12);
        assert_eq!(fig3.numbers.head.len(), 9);
        assert!(!fig3.svg.contains("<polygon opacity=\"0.15\""));
        assert!(fig3.caption.contains("N = 5 pixels") && fig3.caption.contains("levels of 0 to 1"));
        assert!(fig3.caption.contains("repeated 4 times"), "{}", fig3.caption);
        Ok(())
    }

    #[test]
    fn several_seeds_have_a_band_and_say_so() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = figures(&study, &synthetic(&study, 3))?;
        assert_eq!(figures[0].svg.matches("<polygon opacity=\"0.15\"").count(), 4);
        assert!(figures[0].caption.contains("lowest to the highest seed"));
        assert!(
            figures[0].numbers.rows[0][2].contains("(0.900 to 0.920)"),
            "{:?}",
            figures[0].numbers.rows[0]
        );
        Ok(())
    }
}
