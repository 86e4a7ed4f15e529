//! A run's numbers as tables and figures want them: the mean over volumes of each cell, then over seeds.

use crate::definition::arm::Arm;
use crate::evidence::curve::{Curve, curves};
use crate::evidence::of_cell::{self, ByVolume};
use crate::evidence::tested;
use crate::image::overlap::mean;
use crate::records::cell::{Cell, cell_name};
use crate::records::rows::{BINS, CurveRow};
use crate::records::run::Run;
use crate::records::saliency::SaliencyRow;
use crate::records::transfer::{Seeds, transfers_of};
use crate::spread::MEASURES;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a report shows of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Name of the study.
    pub study: String,
    /// The study's first attack, by which it is judged.
    pub attack: String,
    /// That attack and every other that ranks pixels by a saliency map: figures show each.
    pub rankings: Vec<String>,
    /// The study's other methods.
    pub controls: Vec<String>,
    /// Volumes that were attacked.
    pub test_volumes: usize,
    /// The fewest and the most of them that one network was attacked on.
    pub of_a_network: [usize; 2],
    /// Their slices that have foreground.
    pub test_slices: usize,
    /// Cells that are not finished, such as `bce-s0`.
    pub missing: Vec<String>,
    /// Seeds whose networks should be attacked under each other's maps and are not yet.
    pub missing_transfers: Vec<u64>,
    /// One entry per loss that has a finished cell, in the study's order.
    pub losses: Vec<LossSummary>,
}

/// One loss over its seeds.
#[derive(Clone, Debug, Serialize)]
pub struct LossSummary {
    /// Loss, as the study writes it.
    pub loss: String,
    /// Name for tables and figures.
    pub title: String,
    /// Place in the study's list, which fixes its colour and marker.
    pub position: usize,
    /// Seeds whose cells are finished.
    pub seeds: Vec<u64>,
    /// Dice without an attack; NaN where neither sweeps nor validation tell it.
    pub clean: f64,
    /// Each spread measure, mean over a volume's slices, then volumes, then seeds; none where no map defines it.
    pub spread: BTreeMap<&'static str, Option<f64>>,
    /// Pixels of 0.05 to 0.95 foreground probability over the true foreground, mean over seeds; none where no
    /// cell has probabilities.
    pub softness: Option<f64>,
    /// Expected calibration error, mean over seeds; none where no cell has probabilities.
    pub calibration_error: Option<f64>,
    /// Pixels outside and inside the true mask by bin of foreground probability, over volumes and seeds,
    /// without an attack; empty where no cell has them.
    pub probabilities: Vec<[f64; 2]>,
    /// Epochs of the training.
    pub training: Vec<EpochSummary>,
    /// Every curve, in the order of the records; curves under other losses' maps last.
    pub curves: Vec<Curve>,
}

/// One epoch of a loss over its seeds.
#[derive(Clone, Debug, Serialize)]
pub struct EpochSummary {
    /// From 1.
    pub epoch: usize,
    /// Mean over seeds, in the loss's own units.
    pub train_loss: f64,
    /// The training loss of each seed.
    pub train_loss_by_seed: Vec<f64>,
    /// Mean over seeds; none without validation volumes.
    pub validation_dice: Option<f64>,
    /// The validation score of each seed that has one.
    pub validation_dice_by_seed: Vec<f64>,
}

impl Summary {
    /// Summarises the finished cells of a run.
    pub fn of(run: &Run) -> Self {
        let study = &run.study;
        let arms = study.arms.iter().enumerate();
        let summaries = arms.filter_map(|(position, arm)| LossSummary::of(run, position, arm));
        let finished: BTreeSet<(&str, u64)> =
            run.cells.iter().map(|cell| (cell.record.loss.as_str(), cell.record.seed)).collect();
        let cells = study.arms.iter().flat_map(|arm| study.seeds.iter().map(move |&seed| (arm, seed)));
        let missing = cells.filter(|(arm, seed)| !finished.contains(&(arm.name.as_str(), *seed)));
        let transferred: Vec<Seeds> = run.transfers.iter().map(|transfer| transfer.seeds).collect();
        let lacks = |seed: u64| transfers_of(study, seed).iter().any(|seeds| !transferred.contains(seeds));
        let volumes: BTreeMap<&str, usize> = run
            .cells
            .iter()
            .flat_map(|cell| cell.curves.iter().map(|row| (row.volume.as_str(), row.slices)))
            .collect();
        let names = study.attack_names();
        let attack = names.first().cloned().unwrap_or_default();
        let ranks = |name: &String| *name == attack || study.rankings().contains(name);
        let (rankings, controls) = names.into_iter().partition(ranks);
        Self {
            study: study.name.clone(),
            attack,
            rankings,
            controls,
            test_volumes: volumes.len(),
            of_a_network: attacked_on(&run.cells),
            test_slices: volumes.values().sum(),
            missing: missing.map(|(arm, seed)| cell_name(arm, seed)).collect(),
            missing_transfers: study.seeds.iter().copied().filter(|&seed| lacks(seed)).collect(),
            losses: summaries.collect(),
        }
    }

    /// Name of a loss for tables and figures; the text itself where no cell of it is finished.
    pub fn title<'a>(&'a self, loss: &'a str) -> &'a str {
        self.losses.iter().find(|summary| summary.loss == loss).map_or(loss, |summary| &summary.title)
    }

    /// The volumes that scores are means over, in words.
    pub fn volumes(&self) -> String {
        tested::in_words(self.test_volumes, self.of_a_network)
    }

    /// The most seeds of any loss.
    pub fn seeds(&self) -> usize {
        self.losses.iter().map(|loss| loss.seeds.len()).max().unwrap_or(0)
    }
}

impl LossSummary {
    fn of(run: &Run, position: usize, arm: &Arm) -> Option<Self> {
        let loss = arm.name.clone();
        let cells: Vec<&Cell> = run.cells.iter().filter(|cell| cell.record.loss == loss).collect();
        if cells.is_empty() {
            return None;
        }
        let own: Vec<&[CurveRow]> = cells.iter().map(|cell| cell.curves.as_slice()).collect();
        let within = run.transfers.iter().filter(|transfer| transfer.seeds.is_one());
        let others = within.flat_map(|transfer| &transfer.curves);
        let others = others.filter(|(attacked, _)| *attacked == loss);
        let others: Vec<&[CurveRow]> = others.map(|(_, rows)| rows.as_slice()).collect();
        let subject_of = |volume: &str| run.subject(volume);
        let mut of_loss = curves(&own, &subject_of);
        of_loss.extend(curves(&others, &subject_of));
        // A study without a point of zero pixels still knows its training's last validation score.
        let clean = of_loss.iter().find_map(Curve::clean).unwrap_or_else(|| {
            let scores = cells.iter().filter_map(|cell| cell.training.last()?.validation_dice);
            mean_of(&scores.collect::<Vec<_>>()).unwrap_or(f64::NAN)
        });
        Some(Self {
            title: arm.title(),
            position,
            seeds: cells.iter().map(|cell| cell.record.seed).collect(),
            clean,
            spread: spread(&cells),
            softness: mean_of(&of_cells(&cells, of_cell::softness)),
            calibration_error: mean_of(
                &cells.iter().filter_map(|cell| of_cell::calibration_error(cell)).collect::<Vec<_>>(),
            ),
            probabilities: probabilities(&cells),
            training: epochs(&cells),
            curves: of_loss,
            loss,
        })
    }

    /// The curve of one sweep under one attack and map; an empty `map` finds the attack's own.
    pub fn curve(&self, sweep: &str, attack: &str, map: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| {
            let wanted = if map.is_empty() {
                curve.map.is_empty() || curve.map == self.loss
            } else {
                curve.map == map
            };
            curve.sweep == sweep && curve.attack == attack && wanted
        })
    }
}

/// The fewest and the most volumes that a cell was attacked on.
fn attacked_on(cells: &[Cell]) -> [usize; 2] {
    let of = |cell: &Cell| cell.curves.iter().map(|row| &row.volume).collect::<BTreeSet<_>>().len();
    let counts: Vec<usize> = cells.iter().map(of).collect();
    [counts.iter().min(), counts.iter().max()].map(|count| count.copied().unwrap_or(0))
}

/// Each measure, mean over a cell's volumes, then over cells; none where no map defines it.
fn spread(cells: &[&Cell]) -> BTreeMap<&'static str, Option<f64>> {
    let of_measure = |index: usize| {
        let measure = |row: &SaliencyRow| row.measures.get(index).copied().unwrap_or(f64::NAN);
        mean_of(&of_cells(cells, |cell| of_cell::slices(cell.spread_rows(), &measure)))
    };
    MEASURES.iter().enumerate().map(|(index, measure)| (measure.name, of_measure(index))).collect()
}

/// The value of each cell that has one.
fn of_cells<'a>(cells: &[&'a Cell], of: impl Fn(&'a Cell) -> ByVolume<'a>) -> Vec<f64> {
    cells.iter().map(|cell| of_cell::value(&of(cell))).filter(|value| value.is_finite()).collect()
}

/// Histograms of cells, added up.
fn probabilities(cells: &[&Cell]) -> Vec<[f64; 2]> {
    let rows = || cells.iter().flat_map(|cell| &cell.probabilities);
    let mut counts = vec![[0.0; 2]; if rows().next().is_some() { BINS } else { 0 }];
    for row in rows() {
        if let Some([background, foreground]) = counts.get_mut(row.bin) {
            *background += row.background as f64;
            *foreground += row.foreground as f64;
        }
    }
    counts
}

/// The mean, or none of no values.
fn mean_of(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| mean(values))
}

/// The epochs of cells that were trained the same way, as far as all of them go: with steps for epochs and a split for each
/// seed, some have an epoch more.
fn epochs(cells: &[&Cell]) -> Vec<EpochSummary> {
    let mut rows: BTreeMap<usize, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for epoch in cells.iter().flat_map(|cell| &cell.training) {
        let (losses, scores) = rows.entry(epoch.epoch).or_default();
        losses.push(epoch.train_loss);
        scores.extend(epoch.validation_dice);
    }
    let trained = cells.iter().filter(|cell| !cell.training.is_empty()).count();
    rows.into_iter()
        .filter(|(_, (losses, _))| losses.len() == trained)
        .map(|(epoch, (losses, scores))| EpochSummary {
            epoch,
            train_loss: mean(&losses),
            train_loss_by_seed: losses,
            validation_dice: mean_of(&scores),
            validation_dice_by_seed: scores,
        })
        .collect()
}
