//! A run whose numbers are made up: four networks at six seeds on eight volumes.

use anyhow::{Context, Result};
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::records::cell::{Cell, CellRecord};
use lossbench::records::checks::Checks;
use lossbench::records::provenance::Provenance;
use lossbench::records::rows::{AgreementRow, CurveRow, ProbabilityRow};
use lossbench::records::run::Run;
use lossbench::records::saliency::SaliencyRow;
use lossbench::records::transfer::{Seeds, Transfer};
use lossbench::spread::MEASURES;
use std::collections::BTreeMap;

pub const SEEDS: u64 = 6;
pub const VOLUMES: usize = 8;
pub const LOSSES: [&str; 4] = ["bce", "dice", "bce+dice", "bce+dice+focal"];

/// What one made-up network measures, beside what every seed and volume adds to it.
#[derive(Clone, Copy)]
pub struct Network {
    pub clean: f64,
    /// Lost at each point but the clean one.
    pub lost: f64,
    pub spread: f64,
    /// 1 where seeds of wider spread lose less and start lower, as the paper believes; -1 for the opposite.
    pub belief: f64,
}

/// What tells the networks of a loss apart by seed: -0.025 to 0.025, 0 on average.
pub fn of_seed(seed: u64) -> f64 {
    (seed as f64 - 2.5) * 0.01
}

/// A little that differs by seed and volume, the same for every loss: -0.01 to 0.01.
pub fn ripple(seed: u64, volume: usize) -> f64 {
    ((seed as f64 * 2.3 + volume as f64 * 1.7).sin()) * 0.01
}

pub fn volume_name(volume: usize) -> String {
    format!("volume_{volume}")
}

pub fn cell(loss: &str, seed: u64, network: Network, study: &Study) -> Cell {
    let mut curves = Vec::new();
    for (name, sweep) in &study.sweeps {
        for budget in sweep.budgets() {
            let pixels = budget.pixels();
            for volume in 0..VOLUMES {
                // Seeds and losses differ a little in what they lose, so that nothing is exactly sure.
                let noise = ripple(seed + loss.len() as u64, volume);
                let lost = network.lost - 0.2 * network.belief * of_seed(seed);
                let clean = network.clean - 0.5 * network.belief * of_seed(seed) + noise;
                let dice = clean - if budget.is_nothing() { 0.0 } else { lost };
                let true_area = 100.0 * (volume + 1) as f64;
                curves.push(CurveRow {
                    loss: loss.into(),
                    seed: Some(seed),
                    sweep: name.clone(),
                    attack: "signed".into(),
                    map: loss.into(),
                    method: None,
                    pixels,
                    level: budget.level(),
                    volume: volume_name(volume),
                    slices: 10,
                    trials: 1,
                    half_width: 0.0,
                    dice,
                    volume_dice: dice,
                    // A mask as large as the true one, so that micro Dice is the mean weighted by area.
                    area: true_area,
                    true_area,
                    intersection: dice * true_area,
                    norm: budget.ball().map(|ball| ball.norm),
                    radius: budget.ball().map(|ball| ball.radius),
                    queries: None,
                    severity: None,
                });
            }
        }
    }
    let saliency = (0..VOLUMES).map(|volume| {
        let of = |name: &str| match name {
            "effective_pixels" => network.spread * (1.0 + 4.0 * of_seed(seed) + ripple(seed, volume)),
            _ => 2.0,
        };
        let measures = MEASURES.iter().map(|measure| of(measure.name)).collect();
        SaliencyRow { method: None, volume: volume_name(volume), depth: 3, zero_pixels: 0, measures }
    });
    let probabilities = (0..VOLUMES).flat_map(|volume| {
        (0..20).map(move |bin| ProbabilityRow {
            volume: volume_name(volume),
            bin,
            background: 10,
            foreground: 20,
        })
    });
    Cell {
        record: CellRecord {
            loss: loss.into(),
            seed,
            study_hash: String::new(),
            data_hash: String::new(),
            size: [16, 16],
            made: Provenance::here("cpu"),
            seconds: [0.0; 3],
            files: BTreeMap::new(),
        },
        training: Vec::new(),
        saliency: saliency.collect(),
        probabilities: probabilities.collect(),
        scores: Vec::new(),
        curves,
        checks: Checks::default(),
    }
}

pub fn run(networks: [Network; 4]) -> Result<Run> {
    let text = shipped::text("paper").context("the paper's study")?;
    let study = Study::parse(text, &[]).map_err(anyhow::Error::msg)?;
    let cells = LOSSES.iter().zip(networks).flat_map(|(loss, network)| {
        let study = &study;
        (0..SEEDS).map(move |seed| cell(loss, seed, network, study))
    });
    let cells = cells.collect();
    let pair = |first: &str, second: &str, seed: u64, volume: usize| AgreementRow {
        first: first.into(),
        second: second.into(),
        volume: volume_name(volume),
        dice: 0.95 + ripple(seed, volume),
    };
    let transfers = (0..SEEDS).map(|seed| {
        let pairs = (0..4).flat_map(|a| (a + 1..4).map(move |b| (LOSSES[a], LOSSES[b])));
        let rows = pairs.flat_map(|(a, b)| (0..VOLUMES).map(move |volume| pair(a, b, seed, volume)));
        Transfer { seeds: Seeds::within(seed), curves: Vec::new(), agreement: rows.collect() }
    });
    let transfers = transfers.collect();
    Ok(Run { study, cells, transfers, examples: None, groups: BTreeMap::new() })
}

/// BCE, Dice, BCE + Dice and the focal compound as the paper describes them.
pub fn as_the_paper_says() -> [Network; 4] {
    let network = |clean, lost, spread| Network { clean, lost, spread, belief: 1.0 };
    [
        network(0.75, 0.02, 400.0),
        network(0.80, 0.60, 100.0),
        network(0.81, 0.20, 200.0),
        network(0.78, 0.03, 300.0),
    ]
}
