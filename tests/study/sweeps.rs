//! The sweep engine: what must hold for any network.

use super::records::smoke;
use anyhow::{Context, Result};
use lossbench::attack::{self, attacks};
use lossbench::definition::study::Study;
use lossbench::definition::sweep::Sweep;
use lossbench::definition::trials::TrialsConfig;
use lossbench::network::chunked::Predictor;
use lossbench::network::finite::NotFinite;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::rows::CurveRow;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;

/// A network with random weights: its masks are nonsense, which is all the same to the engine.
struct Bench {
    study: Study,
    prepared: Prepared,
    predictor: Predictor,
    maps: Maps,
}

impl Bench {
    fn new() -> Result<Self> {
        Self::of(&[])
    }

    /// With `changes` of the smoke study.
    fn of(changes: &[&str]) -> Result<Self> {
        let study = smoke(changes)?;
        let prepared = Prepared::load(&study, None)?;
        let device = lossbench::network::device::open(lossbench::network::device::available()[0])?;
        let (images, _) = lossbench::image::gather::gather(&prepared.test.all()?);
        let predictor = |weights: &Weights| open::predictor(weights, &device, prepared.size);
        let predictor = predictor(&centred(&Weights::random(&study.model, 8), |weights| {
            predictor(weights).logits(&images)
        })?);
        let loss = study.arms[0].loss.clone();
        let maps = lossbench::study::cell::saliency_maps(&predictor, &study, &prepared.test, &loss)?;
        Ok(Self { study, prepared, predictor, maps })
    }

    fn sweep(&self, attack: &str, sweep: &Sweep, trials: &TrialsConfig, seed: u64) -> Result<Vec<CurveRow>> {
        let attack = attack::find(attack).context("a known attack")?;
        let mut sweeper = Sweeper::new(&self.predictor, &self.prepared, trials, "bce", seed);
        Ok(sweeper.sweep("test", sweep, attack, "own", &self.maps)?)
    }
}

/// The weights with the head's bias moved so that half of all logits are above 0: a changed pixel then
/// moves the mask.
pub fn centred(
    weights: &Weights,
    logits: impl Fn(&Weights) -> Result<Vec<f32>, NotFinite>,
) -> Result<Weights> {
    let mut logits = logits(weights)?;
    logits.sort_by(f32::total_cmp);
    let median = logits[logits.len() / 2];
    with_bias(weights, |bias| bias - median)
}

/// The weights with another bias of the head.
pub fn with_bias(weights: &Weights, change: impl Fn(f32) -> f32) -> Result<Weights> {
    let mut arrays = weights.arrays().clone();
    let bias = &mut arrays.get_mut("head.bias").context("a bias")?.values[0];
    *bias = change(*bias);
    Weights::from_arrays(weights.config(), arrays).map_err(anyhow::Error::msg)
}

fn levels(pixels: &[usize], levels: &[f32]) -> Sweep {
    Sweep { title: String::new(), pixels: pixels.to_vec(), levels: levels.to_vec(), ..Sweep::default() }
}

fn uniform(pixels: &[usize]) -> Sweep {
    Sweep { title: String::new(), pixels: pixels.to_vec(), uniform: Some([0.0, 1.0]), ..Sweep::default() }
}

fn mean(rows: &[CurveRow], pixels: usize) -> f64 {
    let dice: Vec<f64> = rows.iter().filter(|row| row.pixels == Some(pixels)).map(|row| row.dice).collect();
    dice.iter().sum::<f64>() / dice.len() as f64
}

#[test]
fn no_pixels_change_nothing_and_some_pixels_something() -> Result<()> {
    attacks().try_for_each(|attack| changes_something(attack.name()))
}

fn changes_something(attack: &str) -> Result<()> {
    let bench = Bench::new()?;
    let clean: Vec<f64> = {
        let slices = bench.prepared.test.all()?;
        let (images, _) = lossbench::image::gather::gather(&slices);
        let logits = bench.predictor.logits(&images)?;
        let slices = slices.iter().zip(logits.chunks(bench.predictor.pixels()));
        let scores: Vec<f64> = slices.map(|(slice, logits)| slice.score(logits).dice()).collect();
        bench
            .prepared
            .test_volumes()
            .into_iter()
            .map(|(_, range)| scores[range.clone()].iter().sum::<f64>() / range.len() as f64)
            .collect()
    };
    let rows = bench.sweep(attack, &levels(&[0, 40], &[1.0]), &bench.study.trials, 0)?;
    let (untouched, changed): (Vec<CurveRow>, Vec<CurveRow>) =
        rows.into_iter().partition(|row| row.is_clean());
    for (row, expected) in untouched.iter().zip(&clean) {
        approx::assert_relative_eq!(row.dice, *expected, max_relative = 1e-12);
        assert_eq!((row.trials, row.half_width), (1, 0.0));
    }
    assert_ne!(
        untouched.iter().map(|row| row.area).collect::<Vec<_>>(),
        changed.iter().map(|row| row.area).collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn every_attack_repeats_with_its_seed_and_random_ones_differ_with_another() -> Result<()> {
    let bench = Bench::new()?;
    let trials = TrialsConfig { least: 2, most: 2, half_width: 0.5 };
    for attack in attacks() {
        let with = |seed| -> Result<Vec<CurveRow>> {
            let mut rows = bench.sweep(attack.name(), &levels(&[30], &[1.0]), &trials, seed)?;
            assert!(rows.iter_mut().all(|row| row.seed.take() == Some(seed)));
            Ok(rows)
        };
        assert_eq!(with(3)?, with(3)?, "{}", attack.name());
        assert_eq!(with(3)? == with(4)?, !attack.draws(), "{}", attack.name());
    }
    Ok(())
}

#[test]
fn points_shared_by_sweeps_are_the_same_as_when_run_alone() -> Result<()> {
    let bench = Bench::new()?;
    let attack = attack::find("random").context("an attack")?;
    let mut sweeper = Sweeper::new(&bench.predictor, &bench.prepared, &bench.study.trials, "bce", 0);
    let wide = sweeper.sweep("test", &levels(&[5, 10], &[0.2, 0.6]), attack, "own", &bench.maps)?;
    let narrow = sweeper.sweep("test", &levels(&[10], &[0.6]), attack, "own", &bench.maps)?;
    let alone = bench.sweep("random", &levels(&[10], &[0.6]), &bench.study.trials, 0)?;
    assert_eq!(narrow, alone);
    assert!(wide.ends_with(&narrow));
    Ok(())
}

#[test]
fn trials_stop_at_the_wanted_half_width_and_stay_within_it_of_a_hundred() -> Result<()> {
    let bench = Bench::new()?;
    let wanted = 0.004;
    let adaptive = TrialsConfig { least: 2, most: 100, half_width: wanted };
    let all = TrialsConfig { least: 100, most: 100, half_width: wanted };
    let sweep = uniform(&[5, 40]);
    let few = bench.sweep("signed", &sweep, &adaptive, 0)?;
    let many = bench.sweep("signed", &sweep, &all, 0)?;
    for pixels in [5, 40] {
        let row = few.iter().find(|row| row.pixels == Some(pixels)).context("a point")?;
        assert!(row.half_width <= wanted || row.trials == 100, "{row:?}");
        assert!(row.trials < 100, "the study should save trials: {row:?}");
        // Both means carry noise: the wanted half-width and that of a hundred trials.
        let noise = many.iter().find(|row| row.pixels == Some(pixels)).context("a point")?.half_width;
        let difference = (mean(&few, pixels) - mean(&many, pixels)).abs();
        assert!(difference <= wanted + noise, "{difference} at {pixels} pixels");
    }
    Ok(())
}

#[test]
fn a_budget_beyond_the_scan_is_refused_before_anything_runs() -> Result<()> {
    let study = smoke(&["sweep.fig2.pixels=[5000]"])?;
    let message = Prepared::load(&study, None).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("a budget of 5000 pixels is more than"), "{message}");
    // As a share it fits into every slice; the other sweep's numbers are not shares.
    let changes = ["sweep.fig2.pixels=[5000]", "sweep.fig2.area=5000"];
    Prepared::load(&smoke(&changes)?, None)?;
    let study = smoke(&[&changes[..], &["sweep.fig6.pixels=[4000]"]].concat())?;
    let message = Prepared::load(&study, None).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("a budget of 4000 pixels is more than"), "{message}");
    Ok(())
}

/// Slice by slice, without the engine: the pixels of the highest gradient, as many as the share of the scanned area.
#[test]
fn a_budget_meant_for_an_area_is_spent_by_each_slices_own() -> Result<()> {
    const AREA: usize = 500;
    let bench = Bench::of(&["data.phantom.volumes=16"])?;
    let slices = bench.prepared.test.all()?;
    let areas: Vec<usize> = slices.iter().map(|slice| slice.region.area()).collect();
    assert!(areas.iter().any(|area| *area != areas[0]), "slices of one size would tell nothing");
    let sweep = Sweep { area: std::num::NonZeroUsize::new(AREA), ..levels(&[0, 1, 20], &[1.0]) };
    let rows = bench.sweep("signed", &sweep, &bench.study.trials, 0)?;
    let mut counts = std::collections::BTreeSet::new();
    for pixels in [0, 1, 20] {
        let mut expected = Vec::new();
        for (_, range) in bench.prepared.test_volumes() {
            let mut scores = Vec::new();
            for number in range {
                let (mut slice, map) = (slices[number].clone(), bench.maps.read(number)?);
                let share = (pixels * slice.region.area()) as f64 / AREA as f64;
                let count = if pixels == 0 { 0 } else { (share.round() as usize).max(1) };
                counts.insert((pixels, count));
                let mut order: Vec<usize> = slice.region.pixels().collect();
                order.sort_by(|&a, &b| map[b].total_cmp(&map[a]).then(a.cmp(&b)));
                order[..count].iter().for_each(|&pixel| slice.image[pixel] = 1.0);
                let logits = bench.predictor.logits(&slice.image)?;
                scores.push(slice.score(&logits).dice());
            }
            expected.push(scores.iter().sum::<f64>() / scores.len() as f64);
        }
        let found: Vec<f64> =
            rows.iter().filter(|row| row.pixels == Some(pixels)).map(|row| row.dice).collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            approx::assert_relative_eq!(found, expected, max_relative = 1e-12);
        }
    }
    assert!(counts.len() > 3, "every slice had the same count: {counts:?}");
    Ok(())
}

#[test]
fn sweeps_of_one_number_and_different_areas_share_no_point() -> Result<()> {
    let bench = Bench::new()?;
    let attack = attack::find("signed").context("an attack")?;
    let plain = levels(&[10], &[1.0]);
    let of_area = |area| Sweep { area: std::num::NonZeroUsize::new(area), ..plain.clone() };
    let mut sweeper = Sweeper::new(&bench.predictor, &bench.prepared, &bench.study.trials, "bce", 0);
    let mut run = |sweep: &Sweep| sweeper.sweep("test", sweep, attack, "own", &bench.maps);
    let (first, second, third) = (run(&plain)?, run(&of_area(100))?, run(&of_area(2000))?);
    assert!(first != second && second != third && first != third);
    assert_eq!(second, bench.sweep("signed", &of_area(100), &bench.study.trials, 0)?);
    Ok(())
}
