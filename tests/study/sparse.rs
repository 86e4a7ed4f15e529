//! Sparse attacks: what must hold for each of the list, on a network trained for real.

use super::victim::trained;
use anyhow::{Context, Result};
use lossbench::attack::Wanted;
use lossbench::attack::budget::Budget;
use lossbench::attack::configured::Configured;
use lossbench::attack::harness::perturbed;
use lossbench::attack::replacement::Replacement;
use lossbench::attack::sparse::SPARSE;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::definition::sweep::Sweep;
use lossbench::definition::trials::TrialsConfig;
use lossbench::image::overlap::mean;
use lossbench::image::slice::Slice;
use lossbench::loss::LossFunction;
use lossbench::network::chunked::Predictor;
use lossbench::records::rows::CurveRow;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;

/// As far as the brightest of real images.
const SPAN: Replacement = Replacement::Chosen(0.0, 0.2);

struct Bench {
    prepared: Prepared,
    predictor: Predictor,
    loss: LossFunction,
    slices: Vec<Slice>,
}

impl Bench {
    fn new() -> Result<Self> {
        let (prepared, predictor, loss) = trained()?;
        // Some of them, since a search asks the network hundreds of times for each.
        let slices = prepared.test.all()?.into_iter().step_by(5).collect();
        Ok(Self { prepared, predictor, loss, slices })
    }

    /// The images of slices under an attack, `together` at a time, for each slice one a budget.
    fn images(&self, attack: &Configured, budgets: &[Budget], together: usize) -> Result<Vec<f32>> {
        let victim = Victim::new(&self.predictor, Some(&self.loss));
        let of_some = |slices: &[Slice]| {
            let wanted = slices.iter().map(|slice| {
                let trial = Trial { slice, saliency: &[], volume: "sparse", seed: "0", number: 0 };
                Wanted { trial, budgets: budgets.to_vec() }
            });
            perturbed(attack.attack(), &wanted.collect::<Vec<_>>(), &victim)
        };
        let images: Vec<Vec<f32>> = self.slices.chunks(together).map(of_some).collect::<Result<_, _>>()?;
        Ok(images.concat())
    }

    /// Dice of each slice.
    fn dice(&self, text: &str, budget: Budget) -> Result<Vec<f64>> {
        let logits = self.predictor.logits(&self.images(&attack(text)?, &[budget], 8)?)?;
        let scores = self.slices.iter().zip(logits.chunks(self.predictor.pixels()));
        Ok(scores.map(|(slice, logits)| slice.score(logits).dice()).collect())
    }

    fn rows(&self, attack: &Configured, pixels: Vec<usize>) -> Result<Vec<CurveRow>> {
        let sweep =
            Sweep { pixels, levels: vec![0.0, 0.2], attack: vec![attack.clone()], ..Sweep::default() };
        let trials = TrialsConfig { least: 2, most: 2, half_width: 1.0 };
        let maps = Maps::at_hand(&[], 1)?;
        let sweeper = Sweeper::new(&self.predictor, &self.prepared, &trials, "bce", 0);
        Ok(sweeper.trained_with(&self.loss).sweep("test", &sweep, attack.attack(), "bce", &maps)?)
    }
}

fn attack(text: &str) -> Result<Configured> {
    Configured::parse(text).map_err(anyhow::Error::msg)
}

fn pixels(count: usize) -> Budget {
    Budget::Pixels { count, with: SPAN }
}

/// Every attack of the list, with little effort.
fn attacks() -> Result<Vec<Configured>> {
    let little = [
        ("greedy", "(candidates=9,first=40)"),
        ("sparse-rs", "(queries=20)"),
        ("one-pixel", "(population=5,generations=3)"),
        ("pgd-l0", "(steps=4)"),
    ];
    let of_kind = |kind: &&lossbench::attack::sparse::Kind| {
        let few = little.iter().find(|(name, _)| *name == kind.name).map_or("", |(_, few)| few);
        attack(&format!("{}{few}", kind.name))
    };
    SPARSE.iter().map(of_kind).collect()
}

#[test]
fn no_more_pixels_change_than_may_and_values_are_of_the_span() -> Result<()> {
    let bench = Bench::new()?;
    let fixed = Budget::Pixels { count: 3, with: Replacement::Level(0.15) };
    for attack in attacks()? {
        let budgets = [pixels(0), pixels(1), pixels(7), fixed];
        let images = bench.images(&attack, &budgets, 8)?;
        let images = images.chunks(budgets.len() * bench.predictor.pixels());
        for (slice, of_slice) in bench.slices.iter().zip(images) {
            for (budget, image) in budgets.iter().zip(of_slice.chunks(bench.predictor.pixels())) {
                let differs = |&pixel: &usize| image[pixel].to_bits() != slice.image[pixel].to_bits();
                let changed: Vec<usize> = (0..image.len()).filter(differs).collect();
                assert!(changed.len() <= budget.pixels().context("a count")?, "{attack}: {changed:?}");
                assert!(changed.iter().all(|&pixel| slice.region.contains(pixel)), "{attack}");
                let [low, high] = budget.level().map_or([0.0, 0.2], |level| [level; 2]);
                assert!(changed.iter().all(|&pixel| (low..=high).contains(&image[pixel])), "{attack}");
            }
        }
    }
    Ok(())
}

/// Alone, eight at a time and among smaller and larger budgets: the same bits.
#[test]
fn an_image_does_not_depend_on_those_beside_it() -> Result<()> {
    let bench = Bench::new()?;
    let bits = |images: &[f32]| images.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    // This loss changes as a search goes on.
    let changing = attack("jsma(loss=balanced-ce)")?;
    for attack in attacks()?.into_iter().chain([changing]) {
        let alone = bench.images(&attack, &[pixels(4)], 1)?;
        assert_eq!(bits(&alone), bits(&bench.images(&attack, &[pixels(4)], 8)?), "{attack}");
        let among = bench.images(&attack, &[pixels(2), pixels(4), pixels(6)], 3)?;
        let size = bench.predictor.pixels();
        let second: Vec<f32> =
            among.chunks(3 * size).flat_map(|images| images[size..2 * size].to_vec()).collect();
        assert_eq!(bits(&alone), bits(&second), "{attack}");
    }
    Ok(())
}

#[test]
fn rows_are_the_same_on_any_number_of_threads_and_tell_what_they_cost() -> Result<()> {
    let bench = Bench::new()?;
    let all = bench.prepared.test.all()?;
    for attack in attacks()? {
        let on = |threads: usize| -> Result<Vec<CurveRow>> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| bench.rows(&attack, vec![0, 3]))
        };
        let rows = on(1)?;
        assert_eq!(rows, on(3)?, "{attack}");
        assert_eq!(rows.len(), 2 * bench.prepared.test_volumes().len());
        for row in rows {
            let budget = pixels(row.pixels.context("a count")?);
            let areas = all.iter().map(|slice| slice.pixels().count());
            let asked: Vec<usize> =
                areas.map(|area| attack.attack().queries_of(&budget, area).all()).collect();
            let queries = row.queries.context("queries")?;
            assert!(asked.contains(&queries), "{attack}: {queries} of {asked:?}");
            assert_eq!((row.level, row.radius, row.map.as_str()), (None, None, ""));
            assert_eq!(
                row.trials,
                if attack.attack().draws() && !row.is_clean() { 2 } else { 1 },
                "{attack}"
            );
        }
    }
    Ok(())
}

/// All candidates, ends and middle of the span: what it finds for one pixel is what trying every one finds.
#[test]
fn greedy_of_one_pixel_is_the_worst_of_all() -> Result<()> {
    let mut bench = Bench::new()?;
    bench.slices.truncate(2);
    let found = bench.dice("greedy(values=3)", pixels(1))?;
    for (slice, found) in bench.slices.iter().zip(found) {
        let mut worst = f64::INFINITY;
        for pixel in slice.pixels() {
            let image = |value: f32| {
                let mut image = slice.image.clone();
                image[pixel] = value;
                image
            };
            let logits = bench.predictor.logits(&[0.0, 0.1, 0.2].map(image).concat())?;
            let scores = logits.chunks(bench.predictor.pixels()).map(|logits| slice.score(logits).dice());
            worst = scores.fold(worst, f64::min);
        }
        assert_eq!(found, worst.min(slice.score(&bench.predictor.logits(&slice.image)?).dice()));
    }
    Ok(())
}

#[test]
fn greedy_does_at_least_as_much_harm_as_any_other() -> Result<()> {
    let mut bench = Bench::new()?;
    bench.slices.truncate(3);
    for count in [1, 5] {
        let greedy = bench.dice("greedy", pixels(count))?;
        for kind in SPARSE.iter().filter(|kind| kind.name != "greedy") {
            let other = bench.dice(kind.name, pixels(count))?;
            assert!(mean(&greedy) <= mean(&other), "{}, {count} pixels: {greedy:?}, {other:?}", kind.name);
        }
    }
    Ok(())
}

/// On every slice, as what is found is kept: more pixels under greedy search and more generations.
#[test]
fn more_effort_never_helps_the_network() -> Result<()> {
    let bench = Bench::new()?;
    let steps = [
        [
            ("greedy(candidates=20,first=200)", 1),
            ("greedy(candidates=20,first=200)", 2),
            ("greedy(candidates=20,first=200)", 4),
        ],
        [
            ("one-pixel(population=8,generations=0)", 3),
            ("one-pixel(population=8,generations=2)", 3),
            ("one-pixel(population=8,generations=10)", 3),
        ],
        [("pgd-l0(steps=1)", 3), ("pgd-l0(steps=2)", 3), ("pgd-l0(steps=9)", 3)],
    ];
    for step in steps {
        let dice: Vec<Vec<f64>> =
            step.iter().map(|(text, count)| bench.dice(text, pixels(*count))).collect::<Result<_>>()?;
        for pair in dice.windows(2) {
            assert!(pair[0].iter().zip(&pair[1]).all(|(less, more)| more <= less), "{step:?}: {pair:?}");
        }
    }
    // The schedule of Sparse-RS goes by the share of its queries, so that more of them are no longer run of the same.
    let [few, many] =
        ["sparse-rs(queries=5)", "sparse-rs(queries=300)"].map(|text| bench.dice(text, pixels(3)));
    let [few, many, random] = [few?, many?, bench.dice("random-pixels", pixels(3))?].map(|dice| mean(&dice));
    assert!(many < few - 0.01 && few <= random + 0.02, "{random}, {few}, {many}");
    Ok(())
}

#[test]
fn what_an_attack_cannot_spend_or_raise_is_said() -> Result<()> {
    let bench = Bench::new()?;
    let victim = Victim::new(&bench.predictor, None);
    let trial = Trial { slice: &bench.slices[0], saliency: &[], volume: "", seed: "", number: 0 };
    let outcome = |text: &str, budget: Budget| -> Result<String> {
        let wanted = Wanted { trial, budgets: vec![budget] };
        let made = perturbed(attack(text)?.attack(), &[wanted], &victim);
        Ok(made.map_or_else(|error| error.to_string(), |_| String::new()))
    };
    assert!(outcome("jsma", pixels(2))?.starts_with("attack 'jsma' raises the loss of the training"));
    assert_eq!(outcome("jsma(loss=bce)", pixels(2))?, "");
    let drawn = Budget::Pixels { count: 2, with: Replacement::Uniform(0.0, 0.2) };
    assert_eq!(outcome("greedy", drawn)?, "attack 'greedy' cannot spend a budget of 2 pixels");
    let signed = lossbench::attack::find("signed").context("an attack")?;
    let wanted = Wanted { trial, budgets: vec![pixels(2)] };
    let made = perturbed(signed, &[wanted], &victim).map_err(|error| error.to_string());
    assert_eq!(made, Err("attack 'signed' cannot spend a budget of 2 pixels".to_string()));
    Ok(())
}
