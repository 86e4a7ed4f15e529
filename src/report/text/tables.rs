//! A run as text: one line a loss, then a table a sweep.

use crate::attack;
use crate::evidence::curve::{Curve, Point, curves};
use crate::evidence::summary::{LossSummary, Summary};
use crate::records::rows::CurveRow;
use crate::records::run::Run;
use crate::report::numbers::{count, score};
use crate::report::table::Table;
use crate::report::text::grid::grid;
use crate::report::text::soundness;
use crate::report::text::ties;
use std::fmt::Write;

/// The tables of a run.
pub fn run(run: &Run, summary: &Summary) -> String {
    let mut text = grid(&losses(summary));
    if let Some(note) = ties::note(run) {
        let _ = writeln!(text, "\nties: {note}");
    }
    for (name, one) in &run.study.sweeps {
        let _ = writeln!(text, "\n{name}: {}", one.heading());
        text += &sweep(summary, name);
    }
    text + &soundness::text(&run.study, summary)
}

/// The table of losses: seeds, clean score and spread.
pub fn losses(summary: &Summary) -> Table {
    let head = ["loss", "seeds", "clean Dice", "effective pixels", "90% pixels", "peak", "inside mask"];
    let row = |loss: &LossSummary| {
        let spread = |name: &str, digits: usize| {
            let value = loss.spread.get(name).copied().flatten();
            value.map_or("-".to_string(), |value| format!("{value:.digits$}"))
        };
        vec![
            loss.title.clone(),
            loss.seeds.len().to_string(),
            score(loss.clean),
            spread("effective_pixels", 0),
            spread("pixels_90", 0),
            spread("peak", 2),
            spread("inside_share", 2),
        ]
    };
    Table { head: head.map(String::from).to_vec(), rows: summary.losses.iter().map(row).collect() }
}

/// Dice over the points of one sweep, a line per loss and attack.
fn sweep(summary: &Summary, sweep: &str) -> String {
    let lines: Vec<(&LossSummary, &Curve)> = summary
        .losses
        .iter()
        .flat_map(|loss| loss.curves.iter().map(move |curve| (loss, curve)))
        .filter(|(_, curve)| curve.sweep == sweep)
        .collect();
    let Some((_, first)) = lines.first() else {
        return String::new();
    };
    let mut head = vec!["loss".to_string(), "attack".to_string()];
    head.extend(first.points.iter().map(label_in(&first.points)));
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|(loss, curve)| {
            let attack = attack_name(curve, &loss.loss, &|map| summary.title(map).to_string());
            let mut row = vec![loss.title.clone(), attack];
            row.extend(curve.points.iter().map(|point| score(point.dice)));
            row
        })
        .collect();
    grid(&Table { head, rows })
}

/// One network: Dice without an attack, of the rows `clean`, and under those of a sweep.
pub fn attacked(clean: &[CurveRow], rows: &[CurveRow]) -> String {
    let curves = curves(&[clean], &str::to_string);
    let dice = curves.first().and_then(|curve| curve.points.first()).map_or(f64::NAN, |point| point.dice);
    let volumes = count(clean.len(), "volume");
    format!("Dice without an attack: {} (mean of {volumes}); under it:\n\n{}", score(dice), curve(rows))
}

/// Curves of one network as a table.
fn curve(rows: &[CurveRow]) -> String {
    let curves = curves(&[rows], &str::to_string);
    let Some(first) = curves.first() else {
        return String::new();
    };
    let mut head = vec!["attack".to_string()];
    head.extend(first.points.iter().map(label_in(&first.points)));
    let rows: Vec<Vec<String>> = curves
        .iter()
        .map(|curve| {
            let mut row = vec![attack_name(curve, &curve.map, &str::to_string)];
            row.extend(curve.points.iter().map(|point| score(point.dice)));
            row
        })
        .collect();
    grid(&Table { head, rows })
}

/// Name of a curve's attack, with the loss whose map it used where that is not the attacked one.
fn attack_name(curve: &Curve, own: &str, title: &dyn Fn(&str) -> String) -> String {
    let name = attack::title(&curve.attack);
    if curve.map.is_empty() || curve.map == own { name } else { format!("{name} of {}", title(&curve.map)) }
}

/// Names a point by what varies over the sweep: the level, the radius or the severity, or else the number of pixels.
pub fn label_in(points: &[Point]) -> impl Fn(&Point) -> String + use<> {
    let varies = points.windows(2).any(|pair| pair[0].level != pair[1].level);
    move |point| match (point.level, point.radius, point.severity) {
        (.., Some(severity)) => format!("severity {severity}"),
        (_, Some(radius), _) => format!("r={radius}"),
        (Some(level), ..) if varies => format!("{level}"),
        _ => format!("N={}", point.pixels.unwrap_or(0)),
    }
}
