//! What must hold always, for every loss, attack and level: small networks, trained for real on
//! phantoms.

use anyhow::{Context, Result};
use lossbench::attack;
use lossbench::attack::ranked::RANKED;
use lossbench::attack::trial::Trial;
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::definition::sweep::Sweep;
use lossbench::definition::trials::TrialsConfig;
use lossbench::loss::LossFunction;
use lossbench::network::chunked::Predictor;
use lossbench::network::device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::study::cell::saliency_maps;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use lossbench::train::Training;
use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

const TRIALS: TrialsConfig = TrialsConfig { least: 2, most: 2, half_width: 1.0 };

/// A network trained with one loss, and what it is attacked on.
struct Trained {
    prepared: Prepared,
    predictor: Predictor,
    maps: Maps,
}

fn weights(study: &Study, prepared: &Prepared, loss: &LossFunction, seed: u64) -> Result<Weights> {
    let device = device::open(device::available()[0])?;
    let training = Training {
        model: study.model,
        config: &study.train,
        loss,
        seed,
        size: prepared.size,
        range: prepared.range,
        device: &device,
    };
    Ok(training.run(&prepared.train, &prepared.validation, |_, _| {})?.0)
}

/// The network of seed 0, trained by the first test that asks for it.
fn trained_once(study: &Study, prepared: &Prepared, loss: &LossFunction) -> Result<Weights> {
    static KNOWN: Mutex<BTreeMap<String, Weights>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().map_err(|_| anyhow::anyhow!("another test failed while it trained"))?;
    if let Some(weights) = known.get(&loss.to_string()) {
        return Ok(weights.clone());
    }
    let weights = weights(study, prepared, loss, 0)?;
    known.insert(loss.to_string(), weights.clone());
    Ok(weights)
}

fn study() -> Result<Study> {
    let text = shipped::text("smoke").context("the smoke study")?;
    let small = ["data.phantom.volumes=4", "train.epochs=3"].map(String::from);
    Study::parse(text, &small).map_err(anyhow::Error::msg)
}

impl Trained {
    fn new(loss: &str) -> Result<Self> {
        let study = study()?;
        let prepared = Prepared::load(&study, None)?;
        let loss = LossFunction::parse(loss, &study.loss)?;
        let weights = trained_once(&study, &prepared, &loss)?;
        let predictor = open::predictor(&weights, &device::open(device::available()[0])?, prepared.size);
        let maps = saliency_maps(&predictor, &study, &prepared.test, &loss)?;
        Ok(Self { prepared, predictor, maps })
    }

    fn sweep(&self, attack: &str, pixels: &[usize], levels: &[f32]) -> Result<Vec<CurveRow>> {
        let attack = attack::find(attack).context("a known attack")?;
        let (pixels, levels) = (pixels.to_vec(), levels.to_vec());
        let sweep = Sweep { title: String::new(), pixels, levels, ..Sweep::default() };
        let mut sweeper = Sweeper::new(&self.predictor, &self.prepared, &TRIALS, "bce", 0);
        Ok(sweeper.sweep("test", &sweep, attack, "own", &self.maps)?)
    }
}

/// Dice, areas and intersections of a row without its place in the sweep.
fn outcome(row: &CurveRow) -> [f64; 4] {
    [row.dice, row.volume_dice, row.area, row.intersection]
}

#[rstest]
fn scores_and_counts_stay_within_their_bounds(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    let trained = Trained::new(loss)?;
    attack::attacks().try_for_each(|attack| stays_within_bounds(&trained, attack.name()))
}

fn stays_within_bounds(trained: &Trained, attack: &str) -> Result<()> {
    let rows = trained.sweep(attack, &[0, 1, 5, 30], &[0.0, 0.1, 0.2, 0.6, 1.0])?;
    assert_eq!(rows.len(), 4 * 5 * trained.prepared.test_volumes().len());
    for row in &rows {
        assert!((0.0..=1.0).contains(&row.dice) && (0.0..=1.0).contains(&row.volume_dice), "{row:?}");
        assert!(row.intersection <= row.area.min(row.true_area), "{row:?}");
        assert!(row.true_area > 0.0 && row.area >= 0.0, "{row:?}");
    }
    // Without a pixel the level means nothing.
    let untouched: Vec<&CurveRow> = rows.iter().filter(|row| row.is_clean()).collect();
    for row in &untouched {
        let first = untouched.iter().find(|other| other.volume == row.volume).context("a row")?;
        assert_eq!(outcome(row), outcome(first));
    }
    Ok(())
}

#[rstest]
fn every_ranked_attack_changes_as_many_distinct_scanned_pixels_as_it_may(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    let trained = Trained::new(loss)?;
    for (number, slice) in trained.prepared.test.all()?.iter().enumerate() {
        let saliency = &trained.maps.read(number)?;
        let trial = Trial { slice, saliency, volume: "invariants", seed: "0", number: 0 };
        for (ranked, budget) in
            RANKED.iter().flat_map(|ranked| [0, 1, 5, 30, 100].map(|budget| (ranked, budget)))
        {
            let pixels = ranked.choose(&trial, budget)?;
            assert!(pixels.iter().all(|&pixel| slice.region.contains(pixel)), "{}", ranked.name);
            assert_eq!(pixels.into_iter().collect::<BTreeSet<_>>().len(), budget, "{}", ranked.name);
        }
    }
    Ok(())
}

#[rstest]
fn replacing_pixels_by_their_own_value_changes_nothing(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
    #[values(0.0, 0.2, 0.6)] level: f32,
) -> Result<()> {
    let mut trained = Trained::new(loss)?;
    let mut slices = trained.prepared.test.all()?;
    slices.iter_mut().for_each(|slice| slice.image.fill(level));
    trained.prepared.test = StoredSlices::at_hand(&slices, trained.prepared.size)?;
    for attack in attack::attacks() {
        let rows = trained.sweep(attack.name(), &[0, 30], &[level])?;
        let (untouched, replaced): (Vec<&CurveRow>, Vec<&CurveRow>) =
            rows.iter().partition(|row| row.is_clean());
        for (untouched, replaced) in untouched.iter().zip(replaced) {
            assert_eq!(outcome(untouched), outcome(replaced), "{}, {}", attack.name(), untouched.volume);
        }
    }
    Ok(())
}

#[rstest]
fn the_same_seed_trains_the_same_network_and_another_another(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    let study = study()?;
    let prepared = Prepared::load(&study, None)?;
    let loss = LossFunction::parse(loss, &study.loss)?;
    let trained = |seed| weights(&study, &prepared, &loss, seed);
    let head = |weights: &Weights| {
        Ok::<_, anyhow::Error>(weights.get("head.weight").context("a head")?.values.clone())
    };
    assert_eq!(head(&trained(3)?)?, head(&trained(3)?)?);
    assert_ne!(head(&trained(3)?)?, head(&trained(4)?)?);
    Ok(())
}

/// On the recorded networks, which were trained well: pixels drawn from the whole scan do less harm than
/// those that the gradient ranks highest, in the mean over a sweep and all test volumes. (Pixels drawn
/// from the true mask may do more.)
#[rstest]
fn random_pixels_do_not_beat_the_gradient_on_average(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
    #[values("fig2", "fig3", "fig5", "fig6")] sweep: &str,
) -> Result<()> {
    let run = Run::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/evidence/paper"))?;
    let cells: Vec<_> = run.cells.iter().filter(|cell| cell.record.loss == loss).collect();
    assert!(!cells.is_empty());
    for cell in cells {
        let mean = |attack: &str| {
            let rows = cell.curves.iter().filter(|row| row.sweep == sweep && row.attack == attack);
            let dice: Vec<f64> = rows.filter(|row| !row.is_clean()).map(|row| row.dice).collect();
            dice.iter().sum::<f64>() / dice.len() as f64
        };
        let (gradient, random) = (mean("signed"), mean("random"));
        assert!(gradient < random, "seed {}: {gradient} under attack, {random} at random", cell.record.seed);
    }
    Ok(())
}
