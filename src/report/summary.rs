//! A run's numbers as tables and figures want them: the mean over volumes of each cell, then over seeds.

use crate::metrics::mean;
use crate::spread::MEASURES;
use crate::study::records::{CurveRow, Run};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that a report shows of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Name of the study.
    pub study: String,
    /// One entry per loss that has a finished cell, in the study's order.
    pub losses: Vec<LossSummary>,
}

/// One loss over its seeds.
#[derive(Clone, Debug, Serialize)]
pub struct LossSummary {
    /// Loss, as the study writes it.
    pub loss: String,
    /// Seeds whose cells are finished.
    pub seeds: Vec<u64>,
    /// Dice without an attack.
    pub clean: f64,
    /// Mean of each spread measure over slices, then seeds; none where no map defines it.
    pub spread: BTreeMap<&'static str, Option<f64>>,
    /// Every curve, in the order of the records; curves under other losses' maps last.
    pub curves: Vec<Curve>,
}

/// Dice over the points of one sweep under one attack.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// Name of the sweep in the study.
    pub protocol: String,
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
    /// Pixels replaced in each slice.
    pub pixels: usize,
    /// What they were replaced with; none where values were drawn.
    pub level: Option<f32>,
    /// Mean over seeds.
    pub dice: f64,
    /// Mean over volumes of each seed.
    pub by_seed: Vec<f64>,
    /// Predicted foreground over true foreground, all volumes and seeds together.
    pub relative_area: f64,
    /// Trials of each slice, mean over seeds.
    pub trials: f64,
    /// Largest half-width of the trials over seeds.
    pub half_width: f64,
}

impl Summary {
    /// Summarises the finished cells of a run.
    pub fn of(run: &Run) -> Self {
        let losses = run.study.losses.iter().filter_map(|text| {
            let loss = crate::loss::LossFunction::parse(text, &run.study.loss).ok()?.to_string();
            LossSummary::of(run, &loss)
        });
        Self { study: run.study.name.clone(), losses: losses.collect() }
    }
}

impl LossSummary {
    fn of(run: &Run, loss: &str) -> Option<Self> {
        let cells: Vec<_> = run.cells.iter().filter(|cell| cell.record.loss == loss).collect();
        let own: Vec<&[CurveRow]> = cells.iter().map(|cell| cell.curves.as_slice()).collect();
        let others = run.transfer.iter().filter(|(attacked, ..)| attacked == loss);
        let others: Vec<&[CurveRow]> = others.map(|(_, _, rows)| rows.as_slice()).collect();
        let mut curves = curves(&own);
        curves.extend(self::curves(&others));
        let clean = curves.iter().find_map(Curve::clean).or_else(|| {
            // A study without a point of zero pixels still knows its training's last validation score.
            let scores = cells.iter().filter_map(|cell| cell.training.last()?.validation_dice);
            Some(mean(&scores.collect::<Vec<_>>()))
        })?;
        let spread = MEASURES.iter().enumerate().map(|(index, measure)| {
            let of_cell = |rows: &[crate::study::records::SaliencyRow]| {
                let defined: Vec<f64> = rows
                    .iter()
                    .filter_map(|row| row.measures.get(index).copied())
                    .filter(|v| !v.is_nan())
                    .collect();
                (!defined.is_empty()).then(|| mean(&defined))
            };
            let means: Vec<f64> = cells.iter().filter_map(|cell| of_cell(&cell.saliency)).collect();
            (measure.name, (!means.is_empty()).then(|| mean(&means)))
        });
        let spread = spread.collect();
        let seeds: Vec<u64> = cells.iter().map(|cell| cell.record.seed).collect();
        (!seeds.is_empty()).then(|| Self { loss: loss.to_string(), seeds, clean, spread, curves })
    }

    /// The curve of one sweep under one attack and map; an empty `map` finds the attack's own.
    pub fn curve(&self, protocol: &str, attack: &str, map: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| {
            let wanted = if map.is_empty() {
                curve.map.is_empty() || curve.map == self.loss
            } else {
                curve.map == map
            };
            curve.protocol == protocol && curve.attack == attack && wanted
        })
    }
}

impl Curve {
    fn clean(&self) -> Option<f64> {
        self.points.iter().find(|point| point.pixels == 0).map(|point| point.dice)
    }
}

/// Curves of cells that ran the same sweeps, one list of rows a cell.
pub fn curves(cells: &[&[CurveRow]]) -> Vec<Curve> {
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
        curve.points = keys.iter().filter_map(|key| rows.get(key).map(|cells| Point::of(cells))).collect();
    }
    curves
}

/// What tells one point from another: sweep, attack, map, pixels and the level's bits.
type KeyFields = (String, String, String, usize, Option<u32>);

#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
struct Key(KeyFields);

impl Key {
    fn of(row: &CurveRow) -> Self {
        let level = row.level.map(f32::to_bits);
        Self((row.protocol.clone(), row.attack.clone(), row.map.clone(), row.pixels, level))
    }
}

impl Curve {
    fn empty(row: &CurveRow) -> Self {
        Self {
            protocol: row.protocol.clone(),
            attack: row.attack.clone(),
            map: row.map.clone(),
            points: Vec::new(),
        }
    }

    fn holds(&self, row: &CurveRow) -> bool {
        self.protocol == row.protocol && self.attack == row.attack && self.map == row.map
    }
}

impl Point {
    fn of(cells: &[Vec<&CurveRow>]) -> Self {
        let rows: Vec<&CurveRow> = cells.iter().flatten().copied().collect();
        let by_seed: Vec<f64> = cells
            .iter()
            .filter(|rows| !rows.is_empty())
            .map(|rows| mean(&rows.iter().map(|row| row.dice).collect::<Vec<_>>()))
            .collect();
        let sum = |value: fn(&CurveRow) -> f64| rows.iter().map(|row| value(row)).sum::<f64>();
        Self {
            pixels: rows.first().map_or(0, |row| row.pixels),
            level: rows.first().and_then(|row| row.level),
            dice: mean(&by_seed),
            relative_area: sum(|row| row.area) / sum(|row| row.true_area).max(1.0),
            trials: mean(&rows.iter().map(|row| row.trials as f64).collect::<Vec<_>>()),
            half_width: rows.iter().map(|row| row.half_width).fold(0.0, f64::max),
            by_seed,
        }
    }
}
