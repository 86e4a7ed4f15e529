//! The slices that a run keeps to look at.

use super::records::smoke;
use anyhow::{Context, Result};
use lossbench::image::overlap::Overlap;
use lossbench::records::examples::mask;
use lossbench::records::run::Run;
use lossbench::study::cell::Setting;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
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
