//! The statistics against SciPy and statsmodels (`scripts/make_statistics_fixtures.py`), and by
//! simulation: how often a true zero is called a difference, how often an interval covers the truth.

use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::stats::bootstrap::Bootstrap;
use lossbench::stats::estimate::Estimate;
use lossbench::stats::{holm, rank};
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
}

#[derive(Deserialize)]
struct Family {
    p: Vec<f64>,
    holm: Vec<f64>,
}

fn fixtures() -> Result<Fixtures> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/statistics.json");
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

/// Mean over seeds and volumes of a table of values.
fn estimate_mean(values: &[Vec<f64>], bootstrap: Bootstrap) -> Estimate {
    bootstrap.estimate(values.len(), values[0].len(), |seeds, volumes| {
        let row =
            |row: &[f64]| -> f64 { row.iter().zip(volumes).map(|(value, weight)| value * weight).sum() };
        let total: f64 = values.iter().zip(seeds).map(|(values, weight)| weight * row(values)).sum();
        total / (seeds.iter().sum::<f64>() * volumes.iter().sum::<f64>())
    })
}

/// Errors of the bootstrap's own: a standard error from 10,000 resamples is good to a few percent.
const RESAMPLING: f64 = 0.03;

#[rstest]
#[case(0)]
#[case(1)]
#[case(2)]
fn seeds_alone_agree_with_scipys_t_test(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.seeds_alone.get(index).context("a case")?;
    let values: Vec<Vec<f64>> = case.values.iter().map(|&value| vec![value]).collect();
    let estimate = estimate_mean(&values, Bootstrap::default());
    assert_relative_eq!(estimate.standard_error, case.standard_error, max_relative = RESAMPLING);
    assert_relative_eq!(estimate.degrees, case.values.len() as f64 - 1.0, max_relative = 1e-12);
    for (ours, theirs) in estimate.interval(0.95).iter().zip(case.interval) {
        let width = case.interval[1] - case.interval[0];
        assert!((ours - theirs).abs() < RESAMPLING * width, "{ours} {theirs}");
    }
    // With SciPy's own standard error the distribution's part is exact.
    let exact = Estimate { standard_error: case.standard_error, ..estimate };
    assert_relative_eq!(exact.interval(0.95)[0], case.interval[0], max_relative = 1e-6);
    assert_relative_eq!(exact.p_above(0.0), case.p_above, max_relative = 1e-6);
    assert_relative_eq!(exact.p_above(0.0) + exact.p_below(0.0), 1.0, max_relative = 1e-12);
    Ok(())
}

#[rstest]
#[case(0)]
#[case(1)]
fn crossed_seeds_and_volumes_agree_with_the_closed_form(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.crossed.get(index).context("a case")?;
    let estimate = estimate_mean(&case.values, Bootstrap::default());
    assert_relative_eq!(estimate.standard_error, case.standard_error, max_relative = RESAMPLING);
    assert_relative_eq!(estimate.degrees, case.degrees, max_relative = 3.0 * RESAMPLING);
    let width = case.interval[1] - case.interval[0];
    assert_relative_eq!(estimate.interval(0.95)[0], case.interval[0], epsilon = RESAMPLING * width);

    let exact = Estimate::of_table(&case.values);
    assert_relative_eq!(exact.standard_error, case.standard_error, max_relative = 1e-9);
    assert_relative_eq!(exact.degrees, case.degrees, max_relative = 1e-9);
    assert_relative_eq!(exact.interval(0.95)[0], case.interval[0], epsilon = 1e-6 * width);
    Ok(())
}

#[rstest]
#[case(0)]
#[case(1)]
fn a_ratio_of_sums_agrees_with_scipys_bootstrap(#[case] index: usize) -> Result<()> {
    let fixtures = fixtures()?;
    let case = fixtures.ratio.get(index).context("a case")?;
    let volumes = case.numerator.len();
    let estimate = Bootstrap::default().estimate(1, volumes, |_, weights| {
        let sum = |values: &[f64]| -> f64 {
            values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
        };
        sum(&case.numerator) / sum(&case.denominator)
    });
    assert_relative_eq!(estimate.standard_error, case.standard_error, max_relative = RESAMPLING);
    Ok(())
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
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let values = vec![vec![0.1, 0.5, 0.2], vec![0.4, 0.3, 0.9]];
    let estimate = |seed| estimate_mean(&values, Bootstrap { resamples: 100, seed });
    assert_eq!(estimate(0), estimate(0));
    assert_ne!(estimate(0).standard_error, estimate(1).standard_error);
}

#[test]
fn numbers_that_do_not_vary_are_certain() {
    let estimate = estimate_mean(&vec![vec![0.25; 4]; 3], Bootstrap { resamples: 100, seed: 0 });
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
    for study in 0..studies {
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
        let estimate = estimate_mean(&values, Bootstrap { resamples: 1000, seed: study as u64 });
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
/// Dice. Where seeds alone vary the test is exact, so that its share of false alarms is 5% itself.
#[rstest]
#[case::seeds_vary_most([0.05, 0.05, 0.1])]
#[case::seeds_and_volumes_vary([0.03, 0.05, 0.1])]
#[case::seeds_alone_vary([0.05, 0.0, 0.01])]
fn intervals_cover_and_false_alarms_stay_rare(#[case] deviations: [f64; 3]) -> Result<()> {
    let [alarms, covered] = simulate(0.0, deviations, STUDIES)?;
    println!("no difference: called in {:.1}%, covered in {:.1}%", 100.0 * alarms, 100.0 * covered);
    assert!(alarms <= 0.05 + 2.0 * 0.0034, "{alarms}");
    let [_, covered] = simulate(0.1, deviations, STUDIES)?;
    println!("a difference of 0.1: covered in {:.1}%", 100.0 * covered);
    assert!((0.93..=0.97).contains(&covered), "{covered}");
    Ok(())
}

#[rstest]
#[case::value(f64::NAN, 0.1)]
#[case::error(0.3, f64::NAN)]
fn an_undefined_estimate_is_evidence_of_nothing(#[case] value: f64, #[case] standard_error: f64) {
    let estimate = Estimate { value, standard_error, degrees: 5.0 };
    assert_eq!([estimate.p_above(0.0), estimate.p_below(0.0)], [1.0, 1.0]);
}
