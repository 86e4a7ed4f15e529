//! The statistics against SciPy and statsmodels (`scripts/make_statistics_fixtures.py`), and by
//! simulation: how often a true zero is called a difference, how often an interval covers the truth.

mod simulation;

use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::stats::estimate::Estimate;
use lossbench::stats::within;
use lossbench::stats::{holm, jackknife, rank};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use rstest::rstest;
use serde::Deserialize;
use std::fs;

#[derive(Deserialize)]
struct Fixtures {
    seeds_alone: Vec<SeedsAlone>,
    crossed: Vec<Crossed>,
    ratio: Vec<Ratio>,
    correlation: Vec<Correlation>,
    holm: Vec<Family>,
    jackknife: Vec<Jackknife>,
    detectable: Vec<Detectable>,
}

#[derive(Deserialize)]
struct SeedsAlone {
    values: Vec<f64>,
    standard_error: f64,
    interval: [f64; 2],
    p_above: f64,
}

#[derive(Deserialize)]
struct Crossed {
    values: Vec<Vec<f64>>,
    standard_error: f64,
    degrees: f64,
    interval: [f64; 2],
}

#[derive(Deserialize)]
struct Ratio {
    numerator: Vec<f64>,
    denominator: Vec<f64>,
    standard_error: f64,
}

#[derive(Deserialize)]
struct Correlation {
    x: Vec<f64>,
    y: Vec<f64>,
    spearman: f64,
    p_above: f64,
}

#[derive(Deserialize)]
struct Family {
    p: Vec<f64>,
    holm: Vec<f64>,
}

#[derive(Deserialize)]
struct Jackknife {
    numerator: Vec<Vec<f64>>,
    denominator: Vec<Vec<f64>>,
    value: f64,
    standard_error: f64,
}

#[derive(Deserialize)]
struct Detectable {
    degrees: f64,
    alpha: f64,
    power: f64,
    effect: f64,
}

fn fixtures() -> Result<Fixtures> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/statistics.json");
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

/// Sum over seeds and volumes of a table of values, each as often as it counts.
fn sum(values: &[Vec<f64>], seeds: &[f64], volumes: &[f64]) -> f64 {
    let row = |row: &[f64]| -> f64 { row.iter().zip(volumes).map(|(value, weight)| value * weight).sum() };
    values.iter().zip(seeds).map(|(values, weight)| weight * row(values)).sum()
}

/// Mean over seeds and volumes of a table of values.
fn mean(values: &[Vec<f64>], seeds: &[f64], volumes: &[f64]) -> f64 {
    sum(values, seeds, volumes) / (seeds.iter().sum::<f64>() * volumes.iter().sum::<f64>())
}

fn estimate_mean(values: &[Vec<f64>]) -> Estimate {
    jackknife::estimate(values.len(), values[0].len(), |seeds, volumes| mean(values, seeds, volumes))
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(2)]
fn seeds_alone_agree_with_scipys_t_test(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.seeds_alone.get(index).context("a case")?;
    let values: Vec<Vec<f64>> = case.values.iter().map(|&value| vec![value]).collect();
    let estimate = estimate_mean(&values);
    assert_relative_eq!(estimate.standard_error, case.standard_error, max_relative = 1e-9);
    assert_relative_eq!(estimate.degrees, case.values.len() as f64 - 1.0, max_relative = 1e-12);
    for (ours, theirs) in estimate.interval(0.95).iter().zip(case.interval) {
        assert_relative_eq!(*ours, theirs, max_relative = 1e-6);
    }
    assert_relative_eq!(estimate.bound(0.975), case.interval[1], max_relative = 1e-6);
    assert_relative_eq!(estimate.p_above(0.0), case.p_above, max_relative = 1e-6);
    assert_relative_eq!(estimate.p_above(0.0) + estimate.p_below(0.0), 1.0, max_relative = 1e-12);
    Ok(())
}

#[rstest]
#[case(0)]
#[case(1)]
fn crossed_seeds_and_volumes_agree_with_the_closed_form(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.crossed.get(index).context("a case")?;
    let width = case.interval[1] - case.interval[0];
    let exact = Estimate::of_table(&case.values);
    assert_relative_eq!(exact.standard_error, case.standard_error, max_relative = 1e-9);
    assert_relative_eq!(exact.degrees, case.degrees, max_relative = 1e-9);
    assert_relative_eq!(exact.interval(0.95)[0], case.interval[0], epsilon = 1e-6 * width);
    Ok(())
}

#[rstest]
#[case(0)]
#[case(1)]
fn a_ratio_of_sums_is_near_scipys_bootstrap(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.ratio.get(index).context("a case")?;
    let volumes = case.numerator.len();
    let estimate = jackknife::estimate(1, volumes, |_, weights| {
        let sum = |values: &[f64]| -> f64 {
            values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
        };
        sum(&case.numerator) / sum(&case.denominator)
    });
    // Of so few volumes the jackknife's error of a ratio is the larger, by up to an eighth.
    let larger = estimate.standard_error / case.standard_error;
    assert!((0.97..1.125).contains(&larger), "{larger}");
    Ok(())
}

#[test]
fn the_jackknife_agrees_with_numpy_and_for_means_with_the_closed_form() -> Result<()> {
    for case in fixtures()?.jackknife {
        let (seeds, volumes) = (case.numerator.len(), case.numerator[0].len());
        let ratio = jackknife::estimate(seeds, volumes, |seeds, volumes| {
            sum(&case.numerator, seeds, volumes) / sum(&case.denominator, seeds, volumes)
        });
        assert_relative_eq!(ratio.value, case.value, max_relative = 1e-12);
        assert_relative_eq!(ratio.standard_error, case.standard_error, max_relative = 1e-9);

        let plain =
            jackknife::estimate(seeds, volumes, |seeds, volumes| mean(&case.numerator, seeds, volumes));
        let exact = Estimate::of_table(&case.numerator);
        assert_relative_eq!(plain.value, exact.value, max_relative = 1e-12);
        assert_relative_eq!(plain.standard_error, exact.standard_error, max_relative = 1e-9);
        assert_relative_eq!(plain.degrees, exact.degrees, max_relative = 1e-9);
    }
    Ok(())
}

#[test]
fn a_statistic_that_one_seed_alone_defines_is_evidence_of_nothing() {
    let only_first = |seeds: &[f64], _: &[f64]| seeds[0] / seeds[0];
    let estimate = jackknife::estimate(3, 1, only_first);
    assert!(estimate.standard_error.is_nan());
    assert_eq!(estimate.p_below(2.0), 1.0);
}

#[test]
fn degrees_of_freedom_can_be_given() -> Result<()> {
    let case = &fixtures()?.seeds_alone[0];
    let values: Vec<Vec<f64>> = case.values.iter().map(|&value| vec![value; 2]).collect();
    let estimate = Estimate::of_table(&values).with_degrees(case.values.len() as f64 - 1.0);
    assert_relative_eq!(estimate.interval(0.95)[1], case.interval[1], max_relative = 1e-6);
    assert_relative_eq!(estimate.p_above(0.0), case.p_above, max_relative = 1e-6);
    // A single seed says nothing of other seeds.
    let single = Estimate::of_table(&[vec![1.0, 1.1, 0.9]]).with_degrees(0.0);
    assert_eq!([single.p_above(0.0), single.p_below(0.0)], [1.0, 1.0]);
    Ok(())
}

#[test]
fn detectable_effects_are_near_the_noncentral_t_distributions() -> Result<()> {
    for Detectable { degrees, alpha, power, effect } in fixtures()?.detectable {
        let estimate = Estimate { value: 0.0, standard_error: 1.0, degrees };
        assert_relative_eq!(estimate.detectable_at(alpha, power), effect, max_relative = 0.015);
    }
    // The normal distribution's, in closed form: 1.959964 + 0.841621.
    let normal = Estimate { value: 0.0, standard_error: 2.0, degrees: f64::INFINITY };
    assert_relative_eq!(normal.detectable_at(0.05, 0.8), 2.0 * 2.801585, max_relative = 1e-6);
    Ok(())
}

/// The p-value of SciPy's `spearmanr` is Student's t, too.
#[test]
fn one_loss_alone_gives_spearmans_correlation_and_its_t_test() -> Result<()> {
    for case in fixtures()?.correlation {
        let (x, y) = (vec![case.x.clone()], vec![case.y.clone()]);
        let estimate = within::over_seeds(&x, &y);
        assert_relative_eq!(estimate.value, case.spearman, max_relative = 1e-12);
        assert_relative_eq!(estimate.p_above(0.0), case.p_above, max_relative = 1e-6);
        assert_relative_eq!(estimate.p_above(0.0) + estimate.p_below(0.0), 1.0, max_relative = 1e-9);
    }
    Ok(())
}

#[test]
fn what_losses_have_in_common_does_not_count() {
    // Ranks 1 3 2 and 4 6 5 less means 2 and 5: -1, 1, 0 for both; 5 4 6 and 2 1 3: 0, -1, 1.
    let x = [vec![0.1, 0.3, 0.2], vec![7.0, 9.0, 8.0]];
    let y = [vec![50.0, 40.0, 60.0], vec![2.0, 1.0, 3.0]];
    let estimate = within::over_seeds(&x, &y);
    assert_relative_eq!(estimate.value, -0.5, max_relative = 1e-12);
    assert_eq!(estimate.degrees, 1.0);
    assert_relative_eq!(estimate.standard_error, 0.75_f64.sqrt(), max_relative = 1e-12);
}

#[test]
fn correlations_that_are_undefined_or_perfect_have_a_p_value() {
    let rising = vec![1.0, 2.0, 3.0, 4.0];
    let constant = within::over_seeds(&[vec![1.0; 4]], std::slice::from_ref(&rising));
    assert!(constant.value.is_nan());
    assert_eq!([constant.p_above(0.0), constant.p_below(0.0)], [1.0, 1.0]);
    let too_few = within::over_seeds(&[vec![1.0, 2.0]], &[vec![1.0, 2.0]]);
    assert_eq!([too_few.p_above(0.0), too_few.p_below(0.0)], [1.0, 1.0]);
    let missing = within::over_seeds(&[vec![1.0, f64::NAN, 3.0, 2.0]], std::slice::from_ref(&rising));
    assert_eq!([missing.p_above(0.0), missing.p_below(0.0)], [1.0, 1.0]);
    // One order of all that there are is as rising as this, by chance.
    for (seeds, orders) in [(3, 6.0), (4, 24.0), (6, 720.0)] {
        let rising = [(0..seeds).map(f64::from).collect::<Vec<_>>()];
        let perfect = within::over_seeds(&rising, &rising);
        assert_eq!(perfect.value, 1.0);
        assert_relative_eq!(perfect.p_above(0.0), 1.0 / orders, max_relative = 1e-6);
        assert_relative_eq!(perfect.p_below(0.0), 1.0 - 1.0 / orders, max_relative = 1e-6);
    }
}

#[test]
fn rank_correlation_agrees_with_scipy() -> Result<()> {
    for case in fixtures()?.correlation {
        assert_relative_eq!(rank::spearman(&case.x, &case.y), case.spearman, max_relative = 1e-12);
    }
    Ok(())
}

#[test]
fn holm_agrees_with_statsmodels() -> Result<()> {
    for case in fixtures()?.holm {
        for (ours, theirs) in holm::adjust(&case.p).iter().zip(case.holm) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-12);
        }
    }
    Ok(())
}

#[test]
fn numbers_that_do_not_vary_are_certain() {
    let estimate = estimate_mean(&vec![vec![0.25; 4]; 3]);
    assert_eq!((estimate.value, estimate.standard_error), (0.25, 0.0));
    assert_eq!(estimate.interval(0.95), [0.25, 0.25]);
    assert_eq!([estimate.p_above(0.2), estimate.p_above(0.25), estimate.p_above(0.3)], [0.0, 0.5, 1.0]);
}

/// Shares of simulated studies in which a two-sided test at 5% calls a difference, and in which the 95%
/// interval covers the true one. Six seeds, 60 volumes; seeds, volumes and their pairings vary normally.
fn simulate(difference: f64, deviations: [f64; 3], studies: usize) -> Result<[f64; 2]> {
    let (seeds, volumes) = (6, 60);
    let mut generator = ChaCha8Rng::seed_from_u64(7);
    let [over_seeds, over_volumes, rest] = deviations;
    let mut draw = |deviation: f64, count: usize| -> Result<Vec<f64>> {
        let normal = Normal::new(0.0, deviation)?;
        Ok((0..count).map(|_| normal.sample(&mut generator)).collect())
    };
    let (mut called, mut covered) = (0, 0);
    for _ in 0..studies {
        let by_volume = draw(over_volumes, volumes)?;
        let mut values = Vec::new();
        for by_seed in draw(over_seeds, seeds)? {
            let rest = draw(rest, volumes)?;
            values.push(
                by_volume
                    .iter()
                    .zip(rest)
                    .map(|(volume, rest)| difference + by_seed + volume + rest)
                    .collect(),
            );
        }
        let estimate = estimate_mean(&values).with_degrees(seeds as f64 - 1.0);
        let [low, high] = estimate.interval(0.95);
        let p = 2.0 * estimate.p_above(0.0).min(estimate.p_below(0.0));
        called += usize::from(p < 0.05);
        covered += usize::from(low <= difference && difference <= high);
    }
    Ok([called, covered].map(|count| count as f64 / studies as f64))
}

/// Studies to simulate; they know a share of 5% to a standard error of 0.34 percentage points.
const STUDIES: usize = 4000;

/// Three mixtures of what varies, as standard deviations of seeds, volumes and their pairings in units of
/// Dice. Where seeds alone vary the test is exact, so that its share of false alarms is 5% itself; where volumes do too, degrees of
/// freedom of seeds alone cover more than 95%.
#[rstest]
#[case::seeds_vary_most([0.05, 0.05, 0.1], 0.985)]
#[case::seeds_and_volumes_vary([0.03, 0.05, 0.1], 0.985)]
#[case::seeds_alone_vary([0.05, 0.0, 0.01], 0.96)]
fn intervals_cover_and_false_alarms_stay_rare(#[case] deviations: [f64; 3], #[case] most: f64) -> Result<()> {
    let [alarms, covered] = simulate(0.0, deviations, STUDIES)?;
    println!("no difference: called in {:.1}%, covered in {:.1}%", 100.0 * alarms, 100.0 * covered);
    assert!(alarms <= 0.05 + 2.0 * 0.0034, "{alarms}");
    let [_, covered] = simulate(0.1, deviations, STUDIES)?;
    println!("a difference of 0.1: covered in {:.1}%", 100.0 * covered);
    assert!((0.94..=most).contains(&covered), "{covered}");
    Ok(())
}

#[rstest]
#[case::value(f64::NAN, 0.1)]
#[case::error(0.3, f64::NAN)]
fn an_undefined_estimate_is_evidence_of_nothing(#[case] value: f64, #[case] standard_error: f64) {
    let estimate = Estimate { value, standard_error, degrees: 5.0 };
    assert_eq!([estimate.p_above(0.0), estimate.p_below(0.0)], [1.0, 1.0]);
}
