//! Whether ways of explaining can be trusted: the tables that a study asks for with `saliency.checks`.

use crate::records::{run_study, smoke};
use anyhow::{Context, Result};
use lossbench::evidence::summary::Summary;
use lossbench::evidence::{Evidence, Reading};
use lossbench::image::gather::gather;
use lossbench::image::slice::Slice;
use lossbench::network::chunked::Predictor;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::records::checks::{CASCADING, CHANCE, Checks, INDEPENDENT, LABELS, RANDOM, SanityRow};
use lossbench::records::run::Run;
use lossbench::report::figures;
use lossbench::saliency::gradient;
use lossbench::similarity::{Pair, SIMILARITIES};
use lossbench::study::prepared::Prepared;
use std::collections::BTreeSet;
use std::path::Path;

const METHODS: [&str; 3] = ["gradient", "grad-cam", "gradient-x-input"];
const LAYERS: usize = 13;

fn checked(folder: &Path) -> Result<Checks> {
    let maps = format!("attack.maps={METHODS:?}");
    let study = smoke(&[&maps, "train.epochs=5", "saliency.checks=['sanity', 'faithfulness']"])?;
    run_study(folder, &study, &["bce-s0"])?;
    let run = Run::read(folder)?;
    Ok(run.cells.first().context("a cell")?.checks.clone())
}

#[test]
fn tables_of_checks_are_whole_repeatable_and_there_only_where_asked_for() -> Result<()> {
    let (one, two, plain) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let checks = checked(one.path())?;
    assert_eq!(checks, checked(two.path())?);
    run_study(plain.path(), &smoke(&[])?, &["bce-s0"])?;
    assert!(!plain.path().join("cells/bce-s0/sanity.csv").exists());
    assert_eq!(Run::read(plain.path())?.cells.first().context("a cell")?.checks, Checks::default());

    let volumes: BTreeSet<&str> = checks.sanity.iter().map(|row| row.volume.as_str()).collect();
    let of =
        |randomisation: &str| checks.sanity.iter().filter(|row| row.randomisation == randomisation).count();
    let each = METHODS.len() * SIMILARITIES.len() * volumes.len();
    assert_eq!([of(CASCADING), of(INDEPENDENT), of(CHANCE)], [LAYERS * each, LAYERS * each, each]);
    // The output layer has none behind it.
    let head = |randomisation: &str| {
        let rows =
            checks.sanity.iter().filter(|row| row.layer == "head" && row.randomisation == randomisation);
        rows.map(|row| row.value).collect::<Vec<_>>()
    };
    assert_eq!(head(CASCADING), head(INDEPENDENT));
    let far = |row: &&lossbench::records::checks::SanityRow| row.value.is_some_and(|value| value < 0.9);
    assert!(checks.sanity.iter().filter(far).count() > checks.sanity.len() / 4);
    Ok(())
}

#[test]
fn curves_start_and_end_where_they_must_and_chance_stands_beside() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let checks = checked(folder.path())?;
    let rows = |method: &str, measure: &str| {
        let of = checks.faithfulness.iter().filter(|row| row.method == method && row.measure == measure);
        of.map(|row| row.value).collect::<Vec<_>>()
    };
    let mean = |method: &str, measure: &str| {
        let values: Vec<f32> = rows(method, measure).into_iter().flatten().collect();
        values.iter().sum::<f32>() / values.len() as f32
    };
    for method in METHODS.iter().chain([&RANDOM]) {
        for measure in ["deletion", "insertion", "pixel-flipping"] {
            assert!(rows(method, measure).iter().all(Option::is_some), "{measure} of {method}");
            let dice = rows(method, &format!("{measure}-dice"));
            assert!(dice.iter().flatten().all(|dice| (0.0..=1.0).contains(dice)));
        }
        assert!(mean(method, "max-sensitivity") > 0.0 || *method == "grad-cam", "{method}");
    }
    // Bright squares are found by bright pixels: without those that matter little is left, sooner than by chance.
    assert!(mean("gradient-x-input", "deletion") < mean(RANDOM, "deletion"));
    // Two maps that know nothing of each other: no correlation, and 5% in common.
    let chance = |measure: &str| {
        let of = checks.faithfulness.iter().filter(|row| row.other == RANDOM && row.measure == measure);
        let values: Vec<f32> = of.filter_map(|row| row.value).collect();
        values.iter().sum::<f32>() / values.len() as f32
    };
    assert!(chance("absolute-rank").abs() < 0.1, "{}", chance("absolute-rank"));
    assert!((chance("top-overlap") - 0.05).abs() < 0.05, "{}", chance("top-overlap"));
    Ok(())
}

#[test]
fn checks_that_are_none_are_refused() {
    for (checks, says) in [
        ("['sane']", "saliency.checks should be one of sanity, faithfulness, shuffled-labels, but is 'sane'"),
        ("['sanity', 'sanity']", "saliency.checks names sanity twice"),
    ] {
        let message = smoke(&[&format!("saliency.checks={checks}")]).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn shuffled_labels_are_refused_where_there_is_no_plain_training_to_compare_with() {
    for (arm, says) in [
        (
            "train={feed='hide'}",
            "saliency.checks: shuffled-labels compares with a training on slices as they are, but 'own' has train.feed=hide: leave either out",
        ),
        (
            "network='python net.py'",
            "saliency.checks: shuffled-labels trains each network once more, and 'own' is not trained here: leave it out",
        ),
    ] {
        let arms = format!("arms=[{{name='own', loss='bce', {arm}}}]");
        let message = smoke(&["losses=[]", "seeds=[0]", &arms, "saliency.checks=['shuffled-labels']"])
            .unwrap_err()
            .to_string();
        assert_eq!(message, says);
    }
}

/// By hand: an arm that is trained on shuffled labels, its gradient at the same slices, and their rank correlation.
#[test]
fn maps_are_compared_with_those_of_a_training_on_shuffled_labels() -> Result<()> {
    let (checked, both) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let checks = "saliency.checks=['sanity', 'shuffled-labels']";
    run_study(checked.path(), &smoke(&["train.epochs=3", "losses=['bce']", checks])?, &[])?;
    let arm = |name: &str| format!("{{name='{name}', loss='bce', train={{feed='{name}'}}}}");
    let arms = format!("arms=[{}, {}]", arm("plain"), arm("shuffled-labels"));
    let study = smoke(&["train.epochs=3", "losses=[]", "attack.transfer=false", &arms])?;
    run_study(both.path(), &study, &[])?;

    let run = Run::read(checked.path())?;
    let Checks { sanity, shuffled_labels, .. } = &run.cells.first().context("a cell")?.checks;
    let of = |rows: &[SanityRow], randomisation: &str| -> Vec<SanityRow> {
        rows.iter().filter(|row| row.randomisation == randomisation).cloned().collect()
    };
    assert_eq!(of(shuffled_labels, CHANCE), of(sanity, CHANCE));
    let prepared = Prepared::load(&study, None)?;
    assert_eq!(of(shuffled_labels, LABELS).len(), SIMILARITIES.len() * prepared.test_volumes().len());

    let device = device::open(device::available()[0])?;
    let network = |arm: &str| -> Result<Predictor> {
        let path = both.path().join(format!("cells/{arm}-s0/weights.safetensors"));
        Ok(open::predictor(&Weights::read(&path)?, &device, prepared.size))
    };
    let networks = [network("plain")?, network("shuffled-labels")?];
    let rank = SIMILARITIES.iter().find(|one| one.name == "absolute-rank").context("a measure")?;
    for (volume, range) in prepared.test_volumes() {
        let mut slices = prepared.test.read(range)?;
        let foreground = |slice: &Slice| slice.mask.iter().filter(|&&inside| inside).count();
        let most = slices.iter().map(foreground).max();
        slices.retain(|slice| Some(foreground(slice)) == most);
        let slice = slices.first().context("a slice")?;
        let (images, targets) = gather(std::slice::from_ref(slice));
        let map = |network: &Predictor| -> Result<Vec<f64>> {
            let map = gradient(network, &images, &targets, study.output, &study.arms[0].loss)?;
            Ok(slice.region.pixels().map(|pixel| f64::from(map[pixel])).collect())
        };
        let [first, second] = [map(&networks[0])?, map(&networks[1])?];
        let expected = (rank.of)(&Pair { first: &first, second: &second, width: slice.region.width });
        let id = &prepared.volumes[volume].id;
        let row = shuffled_labels
            .iter()
            .find(|row| row.randomisation == LABELS && row.measure == "absolute-rank" && row.volume == *id);
        let recorded = row.and_then(|row| row.value).context("a value")?;
        assert!((f64::from(recorded) - expected).abs() < 1e-6, "{id}: {recorded}, {expected}");
        assert!(expected < 0.99, "{id}: {expected}");
    }
    Ok(())
}

/// The page's figures of a run with checks: the grids, and Dice lost by map for each loss and sweep of numbers of pixels.
#[test]
fn figures_show_the_checks_and_which_map_hurts_most() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let maps = format!("attack.maps={METHODS:?}");
    let study = smoke(&[
        &maps,
        "train.epochs=1",
        "saliency.checks=['sanity', 'shuffled-labels']",
        "sweep.fig6.pixels=[0, 5, 9]",
    ])?;
    run_study(folder.path(), &study, &[])?;
    let run = Run::read(folder.path())?;
    let (summary, evidence) = (Summary::of(&run), Evidence::of(&run, Reading::of(&run.study)));
    let figures = figures::all(&run, &summary, &[], &evidence, None)?;
    let figure = |name: &str| figures.iter().find(|figure| figure.name == name).context(name.to_string());
    for name in ["sanity", "sanity-independent"] {
        let numbers = &figure(name)?.numbers;
        assert_eq!(numbers.head, [&["layer"], &METHODS[..]].concat());
        assert_eq!(numbers.rows.len(), LAYERS + 1);
        assert_eq!([&numbers.rows[0][0], &numbers.rows[LAYERS][0]], ["head", "chance"]);
    }
    let labels = &figure("sanity-labels")?.numbers;
    assert_eq!(labels.head, [&["loss"], &METHODS[..]].concat());
    assert_eq!(labels.rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["BCE", "Dice", "chance"]);
    assert_eq!(labels.rows[2], figure("sanity")?.numbers.rows[LAYERS]);
    for loss in ["bce", "dice"] {
        let figure = figure(&format!("fig6-by-map-{loss}"))?;
        // Three maps and two controls at three points, of which the first loses nothing.
        assert_eq!(figure.numbers.rows.len(), 5 * 3);
        assert!(figure.numbers.rows.iter().filter(|row| row[1] == "0").all(|row| row[2] == "0.0000"));
        let drop = |row: &&Vec<String>| row[0] == "signed" && row[1] == "9";
        let shown: f64 = figure.numbers.rows.iter().find(drop).context("a point")?[2].parse()?;
        let rows = run.cells.iter().find(|cell| cell.record.loss == loss).context("a cell")?.curves.iter();
        let dice = |pixels: usize| -> f64 {
            let own = rows
                .clone()
                .filter(|row| row.sweep == "fig6" && row.ranking() == "signed" && row.pixels == Some(pixels));
            let scores: Vec<f64> = own.map(|row| row.dice).collect();
            scores.iter().sum::<f64>() / scores.len() as f64
        };
        assert!((shown - (dice(0) - dice(9))).abs() < 1e-4, "{loss}: {shown}");
        // The first method loses no more than itself, and a difference of means is the mean of differences.
        for row in &figure.numbers.rows {
            let first = figure.numbers.rows.iter().find(|one| one[0] == "signed" && one[1] == row[1]);
            let [lost, first, more] = [&row[2], &first.context("the first")?[2], &row[5]];
            let [lost, first, more] = [lost.parse::<f64>()?, first.parse::<f64>()?, more.parse::<f64>()?];
            assert!((more - (lost - first)).abs() < 2e-4, "{row:?}");
            // One seed and one test volume have no interval.
            assert!(row[0] != "signed" || row[5..] == ["0.0000", "-", "-"], "{row:?}");
        }
    }
    Ok(())
}
