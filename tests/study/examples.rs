//! The slices that a run keeps to look at.

use super::records::smoke;
use anyhow::{Context, Result, ensure};
use lossbench::data::{Volume, write_task};
use lossbench::image::overlap::Overlap;
use lossbench::phantom::{self, PhantomConfig};
use lossbench::records::examples::mask;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use rstest::rstest;
use std::collections::BTreeSet;
use std::fs;

#[rstest]
#[case::numbers_of_pixels(&[])]
#[case::shares_of_an_area(&["sweep.fig6.area=100"])]
fn examples_hold_together_and_are_made_again_where_they_are_of_other_networks(
    #[case] changes: &[&str],
) -> Result<()> {
    let plain = ["attack.methods=['signed','magnitude','random']", "attack.transfer=false"];
    let study = smoke(&[&plain[..], changes].concat())?;
    let folder = tempfile::tempdir()?;
    let prepared = Prepared::load(&study, None)?;
    let device = lossbench::network::device::open(lossbench::network::device::available()[0])?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    let go = |only: &[String]| run::run(folder.path(), &setting, &run::cells(&study, only)?, &mut |_| {});

    go(&["bce-s0".to_string()])?;
    assert!(Run::read(folder.path())?.examples.is_none(), "a network of the seed is missing");
    go(&[])?;
    let examples = Run::read(folder.path())?.examples.context("examples")?;
    assert_eq!(examples.slices.len(), prepared.test_volumes().len().min(6));
    for slice in &examples.slices {
        let pixels = slice.height * slice.width;
        let truth = mask(&slice.truth);
        assert_eq!([slice.image.len(), truth.len()], [pixels; 2]);
        assert_eq!(slice.networks.len(), 2);
        for network in &slice.networks {
            let names: Vec<&str> = network.attacks.iter().map(|one| one.attack.as_str()).collect();
            assert_eq!(names, ["signed", "magnitude"], "a random control ranks nothing");
            let dice = |runs: &[usize]| Overlap::of(&mask(runs), &truth).dice();
            assert_eq!(network.dice, dice(&network.mask));
            for attacked in &network.attacks {
                assert_eq!(
                    attacked.order.iter().collect::<BTreeSet<_>>().len(),
                    study.largest_budget(pixels)
                );
                let key = |pixel: usize| match attacked.attack.as_str() {
                    "signed" => network.gradient[pixel],
                    _ => network.gradient[pixel].abs(),
                };
                let ranked: Vec<f32> = attacked.order.iter().map(|&pixel| key(pixel)).collect();
                assert!(ranked.is_sorted_by(|a, b| a >= b), "{ranked:?}");
                let outcomes = attacked.sweeps.iter();
                for (sweep, outcome) in
                    outcomes.flat_map(|(name, all)| all.iter().map(move |one| (name, one)))
                {
                    let share =
                        study.sweeps[sweep].area.map_or(1.0, |area| pixels as f64 / area.get() as f64);
                    assert_eq!(outcome.replaced(), (outcome.pixels as f64 * share).round() as usize);
                    assert_eq!(outcome.dice, dice(&outcome.mask));
                    let drawn = if outcome.level.is_some() { 0 } else { outcome.replaced() };
                    assert_eq!(outcome.values.len(), drawn);
                    if outcome.pixels == 0 {
                        assert_eq!(outcome.mask, network.mask);
                    }
                }
            }
        }
    }

    let path = folder.path().join("examples.json");
    let text = fs::read_to_string(&path)?;
    let (loss, hash) = examples.weights.iter().next().context("a network")?;
    fs::write(&path, text.replace(hash.as_str(), "0"))?;
    assert!(Run::read(folder.path())?.examples.is_none(), "{loss} is another network");
    go(&[])?;
    assert_eq!(Run::read(folder.path())?.examples.as_ref(), Some(&examples));
    let height = examples.slices[0].height;
    let (old, new) = (format!("\"height\":{height},"), "\"height\":0,");
    assert!(text.contains(&old), "{text:.400}");
    fs::write(&path, text.replacen(&old, new, 1))?;
    let message = Run::read(folder.path()).err().context("a fault")?.to_string();
    assert!(message.contains("examples.json: is damaged (its slices were changed)"), "{message}");
    Ok(())
}

/// What is kept of a sweep's own attacks is what the sweep scored.
#[test]
fn attacks_of_sweeps_leave_on_an_example_what_their_curves_say() -> Result<()> {
    let task = tempfile::tempdir()?;
    write_task(task.path(), "Slices", &slices_alone(8)?)?;
    let study = smoke(&[
        "data.source='decathlon'",
        "attack.transfer=false",
        "attack.methods=['signed']",
        "sweep.pgd={title='',norm='linf',radius=[0,0.01,0.03],attack=['pgd(steps=3,start=clean)','noise','pgd(steps=2,loss=bce,target=other-slice)']}",
        "sweep.greedy={title='',pixels=[0,3],levels=[0,0.2],attack=['greedy(candidates=9,first=40)','random-pixels']}",
        "sweep.fixed={title='',pixels=[3],levels=[0.2],attack='signed'}",
        "sweep.blur={title='',severity=[0,3],attack=['blur','motion']}",
        "trials.most=2",
    ])?;
    let folder = tempfile::tempdir()?;
    let prepared = Prepared::load(&study, Some(task.path()))?;
    let device = lossbench::network::device::open(lossbench::network::device::available()[0])?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    let go = || run::run(folder.path(), &setting, &run::cells(&study, &[])?, &mut |_| {});
    go()?;
    let run = Run::read(folder.path())?;
    let examples = run.examples.as_ref().context("examples")?;
    assert!(examples.slices.len() >= 2, "another slice to lead to");
    for slice in &examples.slices {
        let truth = mask(&slice.truth);
        for network in &slice.networks {
            let of = |sweep: &str| network.changed.iter().filter(|one| one.sweep == sweep).count();
            assert_eq!(
                ["pgd", "greedy", "fixed", "blur"].map(of),
                [3 * 2, 2, 1, 2],
                "no budget that allows nothing"
            );
            let cell = run.cells.iter().find(|cell| cell.record.loss == network.loss).context("a cell")?;
            for one in &network.changed {
                assert_eq!(one.dice, Overlap::of(&mask(&one.mask), &truth).dice());
                let change = one.change.signed(&slice.image);
                let changed = change.iter().filter(|change| **change != 0.0).count();
                let largest = change.iter().fold(0.0_f32, |most, change| most.max(change.abs()));
                match (one.pixels, one.radius) {
                    (Some(pixels), _) => {
                        ensure!((1..=pixels).contains(&changed), "{changed} of {}", one.attack)
                    }
                    (_, Some(radius)) => {
                        ensure!(largest <= radius * 1.0001 && largest > 0.2 * radius, "{largest}")
                    }
                    (None, None) => {
                        ensure!(changed > pixels_of(&one.mask) / 4, "{changed} of {}", one.attack)
                    }
                }
                let same = |row: &&CurveRow| {
                    let budget = (row.pixels, row.radius, row.severity.map(|severity| severity.number()));
                    (row.sweep == one.sweep && row.attack == one.attack && row.volume == slice.volume)
                        && budget == (one.pixels, one.radius, one.severity)
                };
                let row = cell.curves.iter().find(same).with_context(|| format!("no row of {one:?}"))?;
                // Volumes are of one slice, so that a row is of the example alone: of this trial, or of it and another.
                assert_eq!(row.slices, 1);
                let trials = row.trials as f64;
                let others = trials * row.dice - one.dice;
                assert!((-1e-12..=trials - 1.0 + 1e-12).contains(&others), "{}: {others}", one.attack);
            }
        }
    }

    // A record of an earlier version lacks them; the run is then brought up to date.
    let mut earlier = examples.clone();
    earlier
        .slices
        .iter_mut()
        .flat_map(|slice| &mut slice.networks)
        .for_each(|network| network.changed.clear());
    earlier.write(folder.path())?;
    let text = fs::read_to_string(folder.path().join("examples.json"))?;
    assert!(!text.contains("\"changed\""), "an empty field is left out");
    assert_eq!(Run::read(folder.path())?.examples.as_ref(), Some(&earlier));
    go()?;
    assert_eq!(Run::read(folder.path())?.examples.as_ref(), Some(examples));
    Ok(())
}

/// Volumes of one slice, the middle one of phantoms.
fn slices_alone(count: usize) -> Result<Vec<Volume>> {
    let phantoms = phantom::volumes(&PhantomConfig { volumes: count, ..PhantomConfig::default() })?;
    let middle = |volume: Volume| {
        let [width, height, depth] = volume.shape;
        let (plane, start) = (width * height, width * height * (depth / 2));
        Volume {
            shape: [width, height, 1],
            image: volume.image[start..start + plane].to_vec(),
            label: volume.label[start..start + plane].to_vec(),
            ..volume
        }
    };
    Ok(phantoms.into_iter().map(middle).collect())
}

fn pixels_of(runs: &[usize]) -> usize {
    runs.iter().sum()
}
