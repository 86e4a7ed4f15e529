//! The transfer between seeds: networks attacked under the maps of another seed's.

use crate::records::{run_study, smoke};
use anyhow::{Context, Result};
use lossbench::evidence::quantity::{Quantity, Sweeps};
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use lossbench::records::transfer::Seeds;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn seeds_are_paired_and_each_attacked_under_every_map_of_the_other() -> Result<()> {
    let study = smoke(&[
        "seeds=[0,1,2]",
        "split.each_seed=true",
        "attack.methods=['signed','magnitude']",
        "attack.transfer=['fig2']",
        "attack.across_seeds=true",
    ])?;
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &study, &[])?;
    let mut run = Run::read(folder.path())?;
    let seeds: Vec<Seeds> = run.transfers.iter().map(|transfer| transfer.seeds).collect();
    let across = |attacked, maps| Seeds { attacked, maps };
    // The last of an odd number has no partner.
    let within = Seeds::within;
    assert_eq!(seeds, [within(0), across(0, 1), within(1), across(1, 0), within(2)]);

    let between = &run.transfers[1];
    let own = run.cells.iter().find(|cell| cell.record.seed == 0).context("a cell of seed 0")?;
    let volumes = |rows: &[lossbench::records::rows::CurveRow]| -> BTreeSet<String> {
        rows.iter().map(|row| row.volume.clone()).collect()
    };
    for (_, rows) in &between.curves {
        let maps: BTreeSet<&str> = rows.iter().map(|row| row.map.as_str()).collect();
        assert_eq!(maps, BTreeSet::from(["bce", "dice"]));
        assert_eq!(volumes(rows), volumes(&own.curves), "the attacked seed's test volumes");
    }
    let pairs: BTreeSet<(&str, &str)> =
        between.agreement.iter().map(|row| (row.first.as_str(), row.second.as_str())).collect();
    assert_eq!(pairs.len(), 4, "{pairs:?}");

    // What the quantity says is what the rows say. These networks learned next to nothing, so scores and masks are made up.
    run.cells.iter_mut().flat_map(|cell| &mut cell.probabilities).for_each(|row| row.bin = 0);
    for row in run.cells.iter_mut().flat_map(|cell| &mut cell.curves).filter(|row| row.is_clean()) {
        row.dice = 0.5;
    }
    let rows = run.transfers.iter_mut().flat_map(|transfer| &mut transfer.curves);
    for (number, row) in rows.flat_map(|(_, rows)| rows).enumerate() {
        row.dice = (number * number % 11) as f64 / 20.0;
    }
    let mean = |transfer: usize, attacked: &str, map: &str| -> Result<f64> {
        let (_, rows) =
            run.transfers[transfer].curves.iter().find(|(loss, _)| loss == attacked).context("a network")?;
        let at = rows.iter().filter(|row| row.map == map && row.level == Some(0.2));
        let dice: Vec<f64> = at.map(|row| row.dice).collect();
        Ok(dice.iter().sum::<f64>() / dice.len() as f64)
    };
    let mut expected = 0.0;
    for transfer in [1, 3] {
        let other = mean(transfer, "bce", "dice")? + mean(transfer, "dice", "bce")?;
        let own = mean(transfer, "bce", "bce")? + mean(transfer, "dice", "dice")?;
        expected += (other - own) / 4.0;
    }
    let handed_on = (mean(1, "bce", "dice")? + mean(3, "bce", "dice")?) / 2.0;
    let two = Run { study: smoke(&["seeds=[0,1]"])?, ..run };
    let evidence = Evidence::of(&two, Reading::of(&two.study));
    let quantity = Quantity::Transfer { sweep: Sweeps::One("fig2".into()), pixels: None, level: Some(0.2) };
    let measured = evidence.measure("bce", "dice", &quantity);
    let value = measured.map_err(anyhow::Error::msg)?.mean(&[1.0; 2], &vec![1.0; evidence.volumes.len()]);
    assert!(expected != 0.0 && (value - expected).abs() < 1e-12, "{value} {expected}");
    let found = evidence.across_seeds("bce", "dice", ("fig2", (Some(5), Some(0.2), None, None)));
    assert!(found.is_some_and(|found| (found - handed_on).abs() < 1e-12), "{found:?} {handed_on}");

    // The maps of the first ranking alone are handed on.
    let other = Evidence::of(&two, Reading { attack: "magnitude".into(), micro: false });
    assert!(other.measure("bce", "dice", &quantity).is_err(), "another ranking's rows are taken");
    Ok(())
}

#[test]
fn a_transfer_between_seeds_is_kept_and_its_damage_named() -> Result<()> {
    let study = smoke(&["seeds=[0,1]", "attack.methods=['signed']", "attack.across_seeds=true"])?;
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &study, &[])?;
    let table = folder.path().join("transfer/s0-maps-s1/dice.csv");
    let text = fs::read_to_string(&table)?;
    let made = fs::metadata(&table)?.modified()?;
    run_study(folder.path(), &study, &[])?;
    assert_eq!(fs::metadata(&table)?.modified()?, made, "it is not made again");
    let page = fs::read_to_string(lossbench::report::write(folder.path())?.page)?;
    assert!(page.contains("id=\"figure-across-seeds"), "no figure of maps of another seed");
    fs::remove_file(folder.path().join("transfer/s1-maps-s0/transfer.json"))?;
    let summary = lossbench::evidence::summary::Summary::of(&Run::read(folder.path())?);
    assert_eq!(summary.missing_transfers, [1]);
    fs::write(&table, text.replacen('1', "2", 1))?;
    let fault = Run::read(folder.path()).err().context("a fault")?.to_string();
    assert!(fault.contains("transfer/s0-maps-s1/dice.csv: was changed since it was recorded"), "{fault}");
    Ok(())
}
