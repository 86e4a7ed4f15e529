//! Curves of a report: Dice over the points of a sweep, the mean over volumes of each cell, then over seeds.

use crate::attack::corruption::severity::Severity;
use crate::evidence::estimate::interval_of_mean;
use crate::evidence::of_cell;
use crate::image::overlap::mean;
use crate::records::rows::CurveRow;
use serde::Serialize;
use std::collections::BTreeMap;

/// Dice over the points of one sweep under one attack.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// Name of the sweep in the study.
    pub sweep: String,
    /// Name of the attack.
    pub attack: String,
    /// Loss whose network's map ranked the pixels; empty where the attack reads none.
    pub map: String,
    /// Points in the order of the sweep.
    pub points: Vec<Point>,
}

/// One point of a curve.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// Pixels replaced in each slice; none where all move within a radius.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<usize>,
    /// What they were replaced with; none where values were drawn.
    pub level: Option<f32>,
    /// The most that an image moves, in its own units; none where pixels are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<f32>,
    /// How bad the corruption is; none of other sweeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Passes through the network that each image cost; none where pixels are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<usize>,
    /// Mean over seeds.
    pub dice: f64,
    /// Mean over volumes of each seed.
    pub by_seed: Vec<f64>,
    /// 95% interval over seeds and subjects, cut to [0, 1]; none where it is undefined.
    pub interval: Option<[f64; 2]>,
    /// Predicted foreground over true foreground, all volumes and seeds together.
    pub relative_area: f64,
    /// Trials of each slice, mean over seeds.
    pub trials: f64,
    /// Largest half-width of the trials over seeds.
    pub half_width: f64,
}

/// Curves of cells that ran the same sweeps, one list of rows a cell. `subject_of` names the subject of a volume.
pub fn curves(cells: &[&[CurveRow]], subject_of: &dyn Fn(&str) -> String) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    let mut order: Vec<Vec<Key>> = Vec::new();
    let mut rows: BTreeMap<Key, Vec<Vec<&CurveRow>>> = BTreeMap::new();
    for (cell, records) in cells.iter().enumerate() {
        for record in *records {
            let key = Key::of(record);
            let place = curves.iter().position(|curve| curve.holds(record)).unwrap_or_else(|| {
                curves.push(Curve::empty(record));
                order.push(Vec::new());
                curves.len() - 1
            });
            if !order[place].contains(&key) {
                order[place].push(key.clone());
            }
            rows.entry(key).or_insert_with(|| vec![Vec::new(); cells.len()])[cell].push(record);
        }
    }
    for (curve, keys) in curves.iter_mut().zip(&order) {
        curve.points =
            keys.iter().filter_map(|key| rows.get(key).map(|cells| Point::of(cells, subject_of))).collect();
    }
    curves
}

/// What tells one point from another: sweep, attack, map, pixels, the bits of level and radius, severity.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
struct Key([String; 3], Option<usize>, [Option<u32>; 2], Option<Severity>);

impl Key {
    fn of(row: &CurveRow) -> Self {
        let names = [row.sweep.clone(), row.ranking(), row.map.clone()];
        Self(names, row.pixels, [row.level, row.radius].map(|value| value.map(f32::to_bits)), row.severity)
    }
}

impl Curve {
    /// Dice without an attack, where the sweep has a point at which nothing changes.
    pub fn clean(&self) -> Option<f64> {
        let clean = |point: &&Point| {
            let none = point.severity.is_some_and(Severity::is_none);
            point.pixels == Some(0) || point.radius == Some(0.0) || none
        };
        self.points.iter().find(clean).map(|point| point.dice)
    }

    fn empty(row: &CurveRow) -> Self {
        Self { sweep: row.sweep.clone(), attack: row.ranking(), map: row.map.clone(), points: Vec::new() }
    }

    fn holds(&self, row: &CurveRow) -> bool {
        self.sweep == row.sweep && self.attack == row.ranking() && self.map == row.map
    }
}

impl Point {
    fn of<'a>(cells: &[Vec<&'a CurveRow>], subject_of: &dyn Fn(&str) -> String) -> Self {
        let rows: Vec<&CurveRow> = cells.iter().flatten().copied().collect();
        let seeds = || cells.iter().filter(|rows| !rows.is_empty());
        let mean_of = |rows: &Vec<&CurveRow>| mean(&rows.iter().map(|row| dice(row)).collect::<Vec<_>>());
        let by_seed: Vec<f64> = seeds().map(mean_of).collect();
        let of_volumes =
            |rows: &Vec<&'a CurveRow>| rows.iter().map(|row| (row.volume.as_str(), dice(row))).collect();
        let by_volume: Vec<BTreeMap<&str, f64>> = seeds().map(of_volumes).collect();
        let sum = |value: fn(&CurveRow) -> f64| rows.iter().map(|row| value(row)).sum::<f64>();
        Self {
            pixels: rows.first().and_then(|row| row.pixels),
            level: rows.first().and_then(|row| row.level),
            radius: rows.first().and_then(|row| row.radius),
            severity: rows.first().and_then(|row| row.severity),
            queries: rows.first().and_then(|row| row.queries),
            dice: mean(&by_seed),
            relative_area: sum(|row| row.area) / sum(|row| row.true_area).max(1.0),
            trials: mean(&rows.iter().map(|row| row.trials as f64).collect::<Vec<_>>()),
            half_width: rows.iter().map(|row| row.half_width).fold(0.0, f64::max),
            interval: interval_of_mean(&by_volume, subject_of, [0.0, 1.0]),
            by_seed,
        }
    }
}

/// The Dice score of a row, as verdicts take it.
fn dice(row: &CurveRow) -> f64 {
    of_cell::dice(row, false)[0]
}
